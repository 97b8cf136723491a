"""Queries for the proposals that a person may read."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.urls import Resolver404, resolve

from accounts.models import User
from models_registry import policy as registry_policy
from models_registry.models import RegisteredModel, Revision
from reviews.models import Proposal, ProposalQuerySet, may_review

Person = User | AnonymousUser


def is_there(user: Person, path: str) -> bool:
    """True if the person may still open the page of a model or proposal; True for other pages."""
    try:
        match = resolve(path.partition("#")[0].partition("?")[0])
    except Resolver404:
        return False
    pk = match.kwargs.get("pk", "")
    visible = RegisteredModel.objects.visible_to(user)
    if match.view_name == "reviews:proposal":
        return Proposal.objects.filter(pk=str(pk)).exists()
    if match.view_name == "reviews:status" or match.view_name.startswith("models_registry:model_"):
        return pk == "" or visible.filter(pk=str(pk)).exists()
    return True


def reviewable(user: Person) -> ProposalQuerySet:
    """The newest rounds of all proposals that the person may read as a reviewer."""
    visible = RegisteredModel.objects.visible_to(user)
    return Proposal.objects.reviewable_by(user, visible).select_related("model")


def queue(user: Person) -> ProposalQuerySet:
    """Open proposals that the person may read as a reviewer, oldest first."""
    visible = RegisteredModel.objects.visible_to(user)
    return Proposal.objects.queue_for(user, visible).select_related("model")


def own_proposals(user: User) -> ProposalQuerySet:
    """The newest rounds of the person's own proposals, and of those for models that they own."""
    visible = RegisteredModel.objects.visible_to(user)
    return Proposal.objects.of_person(user, visible).select_related("model")


def readable(user: User) -> ProposalQuerySet:
    """The newest rounds of what the person may read as a reviewer, or of their own proposals."""
    visible = RegisteredModel.objects.visible_to(user)
    proposals = Proposal.objects
    both = proposals.reviewable_by(user, visible) | proposals.of_person(user, visible)
    return both.select_related("model")


def readable_proposal(user: Person, pk: int) -> Proposal | None:
    """The newest round of the proposal that a round belongs to; None unless the person may read it:
    on its review page, or on the tab of its model."""
    asked_for = Proposal.objects.proposals().filter(pk=pk).first()
    newest = Proposal.objects.thread_of(asked_for).last() if asked_for is not None else None
    if newest is None:
        return None
    related = ("model__published_revision", "model__owner", "model__upstream_file", "review")
    if (
        found := reviewable(user).filter(pk=newest.pk).select_related(*related).first()
    ) is not None:
        return found
    model = RegisteredModel.objects.visible_to(user).filter(pk=newest.model_id).first()
    rounds = rounds_for(user, model) if model is not None else None
    return (
        rounds.filter(pk=newest.pk).select_related(*related).first() if rounds is not None else None
    )


def rounds_for(user: Person, model: RegisteredModel) -> ProposalQuerySet | None:
    """All rounds of all proposals of a visible model, newest first.

    All for people who work with the model and reviewers, their own for authors of a round; None
    for others.
    """
    rounds = Proposal.objects.proposals().filter(model=model).order_by("-number")
    if registry_policy.verbs(user, model):
        return rounds
    if may_review(user):
        seen: Revision = registry_policy.revisions_for(user, model).values("pk")  # type: ignore[assignment]
        return rounds.filter(Q(pk__in=seen) | rounds.threads_of(user))  # type: ignore[misc]
    # SECURITY: whoever suggests a change sees their own proposals, and none of others.
    own = rounds.filter(rounds.threads_of(user)) if user.pk is not None else rounds.none()
    return own if own.exists() else None
