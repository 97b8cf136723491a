"""Why something could not be brought to upstream, in words for the people who read the outbox."""

from __future__ import annotations

from datetime import datetime


class GatewayError(Exception):
    """GitHub did not do what it was asked. As it stands: a person must act."""


class TryAgain(GatewayError):
    """It may work later: no connection, a fault of GitHub's own, somebody was quicker."""


class MustWait(GatewayError):
    """GitHub asks to wait until a moment."""

    def __init__(self, message: str, *, until: datetime) -> None:
        super().__init__(message)
        self.until = until


class TokenRefused(GatewayError):
    """The token is wrong, revoked or expired."""


class NoRights(GatewayError):
    """The token may not do this here, or does not see it."""


class Refused(GatewayError):
    """GitHub found the request itself wrong (422), in its own words."""


class Stopped(GatewayError):
    """Somebody else has a hand in the branch: the hub must not go on by itself."""


class LeaseLost(GatewayError):
    """Another worker has taken the work over."""
