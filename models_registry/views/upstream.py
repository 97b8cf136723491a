"""What of a model is on its way to upstream: states, pull requests, patches, conflicts."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from models_registry import policy
from models_registry.definitions.merge import Side
from models_registry.errors import DomainError
from models_registry.outbox_tables import ChangeState, UpstreamChange
from models_registry.policy import ModelVerb
from models_registry.upstream.acting import try_again
from models_registry.upstream.patch import patch_of
from models_registry.upstream.preview import preview
from models_registry.upstream.resolving import conflicts, resolve
from models_registry.upstream.standing import standing
from models_registry.views.detail import page_context, shown_revision
from models_registry.views.maintained import maintained_model, visible_model

MAX_SHOWN = 50


@never_cache
@require_safe
def model_upstream(request: HttpRequest, pk: int) -> HttpResponse:
    """The model's changes on their way to upstream, newest first."""
    model = visible_model(request, pk)
    found = UpstreamChange.objects.filter(model=model).select_related("pull_request")[:MAX_SHOWN]
    context = page_context(request.user, model, shown_revision(request.user, model))
    may_decide = ModelVerb.EDIT in policy.verbs(request.user, model)
    entries = [
        {
            "change": change,
            "standing": standing(change),
            "preview": preview(change) if change.state in _UNSENT else None,
            "conflicts": conflicts(change)
            if may_decide and change.state == ChangeState.CONFLICT
            else [],
            "may_retry": may_decide and change.state == ChangeState.FAILED,
        }
        for change in found
    ]
    context |= {"tab": "upstream", "entries": entries, "may_decide": may_decide}
    return render(request, "models_registry/model_upstream.html", context)


_UNSENT = (ChangeState.WAITING, ChangeState.FAILED)


@never_cache
@require_safe
def change_patch(request: HttpRequest, pk: int, change_pk: int) -> HttpResponse:
    """The change as a patch that `git apply` takes in a checkout of upstream."""
    model = visible_model(request, pk)
    change = get_object_or_404(UpstreamChange, pk=change_pk, model=model)
    patch = patch_of(change)
    if not patch:
        raise Http404
    response = HttpResponse(patch.encode(), content_type="text/x-patch; charset=utf-8")
    name = f"{change.name}-{change.pk}.patch"
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


@never_cache
@require_POST
def change_action(request: HttpRequest, pk: int, change_pk: int, action: str) -> HttpResponse:
    """Decide a conflict, or try again."""
    user, model = maintained_model(request, pk)
    change = get_object_or_404(UpstreamChange, pk=change_pk, model=model)
    if ModelVerb.EDIT not in policy.verbs(user, model):
        raise Http404
    if action not in ("retry", "resolve"):
        raise Http404
    try:
        if action == "retry":
            try_again(change, by=user)
            messages.success(request, _("It will be tried again within a minute."))
        else:
            resolve(change, _choices(request, change), by=user)
            messages.success(request, _("Decided. The change goes on."))
    except DomainError as refusal:
        messages.error(request, refusal.message)
    return redirect("models_registry:model_upstream", pk)


def _choices(request: HttpRequest, change: UpstreamChange) -> dict[str, Side]:
    """What was chosen at each conflict, which the form numbers from 1."""
    found: dict[str, Side] = {}
    for number, conflict in enumerate(conflicts(change), start=1):
        chosen = request.POST.get(f"side-{number}", "")
        if chosen == "ours":
            found[conflict.key] = "ours"
        elif chosen == "theirs":
            found[conflict.key] = "theirs"
    return found
