"""Who may do what to a proposal: one table, read by the pages, their POSTs and the API alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from models_registry import policy as registry_policy
from models_registry.models import Revision
from models_registry.models import RevisionState as State
from reviews.models import Claim, Proposal
from reviews.querysets import may_review

Person = User | AnonymousUser


class ReviewVerb(StrEnum):
    """What can be done to a proposal."""

    APPROVE = "approve"
    REQUEST_CHANGES = "request_changes"
    REJECT = "reject"
    COMMENT = "comment"
    CLAIM = "claim"
    RELEASE = "release"
    WITHDRAW = "withdraw"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a person stands to a proposal."""

    # Wrote one of its rounds, or owns the model.
    is_own: bool
    # Wrote this round, or owns the model.
    is_author: bool
    is_reviewer: bool
    # Holds the right to decide; on a proposal of somebody else's it makes him a judge of it.
    holds_right: bool
    # Whose claim stands: "", "mine" or "theirs".
    claim: str

    @property
    def may_decide(self) -> bool:
        """Nobody decides on his own proposal, whatever rights he holds."""
        return self.holds_right and not self.is_own


_WAITING = frozenset({State.PROPOSED})
_OPEN = frozenset({State.PROPOSED, State.CHANGES_REQUESTED})

# verb → (the states in which it exists, who may use it then).
TABLE: dict[ReviewVerb, tuple[frozenset[State], Callable[[Standing], bool]]] = {
    ReviewVerb.APPROVE: (_WAITING, lambda who: who.may_decide),
    ReviewVerb.REQUEST_CHANGES: (_WAITING, lambda who: who.may_decide),
    ReviewVerb.REJECT: (_WAITING, lambda who: who.may_decide),
    ReviewVerb.COMMENT: (_OPEN, lambda who: who.is_own or who.is_reviewer),
    ReviewVerb.CLAIM: (_WAITING, lambda who: who.may_decide and who.claim == ""),
    ReviewVerb.RELEASE: (_OPEN, lambda who: who.claim == "mine"),
    ReviewVerb.WITHDRAW: (_OPEN, lambda who: who.is_author),
}
NOBODY = Standing(is_own=False, is_author=False, is_reviewer=False, holds_right=False, claim="")


def available_verbs(user: Person, revision: Revision) -> frozenset[ReviewVerb]:
    """What the person may do to that round now; empty for a round that is over."""
    who = standing(user, revision)
    return frozenset(
        verb
        for verb, (states, may) in TABLE.items()
        if State(revision.state) in states and may(who)
    )


def standing(user: Person, revision: Revision) -> Standing:
    """How the person stands to the proposal that the revision is a round of."""
    if isinstance(user, AnonymousUser) or not user.is_active:
        return NOBODY
    claim = standing_claim(revision)
    return Standing(
        is_own=is_own(user, revision),
        is_author=user.pk in (revision.author_id, revision.model.owner_id),
        is_reviewer=may_review(user),
        holds_right=registry_policy.holds(user, "review_model"),
        claim="" if claim is None else "mine" if claim.reviewer_id == user.pk else "theirs",
    )


def is_own(user: User, revision: Revision) -> bool:
    """Whether the person owns the model or wrote any round of the proposal."""
    if user.pk in (revision.author_id, revision.model.owner_id):
        return True
    return Proposal.objects.thread_of(revision).filter(author=user).exists()


def standing_claim(revision: Revision) -> Claim | None:
    """The claim on the proposal, unless there is none or it has run out."""
    root = revision.proposal_id or revision.pk
    claim = Claim.objects.filter(proposal=root).select_related("reviewer").first()
    return claim if claim is not None and claim.stands() else None
