"""A model's changes for upstream: states, pull requests, patches, conflicts."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.form_version import FIELD
from models_registry import policy
from models_registry.errors import DomainError
from models_registry.models import ChangeState, RegisteredModel, UpstreamChange
from models_registry.policy import ModelVerb
from models_registry.upstream.conflicts import resolve, sides
from models_registry.upstream.patch import patch_of
from models_registry.upstream.preview import preview
from models_registry.upstream.retry import change_version, try_again
from models_registry.upstream.status import status_as_it_will_be
from models_registry.views.conflict_form import ConflictForm, conflict_form, upstream_names
from models_registry.views.model.detail import page_context, shown_revision
from models_registry.views.model.maintained import maintained_model, visible_model

MAX_SHOWN = 50


@never_cache
@require_safe
def model_upstream(request: HttpRequest, pk: int) -> HttpResponse:
    """The model's changes for upstream, newest first."""
    return _page(request, visible_model(request, pk))


def _page(
    request: HttpRequest,
    model: RegisteredModel,
    *,
    refused: int = 0,
    refusal: DomainError | None = None,
) -> HttpResponse:
    """The tab; after a refusal, the form of the change shows the error."""
    changes = UpstreamChange.objects.filter(model=model).select_related("pull_request")[:MAX_SHOWN]
    context = page_context(request.user, model, shown_revision(request.user, model))
    may_decide = ModelVerb.EDIT in policy.verbs(request.user, model)
    # What waits is sent together: the newest change has all of it, so the earlier ones are folded.
    waiting = [change for change in changes if change.state == ChangeState.WAITING]
    entries = [
        {
            "change": change,
            "seen": change_version(change),
            "status": status_as_it_will_be(change),
            "earlier": len(waiting) - 1 if change in waiting else 0,
            "preview": preview(change) if change.state in _UNSENT else None,
            "form": _form(request, change, refusal if change.pk == refused else None)
            if may_decide and change.state == ChangeState.CONFLICT
            else None,
            "may_retry": may_decide and change.state == ChangeState.FAILED,
        }
        for change in changes
        if change not in waiting[1:]
    ]
    context |= {"tab": "upstream", "entries": entries, "may_decide": may_decide}
    status = refusal.status if refusal is not None else 200
    return render(request, "models_registry/model/upstream.html", context, status=status)


def _form(
    request: HttpRequest, change: UpstreamChange, refusal: DomainError | None
) -> ConflictForm:
    conflict = sides(change)
    action = reverse("models_registry:change_action", args=[change.model_id, change.pk, "resolve"])
    message = refusal.message if refusal is not None else ""
    return conflict_form(request, conflict, action, upstream_names(conflict), refusal=message)


_UNSENT = (ChangeState.WAITING, ChangeState.FAILED)


@never_cache
@require_safe
def change_patch(request: HttpRequest, pk: int, change_pk: int) -> HttpResponse:
    """The change as a patch for `git apply` in a checkout of upstream."""
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
    """Resolve a conflict, or retry a change."""
    user, model = maintained_model(request, pk)
    change = get_object_or_404(UpstreamChange, pk=change_pk, model=model)
    if ModelVerb.EDIT not in policy.verbs(user, model):
        raise Http404
    if action not in ("retry", "resolve"):
        raise Http404
    try:
        if action == "retry":
            try_again(change, by=user, seen=request.POST.get(FIELD, ""))
            messages.success(request, _("The change will be sent again within a minute."))
        else:
            version = request.POST.get(FIELD, "")
            resolve(change, request.POST.dict(), by=user, version=version)
            messages.success(request, _("The conflict is resolved, and the change will be sent."))
    except DomainError as refusal:
        change.refresh_from_db()
        if action == "resolve" and change.state == ChangeState.CONFLICT:
            return _page(request, model, refused=change.pk, refusal=refusal)
        messages.error(request, refusal.message)
    return redirect("models_registry:model_upstream", pk)
