"""The errors of the reviews, beside those of the registry."""

from __future__ import annotations

from accounts.errors import DomainError


class FeedbackMissing(DomainError):
    """Only an approval may have no feedback."""

    error_code = "FEEDBACK_REQUIRED"
    status = 400

    def __init__(self) -> None:
        super().__init__("feedback_required")


class NotTrivial(DomainError):
    """The proposal changes more than bulk approval allows."""

    error_code = "NOT_TRIVIAL"
    status = 409


class ProposalNotFound(DomainError):
    """There is no such proposal, or the caller may not read it: both look the same."""

    error_code = "PROPOSAL_NOT_FOUND"
    status = 404

    def __init__(self) -> None:
        super().__init__("no_such_proposal")


class RequestNotFound(DomainError):
    """There is no such request of an owner, or the caller may not read it: both look the same."""

    error_code = "REQUEST_NOT_FOUND"
    status = 404

    def __init__(self) -> None:
        super().__init__("no_such_request")
