"""Who calls the API: read from the request's token. Cookies of a browser session are not read."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from accounts import tokens
from accounts.errors import BadToken, InsufficientScope, NotSignedIn
from accounts.models import Scope, User
from accounts.write_limit import count_write


def caller(request: HttpRequest) -> User | AnonymousUser:
    """The person whose token the request carries; AnonymousUser without one.

    The token comes as `Authorization: Bearer TOKEN` or `X-Models-Token: TOKEN`. Sets `token_scopes`
    on the request: what the token allows, of "read" and "write". Raises BadToken for a token that
    is unknown, expired or revoked, and for two different ones.
    """
    request.token_scopes = frozenset()  # type: ignore[attr-defined]
    raw = _raw_token(request)
    if raw is None:
        return AnonymousUser()
    user, token = tokens.resolve(raw)
    allowed = {Scope.READ.value} | ({Scope.WRITE.value} if token.scope == Scope.WRITE else set())
    request.token_scopes = frozenset(allowed)  # type: ignore[attr-defined]
    return user


def require_reader(request: HttpRequest) -> User:
    """The caller, for what only somebody with a token has. Raises NotSignedIn."""
    user = getattr(request, "auth", None)
    if not isinstance(user, User):
        raise NotSignedIn("access_token_missing")
    return user


def require_write(request: HttpRequest) -> User:
    """The caller, if the request's token may write; counts the write.

    Raises NotSignedIn without a token, InsufficientScope for a token that may only read, and
    TooManyWrites.
    """
    user = require_reader(request)
    if Scope.WRITE.value not in getattr(request, "token_scopes", frozenset()):
        raise InsufficientScope("token_may_only_read")
    count_write(request, user)
    return user


def _raw_token(request: HttpRequest) -> str | None:
    authorization = request.headers.get("Authorization", "").strip()
    models_token = request.headers.get("X-Models-Token", "").strip()
    bearer = ""
    if authorization:
        scheme, _, bearer = authorization.partition(" ")
        bearer = bearer.strip()
        if scheme.lower() != "bearer" or not bearer:
            raise BadToken("authorization_header_malformed")
    if bearer and models_token and bearer != models_token:
        raise BadToken("two_different_tokens")
    return bearer or models_token or None
