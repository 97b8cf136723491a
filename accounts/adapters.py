"""allauth's adapters: who may sign up, which account an address belongs to, sealed secrets."""

from __future__ import annotations

import logging
import time
from contextlib import nullcontext
from email.utils import formatdate
from typing import Any, Final

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language_from_request
from django.utils.translation import gettext_lazy as _
from requests import Session

from accounts import devices, email_addresses, sign_in_limits, single_sign_on, vault
from accounts.first_groups import add_first_groups
from accounts.models import User
from accounts.preferences import remember_language, remember_time_zone, written_for
from hub import request_id
from hub.audit import client_address

_MOST_NAME: Final = 80

logger = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Sign-up, sign-in and mails of accounts."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _("User name, address or password is wrong."),
        "username_password_mismatch": _("User name, address or password is wrong."),
        "too_many_login_attempts": _("Too many failed sign-ins. Wait a few minutes."),
        "username_blacklisted": _("This user name is reserved. Choose another one."),
        "username_taken": _("This user name is taken."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Whether people may sign up by themselves (HUB_OPEN_REGISTRATION)."""
        return bool(settings.ENV.open_registration)

    def get_client_ip(self, request: HttpRequest) -> str:
        """The visitor's address, as the audit log reads it; a Unix socket has no address."""
        return client_address(request) or "0.0.0.0"  # noqa: S104 - a name for "unknown", not bound

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the attempt. Raises ValidationError after too many (see `sign_in_limits`)."""
        # allauth rolls it back if the password is right.
        self._login_failed_rl_usage = sign_in_limits.count_attempt(request, credentials)
        if self._login_failed_rl_usage is None:
            raise self.validation_error("too_many_login_attempts")

    def save_user(
        self, request: HttpRequest, user: User, form: BaseForm, commit: bool = True
    ) -> User:
        """Save the account that somebody signs up for, with the rights of new accounts.

        `User.email` stays empty if another account holds the address; see the model.
        """
        super().save_user(request, user, form, commit=False)
        # Mails are written without a browser to ask.
        user.language = user.language or get_language_from_request(request)
        if email_addresses.is_held(user.email, besides=user):
            user.email = ""
        if commit:
            user.save()
            add_first_groups(user)
        return user

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Give the address only to the account that has proved that it can read its mail."""
        with transaction.atomic():
            if email_address.can_set_verified():
                email_addresses.release(email_address.email, besides=email_address.user)
            return bool(super().confirm_email(request, email_address))

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """The response after sign-in, in the language and time zone that the person has chosen.

        Mails the owner about a sign-in from a browser that the account does not know.
        """
        is_known = kwargs.get("signup") or devices.is_known_browser(request, user)
        response: HttpResponse = super().post_login(request, user, **kwargs)
        devices.remember_browser(request, response, user)
        if not is_known:
            devices.notify_owner(user, "new_device")
        if user.language:
            remember_language(response, user.language)
        if user.time_zone:
            remember_time_zone(response, user.time_zone)
        return response

    def get_reset_password_from_key_url(self, key: str) -> str:
        """The link in the mail. SECURITY: its host is the hub's, whatever the request named."""
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return settings.SITE_URL + path.replace("UID-KEY", key)

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        """The link in the mail, at the hub's own host too."""
        return settings.SITE_URL + reverse("account_confirm_email", args=[emailconfirmation.key])

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send one of the mails under templates/account/email/, in its recipient's language."""
        site = {"site_url": settings.SITE_URL, "site_name": "Xinference Models Hub"}
        user = context.get("user")
        with written_for(user) if isinstance(user, User) and user.language else nullcontext():
            super().send_mail(template_prefix, email, {**context, **site})

    def render_mail(self, template_prefix: str, *args: Any, **kwargs: Any) -> EmailMessage:
        """One of these mails; `Expires` keeps the outbox from sending an outdated link."""
        message: EmailMessage = super().render_mail(template_prefix, *args, **kwargs)
        if template_prefix == "account/email/password_reset_key":
            end = time.time() + settings.PASSWORD_RESET_TIMEOUT
            message.extra_headers["Expires"] = formatdate(end, usegmt=True)
        return message


class SocialAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Sign-in with GitHub, or with an OpenID Connect provider (`single_sign_on`)."""

    def get_requests_session(self) -> Session:
        """The session for requests to the other site, with the id of the request in the hub."""
        session: Session = super().get_requests_session()
        session.headers.update(request_id.headers())
        return session

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Lead somebody who comes from the single sign-on for the first time to their account."""
        is_new = not sociallogin.is_existing and not request.user.is_authenticated
        if single_sign_on.is_single_sign_on(sociallogin) and is_new:
            single_sign_on.connect_account(request, sociallogin)

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Whether the person may have an account (HUB_OPEN_REGISTRATION, HUB_OIDC_SIGN_UP)."""
        if single_sign_on.is_single_sign_on(sociallogin):
            return bool(settings.ENV.oidc_sign_up)
        return bool(super().is_open_for_signup(request, sociallogin))

    def is_auto_signup_allowed(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Whether the account is made without a form: with a verified address from the sign-on."""
        is_verified = any(address.verified for address in sociallogin.email_addresses)
        return single_sign_on.is_single_sign_on(sociallogin) and is_verified

    def populate_user(
        self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]
    ) -> User:
        """The account to be made, with the name that the single sign-on tells."""
        user: User = super().populate_user(request, sociallogin, data)
        name = str(data.get("name") or "")[:_MOST_NAME]
        if single_sign_on.is_single_sign_on(sociallogin) and name.isprintable():
            user.display_name = name
        return user

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, exception: Exception | None = None, **_: Any
    ) -> None:
        """Tell the operator why; the page tells the person only what to do."""
        if exception is not None:
            reason = f"{type(exception).__name__}: {exception}"[:300]
            logger.warning("Signing in with %s did not work: %s", provider.name, reason)

    def save_user(
        self, request: HttpRequest, sociallogin: SocialLogin, form: BaseForm | None = None
    ) -> User:
        """Save an account that signs up through GitHub or the single sign-on.

        Addresses that the other site has confirmed go to the account; others only if nobody holds
        them.
        """
        user: User = sociallogin.user
        user.language = user.language or get_language_from_request(request)
        with transaction.atomic():
            for address in sociallogin.email_addresses:
                if address.verified and address.can_set_verified():
                    email_addresses.release(address.email, besides=None)
            sociallogin.email_addresses = [
                address
                for address in sociallogin.email_addresses
                if address.verified or not email_addresses.is_held(address.email)
            ]
            if email_addresses.is_held(user.email):
                user.email = ""
            super().save_user(request, sociallogin, form)
            if form is None:
                add_first_groups(user)
        return user


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Two-factor authentication, with seeds sealed by the vault."""

    def encrypt(self, text: str) -> str:
        """Seal a seed before it is stored."""
        return vault.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Open a stored seed. Raises VaultClosed."""
        return vault.unseal(encrypted_text)

    def get_totp_label(self, user: User) -> str:
        """What an authenticator app calls the account."""
        return user.username

    def build_totp_svg(self, url: str) -> str:
        """The QR code as an SVG element for a page, without an XML declaration."""
        svg: str = super().build_totp_svg(url)
        return svg[svg.index("<svg") :]
