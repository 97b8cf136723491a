"""The API of the reviews: verdicts by program, by the same rules as on the page."""

from __future__ import annotations

from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status

from accounts.authentication import require_write
from accounts.models import User
from models_registry.errors import InvalidParameter, ModelNotFound, NotAllowed
from models_registry.models import RegisteredModel
from reviews import use_cases
from reviews.lookup import reviewable
from reviews.models import Decision, Proposal, Review
from reviews.querysets import may_review

router = Router(tags=["Reviews"])
MAX_DIGITS = 18


class Verdict(Schema):
    """What a reviewer decides, and on which revision."""

    revision: int = Field(description="The number of the revision that was read")
    decision: Literal["approve", "request_changes", "reject"]
    feedback: str = Field("", description="Required unless approving")


class Reviewed(Schema):
    """A verdict that was given."""

    id: int
    model_type: str
    model_name: str
    revision: int
    state: str = Field(description="The revision's state by now")
    decision: str
    feedback: str
    reviewer: str
    created_at: str


class ReviewedAnswer(Schema):
    """A verdict that was given."""

    data: Reviewed


class Refusal(Schema):
    """Every error: a code for programs and a sentence for people."""

    error_code: str = Field(examples=["STALE_REVISION"])
    message: str


ERRORS: dict[Any, Any] = dict.fromkeys((400, 401, 403, 404, 409), Refusal)


@router.post(
    "/models/{model_id}/reviews",
    summary="Decide on a proposal",
    response={201: ReviewedAnswer, **ERRORS},
)
def decide(request: HttpRequest, model_id: str, verdict: Verdict) -> Status[ReviewedAnswer]:
    """Approving publishes at once. 409 `STALE_REVISION` where a newer revision has come in, or
    somebody else was quicker."""
    user = require_write(request)
    proposal = _proposal(user, model_id, verdict.revision)
    decision = Decision(verdict.decision)
    review = use_cases.decide(proposal, decision, by=user, feedback=verdict.feedback)
    return Status(201, ReviewedAnswer(data=_answer(review)))


def _proposal(user: User, model_id: str, number: int) -> Proposal:
    """The revision of that number, if the caller may know of it.

    Raises ModelNotFound for a model that he may not see, NotAllowed for one that he may see but not
    review, and InvalidParameter for a revision that was never handed in.
    """
    if not (model_id.isascii() and model_id.isdecimal() and len(model_id) <= MAX_DIGITS):
        raise ModelNotFound(model_id)
    pk = int(model_id)
    is_visible = RegisteredModel.objects.visible_to(user).filter(pk=pk).exists()
    in_reach = is_visible or reviewable(user).filter(model=pk).exists()
    if not in_reach:
        raise ModelNotFound(model_id)
    if not may_review(user):
        raise NotAllowed("You may not decide on proposals.")
    handed_in = Proposal.objects.proposals().filter(model=pk).select_related("model")
    found = handed_in.filter(number=number).first() if abs(number) < 2**31 else None
    if found is None:
        raise InvalidParameter(f"Revision {number} of this model was never handed in for review.")
    return found


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
