"""Finds the proposals that a person may read."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from models_registry import policy as registry_policy
from models_registry.models import RegisteredModel, Revision
from reviews.models import Proposal
from reviews.querysets import ProposalQuerySet, may_review

Person = User | AnonymousUser


def reviewable(user: Person) -> ProposalQuerySet:
    """The newest rounds of all proposals that the person may read as a reviewer."""
    visible = RegisteredModel.objects.visible_to(user)
    return Proposal.objects.reviewable_by(user, visible).select_related("model")


def queue(user: Person) -> ProposalQuerySet:
    """Open proposals that the person may read as a reviewer, oldest first."""
    visible = RegisteredModel.objects.visible_to(user)
    return Proposal.objects.queue_for(user, visible).select_related("model")


def rounds_for(user: Person, model: RegisteredModel) -> ProposalQuerySet | None:
    """All rounds of all proposals of a visible model, newest first, for those whom they concern:
    people who work with the model, authors of a round, and reviewers. None for everybody else."""
    rounds = Proposal.objects.proposals().filter(model=model).order_by("-number")
    if registry_policy.verbs(user, model):
        return rounds
    if user.pk is not None and rounds.filter(author=user).exists():
        return rounds
    if may_review(user):
        seen: Revision = registry_policy.revisions_for(user, model).values("pk")  # type: ignore[assignment]
        return rounds.filter(pk__in=seen)  # type: ignore[misc]
    return None
