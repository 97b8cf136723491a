"""Signing in to the API with user name and password, and renewing the sign-in."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest
from ninja import Field, Router, Schema

from accounts import devices, tokens
from accounts.errors import (
    EmailNotConfirmed,
    InvalidCredentials,
    SecondFactorRequired,
    TooManyAttempts,
)
from accounts.models import User
from hub.audit import Tag, client_address, record

router = Router(tags=["Users"])

# The longest of the limits on failed sign-ins, ACCOUNT_RATE_LIMITS["login_failed"].
RETRY_AFTER_SECONDS = 300


class Credentials(Schema):
    """What a person signs in with."""

    usernameOrEmail: str = Field(min_length=1, max_length=254)
    password: str = Field(min_length=1, max_length=4096)


class RefreshToken(Schema):
    """The refresh token of an earlier answer."""

    token: str = Field(max_length=200)


class Tokens(Schema):
    """A pair of tokens; `expiresIn` is the seconds until the access token ends."""

    accessToken: str
    refreshToken: str
    expiresIn: int


class TokensAnswer(Schema):
    """The tokens, as clients expect them."""

    data: Tokens


class SignInError(Schema):
    """An error: a code for programs, a sentence for people."""

    error_code: str
    message: str


REFUSALS: dict[Any, Any] = {400: SignInError, 401: SignInError, 429: SignInError}


@router.post(
    "/login", auth=None, response={200: TokensAnswer, **REFUSALS}, summary="Sign in to the API"
)
def login(request: HttpRequest, credentials: Credentials) -> dict[str, Any]:
    """Exchange user name (or e-mail address) and password for an access token, which lasts an hour,
    and a refresh token, which lasts 30 days and can be used once. Accounts with two-factor
    authentication need an access token from the User Center instead."""
    user = _checked(request, credentials)
    ip_address, user_agent = client_address(request), request.headers.get("User-Agent", "")
    is_known = devices.is_known_program(user, ip_address=ip_address, user_agent=user_agent)
    pair = tokens.sign_in(user, ip_address=ip_address, user_agent=user_agent)
    user_logged_in.send(sender=User, request=request, user=user)
    if not is_known:
        devices.notify_owner(user, "new_program")
    return _answer(pair)


@router.post(
    "/refresh", auth=None, response={200: TokensAnswer, **REFUSALS}, summary="Renew a sign-in"
)
def refresh(request: HttpRequest, body: RefreshToken) -> dict[str, Any]:
    """Exchange a refresh token for a new pair of tokens. The old pair ends. A refresh token that is
    sent a second time ends the whole sign-in, since somebody must have copied it."""
    return _answer(tokens.refresh(body.token))


def _checked(request: HttpRequest, credentials: Credentials) -> User:
    """The account, if name and password match and it may sign in this way. Raises DomainError."""
    name = credentials.usernameOrEmail.strip()
    if not name.isprintable():
        # No account has such a name, and PostgreSQL refuses to look for a text with NUL.
        raise InvalidCredentials("credentials_wrong")
    given = {_kind(name): name, "password": credentials.password}
    try:
        # The same counters as the sign-in page's: one can't be used to get around the other.
        user: User | None = get_adapter(request).authenticate(request, **given)
    except ValidationError:
        raise TooManyAttempts("too_many_failed_sign_ins", retry_after=RETRY_AFTER_SECONDS) from None
    if user is None or not user.is_active:
        raise InvalidCredentials("credentials_wrong")
    if is_mfa_enabled(user):
        record(Tag.SIGN_IN_FAIL, by=None, target=user, name=name, reason="second factor")
        raise SecondFactorRequired("two_factor_needs_access_token", site_url=settings.SITE_URL)
    confirmed = EmailAddress.objects.filter(user=user, verified=True).exists()
    if settings.ACCOUNT_EMAIL_VERIFICATION == "mandatory" and not confirmed:
        raise EmailNotConfirmed("email_not_confirmed")
    return user


def _kind(name: str) -> str:
    try:
        validate_email(name)
    except ValidationError:
        return "username"
    return "email"


def _answer(pair: tokens.SignInTokens) -> dict[str, Any]:
    return {
        "data": {
            "accessToken": pair.access,
            "refreshToken": pair.refresh,
            "expiresIn": pair.expires_in,
        }
    }
