"""GitHub's rate limits for each GitHub account, shared by all processes.

GitHub counts requests by account and not by token, asks for one request at a time and for at most
80 writes a minute, and says how long to wait after too many:
https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api. The limits
are rows of the database, so they hold with any cache, and when Redis is down.
"""

from __future__ import annotations

import os
import socket
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import requests
from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.models import GitHubQuota, GitHubToken, GitHubTokenOwner, User
from hub import request_id

WRITES_A_MINUTE = 80
MINUTE_SECONDS = 60
# github.com asks for one second between the writes of an account; other GitHub servers do not.
SECONDS_BETWEEN_WRITES = 1
# A turn expires after this time: GitHub aborts a request that takes longer than 10 seconds.
TURN = timedelta(seconds=12)
PATIENCE = timedelta(seconds=150)
# If GitHub does not say how long to wait, it advises at least one minute.
USUAL_WAIT = timedelta(seconds=60)
LONGEST_WAIT_SECONDS = 86_400
_TIMEOUT_SECONDS = 10
_MOST_APP_TOKENS = 10
_apps: dict[str, Owner] = {}
_HOST = socket.gethostname()[:80]


class RateLimited(Exception):
    """The account must wait until a moment. The text is for people and contains no token."""

    def __init__(self, message: str, *, until: datetime) -> None:
        super().__init__(message)
        self.until = until

    @classmethod
    def by_github(cls, until: datetime) -> RateLimited:
        """GitHub itself asks to wait."""
        moment = until.astimezone(UTC).strftime("%H:%M:%S")
        message = f"GitHub's rate limit is reached; it asks to wait until {moment} UTC."
        return cls(message, until=until)


@dataclass(frozen=True, slots=True)
class Owner:
    """A token's GitHub account: the key of its limits, and its login if it is known."""

    account: str
    login: str = ""
    number: int | None = None


def owner_of(token: str) -> Owner:
    """Return the account behind a token, asking GitHub once for each token.

    Tokens of apps have no account and separate limits. While GitHub can't be reached, a token
    counts as a separate account. Raises RateLimited.
    """
    owner = known_owner(token)
    if owner.account.startswith("app:"):
        return owner
    if owner.login or not token or GitHubTokenOwner.objects.filter(digest=_digest(token)).exists():
        return owner
    return _ask_owner(token, owner)


def known_owner(token: str) -> Owner:
    """Return the account behind a token, as far as it is known, without asking GitHub."""
    if not token:
        return Owner("anonymous")
    digest = _digest(token)
    if (app := _apps.get(digest)) is not None:
        return app
    row = GitHubTokenOwner.objects.filter(digest=digest).first()
    if row is None:
        return Owner(f"token:{digest[:32]}")
    return Owner(row.account, row.login, row.number)


def remember_app(token: str, installation: int) -> None:
    """Note that the token is of an app's installation, which has one limit for all its tokens.

    In this process only: each process gets tokens of its own, which last an hour.
    """
    while len(_apps) >= _MOST_APP_TOKENS:
        _apps.pop(next(iter(_apps)))
    _apps[_digest(token)] = Owner(f"app:{installation}")


def remember_owner(token: str, login: str, number: int | None) -> Owner:
    """Store which account GitHub has reported for a token."""
    account = f"id:{number}" if number is not None else f"login:{login.lower()}"
    return _store_owner(token, Owner(account, login[:80], number))


def forget_owner(user: User) -> None:
    """Delete the stored account of a person's token; call it when the token is deleted."""
    logins = GitHubToken.objects.filter(user=user).values("login")
    GitHubTokenOwner.objects.filter(login__in=logins).delete()


@contextmanager
def turn(owner: Owner, *, writes: bool, patience: timedelta = PATIENCE) -> Iterator[None]:
    """Hold the account's turn (a lease) for one request: one at a time, and not too many writes.

    Raises RateLimited if GitHub has asked to wait, or the turn does not come in time; nothing was
    sent then. Call it outside of transactions.
    """
    holder = f"{_HOST}/{os.getpid()}/{uuid.uuid4().hex}"
    GitHubQuota.objects.get_or_create(account=owner.account)
    rows = GitHubQuota.objects.filter(account=owner.account)
    _wait_for_turn(rows, holder, writes=writes, deadline=timezone.now() + patience)
    try:
        yield
    finally:
        rows.filter(holder=holder).update(holder="", held_until=None)


def limit_in(status: int, headers: Mapping[str, str], said: str) -> datetime | None:
    """When to ask again, if an answer refuses a request because of a rate limit; else None."""
    return _waits_until(_lower(headers), said) if status in (403, 429) else None


def observe(owner: Owner, status: int, headers: Mapping[str, str], said: str) -> datetime | None:
    """Store a limit that an answer of GitHub reports; return what `limit_in` returns.

    An answer may succeed and still be the last one that the limit allows.
    """
    refused = until = limit_in(status, headers, said)
    if status not in (403, 429) and _lower(headers).get("x-ratelimit-remaining") == "0":
        until = _reset(_lower(headers))
    if until is None:
        return None
    GitHubQuota.objects.get_or_create(account=owner.account)
    # A shorter wait that another process has got must not end a longer one.
    later = Q(not_before__isnull=True) | Q(not_before__lt=until)
    GitHubQuota.objects.filter(later, account=owner.account).update(not_before=until)
    return refused


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {key.lower(): str(value) for key, value in headers.items()}


def _wait_for_turn(
    rows: QuerySet[GitHubQuota], holder: str, *, writes: bool, deadline: datetime
) -> None:
    pause = 0.01
    while True:
        now = timezone.now()
        free = Q(held_until__isnull=True) | Q(held_until__lt=now) | Q(holder__in=_dead(rows))
        if rows.filter(free).update(holder=holder, held_until=now + TURN):
            row = rows.get()
            if row.not_before is not None and row.not_before > now:
                _give_back(rows, holder)
                raise RateLimited.by_github(row.not_before)
            wait = _wait_before_write(row.writes, now.timestamp()) if writes else 0
            if wait <= 0:
                if writes:
                    recent = _recent(row.writes, now.timestamp())
                    rows.filter(holder=holder).update(writes=[*recent, now.timestamp()])
                return
            # While a write waits for its second, other requests may have the turn.
            _give_back(rows, holder)
            pause = wait
        if now + timedelta(seconds=pause) > deadline:
            text = "Other requests of this account to GitHub are in progress. Try again later."
            raise RateLimited(text, until=now + timedelta(seconds=15))
        time.sleep(pause)
        pause = min(max(pause, 0.01) * 1.5, 0.25)


def _give_back(rows: QuerySet[GitHubQuota], holder: str) -> None:
    rows.filter(holder=holder).update(holder="", held_until=None)


def _dead(rows: QuerySet[GitHubQuota]) -> list[str]:
    """The holder, if its process on this machine has ended: its turn expires at once."""
    holder = rows.values_list("holder", flat=True).first() or ""
    host, _, rest = holder.partition("/")
    pid = rest.partition("/")[0]
    if host != _HOST or not pid.isdecimal():
        return []
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return [holder]
    except OSError:
        pass
    return []


def _recent(writes: list[float], now: float) -> list[float]:
    return [at for at in writes if now - MINUTE_SECONDS < at <= now]


def _wait_before_write(writes: list[float], now: float) -> float:
    recent = _recent(writes, now)
    wait = 0.0
    if len(recent) >= WRITES_A_MINUTE:
        wait = recent[-WRITES_A_MINUTE] + MINUTE_SECONDS - now + 0.01
    if recent and _is_public_github():
        wait = max(wait, recent[-1] + SECONDS_BETWEEN_WRITES - now)
    return wait


def _is_public_github() -> bool:
    host = urlsplit(settings.ENV.github_api_url).hostname or ""
    return host == "github.com" or host.endswith(".github.com")


def _ask_owner(token: str, fallback: Owner) -> Owner:
    """Ask GitHub which account a token belongs to."""
    try:
        with turn(fallback, writes=False):
            # SECURITY: no redirects, or the token could be sent to another host.
            answer = requests.get(
                f"{settings.ENV.github_api_url}/user",
                headers={
                    **request_id.headers(),
                    "Authorization": f"Bearer {token}",
                    "Accept": "application/vnd.github+json",
                    "X-GitHub-Api-Version": "2022-11-28",
                    "User-Agent": "xinference-models-hub",
                },
                timeout=_TIMEOUT_SECONDS,
                allow_redirects=False,
            )
            content = answer.json()
    except (requests.RequestException, ValueError):
        return fallback
    body = content if isinstance(content, dict) else {}
    until = observe(fallback, answer.status_code, answer.headers, str(body.get("message")))
    if until is not None:
        raise RateLimited.by_github(until)
    login, number = body.get("login"), body.get("id")
    if answer.status_code == 200 and isinstance(login, str) and login:
        return remember_owner(token, login, number if isinstance(number, int) else None)
    # Tokens of apps may not ask this. A token that is refused (401) may be accepted later.
    return _store_owner(token, fallback) if answer.status_code in (403, 404) else fallback


def _store_owner(token: str, owner: Owner) -> Owner:
    values = {"account": owner.account, "login": owner.login, "number": owner.number}
    GitHubTokenOwner.objects.update_or_create(digest=_digest(token), defaults=values)
    return owner


def _digest(token: str) -> str:
    return salted_hmac("accounts.github-token-owner", token, algorithm="sha256").hexdigest()


def _waits_until(headers: Mapping[str, str], message: str) -> datetime | None:
    now = timezone.now()
    if (after := headers.get("retry-after", "")).isdecimal():
        return now + timedelta(seconds=min(int(after[:9]), LONGEST_WAIT_SECONDS))
    if headers.get("x-ratelimit-remaining") == "0":
        return _reset(headers)
    return now + USUAL_WAIT if "rate limit" in message.lower() else None


def _reset(headers: Mapping[str, str]) -> datetime:
    now = timezone.now()
    reset = headers.get("x-ratelimit-reset", "")
    if not reset.isdecimal() or len(reset) > 11:
        return now + USUAL_WAIT
    latest = now + timedelta(seconds=LONGEST_WAIT_SECONDS)
    moment = datetime.fromtimestamp(int(reset), tz=UTC)
    return min(max(moment, now), latest) + timedelta(seconds=1)
