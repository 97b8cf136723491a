"""The sentences of the errors of `reviews`: key to sentence, in alphabetical order."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.errors import TEXTS

SENTENCES: Final[dict[str, str | Promise]] = {
    "already_claimed": _("%(username)s is already reviewing this proposal."),
    "another_reviewer_decided": _(
        "%(reviewer)s has already decided: revision %(number)s is %(verdict)s."
    ),
    "comment_empty": _("The comment is empty. Write something first."),
    "delivery_still_waits": _("This delivery still waits. It is sent by itself."),
    "feedback_required": _(
        "Explain your decision to the author: feedback is required unless you approve."
    ),
    "line_side_missing": _("Say whether the line is in the definition or in the README."),
    "may_not_add_site_webhook": _("Only administrators can add webhooks of the whole site."),
    "may_not_answer_suggestion": _(
        "Only the owner of the model can agree to a suggestion or decline it."
    ),
    "may_not_claim": _("You may not claim this proposal."),
    "may_not_comment": _("You may not comment on this proposal."),
    "may_not_decide": _("You may not decide on proposals."),
    "may_not_decide_request": _("You may not decide on this request."),
    "may_not_edit_saved_replies": _("Only reviewers can edit saved replies."),
    "may_not_make_request": _(
        "Only the owner of a public model can ask for its expiry or removal."
    ),
    "may_not_manage_webhook": _("This webhook is not yours."),
    "never_submitted": _("Revision %(number)s of this model was never submitted for review."),
    "newer_round": _(
        "Revision %(newer)s was submitted after revision %(number)s, which you have read. "
        "Review the changes, then decide on revision %(newer)s."
    ),
    "no_such_line": _("There is no line %(line)s: the %(label)s has %(count)s lines."),
    "no_such_proposal": _("There is no such proposal here, or you may not read it."),
    "no_such_request": _("There is no such request here, or you may not read it."),
    "not_claimed": _("You have not claimed this proposal."),
    "not_trivial": _("Review this proposal by itself: %(reasons)s"),
    "own_proposal": _("You can't decide on your own proposal."),
    "request_is_open": _("You have already asked for this. A reviewer decides."),
    "request_is_over": _(
        "This request was decided or withdrawn meanwhile, or the model is not the same any more."
    ),
    "request_needs_reason": _("Give a reason, with at most %(max_reason)s characters."),
    "review_is_over": _("Revision %(number)s is %(state)s: its review has ended."),
    "saved_reply_deleted": _("This saved reply has been deleted."),
    "text_too_long": _("%(what)s is longer than %(max_text)s characters. Shorten it."),
    "too_many_webhooks": _("You have %(max_webhooks)s webhooks. Remove one first."),
    "webhook_needs_events": _("Choose at least one event."),
}
TEXTS.update(SENTENCES)
