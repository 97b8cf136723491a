"""The sentences of the errors of `models_registry`: key to sentence, in alphabetical order."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.errors import TEXTS

SENTENCES: Final[dict[str, str | Promise]] = {
    "not_a_custom_model_any_more": _(
        "The text is no longer a custom model, so nothing was converted."
    ),
    "nothing_to_fix": _("This problem is no longer in the definition. Check the definition again."),
    "address_has_wrong_form": _(
        "%(url)s is not an address that can be fetched. It must begin with http:// or https:// "
        "and contain neither a user name nor a password."
    ),
    "address_is_invalid": _("%(url)s is not a valid address."),
    "already_the_owner": _("%(username)s owns this model already."),
    "ambiguous_name": _(
        "Models of several types are named %(name)s: %(types)s. Choose one with model_type."
    ),
    "answer_is_not_a_definition": _(
        "The answer of %(url)s is not a definition: line %(line)s, column %(column)s: %(message)s"
    ),
    "answer_is_not_utf8": _("The answer of %(url)s is not UTF-8 text (byte %(start)s)."),
    "answer_is_too_large": _(
        "The answer of %(shown)s for %(url)s is larger than the %(max_bytes)s bytes that the hub"
        " accepts."
    ),
    "base_revision_missing": _(
        "Send base_revision, the number of the revision that your change is based on, or If-Match."
    ),
    "change_cant_be_retried": _("The change of %(name)s can't be retried: it is %(state)s."),
    "change_not_in_conflict": _(
        "This change is no longer in conflict with upstream. No decision is needed."
    ),
    "custom_model_refused": _("%(text)s %(advice)s"),
    "declared_model_exists": _(
        "There is a %(model_type)s model %(name)s already, and the request must create it "
        "(If-None-Match)."
    ),
    "declared_model_is_missing": _(
        "There is no %(model_type)s model %(name)s that you could change, and the request must not "
        "create it (If-Match)."
    ),
    "declared_needs_definition": _(
        "There is no %(model_type)s model %(name)s yet. Send its definition to create it."
    ),
    "declared_revision_is_stale": _(
        "%(name)s is at revision %(number)s now, which is not the one in If-Match. Read it again, "
        "then decide what to send."
    ),
    "definition_has_errors": _(
        "The definition has %(count)s errors. The first: line %(line)s, column %(column)s: "
        "%(message)s"
    ),
    "definition_has_no_repository": _("This definition names no repository to take files from."),
    "definition_has_one_error": _(
        "The definition has one error: line %(line)s, column %(column)s: %(message)s"
    ),
    "draft_discard_is_stale": _(
        "The draft was not discarded: it was changed in another window after this page was "
        "loaded. Review it, then discard it."
    ),
    "draft_has_nothing_to_merge": _("This draft is for a new model: there is nothing to merge."),
    "draft_is_gone": _("This draft was already submitted or discarded in another window."),
    "draft_is_stale": _(
        "This draft was changed in another window. Your changes on this page are not saved."
    ),
    "edit_is_stale": _(
        "Your edit is based on revision %(base_revision)s, but %(author_name)s has published "
        "revision %(number)s since. Merge your changes with it."
    ),
    "expiry_needs_time_zone": _("The expiry needs a time zone, such as 2027-01-31T00:00:00Z."),
    "expiry_out_of_range": _(
        "The expiry date must be between the years %(expiry_years)s and %(expiry_years2)s."
    ),
    "export_file_digest_differs": _(
        "%(name)s in %(path)s does not match the manifest. Nothing was imported."
    ),
    "export_format_unknown": _("%(path)s has a format that this hub can't read."),
    "export_has_duplicate_file": _("%(path)s contains the same file twice."),
    "export_has_no_manifest": _("%(path)s is not an exported catalogue: it has no %(manifest)s."),
    "export_has_too_many_files": _(
        "%(path)s contains too many files, or a file that is too large."
    ),
    "export_is_too_large": _("%(path)s contains more than %(max_total_bytes)s bytes."),
    "export_key_is_not_ed25519": _("%(trusted_key)s is not an Ed25519 key."),
    "export_signature_invalid": _("%(path)s %(said)s %(trusted_key)s. Nothing was imported."),
    "export_unreadable": _("%(path)s can't be read as an exported catalogue."),
    "fetched_file_is_empty": _("The %(what)s is empty."),
    "fetched_file_is_in_lfs": _("The %(what)s is stored in Git LFS, which the hub does not read."),
    "fetched_file_is_not_text": _("The %(what)s is not text."),
    "fetched_file_is_not_utf8": _("The %(what)s is not UTF-8 text."),
    "fetched_file_is_web_page": _(
        "A web page was returned instead of the %(what)s: a sign-in page, or a misconfigured "
        "mirror."
    ),
    "file_is_not_utf8": _("The file is not UTF-8 text."),
    "file_is_too_large": _("The file is larger than 4 MB."),
    "file_not_written": _("%(path)s can't be written: %(strerror)s."),
    "folder_has_no_manifest": _("%(home)s has no %(manifest)s to compare its lists with."),
    "folder_key_is_not_ed25519": _("%(trusted_key)s is not an Ed25519 public key in PEM format."),
    "github_answered_source_status": _("GitHub answered with status %(status_code)s."),
    "github_archive_damaged": _("GitHub's archive of the repository is damaged."),
    "github_archive_has_too_many_files": _(
        "The repository has more than %(max_files)s model files."
    ),
    "github_archive_is_too_large": _("The repository is larger than the hub accepts."),
    "github_connection_lost": _("The connection to GitHub was interrupted. Try again."),
    "github_has_no_such_source": _("GitHub has no such repository, branch, tag or commit."),
    "github_redirect_refused": _("GitHub redirects to an address that the hub does not follow."),
    "github_source_answer_unreadable": _(
        "GitHub's answer could not be understood. Try again later."
    ),
    "github_source_has_no_models": _("%(label)s has no folder xinference/model/ with model files."),
    "github_source_has_too_many_files": _("%(label)s has more than %(max_files)s model files."),
    "github_source_is_invalid": _(
        "%(source)s is not of the form OWNER/REPO@REF: a repository, and its branch, tag or commit."
    ),
    "github_source_unreachable": _("GitHub can't be reached. Try again later."),
    "idempotency_key_malformed": _(
        "The Idempotency-Key must be 1 to 200 visible ASCII characters."
    ),
    "idempotency_key_reused": _(
        "You have sent this Idempotency-Key with another request. Use a new key for each request."
    ),
    "json_is_too_large": _("The JSON is larger than 4 MB."),
    "list_has_byte_order_mark": _(
        "The answer of %(url)s begins with a byte order mark, which servers refuse."
    ),
    "list_has_no_revision_yet": _(
        "The %(model_type)s list has no revision %(number)s, because it has no revisions yet. "
        "GET %(address)s lists them."
    ),
    "list_has_no_such_revision": _(
        "The %(model_type)s list has no revision %(number)s, or it was removed. Available "
        "revisions: %(oldest)s to %(newest)s. GET %(address)s lists them."
    ),
    "list_is_not_pinned": _(
        "The %(model_type)s list is not pinned: revision %(revision)s is served."
    ),
    "manifest_lists_other_files": _(
        "The files in %(path)s differ from those in its manifest: %(apart)s."
    ),
    "manifest_unreadable": _("The %(manifest)s in %(path)s can't be read."),
    "may_not": _("You may not %(deed)s."),
    "may_not_add_with_this_visibility": _("You may not add %(name)s with this visibility."),
    "may_not_change_model": _("You may not change this model."),
    "may_not_decide_about_missing_model": _("You may not decide whether this model is kept."),
    "may_not_expire_public_models": _("You may not set the expiry of public models."),
    "may_not_give_model": _("Only the owner can give a model to somebody else."),
    "may_not_make_change": _("You may not make this model %(visibility)s."),
    "may_not_manage_maintainers": _("You may not add or remove maintainers of this model."),
    "may_not_pin_lists": _("You may not change which revision of a list is served."),
    "may_not_register_models": _("You may not register models."),
    "may_not_register_with_visibility": _("You may not register %(visibility)s models."),
    "may_not_rename": _(
        "Only the owner can rename a private model. A model that others see is renamed by those "
        "who may change it without a review."
    ),
    "may_not_resolve_source_conflict": _(
        "You may not choose between this model and the source's version."
    ),
    "may_not_resolve_upstream_conflict": _(
        "You need the right to edit this model to resolve its conflict with upstream."
    ),
    "may_not_see_fleet": _("You may not see which servers use which lists."),
    "may_not_update_catalogue": _("You may not update the hub's lists from their source."),
    "may_not_use_server": _("You may not use this Xinference server."),
    "missing_model_already_decided": _(
        "The source has this model again, or somebody already decided to keep it."
    ),
    "model_has_no_revision": _("This model has no published revision."),
    "model_has_no_such_revision": _("This model has no revision %(number)s."),
    "model_hub_failed": _("%(label)s reports an error. Try again later."),
    "model_hub_has_no_such_thing": _("%(label)s has no such repository."),
    "model_hub_is_overloaded": _("%(label)s is overloaded. Try again later."),
    "model_hub_sent_no_json": _("%(label)s did not answer with JSON: %(found)s"),
    "model_not_for_hub_server": _(
        "Only public models and your own models can be launched on the hub's server, which "
        "others use too."
    ),
    "model_not_in_source_conflict": _(
        "This model no longer differs from the source. No decision is needed."
    ),
    "model_not_public": _(
        "This model is not public. Send the access token of a user who may see it."
    ),
    "model_not_published_yet": _("This model is not published yet, so there is nothing to copy."),
    "model_was_deleted": _("This model was deleted while this page was open."),
    "name_held_back": _(
        "A server that fetches %(name)s from here would drop its whole list and fail to start "
        "again: Xinference ships this name without updated_at, or the definition has an error "
        "that servers do not check for. To read the definition, send the request without "
        "include_readme."
    ),
    "name_is_invalid": _(
        "%(name)s can't be the name of a model. Use Latin letters, digits, dots, hyphens and "
        "underscores, at most 200, and begin with a letter or digit."
    ),
    "name_is_former": _(
        "%(name)s is the former name of %(now_named)s, which still answers to it. If you mean that "
        "model, use its present name. Otherwise, choose another name."
    ),
    "name_taken": _(
        "The name %(name)s is already used by another %(model_type)s model (letter case is "
        "ignored). Choose another name."
    ),
    "newer_revision_replaced_change": _(
        "A newer revision of this model was published. That revision is sent to upstream instead."
    ),
    "no_definition_chosen": _("Choose one of the two definitions."),
    "no_json_given": _("Paste JSON or choose a file."),
    "no_model_chosen": _("Choose at least one model."),
    "no_model_given": _("Enter the name of a model or the address of its page."),
    "no_offer_any_more": _("This model is no longer offered."),
    "no_open_proposal": _("This model has no open proposal."),
    "no_server_configured": _("No Xinference server is configured (XINFERENCE_ENDPOINT)."),
    "no_signing_key": _(
        "This hub has no signing key (HUB_SIGNING_KEY), so its lists are not signed."
    ),
    "no_starting_point_chosen": _("Choose what to start from."),
    "no_such_account": _("There is no account with the user name %(username)s."),
    "no_such_draft": _("You have no such draft. It may have been discarded or submitted."),
    "no_chinese_readme": _(
        "No source repository has a README in Chinese: README_zh.md, README.zh.md or README_CN.md."
    ),
    "no_shared_model_named": _("No published public or enterprise model has the name %(name)s."),
    "no_such_model": _("There is no model %(name)s here, or you may not see it."),
    "no_such_model_of_type": _(
        "There is no %(type)s model “%(name)s” here, or you may not see it."
    ),
    "no_such_model_type": _("There is no model type %(model_type)s. The types are %(types)s."),
    "no_such_repository": _("%(label)s has no repository %(model_id)s, or it is private."),
    "not_a_maintainer": _("%(username)s is not a maintainer of this model."),
    "not_a_model_page_address": _(
        "This is not the address of a model page on %(url)s. Such an address begins with "
        "%(url2)s/models/detail/."
    ),
    "not_a_models_hub": _("%(url)s does not respond like a Models Hub. Check the address."),
    "not_an_xinference_server": _(
        "%(address)s does not respond like an Xinference server. Check the address."
    ),
    "nothing_changed": _(
        "Nothing has changed: the definition, README and visibility are the same as before."
    ),
    "list_stops_server": _(
        "The server at %(address)s was not told to update: it is Xinference %(release)s, and with "
        "the %(model_type)s list in it, it would not start again (%(names)s). Set "
        "HUB_OLDEST_SERVER to its version, or give it the list for its version with install_lists "
        "--for %(release)s."
    ),
    "not_for_release": _("Servers of Xinference %(release)s can't use %(name)s: %(reason)s"),
    "unknown_server_version": _(
        "The hub knows no list for version %(version)s of Xinference. It has lists for %(oldest)s "
        "and later."
    ),
    "nothing_to_download": _("Choose what to download: send model_type, model_name or model_id."),
    "only_author_can_withdraw": _("Only the author of a proposal can withdraw it."),
    "only_editors_decide_about_upstream": _(
        "You need the right to edit %(name)s to decide what is sent to upstream."
    ),
    "own_servers_disabled": _(
        "The administrator has disabled personal Xinference servers on this hub."
    ),
    "package_download_failed": _(
        "%(requirement)s can't be downloaded from the package index. pip says: %(said)s"
    ),
    "package_download_timed_out": _(
        "Downloading %(requirement)s took longer than %(download_seconds)s seconds."
    ),
    "package_has_no_wheel": _("The package index has no wheel of %(requirement)s."),
    "package_has_too_many_files": _("%(name)s has more than %(max_files)s model files."),
    "package_unreadable": _("%(name)s can't be read: %(error)s."),
    "package_version_is_not_exact": _(
        "%(requirement)s is not a package with an exact version, such as xinference==4.1.0."
    ),
    "private_key_is_not_ed25519": _("%(path)s is not an Ed25519 key."),
    "private_key_unreadable": _("%(path)s is not a private key in PEM format."),
    "proposal_in_the_way": _(
        "A proposal of this model waits for its review. Withdraw it first, or wait for the "
        "decision."
    ),
    "pull_request_in_the_way": _(
        "A pull request about this model is under way. Wait until upstream has closed it."
    ),
    "too_many_offers": _(
        "%(max_offers)s models that you offer wait for an answer. Withdraw one first."
    ),
    "proposal_is_stale": _(
        "Another revision was published after revision %(number)s was submitted. The author of "
        "the proposal must merge the two and submit it again."
    ),
    "proposal_open": _(
        "Somebody else has already proposed a change of %(name)s. You can submit yours after a "
        "reviewer has decided on it. A draft is kept until then."
    ),
    "public_key_unreadable": _("%(trusted_key)s is not a public key in PEM format."),
    "readme_is_too_large": _("The README is larger than %(max_readme_bytes)s bytes."),
    "readme_needs_name_and_source": _(
        "A README can't be generated yet: give the model a name and a source first."
    ),
    "reason_as_given": "%(text)s",
    "receiver_timed_out": _("The receiver did not answer within %(seconds)s seconds."),
    "receiver_unreachable": _("The receiver can't be reached."),
    "redirect_address_invalid": _("%(shown)s redirects to an invalid address."),
    "redirect_address_missing": _("%(shown)s redirects without giving an address."),
    "redirect_loop": _("%(shown)s redirects in a loop."),
    "removals_are_stale": _(
        "The list has changed since you opened it. Nothing was decided. Review it again."
    ),
    "replica_not_running": _("%(uid)s is no longer running on this server."),
    "repository_has_no_readme": _("%(label)s has no README.md of %(model_id)s: %(why)s"),
    "repository_id_is_invalid": _(
        "%(model_id)s is not a repository id. Enter the owner, a slash and the name, such as "
        "Qwen/Qwen3-0.6B."
    ),
    "repository_is_gated": _("%(model_id)s on %(label)s is gated: the hub has no access to it."),
    "repository_revision_is_invalid": _(
        "%(revision)s is not a revision. Enter a branch, a tag or a commit, or leave the field "
        "empty to use the newest one."
    ),
    "resolution_is_stale": _(
        "Nothing was decided: one of the two sides has changed since this page was loaded. Your "
        "choices are kept where nothing changed; the other places are marked."
    ),
    "revision_needs_model_type": _(
        "A revision number belongs to one list. Send it together with model_type and nothing else."
    ),
    "revision_needs_one_type": _(
        "A revision number belongs to the list of one type. Choose that type with --type."
    ),
    "revision_state_changed": _("Revision %(number)s is %(label)s, so this is no longer possible."),
    "served_revision_has_model": _(
        "%(containing)s is in revision %(revision)s of the %(model_type)s list, which is being "
        "served. %(how)s first. Nothing was deleted."
    ),
    "server_address_has_extra_parts": _(
        "Enter only the address, such as https://gpu.example.org:9997."
    ),
    "server_address_is_invalid": _(
        "The hub can't use this address. It must begin with https:// or http:// and contain "
        "neither a user name nor a password; enter the key in its own field."
    ),
    "server_address_refused": _(
        "This hub does not connect to %(address)s. Give a public address, or ask the hub's "
        "administrator to list yours in HUB_SERVER_ADDRESSES."
    ),
    "server_answer_too_large": _("The answer of %(address)s is larger than the hub accepts."),
    "server_answers_only_status": _(
        "The Xinference server answers with status %(status)s, and gives no reason."
    ),
    "server_answers_status": _("The Xinference server answers with status %(status)s: %(said)s"),
    "server_cannot_be_reached": _(
        "The Xinference server at %(address)s can't be reached. Check that it is running and "
        "accepts connections from the hub."
    ),
    "server_certificate_not_trusted": _(
        "%(address)s can't be reached securely: its certificate is not trusted."
    ),
    "server_home_not_found": _(
        "The folder %(home)s does not exist. Give the XINFERENCE_HOME of the server."
    ),
    "server_host_address_refused": _(
        "%(host)s is at %(address)s, and this hub does not connect to that address. Give a public "
        "address, or ask the hub's administrator to list yours in HUB_SERVER_ADDRESSES."
    ),
    "server_host_not_found": _("The host name %(host)s can't be resolved. Check its spelling."),
    "server_is_this_hub": _(
        "%(host)s is this hub itself. Enter the address of your Xinference server."
    ),
    "server_lacks_vision_family": _(
        "The server accepts vision models only of families that it has built in, and it has none"
        " like this one. It needs a newer release of Xinference."
    ),
    "server_launched_unnamed_model": _(
        "The Xinference server accepted the launch but did not name the model."
    ),
    "server_port_refused": _(
        "The hub does not connect to port %(port)d. Xinference listens on port 9997 by default."
    ),
    "server_redirects": _(
        "%(address)s redirects to another address, which the hub does not follow. Enter that "
        "address instead."
    ),
    "server_refused_several_keys": _(
        "This server refused several keys in the last minutes and would block the hub. Try again"
        " in five minutes."
    ),
    "server_timed_out": _(
        "The Xinference server at %(address)s does not respond. Try again in a minute."
    ),
    "side_not_chosen": _("Choose a side at each of these places: %(places)s."),
    "source_address_not_public": _(
        "%(host)s resolves to %(address)s, which is not a public address, so the hub does not "
        "connect to it. If it is your mirror, configure its own address for the hub."
    ),
    "source_address_not_usable": _("The hub can't send a request to this address at %(host)s."),
    "source_certificate_not_trusted": _(
        "%(host)s can't be reached securely: its certificate is not trusted."
    ),
    "source_failed": _("%(host)s reports an internal error (%(status)s). Try again later."),
    "source_files_are_broken": _("The source's %(model_type)s list is broken: %(broken)s"),
    "source_folder_not_found": _(
        "The folder %(models)s does not exist. Give a folder that contains xinference/model/, "
        "such as a checkout of the Xinference repository."
    ),
    "source_has_no_file": _("%(host)s has no %(url)s."),
    "source_has_no_models_of_type": _("%(source)s has no %(model_type)s models."),
    "source_has_no_single_models": _(
        "Single models can't be fetched from %(source)s. Update their type, or paste a definition."
    ),
    "source_has_no_such_model": _("%(source)s has no model %(name)s. Names are case-sensitive."),
    "source_host_not_allowed": _(
        "%(scheme)s://%(shown)s is not an address that the hub may fetch from. If it is a "
        "mirror, ask the administrator to configure it."
    ),
    "source_host_not_found": _(
        "The host name %(host)s can't be resolved. Check the network of the hub."
    ),
    "source_is_rate_limited": _("%(host)s is limiting requests. Try again %(wait)s."),
    "source_is_this_hub": _("%(shown)s is this hub itself. Set HUB_SOURCE to another hub."),
    "source_kind_unknown": _("%(source)s is not a source that can be imported. Use %(kinds)s."),
    "source_list_digest_differs": _(
        "The %(model_type)s list of %(shown)s does not match its X-Hub-SHA256 header: it was "
        "changed or cut off on the way. It was not imported."
    ),
    "source_list_has_duplicate": _(
        "The %(model_type)s list of %(url)s can't be used: %(name)s is in it twice."
    ),
    "source_list_has_other_models": _(
        "The %(model_type)s list of %(url)s can't be used: it contains %(other)s models."
    ),
    "source_list_is_broken": _(
        "The %(model_type)s list of %(url)s can't be used: line %(line)s, column %(column)s: "
        "%(message)s"
    ),
    "source_list_is_empty": _(
        "The %(model_type)s list of %(url)s is empty. Importing it would remove every model, so "
        "it was not imported."
    ),
    "source_list_is_unsafe": _(
        "The %(model_type)s list of %(url)s can't be used: servers would refuse %(name)s: "
        "%(message)s"
    ),
    "source_list_is_unsigned": _(
        "The %(model_type)s list of %(shown)s is not signed, but must be signed by the key of "
        "%(trusted_key)s. It was not imported."
    ),
    "source_list_signature_invalid": _(
        "The %(model_type)s list of %(shown)s is not signed by the key of %(trusted_key)s. It "
        "was not imported."
    ),
    "source_needs_sign_in": _("%(host)s requires a sign-in for %(url)s (status %(status)s)."),
    "source_sent_another_model": _(
        "%(url)s was asked for %(name)s but answers with another model."
    ),
    "source_sent_no_file": _("%(host)s answers %(url)s with status %(status)s instead of a file."),
    "source_sent_web_page": _("%(url)s answers with a web page instead of JSON."),
    "source_visits_are_off": _(
        "This hub does not visit source repositories: its administrator has switched that off."
    ),
    "sources_were_just_visited": _(
        "A visit of these repositories was asked for less than %(minutes)s minutes ago. Wait for "
        "its result."
    ),
    "source_timed_out": _("%(shown)s did not answer within %(seconds)s seconds. Try again later."),
    "source_unreachable": _(
        "%(host)s can't be reached, or the connection was interrupted. Try again later."
    ),
    "submission_is_stale": _(
        "Nothing was submitted: this draft was changed in another window since this page was "
        "loaded. Review it as it is now, then submit it."
    ),
    "text_is_too_large": _("The %(what)s has %(size)s bytes; at most %(limit)s are allowed."),
    "too_late_to_call_back": _(
        "The change of %(name)s can no longer be cancelled: it is %(state)s."
    ),
    "too_many_drafts": _("You have %(max_drafts)s drafts. Submit or discard some first."),
    "too_many_suggestions": _(
        "You have %(max_suggestions)s open suggestions for models of others. Wait for decisions on "
        "some of them, or withdraw one."
    ),
    "too_many_redirects": _("%(shown)s redirects more than %(max_redirects)s times."),
    "too_many_server_checks": _("Too many attempts. Wait a minute, then try again."),
    "too_many_server_requests": _(
        "The hub is waiting for many servers right now. Try again in a minute."
    ),
    "trusted_key_is_not_ed25519": _("%(trusted_key)s is not an Ed25519 key in PEM format."),
    "type_has_no_custom_models": _(
        "Xinference does not accept custom models of this type. Add the model to its own list "
        "instead."
    ),
    "unknown_model_hub": _("%(key_)s can't be read. Choose huggingface or modelscope."),
    "update_met_new_model": _(
        "Somebody registered a model of this list at the same time. Nothing was changed. Run the"
        " update again."
    ),
    "update_was_given_up": _("This update took too long and was cancelled. Nothing was changed."),
}
TEXTS.update(SENTENCES)
