"""Changing an existing model: its draft, and merging the changes of two people."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.form_version import FIELD
from accounts.views.person import signed_in_user
from accounts.views.signed_in import stays_signed_in
from models_registry import policy
from models_registry.conflict_sides import field_of
from models_registry.definitions.compare.merge import Conflict, Side
from models_registry.definitions.json_text.problems import DefinitionTextError
from models_registry.drafting import drafts
from models_registry.errors import DomainError, StaleState
from models_registry.models import Draft, RegisteredModel
from models_registry.views.drafts.editor import own_draft


@never_cache
@stays_signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Go to the person's draft of a change to the model; the first POST creates it."""
    user = signed_in_user(request)
    visible = RegisteredModel.objects.visible_to(user).select_related("published_revision")
    model = get_object_or_404(visible, pk=pk)
    context: dict[str, Any] = {"model": model}
    if not drafts.may_open_for(model, by=user):
        return render(request, "models_registry/drafts/refused.html", context, status=403)
    draft = Draft.objects.filter(owner=user, model=model).first()
    if draft is None and request.method == "POST":
        try:
            draft = drafts.open_for(model, by=user)
        except DomainError as refusal:
            messages.error(request, refusal.message)
    if draft is None:
        context["suggests"] = policy.may_suggest(user, model)
        return render(request, "models_registry/drafts/edit.html", context)
    return redirect("models_registry:draft", draft.pk)


@never_cache
@stays_signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def merge_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Merge a draft with what somebody else has published; without conflicts at once."""
    draft = own_draft(request, pk)
    try:
        choices, places, result = _chosen(request, draft)
    except (StaleState, DefinitionTextError):
        return redirect("models_registry:draft", draft.pk)
    if draft.base_revision_id == result.current.pk:
        return redirect("models_registry:draft", draft.pk)
    is_stale = request.POST.get(FIELD, "") not in ("", result.version)
    open_readme = result.readme_differs and "readme" not in choices
    if not result.conflicts and not open_readme and not is_stale:
        drafts.apply_rebase(draft, result)
        messages.success(
            request,
            _("Your changes are now based on revision %(number)s. Review them, then submit.")
            % {
                "number": result.current.number,
                "name": result.current.author_name or _("somebody"),
            },
        )
        return redirect("models_registry:draft_view", draft.pk, "check")
    context = {
        "draft": draft,
        "result": result,
        "choices": choices,
        "places": places,
        "refusal": _refusal(is_stale) if request.method == "POST" else "",
    }
    status = 409 if is_stale else 200
    return render(request, "models_registry/drafts/merge.html", context, status=status)


def _chosen(
    request: HttpRequest, draft: Draft
) -> tuple[dict[str, Side], list[Conflict], drafts.Rebase]:
    """The chosen side for each place's key, all places, and the merge with these choices.

    A field's name depends on the values of its place, so a choice about other values is ignored.
    Choices can add places: a list that would become empty is chosen as a whole.
    """
    choices: dict[str, Side] = {}
    places: list[Conflict] = []
    result = drafts.rebase(draft)
    if request.POST.get(FIELD, "") in ("", result.version):
        _choose(choices, "readme", request.POST.get("side:readme"))
    while True:
        result = drafts.rebase(draft, choices=choices)
        places += [place for place in result.conflicts if place not in places]
        before = len(choices)
        for place in result.conflicts:
            _choose(choices, place.key, request.POST.get(f"side:{field_of(place)}"))
        if len(choices) == before:
            return choices, places, result


def _choose(choices: dict[str, Side], key: str, side: str | None) -> None:
    if side == "ours":
        choices[key] = "ours"
    elif side == "theirs":
        choices[key] = "theirs"


def _refusal(is_stale: bool) -> str:
    if is_stale:
        return _(
            "Nothing was changed: one of the two sides has changed since then. What "
            "you chose is kept where nothing changed. Check the marked places, then decide again."
        )
    return _("Choose a side for every place.")
