"""Model Registration: choosing the type, and what to start from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.errors import DomainError
from accounts.models import User
from accounts.views.person import signed_in_user
from accounts.views.signed_in import stays_signed_in
from models_registry import policy
from models_registry.definitions.facts.kinds import MODEL_TYPES, name_key
from models_registry.definitions.form.completions import completions
from models_registry.definitions.form.skeletons import default_values, empty_definition
from models_registry.definitions.prefill.conversion import converted
from models_registry.definitions.prefill.repository import definition_from
from models_registry.drafting import drafts, starting
from models_registry.errors import InvalidParameter
from models_registry.labels import translated
from models_registry.models import Draft, ModelType, RegisteredModel, Visibility, model_urls
from models_registry.repositories import repository as repositories

MAX_SUGGESTIONS = 20
MAX_TEXT = 250
MAX_NOTES = 6


@never_cache
@stays_signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def start_page(request: HttpRequest) -> HttpResponse:
    """Choose a type and what to start from; a POST creates the draft."""
    user = signed_in_user(request)
    if not any(policy.may_register(user, visibility) for visibility in Visibility.values):
        return render(request, "models_registry/drafts/refused.html", status=403)
    if request.method != "POST":
        return _start_page(request, user)
    way = _WAYS.get(request.POST.get("start", ""))
    try:
        if way is None:
            raise InvalidParameter("no_starting_point_chosen")
        return way(request, user)
    except DomainError as refusal:
        return _start_page(request, user, refusal.message, refusal.status)


def _start_page(
    request: HttpRequest, user: User, refusal: str = "", status: int = 200
) -> HttpResponse:
    wanted = request.POST.get("model_type") or request.GET.get("type", "")
    context: dict[str, Any] = {
        "types": ModelType.choices,
        "chosen": wanted if wanted in MODEL_TYPES else MODEL_TYPES[0],
        "drafts": Draft.objects.filter(owner=user, model__isnull=True).only(
            "pk", "model_type", "changed_at", "choices", "definition"
        )[:5],
        "refusal": refusal,
        "typed": request.POST,
    }
    return render(request, "models_registry/drafts/start.html", context, status=status)


def _open(draft: Draft) -> HttpResponse:
    return redirect("models_registry:draft", draft.pk)


def _from_empty(request: HttpRequest, user: User) -> HttpResponse:
    model_type = starting.known_type(request.POST.get("model_type", ""))
    text, guessed = empty_definition(model_type), default_values(model_type)
    return _open(drafts.start(model_type, by=user, definition=text, guessed=guessed))


def _from_copy(request: HttpRequest, user: User) -> HttpResponse:
    model_type = starting.known_type(request.POST.get("model_type", ""))
    name = request.POST.get("copy_of", "").strip()
    matches = [
        model
        for model in model_urls.find_models(user, name, model_type).models
        if model.model_type == model_type
    ]
    if not matches:
        label = ModelType(model_type).label
        raise InvalidParameter("no_such_model_of_type", type=label, name=name[:100])
    return _open(starting.start_from_copy(matches[0], by=user))


def _from_json(request: HttpRequest, user: User) -> HttpResponse:
    model_type = starting.known_type(request.POST.get("model_type", ""))
    text = starting.uploaded_text(request.FILES.get("file")) or request.POST.get("json", "")
    definitions = starting.definitions_in(model_type, text)
    wanted = request.POST.get("pick", "")
    chosen = [candidate for candidate in definitions if candidate.name == wanted] or definitions
    if len(chosen) > 1:
        context = {"model_type": model_type, "models": definitions, "text": text}
        return render(request, "models_registry/drafts/pick.html", context)
    made = next(
        (
            candidate
            for candidate in converted(model_type, text)
            if candidate.text == chosen[0].text
        ),
        None,
    )
    draft = drafts.start(
        model_type, by=user, definition=chosen[0].text, guessed=made.guessed if made else None
    )
    if made:
        messages.info(
            request,
            _(
                "This was a custom model, as servers store it. It was converted to a definition. "
                "Check the marked fields."
            ),
        )
    return _open(draft)


def _from_repository(request: HttpRequest, user: User) -> HttpResponse:
    model_type = starting.known_type(request.POST.get("model_type", ""))
    hub = request.POST.get("hub", "")
    repository = starting.repository_id(request.POST.get("repository", ""))
    guess = definition_from(repositories.look_up(hub, repository), model_type)
    reasons = {note.pointer: note.why for note in guess.guessed}
    draft = drafts.start(model_type, by=user, definition=guess.text, guessed=reasons)
    messages.info(
        request,
        _("Filled in from %(repository)s. Marked fields are guesses: check each of them.")
        % {"repository": repository},
    )
    for note in guess.missing[:MAX_NOTES]:
        messages.warning(request, translated(note.why))
    return _open(draft)


_WAYS: Mapping[str, Callable[[HttpRequest, User], HttpResponse]] = {
    "empty": _from_empty,
    "copy": _from_copy,
    "json": _from_json,
    "repository": _from_repository,
}


@never_cache
@stays_signed_in
@require_safe
def name_suggestions(request: HttpRequest) -> HttpResponse:
    """Options for the name of the model to copy: names that contain the text."""
    text = name_key(request.GET.get("copy_of", "").replace("\x00", "").strip()[:MAX_TEXT])
    named = RegisteredModel.objects.named_for(request.user)
    models = named.filter(name_key__contains=text, published_revision__isnull=False)
    if request.GET.get("model_type") in MODEL_TYPES:
        models = models.filter(model_type=request.GET["model_type"])
    names = models.order_by("name_key").values_list("name", flat=True).distinct()[:MAX_SUGGESTIONS]
    return render(request, "models_registry/drafts/_name_options.html", {"names": names})


@cache_control(public=True, max_age=3600)
@require_safe
def completions_file(request: HttpRequest, model_type: str) -> HttpResponse:
    """Completions for the JSON editor: keys, their help and values, as a tree."""
    if model_type not in MODEL_TYPES:
        raise Http404
    return JsonResponse(completions(model_type))
