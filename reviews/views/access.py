"""Access to the pages of the reviews; everybody else gets 404."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache

from accounts.models import User
from accounts.views.person import signed_in_user
from accounts.views.signed_in import signed_in_only
from models_registry.errors import DomainError
from reviews.lookup import reviewable
from reviews.models import Proposal, may_review, may_see_queue

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def for_queue(view: View[P]) -> View[P]:
    """A view for people with the right `view_review_list`, whether or not they are staff."""
    return _guarded(view, may_see_queue)


def for_reviewers(view: View[P]) -> View[P]:
    """A view for people who may see the queue or decide."""
    return _guarded(view, may_review)


def proposal_or_404(request: HttpRequest, pk: int) -> tuple[Proposal, Proposal]:
    """The round with this primary key, and the newest round of its proposal.

    They are the same unless a newer round was submitted. Raises Http404 if the reviewer may not
    read the proposal.
    """
    asked_for = get_object_or_404(Proposal.objects.proposals().select_related("model"), pk=pk)
    newest = Proposal.objects.thread_of(asked_for).last()
    visible = get_object_or_404(
        reviewable(signed_in_user(request)).select_related(
            "model__published_revision", "model__owner", "model__upstream_file", "author", "review"
        ),
        pk=newest.pk if newest is not None else pk,
    )
    return (visible if asked_for.pk == visible.pk else asked_for), visible


def tell(request: HttpRequest, deed: Callable[[], object], done: str) -> bool:
    """Carry out an action, and show its success or error as a message; returns True on success."""
    try:
        deed()
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return False
    messages.success(request, done)
    return True


def _guarded(view: View[P], may: Callable[[User], bool]) -> View[P]:
    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not may(signed_in_user(request)):
            raise Http404
        return view(request, *args, **kwargs)

    return never_cache(signed_in_only(guarded))  # type: ignore[return-value] # its wraps hides the type
