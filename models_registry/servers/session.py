"""Authenticated requests to an Xinference server: with a session of its own, or with a key.

From 4.1.0 on, API keys can only read; launching and everything else needs a session. `POST /token`
takes user name and password and returns an access token for 30 minutes and a refresh token; `POST
/v1/auth/refresh` takes the latter, once, and returns new ones (`create_access_token` and
`refresh_access_token` of api/oauth2/advanced/auth_service.py). A server without authentication has
no `/token`.

SECURITY: tokens are kept in the cache, encrypted. After ten wrong keys or tokens in five minutes, a
server blocks the hub's address for an hour, for everybody. So refused credentials are not sent
again during that time, a token is sent only during its lifetime, and people's own servers may use
up only half of the wrong keys.
"""

from __future__ import annotations

import base64
import binascii
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.core.cache import cache
from django.views.decorators.debug import sensitive_variables
from pydantic import TypeAdapter, ValidationError

from accounts import own_servers, vault
from hub.cached_values import CachedValues
from models_registry.http.allowed_hosts import origin_of
from models_registry.servers.access import Server, Whose
from models_registry.servers.cached_refusals import CachedRefusal, cached_refusal
from models_registry.servers.requests import (
    TOO_OFTEN,
    UNKNOWN,
    ServerRefused,
    no_server,
    send,
)

REFUSED_SECONDS: Final = 300
WRONG_KEYS: Final = 5
# For a token without an expiry, and subtracted from any expiry.
TOKEN_SECONDS: Final = 25 * 60
SPARE_SECONDS: Final = 60
# The lifetime of a refresh token, unless it is used.
SESSION_SECONDS: Final = 6 * 24 * 3600
SIGN_IN_SECONDS: Final = 8.0
_LACKS_CALL: Final = frozenset({404, 405})
_NO_USER: Final = "User session required"


@dataclass(frozen=True, slots=True)
class Session:
    """The tokens for a user name and password; empty if the server requires none."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    until: float


_SESSION: Final = TypeAdapter(Session)
_REFUSALS: Final = CachedValues[CachedRefusal](CachedRefusal, version="3")


@dataclass(frozen=True, slots=True)
class Account:
    """The account that the server sees, and its rights. `name` is empty for a key."""

    name: str
    may_launch: bool
    may_register: bool


@sensitive_variables("body", "token")
def ask(
    server: Server,
    method: str,
    path: str,
    body: Mapping[str, Any] | None = None,
    *,
    seconds: float | None = None,
) -> Any:
    """Send a request with the saved credentials, and return the JSON of its answer.

    If the server has ended the session, sign in again, once. Raises ServerUnavailable,
    ServerRefused, and ServerAddressRefused if the hub may not connect to the address.
    """
    _stop_if_refused(server, "all")
    token, kind = _credential(server, method)
    try:
        try:
            answer = send(server, method, path, body, token=token, seconds=seconds)
        except ServerRefused as refusal:
            if refusal.answered != UNKNOWN or kind != "session" or not token:
                raise
            _count_wrong(server)
            token = _sign_in(server).access
            answer = send(server, method, path, body, token=token, seconds=seconds)
    except ServerRefused as refusal:
        _cache_refusal(server, refusal, kind if token else "")
        raise
    if token:
        _record_use(server)
    return answer


def account(server: Server) -> Account | None:
    """The account that the server sees; None if it requires none or does not report it.

    Raises ServerUnavailable and ServerRefused.
    """
    if not _asks_for_sign_in(server):
        return None
    _stop_if_refused(server, "all")
    # Use the credential of a launch: a key can only read, so it says nothing about launching.
    token, kind = _credential(server, "POST")
    try:
        answer = send(server, "GET", "/v1/auth/me", token=token)
    except ServerRefused as refusal:
        if kind == "key" and refusal.said == _NO_USER:
            return Account("", may_launch=False, may_register=False)
        if refusal.answered in _LACKS_CALL:
            # Releases before 4.1.0 put the rights into the token; the rights of a key are not
            # reported.
            return _account(server, claims_of(token)) if kind == "session" else None
        _cache_refusal(server, refusal, kind if token else "")
        raise
    return _account(server, answer if isinstance(answer, dict) else {})


def forget_refusal(server: Server) -> None:
    """Allow a sign-in that was refused a moment ago.

    A wrong key is still not sent again: the server counts wrong keys, but not sign-ins.
    """
    _REFUSALS.delete(server.cache_key("refused:session"))


def claims_of(token: str) -> dict[str, Any]:
    """The claims of a JSON Web Token of the server, not verified; empty if it is not one."""
    try:
        middle = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    except (IndexError, ValueError, binascii.Error, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}


def _account(server: Server, fields: Mapping[str, Any]) -> Account:
    permissions = fields.get("permissions", fields.get("scopes"))
    rights = {str(right) for right in permissions} if isinstance(permissions, list) else set()
    return Account(
        str(fields.get("username") or fields.get("sub") or server.username)[:150],
        may_launch=not rights.isdisjoint({"admin", "models:write", "models:start"}),
        may_register=not rights.isdisjoint({"admin", "models:register", "models:add"}),
    )


def _asks_for_sign_in(server: Server) -> bool:
    try:
        answer = send(server, "GET", "/v1/cluster/auth")
    except ServerRefused:
        return True
    return not isinstance(answer, dict) or answer.get("auth") is not False


def _credential(server: Server, method: str) -> tuple[str, str]:
    """The token to send, and its kind; if the sign-in is refused, a key can still read."""
    if server.username:
        try:
            return _session(server).access, "session"
        except ServerRefused:
            if not server.key or method != "GET":
                raise
    if not server.key:
        return "", ""
    _stop_if_refused(server, "key")
    _stop_if_many_wrong(server)
    return server.key, "key"


def _session(server: Server) -> Session:
    _stop_if_refused(server, "session")
    session = _cached_session(server)
    if session is not None and session.until > time.time():
        return session
    if session is not None and session.refresh:
        try:
            answer = send(
                server, "POST", "/v1/auth/refresh", {"refresh_token": session.refresh},
                seconds=SIGN_IN_SECONDS,
            )  # fmt: skip
            return _save_answer(server, answer)
        except ServerRefused:
            # Another process of the hub used it a moment ago, or it ended with the password.
            pass
    return _sign_in(server)


@sensitive_variables("body")
def _sign_in(server: Server) -> Session:
    body = {"username": server.username, "password": server.password}
    try:
        answer = send(server, "POST", "/token", body, seconds=SIGN_IN_SECONDS)
    except ServerRefused as refusal:
        if refusal.answered in _LACKS_CALL:
            return _save(server, Session("", "", time.time() + REFUSED_SECONDS))
        cache.delete(server.cache_key("session"))
        _cache_refusal(server, refusal, "session")
        raise
    return _save_answer(server, answer)


@sensitive_variables("answer", "fields", "access", "refresh")
def _save_answer(server: Server, answer: Any) -> Session:
    fields = answer if isinstance(answer, dict) else {}
    access, refresh = _token(fields.get("access_token")), _token(fields.get("refresh_token"))
    if not access:
        raise no_server(server)
    now = time.time()
    end = claims_of(access).get("exp")
    # An expiry in the past comes from a wrong clock: the server issued the token just now.
    is_moment = isinstance(end, int | float) and now < end < now + SESSION_SECONDS
    until = float(end) if is_moment and end is not None else now + TOKEN_SECONDS
    return _save(server, Session(access, refresh, until - SPARE_SECONDS))


def _token(value: object) -> str:
    """A value that is valid in a header; empty if it is not."""
    if not isinstance(value, str) or len(value) > 8192 or " " in value:
        return ""
    return value if value.isascii() and value.isprintable() else ""


def _save(server: Server, session: Session) -> Session:
    seconds = SESSION_SECONDS if session.refresh else max(1, int(session.until - time.time()))
    cache.set(
        server.cache_key("session"), vault.seal(_SESSION.dump_json(session).decode()), seconds
    )
    return session


def _cached_session(server: Server) -> Session | None:
    sealed = cache.get(server.cache_key("session"))
    if not isinstance(sealed, str):
        return None
    try:
        return _SESSION.validate_json(vault.unseal(sealed), strict=True)
    except (vault.VaultClosed, ValidationError):
        return None


def _cache_refusal(server: Server, refusal: ServerRefused, kind: str) -> None:
    """Cache refusals that must not be repeated soon."""
    if refusal.answered == TOO_OFTEN:
        _cache_for_kind(server, "all", refusal)
    elif refusal.answered == UNKNOWN and kind:
        _cache_for_kind(server, kind, refusal)
        if kind == "key":
            _count_wrong(server)


def _cache_for_kind(server: Server, kind: str, refusal: ServerRefused) -> None:
    if (cached := cached_refusal(refusal)) is not None:
        _REFUSALS.set(server.cache_key(f"refused:{kind}"), cached, REFUSED_SECONDS)


def _stop_if_refused(server: Server, kind: str) -> None:
    cached = _REFUSALS.get(server.cache_key(f"refused:{kind}"))
    if cached is not None and (error := cached.as_error()) is not None:
        raise error


def _count_wrong(server: Server) -> None:
    name = _wrong_keys(server)
    cache.add(name, 0, REFUSED_SECONDS)
    try:
        cache.incr(name)
    except (ValueError, TypeError):
        cache.set(name, 1, REFUSED_SECONDS)


def _stop_if_many_wrong(server: Server) -> None:
    """Do not send a person's unproven key after several others were wrong.

    SECURITY: otherwise people could get the hub blocked by a server that others use, including its
    own.
    """
    if server.whose != Whose.OWN or cache.get(server.cache_key("taken")):
        return
    wrong = cache.get(_wrong_keys(server))
    if isinstance(wrong, int) and wrong >= WRONG_KEYS:
        raise ServerRefused(
            "server_refused_several_keys",
            answered=TOO_OFTEN,
        )


def _wrong_keys(server: Server) -> str:
    origin = origin_of(server.address)
    return Server(f"{origin.host}:{origin.port}").cache_key("wrong keys")


def _record_use(server: Server) -> None:
    is_first = cache.add(server.cache_key("taken"), True, REFUSED_SECONDS)
    if is_first and server.pk is not None:
        own_servers.record_use(server.pk)
