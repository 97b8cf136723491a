"""Users, and the tokens and secrets that belong to them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import AbstractUser, Group
from django.contrib.auth.models import UserManager as DjangoUserManager
from django.core.validators import MinLengthValidator
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.names import USERNAME_LENGTH, one_line, plain_text, username_rule, web_addresses
from accounts.permissions import held_permissions


class UserManager(DjangoUserManager["User"]):
    """Accounts, found by user name without regard to case."""

    @classmethod
    def normalize_email(cls, email: str | None) -> str:
        """The address in lower case, as sign-in looks for it."""
        return super().normalize_email(email).lower()

    def called(self, username: str) -> models.QuerySet[User]:
        """The account with that user name, if there is one; any text may be asked for."""
        # PostgreSQL refuses a text with NUL, SQLite a pattern of more than 50,000 bytes.
        if not username.isprintable() or len(username) > USERNAME_LENGTH[1]:
            return self.none()
        return self.filter(username__iexact=username)

    def get_by_natural_key(self, username: str | None) -> User:
        """The account with that user name. Raises User.DoesNotExist."""
        return self.called(username or "").get()

    def create_superuser(
        self,
        username: str,
        email: str | None = None,
        password: str | None = None,
        **extra_fields: Any,
    ) -> User:
        """Make an administrator, whose address counts as confirmed.

        Whoever can run commands on the server vouches for the address. Otherwise a hub that
        requires confirmed addresses and has no mail yet would lock its first administrator out.
        """
        with transaction.atomic(using=self.db):
            user = super().create_superuser(username, email, password, **extra_fields)
            if user.email:
                # By name: allauth's models may load after these.
                addresses = apps.get_model("account", "EmailAddress")._default_manager
                taken = addresses.filter(email=user.email, verified=True).exists()
                addresses.create(user=user, email=user.email, primary=True, verified=not taken)
        return user


class AccessTokenQuerySet(models.QuerySet["AccessToken"]):
    """Tokens of the API by owner, kind and state."""

    def usable(self) -> AccessTokenQuerySet:
        """Neither expired nor revoked, of an active account, not part of an ended sign-in."""
        return self.unexpired().filter(
            revoked_at__isnull=True, session__revoked_at__isnull=True, user__is_active=True
        )

    def unexpired(self) -> AccessTokenQuerySet:
        """Tokens that have not expired, revoked or not."""
        return self.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=timezone.now()))

    def personal(self) -> AccessTokenQuerySet:
        """Tokens that were made in the User Center and are not revoked, newest first."""
        tokens = self.filter(kind="personal", revoked_at__isnull=True)
        return tokens.order_by("-created_at", "-pk")


class ApiSessionQuerySet(models.QuerySet["ApiSession"]):
    """Sign-ins of programs."""

    def open(self) -> ApiSessionQuerySet:
        """Sign-ins that still have a usable refresh token, newest first."""
        return self.filter(revoked_at__isnull=True, expires_at__gt=timezone.now()).order_by("-pk")


class User(AbstractUser):  # type: ignore[django-manager-missing] # guardian has no types
    """A person with an account; signs in with the user name or an e-mail address.

    `email` is the address that mail goes to, and belongs to one account only. An address that
    another account already holds is stored only in allauth's EmailAddress until it is confirmed.
    SECURITY: so signing up answers known and unknown addresses alike.
    """

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]

    username = models.CharField(  # type: ignore[misc]
        _("user name"),
        max_length=USERNAME_LENGTH[1],
        unique=True,
        validators=[MinLengthValidator(USERNAME_LENGTH[0]), username_rule],
        help_text=_("3 to 40 letters (a–z), digits, dots, underscores or hyphens."),
        error_messages={"unique": _("This user name is taken.")},
    )
    email = models.EmailField(_("e-mail address"), blank=True)
    display_name = models.CharField(
        _("display name"), max_length=80, blank=True, validators=[one_line]
    )
    organisation = models.CharField(
        _("organisation"), max_length=120, blank=True, validators=[one_line]
    )
    bio = models.TextField(_("about you"), max_length=1000, blank=True, validators=[plain_text])
    links = models.JSONField(_("links"), default=list, blank=True, validators=[web_addresses])
    avatar = models.FileField(_("picture"), upload_to="avatars/", blank=True, editable=False)
    language = models.CharField(
        _("language"), max_length=10, blank=True, choices=settings.LANGUAGES
    )
    # Empty: as in the browser, and UTC in mails.
    time_zone = models.CharField(
        _("time zone"), max_length=60, blank=True, default="", db_default=""
    )

    objects = UserManager()  # type: ignore[misc]

    class Meta(AbstractUser.Meta):
        constraints = [
            models.UniqueConstraint(
                Lower("username"),
                name="username_once_in_any_case",
                violation_error_message=_("This user name is taken."),
            ),
            models.UniqueConstraint(
                Lower("email"),
                condition=~models.Q(email=""),
                name="email_once_in_any_case",
                violation_error_message=_("Another account has this e-mail address."),
            ),
        ]

    @property
    def label(self) -> str:
        """The name shown on pages: the display name, else the user name."""
        return self.display_name or self.username

    @property
    def avatar_url(self) -> str:
        """The URL of the person's picture; it changes with the picture."""
        version = str(self.avatar.name).rpartition("/")[2][:8] if self.avatar else self.label
        address = reverse("accounts:avatar", args=[self.username])
        return f"{address}?{urlencode({'v': version})}"

    def get_full_name(self) -> str:
        """The display name, else the user name."""
        return self.label

    def get_short_name(self) -> str:
        """The user name."""
        return self.username

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """As Django says it, whose caches are filled by one query."""
        is_asked = obj is None and self.is_active and not self.is_superuser
        if is_asked and self.pk is not None and not hasattr(self, "_user_perm_cache"):
            self._user_perm_cache, self._group_perm_cache = held_permissions(self.pk)
        return super().has_perm(perm, obj)


class GitHubToken(models.Model):
    """A person's GitHub token, sealed by the vault, and what GitHub reported when it was saved."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="github_token"
    )
    sealed = models.TextField()
    last4 = models.CharField(max_length=4)
    login = models.CharField(max_length=80)
    # The account's number, which stays when its login changes; null if it was not known.
    github_id = models.PositiveBigIntegerField(null=True)
    # GitHub reports scopes of classic tokens only; null is a fine-grained token.
    scopes = models.JSONField(null=True)
    expires_at = models.DateTimeField(null=True)
    saved_at = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"GitHub token of {self.login} (…{self.last4})"

    def is_expired(self) -> bool:
        """True if it has expired, by the expiry that GitHub reported."""
        return self.expires_at is not None and self.expires_at <= timezone.now()

    def may_open_pull_requests(self) -> bool:
        """True if its scopes allow pull requests, as far as GitHub reports them."""
        return self.scopes is None or bool({"repo", "public_repo"} & set(self.scopes))


class GitHubTokenOwner(models.Model):
    """The GitHub account behind a token; only a keyed digest of the token is stored."""

    digest = models.CharField(max_length=64, unique=True)
    # The key of the account's limits: see GitHubQuota.
    account = models.CharField(max_length=80)
    login = models.CharField(max_length=80, blank=True)
    number = models.PositiveBigIntegerField(null=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.login or self.account


class GitHubQuota(models.Model):
    """The rate limits of one GitHub account, shared by all processes that use its tokens.

    `not_before` is when GitHub allows the next request. `holder` has the turn until `held_until`.
    `writes` has the Unix times of the writes of the last minute.
    """

    account = models.CharField(max_length=80, unique=True)
    not_before = models.DateTimeField(null=True)
    holder = models.CharField(max_length=200, blank=True)
    held_until = models.DateTimeField(null=True)
    writes = models.JSONField(default=list)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.account


class OwnServer(models.Model):
    """A person's own Xinference server, and how to sign in to it: user, API key, or nothing.

    Password and key are sealed by the vault. `username` is a user of the server, not of the hub;
    `last_used_at` is when the server last accepted one of them.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="own_server"
    )
    address = models.CharField(max_length=300)
    sealed_key = models.TextField(blank=True)
    last4 = models.CharField(max_length=4, blank=True)
    username = models.CharField(max_length=150, blank=True)
    sealed_password = models.TextField(blank=True)
    last_used_at = models.DateTimeField(null=True)
    saved_at = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.address


class Invitation(models.Model):
    """Somebody who may have an account at this address, with these groups.

    Only a digest of the link's key is stored. A link that is sent again has another key.
    """

    email = models.EmailField(_("e-mail address"))
    groups = models.ManyToManyField(Group, verbose_name=_("groups"), blank=True)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, editable=False,
        related_name="+", verbose_name=_("invited by"),
    )  # fmt: skip
    # By whoever may run commands on the server; then nobody's rights are needed.
    by_command = models.BooleanField(default=False, editable=False)
    sent_at = models.DateTimeField(_("sent"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("expires"), editable=False)
    accepted_at = models.DateTimeField(_("accepted"), null=True, editable=False)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, editable=False)

    class Meta:
        default_permissions = ()
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")

    def __str__(self) -> str:
        return self.email

    def is_over(self) -> bool:
        """True once somebody has an account by it, or it was withdrawn."""
        return self.accepted_at is not None or self.withdrawn_at is not None

    def is_backed(self) -> bool:
        """True while whoever sent it may invite people."""
        by = self.invited_by
        return self.by_command or (by is not None and by.is_superuser and by.is_active)

    def is_open(self) -> bool:
        """True while its link works."""
        return not self.is_over() and self.expires_at > timezone.now() and self.is_backed()


class ApiSession(models.Model):
    """One sign-in of a program with user name and password: the family of its tokens."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_sessions"
    )
    created_at = models.DateTimeField(default=timezone.now)
    last_used_at = models.DateTimeField(default=timezone.now)
    # When its newest refresh token expires, and the sign-in with it.
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    ip_address = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=200, blank=True)

    objects = ApiSessionQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"API sign-in {self.pk}"


class Scope(models.TextChoices):
    """What a token's holder may do with it."""

    READ = "read", _("Read")
    WRITE = "write", _("Read and write")


class AccessToken(models.Model):
    """An API token. Only its digest is stored: the raw token is shown once, to its owner."""

    class Kind(models.TextChoices):
        """How a token was made and what it can be used for."""

        PERSONAL = "personal", _("Made in the User Center")
        ACCESS = "access", _("From signing in")
        REFRESH = "refresh", _("For renewing a sign-in")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="access_tokens"
    )
    session = models.ForeignKey(
        ApiSession, null=True, on_delete=models.CASCADE, related_name="tokens"
    )
    kind = models.CharField(max_length=10, choices=Kind)
    name = models.CharField(_("name"), max_length=80, blank=True)
    scope = models.CharField(_("rights"), max_length=8, choices=Scope, default=Scope.READ)
    digest = models.CharField(max_length=64, unique=True)
    first_characters = models.CharField(max_length=12)
    last4 = models.CharField(max_length=4)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    used_up_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = AccessTokenQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind="personal", session__isnull=True)
                | models.Q(kind__in=["access", "refresh"], session__isnull=False),
                name="login_tokens_belong_to_a_session",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name or self.get_kind_display()} ({self.first_characters}…{self.last4})"

    def is_expired(self) -> bool:
        """True if it has expired."""
        return self.expires_at is not None and self.expires_at <= timezone.now()
