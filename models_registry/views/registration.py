"""Model Registration: the type, and what to start from."""

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
from models_registry import lookup, policy
from models_registry.definitions.form.completions import completions
from models_registry.definitions.form.skeletons import empty_definition
from models_registry.definitions.guessing.repository import definition_from
from models_registry.definitions.kinds import MODEL_TYPES, name_key
from models_registry.drafting import drafts, starting
from models_registry.errors import InvalidParameter
from models_registry.models import Draft, ModelType, RegisteredModel, Visibility
from models_registry.sources import repositories
from models_registry.views.signed_in import stays_signed_in

MAX_SUGGESTIONS = 20
MAX_NOTES = 6


@never_cache
@stays_signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def start_page(request: HttpRequest) -> HttpResponse:
    """Choose a type and what to start from; a POST makes the draft."""
    user = signed_in_user(request)
    if not any(policy.may_register(user, one) for one in Visibility.values):
        return render(request, "models_registry/registration_refused.html", status=403)
    if request.method != "POST":
        return _start_page(request, user)
    way = _WAYS.get(request.POST.get("start", ""))
    try:
        if way is None:
            raise InvalidParameter(_("Choose what to start from."))
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
    return render(request, "models_registry/registration_start.html", context, status=status)


def _open(draft: Draft) -> HttpResponse:
    return redirect("models_registry:draft", draft.pk)


def _from_empty(request: HttpRequest, user: User) -> HttpResponse:
    model_type = starting.known_type(request.POST.get("model_type", ""))
    return _open(drafts.start(model_type, by=user, definition=empty_definition(model_type)))


def _from_copy(request: HttpRequest, user: User) -> HttpResponse:
    model_type = starting.known_type(request.POST.get("model_type", ""))
    name = request.POST.get("copy_of", "").strip()
    found = [one for one in lookup.find_models(user, name) if one.model_type == model_type]
    if not found:
        label = ModelType(model_type).label
        raise InvalidParameter(
            _("There is no %(type)s model “%(name)s” here, or you may not see it.")
            % {"type": label, "name": name[:100]}
        )
    return _open(starting.start_from_copy(found[0], by=user))


def _from_json(request: HttpRequest, user: User) -> HttpResponse:
    model_type = starting.known_type(request.POST.get("model_type", ""))
    text = starting.uploaded_text(request.FILES.get("file")) or request.POST.get("json", "")
    found = starting.definitions_in(model_type, text)
    wanted = request.POST.get("pick", "")
    chosen = [one for one in found if one.name == wanted] or found
    if len(chosen) > 1:
        context = {"model_type": model_type, "found": found, "text": text}
        return render(request, "models_registry/registration_pick.html", context)
    return _open(drafts.start(model_type, by=user, definition=chosen[0].text))


def _from_repository(request: HttpRequest, user: User) -> HttpResponse:
    model_type = starting.known_type(request.POST.get("model_type", ""))
    hub = request.POST.get("hub", "")
    repository = starting.repository_id(request.POST.get("repository", ""))
    guess = definition_from(repositories.look_up(hub, repository), model_type)
    reasons = {note.pointer: note.why for note in guess.guessed}
    draft = drafts.start(model_type, by=user, definition=guess.text, guessed=reasons)
    messages.info(
        request,
        _("Filled in from %(repository)s. Marked fields are guesses: look at each of them.")
        % {"repository": repository},
    )
    for note in guess.missing[:MAX_NOTES]:
        messages.warning(request, note.why)
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
    """Options for the name of the model to copy: visible ones whose name has the text in it."""
    text = name_key(request.GET.get("copy_of", "").strip())
    found = RegisteredModel.objects.visible_to(request.user).filter(name_key__contains=text)
    if request.GET.get("model_type") in MODEL_TYPES:
        found = found.filter(model_type=request.GET["model_type"])
    names = found.order_by("name_key").values_list("name", flat=True).distinct()[:MAX_SUGGESTIONS]
    return render(request, "models_registry/_name_options.html", {"names": names})


@cache_control(public=True, max_age=3600)
@require_safe
def completions_file(request: HttpRequest, model_type: str) -> HttpResponse:
    """What the JSON editor completes: keys, their help and values, as a tree."""
    if model_type not in MODEL_TYPES:
        raise Http404
    return JsonResponse(completions(model_type))
