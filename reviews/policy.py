"""Who may do what to a proposal: one table for the pages, their POSTs and the API."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from models_registry import policy as registry_policy
from models_registry.models import Revision
from models_registry.models import RevisionState as State
from models_registry.permissions import Right
from reviews.models import Claim, Endorsement, Proposal, may_review

Person = User | AnonymousUser


class ReviewVerb(StrEnum):
    """An action on a proposal."""

    APPROVE = "approve"
    REQUEST_CHANGES = "request_changes"
    REJECT = "reject"
    COMMENT = "comment"
    CLAIM = "claim"
    RELEASE = "release"
    WITHDRAW = "withdraw"
    # What the owner of a model may do with a change that somebody else suggests.
    ENDORSE = "endorse"
    DECLINE = "decline"


@dataclass(frozen=True, slots=True)
class ReviewerStatus:
    """A person's relation to a proposal."""

    # Has written one of its rounds, or owns the model.
    is_own: bool
    # Has written this round, or owns the model.
    is_author: bool
    is_reviewer: bool
    # Has the right to decide on proposals of others.
    holds_right: bool
    # Owns a model that somebody else suggests a change of; has agreed to it.
    owns_target: bool
    has_endorsed: bool
    # Who has an unexpired claim: "" (nobody), "mine" or "theirs".
    claim: str

    @property
    def may_decide(self) -> bool:
        """False for their own proposal, whatever rights they have."""
        return self.holds_right and not self.is_own


_WAITING = frozenset({State.PROPOSED})
_OPEN = frozenset({State.PROPOSED, State.CHANGES_REQUESTED})

# verb → (the states in which it is possible, who may use it then).
TABLE: dict[ReviewVerb, tuple[frozenset[State], Callable[[ReviewerStatus], bool]]] = {
    ReviewVerb.APPROVE: (_WAITING, lambda who: who.may_decide),
    ReviewVerb.REQUEST_CHANGES: (_WAITING, lambda who: who.may_decide),
    ReviewVerb.REJECT: (_WAITING, lambda who: who.may_decide),
    ReviewVerb.COMMENT: (_OPEN, lambda who: who.is_own or who.is_reviewer),
    ReviewVerb.CLAIM: (_WAITING, lambda who: who.may_decide and who.claim == ""),
    ReviewVerb.RELEASE: (_OPEN, lambda who: who.claim == "mine"),
    ReviewVerb.WITHDRAW: (_OPEN, lambda who: who.is_author and not who.owns_target),
    ReviewVerb.ENDORSE: (_WAITING, lambda who: who.owns_target and not who.has_endorsed),
    ReviewVerb.DECLINE: (_OPEN, lambda who: who.owns_target),
}
NOBODY = ReviewerStatus(
    is_own=False,
    is_author=False,
    is_reviewer=False,
    holds_right=False,
    owns_target=False,
    has_endorsed=False,
    claim="",
)


def available_verbs(user: Person, revision: Revision) -> frozenset[ReviewVerb]:
    """What the person may do to the round now; empty for a round that has ended."""
    who = standing(user, revision)
    return frozenset(
        verb
        for verb, (states, may) in TABLE.items()
        if State(revision.state) in states and may(who)
    )


def standing(user: Person, revision: Revision) -> ReviewerStatus:
    """The person's relation to the proposal that the revision belongs to."""
    if isinstance(user, AnonymousUser) or not user.is_active:
        return NOBODY
    claim = standing_claim(revision)
    owns_target = user.pk == revision.model.owner_id and registry_policy.is_suggestion(revision)
    return ReviewerStatus(
        is_own=is_own(user, revision),
        is_author=user.pk in (revision.author_id, revision.model.owner_id),
        is_reviewer=may_review(user),
        holds_right=registry_policy.holds(user, Right.REVIEW_MODEL),
        owns_target=owns_target,
        has_endorsed=owns_target and Endorsement.objects.filter(revision=revision.pk).exists(),
        claim="" if claim is None else "mine" if claim.reviewer_id == user.pk else "theirs",
    )


def is_own(user: User, revision: Revision) -> bool:
    """True if the person owns the model or has written any round of the proposal."""
    if user.pk in (revision.author_id, revision.model.owner_id):
        return True
    return Proposal.objects.thread_of(revision).filter(author=user).exists()


def standing_claim(revision: Revision) -> Claim | None:
    """The unexpired claim on the proposal, or None."""
    root = revision.proposal_id or revision.pk
    claim = Claim.objects.filter(proposal=root).select_related("reviewer").first()
    return claim if claim is not None and claim.stands() else None
