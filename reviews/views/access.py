"""Who gets to the pages of the reviews. To everybody else they do not exist."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache

from accounts.models import User
from accounts.views.person import signed_in_user
from models_registry.errors import DomainError
from reviews.lookup import reviewable
from reviews.models import Proposal
from reviews.querysets import may_review, may_see_queue

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def for_queue(view: View[P]) -> View[P]:
    """A view for holders of `view_review_list`; being staff is neither needed nor enough."""
    return _guarded(view, may_see_queue)


def for_reviewers(view: View[P]) -> View[P]:
    """A view for people who may look at the queue or decide."""
    return _guarded(view, may_review)


def proposal_or_404(request: HttpRequest, pk: int) -> tuple[Proposal, Proposal]:
    """The round of that number, and the newest of its proposal, if the reviewer may read that.

    They are one, unless a newer round has come in.
    """
    asked_for = get_object_or_404(Proposal.objects.proposals().select_related("model"), pk=pk)
    newest = Proposal.objects.thread_of(asked_for).last()
    found = get_object_or_404(
        reviewable(signed_in_user(request)).select_related(
            "model__published_revision", "model__owner", "model__upstream_file", "author", "review"
        ),
        pk=newest.pk if newest is not None else pk,
    )
    return (found if asked_for.pk == found.pk else asked_for), found


def tell(request: HttpRequest, deed: Callable[[], object], done: str) -> bool:
    """Do something; say that it is done or why it is refused. Out: whether it was done."""
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

    return never_cache(login_required(guarded))  # type: ignore[return-value] # its wraps hides it
