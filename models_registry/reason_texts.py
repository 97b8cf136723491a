"""The sentences of reasons that workers store: key to sentence, in alphabetical order."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.errors import TEXTS

SENTENCES: Final[dict[str, str | Promise]] = {
    "branch_has_foreign_commits": _(
        "Somebody else has pushed to the branch %(branch)s. The hub does not push to it any "
        "more: finish the pull request by hand, or close it and retry."
    ),
    "branch_needs_its_token": _(
        "The branch is in %(repository)s, but the token that created it is no longer valid."
    ),
    "branch_not_moved": _("The branch could not be updated. %(why)s"),
    "change_superseded": _("A newer change has replaced it."),
    "conflict_both_changed": _(
        "The same values were changed both here and in %(other)s: %(places)s."
    ),
    "conflict_invalid": _(
        "The changes made here and those in %(other)s do not form a valid definition together: "
        "%(detail)s"
    ),
    "conflict_no_base": _("A different model has this name in %(other)s."),
    "conflict_removed_here": _(
        "It is to be removed, but it has changed in %(other)s since the hub last read it."
    ),
    "conflict_removed_there": _("It was changed here, but removed in %(other)s."),
    "conflict_unreadable": _("Its file in %(other)s can't be read (%(detail)s)."),
    "failed_after_attempts": _("%(why)s It failed %(attempts)s times."),
    "fork_not_ready": _("GitHub is still creating the fork %(name)s."),
    "github_app_refused": _(
        "GitHub gives the hub's app no token (%(status)s). An administrator must check the app's "
        "number, its installation and its key."
    ),
    "github_account_busy": _(
        "Other requests to GitHub for the same account are in progress. The hub retries "
        "automatically."
    ),
    "github_answer_unexpected": _(
        "GitHub's answer is not what the hub expects (%(place)s: %(problem)s)."
    ),
    "github_answer_without_file": _("GitHub's answer holds no file in Base64."),
    "github_answer_cut_off": _("GitHub could not be reached: its answer was cut off."),
    "github_answers": _("GitHub answers with status %(status)s: %(said)s"),
    "github_failed": _("GitHub reports an internal error (%(status)s)."),
    "github_not_reached": _(
        "GitHub could not be reached: the connection failed or was interrupted."
    ),
    "github_rate_limit": _(
        "GitHub's rate limit is reached. GitHub asks to wait until %(time)s UTC."
    ),
    "github_refuses": _("GitHub refuses the request: %(said)s"),
    "github_refuses_token": _("GitHub does not accept the token: it is wrong, revoked or expired."),
    "github_timed_out": _("GitHub could not be reached: it did not answer in time."),
    "lease_lost": _("Another worker has taken over this pull request."),
    "model_made_less_visible": _(
        "It was public once and was then made private or enterprise. It stays as it is."
    ),
    "models_changed_while_sending": _("The models were changed while they were being sent."),
    "name_differs_in_case": _(
        "The model is named %(name)s here; the names differ only in letter case."
    ),
    "name_is_proposed": _("A submission with this name is waiting for review here."),
    "name_is_reserved": _("A model that was renamed here still answers to this name."),
    "no_github_token": _(
        "There is no GitHub token to send it with: neither its author nor the hub has one. Save "
        "a token in the User Center, or download the patch from the model's page."
    ),
    "problem_at_place": _("line %(line)s, column %(column)s: %(message)s"),
    "pull_request_just_ended": _("The pull request was merged or closed a moment ago."),
    "pull_request_not_opened": _("The pull request could not be opened. %(why)s"),
    "repository_just_renamed": _("The repository was renamed a moment ago."),
    "retried_every_hour": _("%(why)s It is retried every hour."),
    "server_asks_who": _("The Xinference server requires a sign-in."),
    "server_forbids": _("The Xinference server does not allow this: %(said)s"),
    "server_forbids_user": _(
        "The Xinference server does not allow this to its user %(name)s (%(said)s). Launching "
        "and stopping need models:write there; updating and registering, models:register."
    ),
    "server_gave_no_reason": _("no reason given"),
    "server_keys_only_read": _("On this Xinference server, API keys can only read (%(said)s)."),
    "server_locked_hub_out": _(
        "The Xinference server has locked this hub out for a while, since too many wrong keys or "
        "tokens came from it (%(said)s). By default that takes an hour; an administrator of the "
        "server can end it."
    ),
    "server_refuses_key": _("The Xinference server does not accept the API key."),
    "server_refuses_password": _(
        "The Xinference server does not accept the user name %(name)s with this password."
    ),
    "server_refuses_sign_in": _(
        "The Xinference server does not accept the sign-in of %(name)s any more. Does this "
        "user still exist there?"
    ),
    "server_told_to_fetch_list_in_part": _(
        "The Xinference server at %(address)s was told to fetch its list again from "
        "model.xinference.io. It is release %(release)s, which takes %(taken)s of the %(total)s "
        "models of this list; the list for its version has more."
    ),
    "server_told_to_fetch_list": _(
        "The Xinference server at %(address)s was told to fetch its list again from "
        "model.xinference.io."
    ),
    "server_user_from_settings": _(
        "The hub's administrator can set a user of the server in XINFERENCE_USERNAME and "
        "XINFERENCE_PASSWORD."
    ),
    "server_user_from_user_center": _(
        "Save a user name and a password of the server in the User Center."
    ),
    "server_wants_new_password": _(
        "This user must first set a new password on the Xinference server (%(said)s)."
    ),
    "server_without_sign_in_helps": _(
        "Or start the server with XINFERENCE_AUTH_ADVANCED=false, where nobody else reaches it."
    ),
    "side_source": _("the source"),
    "side_upstream": _("upstream"),
    "source_facts_not_taken": _(
        "What the source knows of the models' repositories could not be imported; the hub's log "
        "says why. The models were updated."
    ),
    "update_failed_internally": _(
        "The update failed because of an internal error of the hub; its log has the details. "
        "Nothing was changed."
    ),
    "update_lost_its_worker": _("The worker that ran this update stopped. Nothing was changed."),
    "upstream_file_not_utf8": _("The file is not UTF-8 text (byte %(start)s)."),
    "upstream_file_unreadable": _(
        "Upstream's file %(path)s can't be read (%(detail)s). The fault is upstream's, not in "
        "this change. The change waits, and continues when upstream has fixed the file."
    ),
    "upstream_folder_too_large": _("Upstream's folder of models is too large to be listed."),
    "upstream_has_no_branch": _(
        "%(repository)s has no branch %(branch)s. Check HUB_UPSTREAM_BRANCH."
    ),
}
TEXTS.update(SENTENCES)
