"""Changing a model that is there: its draft, and bringing together what two people changed."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.views.person import signed_in_user
from models_registry.definitions.merge import Side
from models_registry.definitions.problems import DefinitionTextError
from models_registry.drafting import drafts
from models_registry.errors import NotAllowed, StaleState
from models_registry.models import RegisteredModel
from models_registry.views.drafting import own_draft
from models_registry.views.signed_in import stays_signed_in

_SIDE = "side:"


@never_cache
@stays_signed_in
@require_safe
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Go to the person's draft of a change to the model; the first time it is made."""
    user = signed_in_user(request)
    visible = RegisteredModel.objects.visible_to(user).select_related("published_revision")
    model = get_object_or_404(visible, pk=pk)
    try:
        draft = drafts.open_for(model, by=user)
    except NotAllowed:
        context = {"model": model}
        return render(request, "models_registry/registration_refused.html", context, status=403)
    return redirect("models_registry:draft", draft.pk)


@never_cache
@stays_signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def merge_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Bring a draft together with what somebody else published: at once where that is possible."""
    draft = own_draft(request, pk)
    choices = _choices(request)
    try:
        result = drafts.rebase(draft, choices=choices)
    except (StaleState, DefinitionTextError):
        return redirect("models_registry:draft", draft.pk)
    if draft.base_revision_id == result.current.pk:
        return redirect("models_registry:draft", draft.pk)
    unanswered = [one for one in result.conflicts if one.key not in choices]
    open_readme = result.readme_differs and "readme" not in choices
    if not unanswered and not open_readme:
        drafts.take_over(draft, result)
        messages.success(
            request,
            _("Your changes now stand on revision %(number)s of %(name)s. Look, then submit.")
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
        "refusal": _("Choose a side everywhere.") if request.method == "POST" else "",
    }
    return render(request, "models_registry/registration_merge.html", context)


def _choices(request: HttpRequest) -> dict[str, Side]:
    """Which side was chosen, by the key of the conflict."""
    found: dict[str, Side] = {}
    for name, side in request.POST.items():
        if name.startswith(_SIDE):
            if side == "ours":
                found[name.removeprefix(_SIDE)] = "ours"
            elif side == "theirs":
                found[name.removeprefix(_SIDE)] = "theirs"
    return found
