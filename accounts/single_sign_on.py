"""Sign-in with an OpenID Connect provider: claims, the account they lead to, and its groups.

https://openid.net/specs/openid-connect-core-1_0.html. allauth speaks the protocol; decision 0058
says which of the provider's claims the hub believes.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Final

from allauth.account.models import EmailAddress
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.contrib.auth.models import Group
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse

from accounts.models import User
from hub import audit

# allauth's name of the provider; it is part of the callback's address.
PROVIDER_ID: Final = "sso"
CALLBACK_PATH: Final = f"/accounts/oidc/{PROVIDER_ID}/login/callback/"
# What is stored of the claims, beside the groups.
_KEPT: Final = ("sub", "email", "email_verified", "name", "preferred_username")
_MOST_GROUPS: Final = 1000

logger = logging.getLogger(__name__)


class SignOnAdapter(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]
    """allauth's adapter, which also checks the signature of the ID token."""

    def get_provider(self) -> OpenIDConnectProvider:
        """The provider, which leads people away with this adapter, too."""
        provider = super().get_provider()
        provider.oauth2_adapter_class = SignOnAdapter
        return provider

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        """The address at the hub's own host, as the provider has it in its list."""
        path = reverse("openid_connect_callback", kwargs={"provider_id": self.provider_id})
        return str(settings.SITE_URL + path)

    def complete_login(
        self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any
    ) -> SocialLogin:
        """The person whom the ID token names, with the claims of the userinfo endpoint.

        Raises OAuth2Error for a token that the provider has not signed for this hub.
        """
        issuer = self.openid_config["issuer"]
        # OpenID Connect Discovery, 4.3. SECURITY: with None, no issuer would be compared.
        if str(issuer).rstrip("/") != settings.ENV.oidc_url:
            raise OAuth2Error(f"The provider calls itself {issuer}.")
        claims: dict[str, Any] = jwtkit.verify_and_decode(
            credential=kwargs["response"].get("id_token") or "",
            keys_url=self.openid_config["jwks_uri"],
            issuer=issuer,
            audience=app.client_id,
            lookup_kid=jwtkit.lookup_kid_jwk,
        )
        if "userinfo_endpoint" in self.openid_config:
            more = self._fetch_user_info(token.token)
            # OpenID Connect Core, 5.3.2: otherwise these claims are somebody else's.
            if more.get("sub") != claims.get("sub"):
                raise OAuth2Error("The userinfo endpoint answers for another person.")
            claims |= more
        kept: dict[str, Any] = {
            name: claims[name] for name in _KEPT if _is_storable(claims.get(name))
        }
        if (groups := _groups_in(claims)) is not None:
            kept["groups"] = groups
        login = self.get_provider().sociallogin_from_response(request, {"userinfo": kept})
        for address in login.email_addresses:
            # SECURITY: some providers send texts, and allauth takes "false" for true.
            address.verified = claims.get("email_verified") in (True, "true")
        return login


def is_single_sign_on(login: SocialLogin | None) -> bool:
    """Whether the person comes from the OpenID Connect provider."""
    return login is not None and login.account.provider == PROVIDER_ID


def connect_account(request: HttpRequest, login: SocialLogin) -> None:
    """Let a person in to the account that already has their address, if both sides have proved it.

    SECURITY: the provider must say that the address is verified, and the account must have
    confirmed it, or got it from an administrator. Otherwise whoever typed somebody's address at the
    provider would get that person's account, and whoever typed it here that person's visit.
    """
    verified = [address.email.lower() for address in login.email_addresses if address.verified]
    owned = EmailAddress.objects.filter(email__in=verified, verified=True).select_related("user")
    if (address := owned.first()) is not None:
        login.connect(request, address.user)


def apply_groups(user: User, login: SocialLogin) -> None:
    """Give and take the groups that HUB_OIDC_GROUPS names, as the claim says; others stay.

    Without the claim nothing changes: what was not said removes nothing.
    """
    claims = login.account.extra_data.get("userinfo", {})
    theirs = claims.get("groups")
    mapping = settings.ENV.oidc_groups
    if not mapping:
        return
    if theirs is None:
        logger.warning(
            "The OpenID Connect provider sent no claim %s: the groups of %s stay as they are.",
            settings.ENV.oidc_groups_claim,
            user.username,
        )
        return
    names = {name for claimed, name in mapping if claimed in theirs}
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        managed = Group.objects.filter(name__in={name for _claimed, name in mapping})
        before = set(user.groups.filter(pk__in=managed).values_list("name", flat=True))
        after = set(managed.filter(name__in=names).values_list("name", flat=True))
        if before == after:
            return
        user.groups.remove(*managed.filter(name__in=before - after))
        user.groups.add(*managed.filter(name__in=after - before))
        audit.record(
            audit.Tag.RIGHTS_CHANGE,
            by=None,
            target=user,
            given=[f"group {name}" for name in sorted(after - before)],
            taken=[f"group {name}" for name in sorted(before - after)],
        )


def _is_storable(value: object) -> bool:
    """True for a text or a flag without what PostgreSQL refuses (NUL, lone surrogates)."""
    return isinstance(value, bool) or (isinstance(value, str) and value.isprintable())


def _groups_in(claims: Mapping[str, Any]) -> list[str] | None:
    """The groups that the claim names, as texts; None if there is no such claim."""
    value = claims.get(settings.ENV.oidc_groups_claim)
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list):
        return None
    wanted = {claimed for claimed, _name in settings.ENV.oidc_groups}
    return [text for text in map(str, value[:_MOST_GROUPS]) if text in wanted]
