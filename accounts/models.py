"""Who someone is, and the keys that somebody holds."""

from __future__ import annotations

from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.core.validators import MinLengthValidator
from django.db import models
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.names import USERNAME_LENGTH, one_line, plain_text, username_rule, web_addresses
from accounts.querysets import AccessTokenQuerySet, ApiSessionQuerySet, UserManager


class User(AbstractUser):  # type: ignore[django-manager-missing] # guardian has no types
    """A person with an account; signs in with the user name or an e-mail address.

    `email` is the address that mail goes to, and belongs to one account only. An address that
    somebody typed and that another account holds already is kept in allauth's EmailAddress alone,
    until it is confirmed: so signing up answers alike for known and unknown addresses.
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
        """What pages call the person: the display name, else the user name."""
        return self.display_name or self.username

    @property
    def avatar_url(self) -> str:
        """The address of the person's picture, another one whenever the picture changes."""
        version = str(self.avatar.name).rpartition("/")[2][:8] if self.avatar else self.label
        address = reverse("accounts:avatar", args=[self.username])
        return f"{address}?{urlencode({'v': version})}"

    def get_full_name(self) -> str:
        """The display name, else the user name."""
        return self.label

    def get_short_name(self) -> str:
        """The user name."""
        return self.username


class GitHubToken(models.Model):
    """A person's GitHub token, sealed by the vault, and what GitHub said of it on that day."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="github_token"
    )
    sealed = models.TextField()
    last4 = models.CharField(max_length=4)
    login = models.CharField(max_length=80)
    # The account's number, which stays when its login changes; null for what was saved without it.
    github_id = models.PositiveBigIntegerField(null=True)
    # GitHub names the scopes of classic tokens only; null is a fine-grained token.
    scopes = models.JSONField(null=True)
    expires_at = models.DateTimeField(null=True)
    saved_at = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"GitHub token of {self.login} (…{self.last4})"

    def is_expired(self) -> bool:
        """Whether GitHub takes it no longer, by the expiry that GitHub gave."""
        return self.expires_at is not None and self.expires_at <= timezone.now()

    def may_open_pull_requests(self) -> bool:
        """Whether its rights are enough for pull requests, as far as GitHub tells."""
        return self.scopes is None or bool({"repo", "public_repo"} & set(self.scopes))


class OwnServer(models.Model):
    """A person's own Xinference server, and what it asks for: a user of it, an API key, or nothing.

    Password and key are sealed by the vault. `username` is that of the server, not of the hub;
    `last_used_at` is when the server last took one of them.
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


class ApiSession(models.Model):
    """One sign-in of a program with user name and password: the family of its tokens."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_sessions"
    )
    created_at = models.DateTimeField(default=timezone.now)
    last_used_at = models.DateTimeField(default=timezone.now)
    # When its newest refresh token ends, and with it the sign-in.
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
    """A key to the API. Only its digest is kept: the token itself is shown once, to its owner."""

    class Kind(models.TextChoices):
        """Where a token comes from and what it is for."""

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
        """Whether its time is over."""
        return self.expires_at is not None and self.expires_at <= timezone.now()
