"""Access tokens: making, checking, renewing, revoking. Only the answer holds the raw token."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DatabaseError, transaction
from django.db.models import Q
from django.utils import timezone

from accounts.errors import BadToken
from accounts.models import AccessToken, ApiSession, Scope, User
from hub import audit

PREFIX = "xhub_"
ACCESS_LIFETIME = timedelta(hours=1)
REFRESH_LIFETIME = timedelta(days=30)
USE_RECORDED_EVERY = timedelta(minutes=1)
MAX_PERSONAL_TOKENS = 50
_SHAPE = re.compile(r"xhub_[A-Za-z0-9_-]{40}")


@dataclass(frozen=True, slots=True)
class SignInTokens:
    """A program's raw tokens after signing in; `expires_in` is the seconds that `access` lasts."""

    access: str
    refresh: str
    expires_in: int


def issue(
    *, by: User, name: str, scope: Scope, expires_at: datetime | None
) -> tuple[AccessToken, str]:
    """Make a personal token; returns its row and the raw token, which can't be read again."""
    with transaction.atomic():
        token, raw = _make(
            by, AccessToken.Kind.PERSONAL, scope=scope, expires_at=expires_at, name=name
        )
        audit.record(
            audit.Tag.TOKEN_CREATE,
            by=by,
            target=token,
            name=name,
            scope=scope.value,
            expires_at=expires_at.isoformat() if expires_at else None,
        )
    return token, raw


def resolve(raw: str) -> tuple[User, AccessToken]:
    """The account and the row of a raw token; records its use at most once a minute.

    Raises BadToken for a malformed, unknown, expired or revoked token, a refresh token, or a token
    of an inactive account. SECURITY: one answer for all, which reveals nothing.
    """
    token = None
    if _SHAPE.fullmatch(raw):
        tokens = AccessToken.objects.usable().exclude(kind=AccessToken.Kind.REFRESH)
        token = tokens.select_related("user").filter(digest=_digest(raw)).first()
    if token is None:
        raise BadToken("access_token_invalid")
    _record_use(token)
    return token.user, token


def revoke(token: AccessToken, *, by: User | None) -> None:
    """Make the token invalid from now on."""
    with transaction.atomic():
        changed = AccessToken.objects.filter(pk=token.pk, revoked_at__isnull=True)
        if changed.update(revoked_at=timezone.now()):
            audit.record(audit.Tag.TOKEN_REVOKE, by=by, target=token, name=token.name)


def sign_in(user: User, *, ip_address: str | None, user_agent: str) -> SignInTokens:
    """Open an API sign-in for the user; the caller has just checked the password."""
    now = timezone.now()
    with transaction.atomic():
        _forget_old_sessions(user, now)
        session = ApiSession.objects.create(
            user=user,
            ip_address=ip_address,
            user_agent=user_agent[:200],
            expires_at=now + REFRESH_LIFETIME,
        )
        return _renew(session, now)


def refresh(raw: str) -> SignInTokens:
    """Exchange a refresh token for new tokens; the old one can't be used again.

    Raises BadToken. SECURITY: a refresh token that is used twice has been copied by somebody, so
    the whole sign-in ends, with all its tokens.
    """
    now = timezone.now()
    with transaction.atomic():
        token = _usable_refresh_token(raw)
        unused = AccessToken.objects.filter(pk=token.pk, used_up_at__isnull=True)
        if unused.update(used_up_at=now) and token.session is not None:
            return _renew(token.session, now)
    end_session(token.session, by=None, tag=audit.Tag.TOKEN_REUSE)
    raise BadToken("refresh_token_reused")


def end_session(
    session: ApiSession | None, *, by: User | None, tag: audit.Tag = audit.Tag.TOKEN_REVOKE
) -> None:
    """End an API sign-in, with all its tokens."""
    if session is None:
        return
    with transaction.atomic():
        still_open = ApiSession.objects.filter(pk=session.pk, revoked_at__isnull=True)
        if still_open.update(revoked_at=timezone.now()):
            audit.record(tag, by=by, target=session, account=session.user.username)


def end_all_sessions(user: User) -> int:
    """End every API sign-in of the user, as after a new password; returns how many ended."""
    still_open = ApiSession.objects.filter(user=user, revoked_at__isnull=True)
    return still_open.update(revoked_at=timezone.now())


def _usable_refresh_token(raw: str) -> AccessToken:
    token = None
    if _SHAPE.fullmatch(raw):
        tokens = AccessToken.objects.usable().filter(kind=AccessToken.Kind.REFRESH)
        token = tokens.select_related("session__user").filter(digest=_digest(raw)).first()
    if token is None:
        raise BadToken("refresh_token_invalid")
    return token


def _renew(session: ApiSession, now: datetime) -> SignInTokens:
    # The previous access token ends with its refresh token: a sign-in has one pair at a time.
    session.tokens.filter(kind=AccessToken.Kind.ACCESS).update(revoked_at=now)
    kinds = AccessToken.Kind
    _, access = _make(session.user, kinds.ACCESS, session=session, expires_at=now + ACCESS_LIFETIME)
    _, renewal = _make(
        session.user, kinds.REFRESH, session=session, expires_at=now + REFRESH_LIFETIME
    )
    session.last_used_at, session.expires_at = now, now + REFRESH_LIFETIME
    session.save(update_fields=["last_used_at", "expires_at"])
    return SignInTokens(access, renewal, int(ACCESS_LIFETIME.total_seconds()))


def _make(
    user: User,
    kind: AccessToken.Kind,
    *,
    expires_at: datetime | None,
    scope: Scope = Scope.WRITE,
    session: ApiSession | None = None,
    name: str = "",
) -> tuple[AccessToken, str]:
    raw = PREFIX + secrets.token_urlsafe(30)
    token = AccessToken.objects.create(
        user=user,
        session=session,
        kind=kind,
        name=name,
        scope=scope,
        digest=_digest(raw),
        first_characters=raw[: len(PREFIX) + 4],
        last4=raw[-4:],
        expires_at=expires_at,
    )
    return token, raw


def _digest(raw: str) -> str:
    # A fast digest is enough: 240 random bits can't be guessed, so no slow hash is needed.
    return hashlib.sha256(raw.encode()).hexdigest()


def _record_use(token: AccessToken) -> None:
    """Best effort: a request never fails because of it, and writes at most once a minute."""
    now = timezone.now()
    if token.last_used_at is not None and token.last_used_at > now - USE_RECORDED_EVERY:
        return
    try:
        with transaction.atomic():
            AccessToken.objects.filter(pk=token.pk).update(last_used_at=now)
            if token.session_id is not None:
                ApiSession.objects.filter(pk=token.session_id).update(last_used_at=now)
    except DatabaseError:
        return


def _forget_old_sessions(user: User, now: datetime) -> None:
    ended = Q(expires_at__lt=now) | Q(revoked_at__lt=now - REFRESH_LIFETIME)
    ApiSession.objects.filter(ended, user=user).delete()
