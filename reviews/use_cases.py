"""The use cases of a review: decide, comment, claim, release; what owners say to suggestions.

Each function locks the model, checks the policy, carries out the action, and writes a row, an entry
of the audit log and notifications in one transaction; mail is sent after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import DomainError
from accounts.form_version import require
from accounts.models import User
from hub.audit import Tag, record
from hub.sentences import together
from models_registry import publication
from models_registry.actions.withdraw import withdraw as withdraw_proposal
from models_registry.changes import Verdict, changing
from models_registry.errors import InvalidParameter, ModelNotFound, NotAllowed, StaleState
from models_registry.models import RegisteredModel, Revision
from reviews import notify, policy
from reviews.bulk_approval import reasons_against
from reviews.errors import FeedbackMissing, NotTrivial
from reviews.lines import lines_of
from reviews.models import (
    OPEN,
    Claim,
    Comment,
    Decision,
    Endorsement,
    Part,
    Proposal,
    Review,
    SavedReply,
    may_review,
)
from reviews.policy import ReviewVerb

CLAIM_HOURS = 4
MAX_TEXT = 5000

_DECISIONS = {
    Decision.APPROVE: (ReviewVerb.APPROVE, publication.approve, Tag.PROPOSAL_APPROVE),
    Decision.REQUEST_CHANGES: (
        ReviewVerb.REQUEST_CHANGES,
        publication.request_changes,
        Tag.PROPOSAL_REQUEST_CHANGES,
    ),
    Decision.REJECT: (ReviewVerb.REJECT, publication.reject, Tag.PROPOSAL_REJECT),
}


def approve(revision: Revision, *, by: User, feedback: str = "") -> Review:
    """Publish the round that the reviewer has read; returns the verdict.

    Raises NotAllowed; StaleState if another round was submitted, somebody else has decided, or
    something newer was published; NameTaken as `publication.approve` does.
    """
    return decide(revision, Decision.APPROVE, by=by, feedback=feedback)


def request_changes(revision: Revision, *, by: User, feedback: str) -> Review:
    """Send the round back to its author. Raises NotAllowed, StaleState and FeedbackMissing."""
    return decide(revision, Decision.REQUEST_CHANGES, by=by, feedback=feedback)


def reject(revision: Revision, *, by: User, feedback: str) -> Review:
    """Reject the proposal permanently. Raises NotAllowed, StaleState and FeedbackMissing."""
    return decide(revision, Decision.REJECT, by=by, feedback=feedback)


def decide(revision: Revision, decision: Decision, *, by: User, feedback: str) -> Review:
    """Give the verdict on the round that the reviewer has read; returns the verdict.

    Raises what `approve`, `request_changes` and `reject` raise, and InvalidParameter for feedback
    that is too long.
    """
    verb, carry_out, tag = _DECISIONS[decision]
    feedback = _said(feedback, "The feedback")
    if not feedback and decision is not Decision.APPROVE:
        raise FeedbackMissing
    with changing(RegisteredModel.objects.filter(pk=revision.model_id)) as change:
        fresh = _locked(revision)
        _require(verb, fresh, by)
        decided = carry_out(fresh)
        review = Review.objects.create(
            revision=decided,
            reviewer=by,
            reviewer_name=by.username,
            decision=decision,
            feedback=feedback,
        )
        Claim.objects.filter(proposal=decided.proposal_id or decided.pk).delete()
        if decision is Decision.APPROVE:
            verdict = Verdict(by.username, feedback)
            change.touch(decided.model, by=decided.author, verdict=verdict)
        record(tag, by=by, target=decided.model, revision=decided.number, feedback=feedback)
        notify.decided(review)
    return review


def approve_trivial(revision: Revision, *, by: User) -> Review:
    """Approve an update that does not affect servers, as bulk approval does.

    Raises NotTrivial with the reasons, and what `approve` raises.
    """
    with changing(RegisteredModel.objects.filter(pk=revision.model_id)):
        fresh = _locked(revision)
        reasons = reasons_against(fresh)
        if reasons:
            raise NotTrivial("not_trivial", reasons=together(*reasons))
        return approve(fresh, by=by)


@dataclass(slots=True)
class BulkApproval:
    """What became of updates that were approved together."""

    approved: list[Review] = field(default_factory=list)
    refused: list[tuple[Proposal, DomainError]] = field(default_factory=list)


def approve_all_trivial(proposals: Sequence[Proposal], *, by: User) -> BulkApproval:
    """Approve updates in one transaction, each checked by itself; what is refused stops no other.

    The list of each type is built once.
    """
    result = BulkApproval()
    models = {proposal.model_id for proposal in proposals}
    with changing(RegisteredModel.objects.filter(pk__in=models)):
        for proposal in proposals:
            try:
                result.approved.append(approve_trivial(proposal, by=by))
            except DomainError as refusal:
                result.refused.append((proposal, refusal))
    return result


def comment(
    revision: Revision, *, by: User, text: str, part: Part = Part.GENERAL, line: int | None = None
) -> Comment:
    """Comment on a round, or on one line of its definition or README (counted from 1).

    Raises NotAllowed, StaleState if the review has ended, and InvalidParameter for an empty or too
    long text, or a line that does not exist.
    """
    text = _said(text, "The comment")
    if not text:
        raise InvalidParameter("comment_empty")
    with transaction.atomic():
        fresh = _locked(revision)
        _require(ReviewVerb.COMMENT, fresh, by)
        _check_line(fresh, part, line)
        added = Comment.objects.create(
            revision=fresh, author=by, author_name=by.username, text=text, part=part, line=line
        )
        where = {"part": str(part), "line": line} if part != Part.GENERAL else {}
        record(Tag.COMMENT_ADD, by=by, target=fresh.model, revision=fresh.number, **where)
        notify.commented(added)
    return added


def endorse(revision: Revision, *, by: User) -> Endorsement:
    """Agree, as the owner of the model, to a change that somebody else suggests.

    Reviewers see it; it is not a verdict. Raises NotAllowed, and StaleState if another round was
    submitted or somebody has decided.
    """
    with transaction.atomic():
        fresh = _locked(revision)
        _require(ReviewVerb.ENDORSE, fresh, by)
        endorsement = Endorsement.objects.create(revision=fresh, owner=by, owner_name=by.username)
        record(Tag.PROPOSAL_ENDORSE, by=by, target=fresh.model, revision=fresh.number)
    return endorsement


def decline(revision: Revision, *, by: User, reason: str) -> Comment:
    """End, as the owner of the model, a proposal that somebody else has suggested.

    The reason is a comment, and its author is notified. Raises NotAllowed, FeedbackMissing,
    InvalidParameter, and StaleState if another round was submitted or somebody has decided.
    """
    reason = _said(reason, "The reason")
    if not reason:
        raise FeedbackMissing
    with changing(RegisteredModel.objects.filter(pk=revision.model_id)):
        fresh = _locked(revision)
        _require(ReviewVerb.DECLINE, fresh, by)
        said = Comment.objects.create(
            revision=fresh, author=by, author_name=by.username, text=reason
        )
        publication.withdraw(fresh)
        Claim.objects.filter(proposal=fresh.proposal_id or fresh.pk).delete()
        record(
            Tag.PROPOSAL_DECLINE, by=by, target=fresh.model, revision=fresh.number, feedback=reason
        )
        notify.declined(said)
    return said


def withdraw(revision: Revision, *, by: User) -> None:
    """Withdraw one's own proposal, if this is its newest round.

    Raises NotAllowed and StaleState.
    """
    with changing(RegisteredModel.objects.filter(pk=revision.model_id)):
        fresh = _locked(revision)
        if fresh.state not in OPEN:
            raise _what_came_between(fresh)
        withdraw_proposal(fresh.model, by=by)


def claim(revision: Revision, *, by: User) -> Claim:
    """Claim a proposal for some hours, so that others see who reviews it.

    Raises NotAllowed, and StaleState if somebody else has claimed it or the round has ended.
    """
    with transaction.atomic():
        fresh = _locked(revision)
        other = policy.standing_claim(fresh)
        if other is not None and other.reviewer_id != by.pk:
            raise StaleState("already_claimed", username=other.reviewer.username)
        if other is not None:
            return other
        _require(ReviewVerb.CLAIM, fresh, by)
        now = timezone.now()
        taken, _created = Claim.objects.update_or_create(
            proposal_id=fresh.proposal_id or fresh.pk,
            defaults={
                "reviewer": by,
                "claimed_at": now,
                "expires_at": now + timedelta(hours=CLAIM_HOURS),
            },
        )
        record(Tag.CLAIM_TAKE, by=by, target=fresh.model, revision=fresh.number)
    return taken


def release(revision: Revision, *, by: User) -> None:
    """Release the person's claim on a proposal. Raises NotAllowed if they have none."""
    with transaction.atomic():
        fresh = _locked(revision)
        claims = Claim.objects.filter(proposal=fresh.proposal_id or fresh.pk, reviewer=by)
        if not claims.exists():
            raise NotAllowed("not_claimed")
        claims.delete()
        record(Tag.CLAIM_RELEASE, by=by, target=fresh.model, revision=fresh.number)


def save_reply(reply: SavedReply, *, by: User, seen: str = "") -> SavedReply:
    """Add or change a saved reply.

    `seen` is the `SavedReply.version` that the form carries. Raises NotAllowed, and StaleState if
    somebody else has changed or deleted the reply meanwhile.
    """
    _require_reviewer(by)
    with transaction.atomic():
        if reply.pk is not None:
            _require_reply_as_seen(reply, seen)
        reply.save()
        record(Tag.SAVED_REPLY_SAVE, by=by, target=reply, text=reply.text)
    return reply


def delete_reply(reply: SavedReply, *, by: User, seen: str = "") -> None:
    """Delete a saved reply. Raises what `save_reply` raises."""
    _require_reviewer(by)
    with transaction.atomic():
        _require_reply_as_seen(reply, seen)
        record(Tag.SAVED_REPLY_DELETE, by=by, target=reply, text=reply.text)
        reply.delete()


def _require_reply_as_seen(reply: SavedReply, seen: str) -> None:
    now = SavedReply.objects.select_for_update().filter(pk=reply.pk).first()
    if now is None:
        raise StaleState("saved_reply_deleted")
    require(seen, now.version, labels={"title": _("the title"), "text": _("the text")})


def _require_reviewer(by: User) -> None:
    if not may_review(by):
        raise NotAllowed("may_not_edit_saved_replies")


def _locked(revision: Revision) -> Proposal:
    """The round as it is now, with its model locked until the transaction ends."""
    model = RegisteredModel.objects.select_for_update().filter(pk=revision.model_id).first()
    fresh = Proposal.objects.filter(pk=revision.pk).first()
    if model is None or fresh is None:
        raise ModelNotFound(revision.model_id)
    fresh.model = model
    return fresh


def _require(verb: ReviewVerb, fresh: Proposal, by: User) -> None:
    """Raise the error with the reason, unless the policy allows the person this action now."""
    who = policy.standing(by, fresh)
    states, may = policy.TABLE[verb]
    if verb in _VERDICTS and who.is_own and who.holds_right:
        raise NotAllowed("own_proposal")
    if not may(who):
        raise NotAllowed(_REFUSALS.get(verb, "may_not_decide"))
    if fresh.state not in states:
        raise _what_came_between(fresh)


_VERDICTS = frozenset({ReviewVerb.APPROVE, ReviewVerb.REQUEST_CHANGES, ReviewVerb.REJECT})
_REFUSALS = {
    ReviewVerb.COMMENT: "may_not_comment",
    ReviewVerb.CLAIM: "may_not_claim",
    ReviewVerb.ENDORSE: "may_not_answer_suggestion",
    ReviewVerb.DECLINE: "may_not_answer_suggestion",
}


def _what_came_between(fresh: Proposal) -> StaleState:
    """The error that says why a round can't be changed any more."""
    newer = Proposal.objects.thread_of(fresh).filter(number__gt=fresh.number).last()
    if newer is not None:
        return StaleState("newer_round", number=fresh.number, newer=newer.number)
    review = Review.objects.filter(revision=fresh).first()
    if review is not None:
        verdict = review.get_decision_display().lower()
        return StaleState(
            "another_reviewer_decided",
            reviewer=review.reviewer_name,
            number=fresh.number,
            verdict=verdict,
        )
    return StaleState(
        "review_is_over", number=fresh.number, state=fresh.get_state_display().lower()
    )


def _check_line(fresh: Proposal, part: Part, line: int | None) -> None:
    if part == Part.GENERAL:
        if line is not None:
            raise InvalidParameter("line_side_missing")
        return
    count = len(lines_of(part.text_of(fresh)))
    if line is not None and not 1 <= line <= count:
        raise InvalidParameter("no_such_line", line=line, label=part.label, count=count)


def _said(text: str, what: str) -> str:
    """The text to store: trimmed, with LF line ends, without NUL."""
    text = text.replace("\r\n", "\n").replace("\x00", "\ufffd").strip()
    text = text.encode("utf-8", "replace").decode("utf-8")
    if len(text) > MAX_TEXT:
        raise InvalidParameter("text_too_long", what=what, max_text=MAX_TEXT)
    return text
