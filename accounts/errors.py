"""Errors that a person can act on: the base of the domain exceptions of all apps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from django.utils.functional import Promise

# Key to sentence, for all apps; each app's `error_texts` adds its own.
TEXTS: Final[dict[str, str | Promise]] = {}


class DomainError(Exception):
    """A refusal: a code for programs, and a sentence for people in the reader's language.

    `key` is the key of the sentence in TEXTS, `params` are the parameters in it. `status` is the
    HTTP status; the parameters in `detail_names` become further members of the API's answer.
    """

    error_code: ClassVar[str] = "ERROR"
    status: ClassVar[int] = 400
    detail_names: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, key: str, /, **params: Any) -> None:
        super().__init__(key, params)
        self.key = key
        self.params: Mapping[str, Any] = params

    @property
    def message(self) -> str:
        """The sentence, in the language that is active now."""
        return sentence(self.key, self.params)

    @property
    def details(self) -> dict[str, Any]:
        """What programs get beside the code and the sentence."""
        return {name: self.params[name] for name in self.detail_names if name in self.params}

    def __str__(self) -> str:
        return self.message


def sentence(key: str, params: Mapping[str, Any]) -> str:
    """The sentence of a key, in the language that is active now. Raises KeyError."""
    text = str(TEXTS[key])
    return text % params if "%(" in text else text


class StaleState(DomainError):
    """The object has changed meanwhile: it is no longer in the state that the action needs.

    If an edit was based on an older revision, `current_revision` in the details is the newest one.
    """

    error_code = "STALE_REVISION"
    status = 409
    detail_names = frozenset({"current_revision"})


class BadToken(DomainError):
    """The access token is unknown, expired or revoked."""

    error_code = "INVALID_TOKEN"
    status = 401


class NotSignedIn(DomainError):
    """The action needs a token, and the request carries none."""

    error_code = "AUTHENTICATION_REQUIRED"
    status = 401


class InsufficientScope(DomainError):
    """The token may only read."""

    error_code = "INSUFFICIENT_SCOPE"
    status = 403


class InvalidCredentials(DomainError):
    """The account does not exist or the password is wrong. SECURITY: both get the same answer."""

    error_code = "INVALID_CREDENTIALS"
    status = 401


class SecondFactorRequired(DomainError):
    """The account has two-factor authentication: a sign-in with only a password is refused."""

    error_code = "MFA_REQUIRED"
    status = 401


class EmailNotConfirmed(DomainError):
    """The account's address is not confirmed yet."""

    error_code = "EMAIL_NOT_CONFIRMED"
    status = 401


class TooManyAttempts(DomainError):
    """Too many failed sign-ins; `retry_after` says for how many seconds to wait."""

    error_code = "TOO_MANY_ATTEMPTS"
    status = 429
    detail_names = frozenset({"retry_after"})


class TooManyWrites(DomainError):
    """The person has sent too many writes this minute; `retry_after` has the seconds to wait."""

    error_code = "RATE_LIMITED"
    status = 429
    detail_names = frozenset({"retry_after"})


class GitHubTokenRefused(DomainError):
    """GitHub does not accept the token."""

    error_code = "GITHUB_TOKEN_REFUSED"
    status = 422


class GitHubUnreachable(DomainError):
    """GitHub can't be reached to check the token."""

    error_code = "GITHUB_UNREACHABLE"
    status = 502


class PasswordNeeded(DomainError):
    """A user of a server was given without a password, and none is saved."""

    error_code = "PASSWORD_NEEDED"
    status = 422


class AvatarRefused(DomainError):
    """The file can't be used as a person's picture."""

    error_code = "AVATAR_REFUSED"
    status = 422


class LastAdministrator(DomainError):
    """The account is the only administrator left, so it can't be closed."""

    error_code = "LAST_ADMINISTRATOR"
    status = 409


class InvitationRefused(DomainError):
    """The invitation can't be sent, accepted or withdrawn."""

    error_code = "INVITATION_REFUSED"
    status = 409
