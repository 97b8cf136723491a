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
