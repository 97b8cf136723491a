"""Accounts and tokens by what is asked of them. Querysets never import models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.contrib.auth.models import UserManager as DjangoUserManager
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

if TYPE_CHECKING:
    from accounts.models import AccessToken, ApiSession, User  # noqa: F401 - quoted below


class UserManager(DjangoUserManager["User"]):
    """Accounts, found by user name without regard to case."""

    @classmethod
    def normalize_email(cls, email: str | None) -> str:
        """The address in lower case, as sign-in looks for it."""
        return super().normalize_email(email).lower()

    def get_by_natural_key(self, username: str | None) -> User:
        """The account with that user name. Raises User.DoesNotExist."""
        return self.get(username__iexact=username)

    def create_superuser(
        self,
        username: str,
        email: str | None = None,
        password: str | None = None,
        **extra_fields: Any,
    ) -> User:
        """Make an administrator, whose address counts as confirmed.

        Whoever may run commands on the server vouches for the address; without that, a hub that
        confirms addresses and has no mail yet would lock its first administrator out.
        """
        with transaction.atomic(using=self.db):
            user = super().create_superuser(username, email, password, **extra_fields)
            if user.email:
                # By name: allauth's models may load after this one.
                addresses = apps.get_model("account", "EmailAddress")._default_manager
                taken = addresses.filter(email=user.email, verified=True).exists()
                addresses.create(user=user, email=user.email, primary=True, verified=not taken)
        return user


class AccessTokenQuerySet(models.QuerySet["AccessToken"]):
    """Tokens of the API by owner, kind and state."""

    def usable(self) -> AccessTokenQuerySet:
        """Neither expired nor revoked, of an active account, not part of an ended sign-in."""
        return self.filter(
            Q(expires_at__isnull=True) | Q(expires_at__gt=timezone.now()),
            revoked_at__isnull=True,
            session__revoked_at__isnull=True,
            user__is_active=True,
        )

    def personal(self) -> AccessTokenQuerySet:
        """Tokens that were made in the User Center and are not revoked, newest first."""
        found = self.filter(kind="personal", revoked_at__isnull=True)
        return found.order_by("-created_at", "-pk")


class ApiSessionQuerySet(models.QuerySet["ApiSession"]):
    """Sign-ins of programs."""

    def open(self) -> ApiSessionQuerySet:
        """Sign-ins that still have a usable refresh token, newest first."""
        return self.filter(revoked_at__isnull=True, expires_at__gt=timezone.now()).order_by("-pk")
