"""What can go wrong for a reason that a person can act on: the base of every room's exceptions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar


class DomainError(Exception):
    """A refusal with a code for programs and a sentence for people.

    `status` is the HTTP status that fits it; `details` are further members of the API's answer.
    """

    error_code: ClassVar[str] = "ERROR"
    status: ClassVar[int] = 400

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details: Mapping[str, Any] = details


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
    """There is no such account, or the password is another one: both look alike."""

    error_code = "INVALID_CREDENTIALS"
    status = 401


class SecondFactorRequired(DomainError):
    """The account has a second factor, which a sign-in by password alone must not go around."""

    error_code = "MFA_REQUIRED"
    status = 401


class EmailNotConfirmed(DomainError):
    """The account's address waits for its confirmation."""

    error_code = "EMAIL_NOT_CONFIRMED"
    status = 401


class TooManyAttempts(DomainError):
    """Too many failed sign-ins; `retry_after` says for how many seconds to wait."""

    error_code = "TOO_MANY_ATTEMPTS"
    status = 429


class GitHubTokenRefused(DomainError):
    """GitHub does not take the token."""

    error_code = "GITHUB_TOKEN_REFUSED"
    status = 422


class GitHubUnreachable(DomainError):
    """GitHub can't be asked about the token."""

    error_code = "GITHUB_UNREACHABLE"
    status = 502


class PasswordNeeded(DomainError):
    """A user of a server is named, and no password of his is known."""

    error_code = "PASSWORD_NEEDED"
    status = 422


class AvatarRefused(DomainError):
    """The file can't become somebody's picture."""

    error_code = "AVATAR_REFUSED"
    status = 422


class LastAdministrator(DomainError):
    """The account is the only administrator left, so it can't be closed."""

    error_code = "LAST_ADMINISTRATOR"
    status = 409
