"""The state of upstream: broken files, removals to decide, schemas in use."""

from __future__ import annotations

from collections.abc import Collection

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.errors import DomainError
from accounts.models import User
from accounts.views.person import signed_in_user
from accounts.views.signed_in import signed_in_only
from models_registry import policy
from models_registry.definitions.checks import schema
from models_registry.models import UnreadableFile
from models_registry.sync import follow_upstream
from models_registry.upstream import removals

MAX_FILES = 200


@signed_in_only
@never_cache
@require_safe
def upstream_state(request: HttpRequest) -> HttpResponse:
    """The page, for people who may expire public models."""
    _maintainer(request)
    return _page(request)


@signed_in_only
@never_cache
@require_POST
def decide_removals(request: HttpRequest) -> HttpResponse:
    """Expire the selected models that upstream has removed, or keep them."""
    user = _maintainer(request)
    action = request.POST.get("action", "")
    if action not in ("approve", "reject"):
        return _page(request, _("Choose if these models expire or stay."), status=400)
    chosen = {int(text) for text in request.POST.getlist("removal") if _is_number(text)}
    try:
        count = removals.decide(
            chosen,
            approve=action == "approve",
            seen_version=request.POST.get("version", ""),
            by=user,
        )
    except DomainError as refusal:
        return _page(request, refusal.message, chosen, status=refusal.status)
    if action == "approve":
        message = ngettext("%(count)d model has expired.", "%(count)d models have expired.", count)
    else:
        message = ngettext("%(count)d model stays here.", "%(count)d models stay here.", count)
    messages.success(request, message % {"count": count})
    return redirect("models_registry:upstream_state")


def _page(
    request: HttpRequest, refusal: str = "", chosen: Collection[int] = (), *, status: int = 200
) -> HttpResponse:
    waiting = list(removals.waiting())
    context = {
        "refusal": refusal,
        "repository": settings.ENV.upstream_repo,
        "branch": settings.ENV.upstream_branch,
        "last_synced_at": follow_upstream.last_synced_at(),
        "schemas": schema.current().label,
        "files": UnreadableFile.objects.all()[:MAX_FILES],
        "waiting": [(row, row.pk in chosen) for row in waiting],
        "seen_version": removals.version(waiting),
    }
    return render(request, "models_registry/launch/upstream_state.html", context, status=status)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19


def _maintainer(request: HttpRequest) -> User:
    if not policy.holds(request.user, removals.RIGHT):
        raise PermissionDenied
    return signed_in_user(request)
