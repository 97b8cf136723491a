"""Asks an Xinference server as somebody: with a session that the hub signs in for, or with a key.

From 4.1.0 on, API keys can only read; launching and all else needs a session. `POST /token` takes a
user name and a password and gives an access token for 30 minutes and a refresh token;
`POST /v1/auth/refresh` takes the latter, once, and gives new ones (`create_access_token` and
`refresh_access_token` of api/oauth2/advanced/auth_service.py). A server without authentication has
no `/token`.

SECURITY: tokens are kept in the cache, sealed. Ten wrong keys or tokens in five minutes, and a
server locks the hub's address out for an hour, for everybody. So what was refused is not shown
again for as long, a token is shown for its life only, and people's own servers get only half of the
wrong keys.
"""

from __future__ import annotations

import base64
import binascii
import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from django.core.cache import cache
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from accounts import own_servers, vault
from models_registry.launch.asking import (
    TOO_OFTEN,
    UNKNOWN,
    ServerRefused,
    ServerUnavailable,
    no_server,
    send,
)
from models_registry.launch.servers import Server, Whose
from models_registry.sources.addresses import origin_of

REFUSED_SECONDS: Final = 300
WRONG_KEYS: Final = 5
# Where a token does not say when it ends, and before it ends.
TOKEN_SECONDS: Final = 25 * 60
SPARE_SECONDS: Final = 60
# The refresh token lives so long, unless it is used.
SESSION_SECONDS: Final = 6 * 24 * 3600
SIGN_IN_SECONDS: Final = 8.0
_LACKS_CALL: Final = frozenset({404, 405})
_NO_USER: Final = "User session required"


@dataclass(frozen=True, slots=True)
class Session:
    """What a server gave for user name and password; no tokens where it asks for none."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    until: float


@dataclass(frozen=True, slots=True)
class Account:
    """As whom a server knows the hub, and what he may do. `name` is empty for a key."""

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
    """Send a request with what is saved for the server, and return the JSON of its answer.

    A session that the server ended is begun anew, once. Raises ServerUnavailable, ServerRefused,
    and ServerAddressRefused where the hub does not go.
    """
    _stop_if_refused(server, "all")
    token, kind = _to_show(server, method)
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
        _learn(server, refusal, kind if token else "")
        raise
    if token:
        _note_use(server)
    return answer


def account(server: Server) -> Account | None:
    """As whom the server knows the hub; None where it asks for nothing or does not tell.

    Raises ServerUnavailable and ServerRefused.
    """
    if not _asks_for_sign_in(server):
        return None
    _stop_if_refused(server, "all")
    # As for a launch: a key that reads in place of a user is not what the person asks about.
    token, kind = _to_show(server, "POST")
    try:
        found = send(server, "GET", "/v1/auth/me", token=token)
    except ServerRefused as refusal:
        if kind == "key" and refusal.said == _NO_USER:
            return Account("", may_launch=False, may_register=False)
        if refusal.answered in _LACKS_CALL:
            # Releases before 4.1.0 write the rights into the token; what a key may, they keep.
            return _account(server, claims_of(token)) if kind == "session" else None
        _learn(server, refusal, kind if token else "")
        raise
    return _account(server, found if isinstance(found, dict) else {})


def forget_refusal(server: Server) -> None:
    """Sign in again at the next request, though it was refused a moment ago.

    A wrong key is not shown again: the server counts those, and no sign-ins.
    """
    cache.delete(server.name_of("refused:session"))


def claims_of(token: str) -> dict[str, Any]:
    """What a JSON Web Token says, unchecked: it is the server's own; empty where it is none."""
    try:
        middle = token.split(".")[1]
        found = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    except (IndexError, ValueError, binascii.Error, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _account(server: Server, found: Mapping[str, Any]) -> Account:
    listed = found.get("permissions", found.get("scopes"))
    rights = {str(one) for one in listed} if isinstance(listed, list) else set()
    return Account(
        str(found.get("username") or found.get("sub") or server.username)[:150],
        may_launch=not rights.isdisjoint({"admin", "models:write", "models:start"}),
        may_register=not rights.isdisjoint({"admin", "models:register", "models:add"}),
    )


def _asks_for_sign_in(server: Server) -> bool:
    try:
        found = send(server, "GET", "/v1/cluster/auth")
    except ServerRefused:
        return True
    return not isinstance(found, dict) or found.get("auth") is not False


def _to_show(server: Server, method: str) -> tuple[str, str]:
    """The token to show, and of which kind it is; where the sign-in is refused, a key can read."""
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
    kept = _kept(server)
    if kept is not None and kept.until > time.time():
        return kept
    if kept is not None and kept.refresh:
        try:
            answer = send(
                server, "POST", "/v1/auth/refresh", {"refresh_token": kept.refresh},
                seconds=SIGN_IN_SECONDS,
            )  # fmt: skip
            return _keep(server, answer)
        except ServerRefused:
            # Used by another process of the hub a moment ago, or ended with the password.
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
        cache.delete(server.name_of("session"))
        _learn(server, refusal, "session")
        raise
    return _keep(server, answer)


@sensitive_variables("answer", "access", "refresh")
def _keep(server: Server, answer: Any) -> Session:
    found = answer if isinstance(answer, dict) else {}
    access, refresh = _token(found.get("access_token")), _token(found.get("refresh_token"))
    if not access:
        raise ServerUnavailable(no_server(server))
    now = time.time()
    end = claims_of(access).get("exp")
    # An end that is over already is that of a clock that is wrong: the server gave it just now.
    is_moment = isinstance(end, int | float) and now < end < now + SESSION_SECONDS
    until = float(end) if is_moment and end is not None else now + TOKEN_SECONDS
    return _save(server, Session(access, refresh, until - SPARE_SECONDS))


def _token(value: object) -> str:
    """A value that can stand in a header; empty where it can't."""
    if not isinstance(value, str) or len(value) > 8192 or " " in value:
        return ""
    return value if value.isascii() and value.isprintable() else ""


def _save(server: Server, session: Session) -> Session:
    seconds = SESSION_SECONDS if session.refresh else max(1, int(session.until - time.time()))
    cache.set(server.name_of("session"), vault.seal(json.dumps(asdict(session))), seconds)
    return session


def _kept(server: Server) -> Session | None:
    sealed = cache.get(server.name_of("session"))
    try:
        return Session(**json.loads(vault.unseal(sealed))) if sealed else None
    except (vault.VaultClosed, ValueError, TypeError):
        return None


def _learn(server: Server, refusal: ServerRefused, kind: str) -> None:
    """Remember what must not be tried again at once."""
    if refusal.answered == TOO_OFTEN:
        _remember(server, "all", refusal)
    elif refusal.answered == UNKNOWN and kind:
        _remember(server, kind, refusal)
        if kind == "key":
            _count_wrong(server)


def _remember(server: Server, what: str, refusal: ServerRefused) -> None:
    kept = {"message": refusal.message, "answered": refusal.answered, "said": refusal.said}
    cache.set(server.name_of(f"refused:{what}"), kept, REFUSED_SECONDS)


def _stop_if_refused(server: Server, what: str) -> None:
    kept = cache.get(server.name_of(f"refused:{what}"))
    if kept:
        raise ServerRefused(kept["message"], answered=kept["answered"], said=kept["said"])


def _count_wrong(server: Server) -> None:
    name = _wrong_keys(server)
    cache.add(name, 0, REFUSED_SECONDS)
    try:
        cache.incr(name)
    except ValueError:
        cache.set(name, 1, REFUSED_SECONDS)


def _stop_if_many_wrong(server: Server) -> None:
    """Show no key of a person's that did not prove good, where others were wrong just now.

    SECURITY: else people could have the hub locked out of a server that others use, its own, too.
    """
    if server.whose != Whose.OWN or cache.get(server.name_of("taken")):
        return
    if (cache.get(_wrong_keys(server)) or 0) >= WRONG_KEYS:
        raise ServerRefused(
            _(
                "This server refused several keys in the last minutes, and would lock the hub out. "
                "Try again in five minutes."
            ),
            answered=TOO_OFTEN,
        )


def _wrong_keys(server: Server) -> str:
    origin = origin_of(server.address)
    return Server(f"{origin.host}:{origin.port}").name_of("wrong keys")


def _note_use(server: Server) -> None:
    is_first = cache.add(server.name_of("taken"), True, REFUSED_SECONDS)
    if is_first and server.pk is not None:
        own_servers.note_use(server.pk)
