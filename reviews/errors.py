"""The reviews' refusals, beside those of the registry."""

from __future__ import annotations

from accounts.errors import DomainError


class FeedbackMissing(DomainError):
    """Only an approval may come without words."""

    error_code = "FEEDBACK_REQUIRED"
    status = 400

    def __init__(self) -> None:
        super().__init__("Tell the author why: feedback is required unless you approve.")


class NotTrivial(DomainError):
    """The proposal changes more than what may be approved in bulk."""

    error_code = "NOT_TRIVIAL"
    status = 409
