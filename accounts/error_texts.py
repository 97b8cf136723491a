"""The sentences of the errors of `accounts`: key to sentence, in alphabetical order."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.errors import TEXTS

SENTENCES: Final[dict[str, str | Promise]] = {
    "access_token_invalid": _("The access token is unknown, expired or revoked."),
    "access_token_missing": _(
        "This needs an access token. Make one in the User Center, under Keys."
    ),
    "authorization_header_malformed": _(
        "The Authorization header must be “Bearer”, a space, and the token."
    ),
    "avatar_busy": _("Other images are being processed. Try again in a minute."),
    "avatar_damaged": _("The image is damaged. Choose another one."),
    "avatar_missing": _("Choose an image first."),
    "avatar_storage_away": _("Images can't be stored at the moment. Try again in a few minutes."),
    "avatar_too_large": _("The image is larger than 2 MB. Choose a smaller one."),
    "avatar_too_many_pixels": _(
        "The image has too many pixels: at most %(jpeg)d million in a JPEG file (not a "
        "progressive one), %(other)d million in others. Choose a smaller one."
    ),
    "avatar_wrong_format": _("Choose a PNG, JPEG, WebP or GIF image."),
    "credentials_wrong": _("User name or password is wrong."),
    "email_not_confirmed": _(
        "Your e-mail address is not confirmed. Follow the link in the e-mail that we sent you, "
        "then sign in again."
    ),
    "github_token_check_failed": _(
        "GitHub answered with status %(status)d, so the token was not saved. Try again later."
    ),
    "github_token_check_rate_limited": _(
        "GitHub's rate limit for this account is reached, so the token was not saved. Try "
        "again later."
    ),
    "github_token_check_unreachable": _(
        "GitHub can't be reached, so the token was not saved. Try again later."
    ),
    "github_token_check_unreadable": _(
        "GitHub's answer could not be read, so the token was not saved. Try again later."
    ),
    "github_token_malformed": _(
        "This is not a GitHub token: a token has only letters, digits and “_”. Copy it again "
        "from GitHub."
    ),
    "github_token_missing": _("Paste the token that GitHub has shown you."),
    "github_token_refused": _(
        "GitHub does not accept this token: it is wrong, revoked or expired. Make a new one at "
        "GitHub."
    ),
    "invitation_has_account": _("An account has the e-mail address %(email)s already."),
    "invitation_just_sent": _(
        "The invitation of %(email)s was sent a moment ago. Wait a minute, then send it again."
    ),
    "invitation_link_over": _(
        "This invitation has been used or withdrawn, or has expired. Ask for a new one."
    ),
    "invitation_over": _(
        "The invitation of %(email)s has been accepted or withdrawn. Invite the address again."
    ),
    "last_administrator": _(
        "This is the only administrator. Make somebody else an administrator first, in the "
        "administration under Users."
    ),
    "refresh_token_invalid": _("The refresh token is unknown, expired or revoked. Sign in again."),
    "refresh_token_reused": _(
        "This refresh token was used before, so its sign-in has ended. Sign in again."
    ),
    "server_password_missing": _("Enter the password of this user on the server."),
    "stale_page": _(
        "Nothing was changed: this page is out of date (changed meanwhile: %(what)s). Check the "
        "current values, then decide again."
    ),
    "token_may_only_read": _("This access token may only read. Use one that may write, too."),
    "too_many_access_tokens": _(
        "You have %(count)d access tokens. Revoke one that you no longer need."
    ),
    "too_many_failed_sign_ins": _("Too many failed sign-ins. Wait a few minutes, then try again."),
    "too_many_uploads": _("Too many uploads. Wait a few minutes, then try again."),
    "too_many_writes": _(
        "You have sent more than %(limit)d changes this minute. Wait %(retry_after)d seconds, then "
        "go on."
    ),
    "two_different_tokens": _(
        "Authorization and X-Models-Token carry different tokens. Send only one of them."
    ),
    "two_factor_needs_access_token": _(
        "This account has two-factor authentication. Make an access token in the User Center, "
        "%(site_url)s/user-center/key, and use it to sign in."
    ),
    "unknown_names": _("The request has names that are not known here. %(text)s"),
}
TEXTS.update(SENTENCES)
