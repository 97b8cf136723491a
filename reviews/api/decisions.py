"""The API of the reviews: verdicts from programs, by the same rules as on the page."""

from __future__ import annotations

from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Field, Schema

from accounts.authentication import require_write
from accounts.models import User
from hub.numbers import whole_number
from models_registry.api.idempotency import PARAMETER, once
from models_registry.api.parameters import MAX_REVISION, ModelTypeName
from models_registry.errors import InvalidParameter, ModelNotFound, NotAllowed
from models_registry.models import RegisteredModel
from reviews import use_cases
from reviews.api.router import router
from reviews.errors import ProposalNotFound
from reviews.lookup import readable_proposal, reviewable
from reviews.models import Decision, Proposal, Review, may_review
from reviews.policy import ReviewVerb, available_verbs


class NewVerdict(Schema):
    """What a reviewer decides, and on which revision."""

    revision: int = Field(
        ge=1, le=MAX_REVISION, description="The number of the revision that the reviewer has read"
    )
    decision: Literal["approve", "request_changes", "reject"]
    feedback: str = Field("", description="Required unless approving")


class SuggestionAnswer(Schema):
    """The round that the owner has read."""

    revision: int = Field(ge=1, le=MAX_REVISION, description="The number of the newest round")


class ProposalEnding(Schema):
    """The round that is withdrawn, and why."""

    revision: int = Field(ge=1, le=MAX_REVISION, description="The number of the newest round")
    reason: str = Field("", description="Required when declining a suggestion")


class Reviewed(Schema):
    """A verdict that was given."""

    id: int
    model_type: ModelTypeName
    model_name: str
    revision: int
    state: str = Field(description="The revision's state after the verdict")
    decision: str
    feedback: str
    reviewer: str
    created_at: str


class ReviewedAnswer(Schema):
    """A verdict that was given."""

    data: Reviewed


class ReviewError(Schema):
    """An error: a code for programs and a sentence for people."""

    error_code: str = Field(examples=["STALE_REVISION"])
    message: str


ERRORS: dict[Any, Any] = dict.fromkeys((400, 401, 403, 404, 409, 422, 429), ReviewError)


@router.post(
    "/models/{model_id}/reviews",
    summary="Decide on a proposal",
    response={201: ReviewedAnswer, **ERRORS},
    openapi_extra={"parameters": [PARAMETER]},
)
def decide(request: HttpRequest, model_id: str, verdict: NewVerdict) -> HttpResponse:
    """Approving publishes at once. 409 `STALE_REVISION` if a newer revision was submitted, or
    somebody else has already decided."""
    user = require_write(request)

    def write() -> ReviewedAnswer:
        proposal = _proposal(user, model_id, verdict.revision)
        decision = Decision(verdict.decision)
        review = use_cases.decide(proposal, decision, by=user, feedback=verdict.feedback)
        return ReviewedAnswer(data=_answer(review))

    return once(request, user, write)


@router.post(
    "/proposals/{int:proposal_id}/endorsement",
    summary="Agree to a suggestion",
    response={204: None, **ERRORS},
    openapi_extra={"parameters": [PARAMETER]},
)
def endorse(request: HttpRequest, proposal_id: int, answer: SuggestionAnswer) -> HttpResponse:
    """The owner of a model tells the reviewers that they agree to what somebody else suggests."""
    user = require_write(request)

    def write() -> None:
        use_cases.endorse(_round(user, proposal_id, answer.revision), by=user)

    return once(request, user, write, status=204)


@router.post(
    "/proposals/{int:proposal_id}/withdrawal",
    summary="Withdraw a proposal, or decline a suggestion",
    response={204: None, **ERRORS},
    openapi_extra={"parameters": [PARAMETER]},
)
def withdraw(request: HttpRequest, proposal_id: int, ending: ProposalEnding) -> HttpResponse:
    """Authors withdraw their own proposals. The owner of a model declines what somebody else
    suggests; its author is told the reason."""
    user = require_write(request)

    def write() -> None:
        proposal = _round(user, proposal_id, ending.revision)
        if ReviewVerb.DECLINE in available_verbs(user, proposal):
            use_cases.decline(proposal, by=user, reason=ending.reason)
        else:
            use_cases.withdraw(proposal, by=user)

    return once(request, user, write, status=204)


def _round(user: User, proposal_id: int, number: int) -> Proposal:
    """The round with this number of a proposal that the person may read."""
    newest = readable_proposal(user, proposal_id) if proposal_id < 2**63 else None
    if newest is None:
        raise ProposalNotFound
    round_ = Proposal.objects.thread_of(newest).filter(number=number).first()
    if round_ is None:
        raise InvalidParameter("never_submitted", number=number)
    return round_


def _proposal(user: User, model_id: str, number: int) -> Proposal:
    """The submitted revision with this number.

    Raises ModelNotFound for a model that the caller may not see, NotAllowed for one that they may
    see but not review, and InvalidParameter for a revision that was never submitted for review.
    """
    if (pk := whole_number(model_id)) is None:
        raise ModelNotFound(model_id)
    is_visible = RegisteredModel.objects.visible_to(user).filter(pk=pk).exists()
    in_reach = is_visible or reviewable(user).filter(model=pk).exists()
    if not in_reach:
        raise ModelNotFound(model_id)
    if not may_review(user):
        raise NotAllowed("may_not_decide")
    submitted = Proposal.objects.proposals().filter(model=pk).select_related("model")
    revision = submitted.filter(number=number).first() if abs(number) < 2**31 else None
    if revision is None:
        raise InvalidParameter("never_submitted", number=number)
    return revision


def _answer(review: Review) -> Reviewed:
    revision, model = review.revision, review.revision.model
    return Reviewed(
        id=model.pk,
        model_type=model.model_type,
        model_name=model.name,
        revision=revision.number,
        state=str(revision.state),
        decision=str(review.decision),
        feedback=review.feedback,
        reviewer=review.reviewer_name,
        created_at=review.created_at.isoformat(),
    )
