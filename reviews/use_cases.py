"""What people do in a review: decide, comment, claim, release.

Each function locks the model, asks the policy, carries out the verb, and leaves a row, an entry in
the audit log and a notification, all in one transaction; mail goes out after it.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from hub.audit import Tag, record
from models_registry import publication
from models_registry.catalogue import build
from models_registry.errors import InvalidParameter, ModelNotFound, NotAllowed, StaleState
from models_registry.models import RegisteredModel, Revision, Visibility
from models_registry.upstream.outgoing import note_change
from reviews import notify, policy
from reviews.errors import FeedbackMissing, NotTrivial
from reviews.lines import lines_of
from reviews.models import Claim, Comment, Decision, Part, Proposal, Review, SavedReply
from reviews.policy import ReviewVerb
from reviews.querysets import may_review
from reviews.trivial import reasons_against

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
    """Publish the round that the reviewer has read.

    Out: the verdict. Raises NotAllowed, and StaleState where another round has come in, somebody
    else has decided, or something newer was published; NameTaken as `publication.approve` does.
    """
    return decide(revision, Decision.APPROVE, by=by, feedback=feedback)


def request_changes(revision: Revision, *, by: User, feedback: str) -> Review:
    """Send the round back to its author. Raises NotAllowed, StaleState and FeedbackMissing."""
    return decide(revision, Decision.REQUEST_CHANGES, by=by, feedback=feedback)


def reject(revision: Revision, *, by: User, feedback: str) -> Review:
    """Refuse the proposal for good. Raises NotAllowed, StaleState and FeedbackMissing."""
    return decide(revision, Decision.REJECT, by=by, feedback=feedback)


def decide(revision: Revision, decision: Decision, *, by: User, feedback: str) -> Review:
    """Give the verdict on the round that the reviewer has read.

    Out: the verdict. Raises what `approve`, `request_changes` and `reject` raise, and
    InvalidParameter for feedback that is too long.
    """
    verb, carry_out, tag = _DECISIONS[decision]
    feedback = _said(feedback, "The feedback")
    if not feedback and decision is not Decision.APPROVE:
        raise FeedbackMissing
    with transaction.atomic():
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
        if decision is Decision.APPROVE and decided.visibility == Visibility.PUBLIC:
            build.rebuild([decided.model.model_type])
            note_change(RegisteredModel.objects.get(pk=decided.model_id), by=decided.author)
        record(tag, by=by, target=decided.model, revision=decided.number, feedback=feedback)
        notify.decided(review)
    return review


def approve_trivial(revision: Revision, *, by: User) -> Review:
    """Approve an update that changes nothing a server acts on, as bulk approval does.

    Raises NotTrivial with the reasons, and what `approve` raises.
    """
    with transaction.atomic():
        fresh = _locked(revision)
        reasons = reasons_against(fresh)
        if reasons:
            raise NotTrivial(f"It needs a look of its own: {' '.join(reasons)}")
        return approve(fresh, by=by)


def comment(
    revision: Revision, *, by: User, text: str, part: Part = Part.GENERAL, line: int | None = None
) -> Comment:
    """Say something about a round, or about one line of its definition or README (from 1).

    Raises NotAllowed, StaleState where the proposal is over, and InvalidParameter for no text, too
    much of it, or a line that is not there.
    """
    text = _said(text, "The comment")
    if not text:
        raise InvalidParameter("The comment is empty.")
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


def claim(revision: Revision, *, by: User) -> Claim:
    """Say that one is at work on a proposal, for some hours.

    Raises NotAllowed, and StaleState where somebody else was quicker or the round is over.
    """
    with transaction.atomic():
        fresh = _locked(revision)
        other = policy.standing_claim(fresh)
        if other is not None and other.reviewer_id != by.pk:
            raise StaleState(f"{other.reviewer.username} is at work on this proposal already.")
        if other is not None:
            return other
        _require(ReviewVerb.CLAIM, fresh, by)
        now = timezone.now()
        taken, _ = Claim.objects.update_or_create(
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
    """Give one's claim on a proposal back. Raises NotAllowed where there is none of one's own."""
    with transaction.atomic():
        fresh = _locked(revision)
        own = Claim.objects.filter(proposal=fresh.proposal_id or fresh.pk, reviewer=by)
        if not own.exists():
            raise NotAllowed("You have no claim on this proposal.")
        own.delete()
        record(Tag.CLAIM_RELEASE, by=by, target=fresh.model, revision=fresh.number)


def save_reply(reply: SavedReply, *, by: User) -> SavedReply:
    """Add or change a text that reviewers use again. Raises NotAllowed."""
    _require_reviewer(by)
    with transaction.atomic():
        reply.save()
        record(Tag.SAVED_REPLY_SAVE, by=by, target=reply, text=reply.text)
    return reply


def delete_reply(reply: SavedReply, *, by: User) -> None:
    """Remove such a text. Raises NotAllowed."""
    _require_reviewer(by)
    with transaction.atomic():
        record(Tag.SAVED_REPLY_DELETE, by=by, target=reply, text=reply.text)
        reply.delete()


def _require_reviewer(by: User) -> None:
    if not may_review(by):
        raise NotAllowed("Only reviewers edit the saved replies.")


def _locked(revision: Revision) -> Proposal:
    """The round as it is now, its model held until the transaction ends."""
    model = RegisteredModel.objects.select_for_update().filter(pk=revision.model_id).first()
    fresh = Proposal.objects.filter(pk=revision.pk).first()
    if model is None or fresh is None:
        raise ModelNotFound(revision.model_id)
    fresh.model = model
    return fresh


def _require(verb: ReviewVerb, fresh: Proposal, by: User) -> None:
    """Refuse, in words, unless the policy offers the verb to the person now."""
    who = policy.standing(by, fresh)
    states, may = policy.TABLE[verb]
    if verb in _VERDICTS and who.is_own and who.holds_right:
        raise NotAllowed("Nobody decides on a proposal of his own.")
    if not may(who):
        raise NotAllowed(_REFUSALS.get(verb, "You may not decide on proposals."))
    if fresh.state not in states:
        raise StaleState(_what_came_between(fresh))


_VERDICTS = frozenset({ReviewVerb.APPROVE, ReviewVerb.REQUEST_CHANGES, ReviewVerb.REJECT})
_REFUSALS = {
    ReviewVerb.COMMENT: "You may not comment on this proposal.",
    ReviewVerb.CLAIM: "You may not claim this proposal.",
}


def _what_came_between(fresh: Proposal) -> str:
    """Why a round can't be acted on any more, as a sentence for the one who tried."""
    review = Review.objects.filter(revision=fresh).first()
    if review is not None:
        verdict = review.get_decision_display().lower()
        return f"{review.reviewer_name} was quicker: revision {fresh.number} is {verdict}."
    newer = Proposal.objects.thread_of(fresh).filter(number__gt=fresh.number).last()
    if newer is not None:
        return (
            f"Since revision {fresh.number}, which you have read, revision {newer.number} has come "
            "in. Read what changed, then decide on that one."
        )
    return f"Revision {fresh.number} is {fresh.get_state_display().lower()}: this review is over."


def _check_line(fresh: Proposal, part: Part, line: int | None) -> None:
    if part == Part.GENERAL:
        if line is not None:
            raise InvalidParameter("Say whether the line is one of the definition or the README.")
        return
    text = fresh.definition if part == Part.DEFINITION else fresh.readme
    count = len(lines_of(text))
    if line is not None and not 1 <= line <= count:
        raise InvalidParameter(f"There is no line {line}: the {part.label} has {count} lines.")


def _said(text: str, what: str) -> str:
    """Text as it is stored: trimmed, in lines that end in LF, without what no database takes."""
    text = text.replace("\r\n", "\n").replace("\x00", "\ufffd").strip()
    text = text.encode("utf-8", "replace").decode("utf-8")
    if len(text) > MAX_TEXT:
        raise InvalidParameter(f"{what} is longer than {MAX_TEXT} characters.")
    return text
