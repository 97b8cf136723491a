"""Why a change could not be sent to upstream; the messages are shown in the outbox."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from accounts.errors import DomainError
from models_registry.stored_reasons import formatted


class GatewayError(DomainError):
    """GitHub did not do what was requested. This base class itself means: a person must act."""

    error_code = "UPSTREAM_FAILED"
    status = 502

    @property
    def message(self) -> str:
        """The sentence, in the language that is active now; parameters may be reasons."""
        return formatted(self.key, dict(self.params))


class TryAgain(GatewayError):
    """A retry may succeed: no connection, an error of GitHub, or a race with somebody else."""


class MustWait(GatewayError):
    """GitHub asks to wait until a given time."""

    def __init__(self, key: str, /, *, until: datetime, **params: Any) -> None:
        super().__init__(key, **params)
        self.until = until


class NotText(GatewayError):
    """A file of upstream is not UTF-8 text."""


class UnreadableUpstream(GatewayError):
    """A file of upstream can't be read: its models wait until upstream fixes it."""


class TokenRefused(GatewayError):
    """The token is wrong, revoked or expired."""


class NoRights(GatewayError):
    """The token has no permission for this, or can't see the repository."""


class Refused(GatewayError):
    """GitHub refused the request as invalid (422); the message quotes it."""


class Busy(Refused):
    """GitHub can't do it right now (409): the repository is locked or being changed."""


class Stopped(GatewayError):
    """Somebody else pushed to the branch: the hub must not continue by itself."""


class LeaseLost(GatewayError):
    """Another worker has taken over the lease."""


# Refusals of GitHub that are only caused by a concurrent change.
_PASSING = re.compile(
    r"already exists|no commits between|not a fast forward|does not exist|object does not exist"
    r"|\b(head|base|head_sha|base_sha): (invalid|can't be blank|missing)|in progress|try again",
    re.IGNORECASE,
)


def is_passing(refusal: Refused) -> bool:
    """Whether a refusal may disappear after reading the current state again."""
    return isinstance(refusal, Busy) or _PASSING.search(str(refusal)) is not None
