"""Models: their names, owners, visibility and derived fields."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Case, F, Func, Q, Value, When
from django.db.models.functions import Lower, Replace
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase
from guardian.shortcuts import get_objects_for_user

from models_registry.definitions.checks.look_alikes import ALIKE, skeleton
from models_registry.definitions.facts.kinds import name_key
from models_registry.permissions import (
    APP,
    ENTERPRISE_MAINTENANCE,
    OBJECT_RIGHTS,
    PUBLIC_MAINTENANCE,
    Right,
    holds_any,
)

if TYPE_CHECKING:
    from accounts.models import User


class ModelType(models.TextChoices):
    """The types of models that Xinference serves; labels as on its Launch Model page."""

    LLM = "llm", pgettext_lazy("model type", "Language")
    EMBEDDING = "embedding", _("Embedding")
    RERANK = "rerank", _("Rerank")
    IMAGE = "image", _("Image")
    AUDIO = "audio", _("Audio")
    VIDEO = "video", _("Video")
    WORLD = "world", _("World")


class Visibility(models.TextChoices):
    """Who can see a model: its owner and maintainers, everybody, or authorised users."""

    PRIVATE = "private", _("Private")
    PUBLIC = "public", _("Public")
    ENTERPRISE = "enterprise", _("Enterprise")


def _skeleton() -> Func:
    """`look_alikes.skeleton` of a name in ASCII, by the database."""
    name: Func = Lower("name")
    for letters, twin in ALIKE:
        name = Replace(name, Value(letters), Value(twin))
    return name


class RegisteredModelQuerySet(models.QuerySet["RegisteredModel"]):
    """Models by visibility and ownership."""

    def visible_to(self, user: User | AnonymousUser) -> RegisteredModelQuerySet:
        """The models that the user may see; for this user all others do not exist.

        SECURITY: the only place that decides visibility. Pages, API, downloads and counts start
        here. The user's rights, also those on single models, are read at this call: do not keep the
        queryset for another request.
        """
        if user.is_authenticated and user.is_active and user.is_superuser:
            return self
        live = Q(published_revision__isnull=False) & (
            Q(expires_at__isnull=True) | Q(expires_at__gt=timezone.now())
        )
        may = Q(visibility="public") & live
        if isinstance(user, AnonymousUser) or not user.is_active:
            return self.filter(may)
        may |= Q(owner=user)
        if holds_any(user, (Right.VIEW_ENTERPRISE_MODEL,)):
            may |= Q(visibility="enterprise") & live
        if holds_any(user, ENTERPRISE_MAINTENANCE):
            may |= Q(visibility="enterprise", published_revision__isnull=False)
        if holds_any(user, PUBLIC_MAINTENANCE):
            may |= Q(visibility="private") | Q(
                visibility="public", published_revision__isnull=False
            )
        if holds_any(user, (Right.REVIEW_MODEL, Right.VIEW_REVIEW_LIST)):
            may |= Q(visibility__in=["public", "enterprise"], published_revision__isnull=True)
        return self.filter(may | _granted_to(user))

    def nameable_by(self, user: User | AnonymousUser) -> RegisteredModelQuerySet:
        """Those that a bare name can refer to, of models that the user may see; in no order.

        SECURITY: follows `visible_to(user)`, and is the only place that decides what a name refers
        to. Anybody may give a private model the name of a public one, so somebody else's private
        model is never found by name, however many rights the user has; it is addressed only by
        number.
        """
        is_own = Q(visibility="private", owner=user.pk)
        return self.filter(is_own | ~Q(visibility="private")).order_by()

    def named_for(self, user: User | AnonymousUser) -> RegisteredModelQuerySet:
        """The models that a bare name can refer to for the user, in order of precedence: their own
        private model, an enterprise model that they may see, the public model."""
        rank = Case(
            When(visibility="private", then=Value(0)),
            When(visibility="enterprise", then=Value(1)),
            default=Value(2),
        )
        named = self.visible_to(user).nameable_by(user)
        return named.order_by(rank, "model_type", "pk")

    def looking_like(self, names: Iterable[str]) -> RegisteredModelQuerySet:
        """The models with one of these names, or with one that looks like it."""
        names = list(names)
        same = Q(name_key__in=[name_key(name) for name in names])
        alike = Q(skeleton__in=[skeleton(name) for name in names])
        return self.alias(skeleton=_skeleton()).filter(same | alike)

    def published(self) -> RegisteredModelQuerySet:
        """Models with a published revision that are not expired."""
        return self.filter(published_revision__isnull=False).filter(
            Q(expires_at__isnull=True) | Q(expires_at__gt=timezone.now())
        )

    def public(self) -> RegisteredModelQuerySet:
        """Published, unexpired public models: those that everybody sees and servers download."""
        return self.published().filter(visibility="public")

    def with_definitions(self) -> RegisteredModelQuerySet:
        """With their published revisions, but without what lists do not need and is long."""
        return self.select_related("published_revision").defer(
            "published_revision__readme",
            "published_revision__readme_zh",
            "facts",
            "search_text",
        )


class RegisteredModel(models.Model):
    """A model, identified by type and name. Its content is in its published revision.

    A model without a published revision is a proposal that waits for its first review.
    `publication` derives the fields below `featured` from the published revision, for lists and
    search.
    """

    model_type = models.CharField(_("type"), max_length=12, choices=ModelType)
    name = models.CharField(_("name"), max_length=200)
    name_key = models.CharField(max_length=200, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="models",
        verbose_name=_("owner"),
    )
    visibility = models.CharField(_("visibility"), max_length=12, choices=Visibility)
    published_revision = models.OneToOneField(
        "Revision", null=True, blank=True, on_delete=models.RESTRICT, related_name="+"
    )
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    # The user name of the person who set the expiry. Empty if upstream removed the model: then
    # nobody has decided to ask upstream for its removal.
    expiry_by = models.CharField(
        max_length=150, blank=True, default="", db_default="", editable=False
    )
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(default=timezone.now)

    featured = models.BooleanField(_("featured"), default=False)
    description = models.TextField(blank=True)
    context_length = models.BigIntegerField(null=True, blank=True)
    definition_updated_at = models.DateTimeField(null=True, blank=True)
    facts = models.JSONField(default=dict)
    search_text = models.TextField(blank=True)
    # The version of the rules that these fields, and the loading problems of the published
    # revision, were derived by.
    derived_by = models.CharField(max_length=20, blank=True, editable=False)

    objects = RegisteredModelQuerySet.as_manager()

    class Meta:
        ordering = ["name_key", "model_type"]
        default_permissions = ()
        permissions = [(right.value, right.label) for right in Right]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(model_type__in=ModelType.values), name="model_type_known"
            ),
            models.CheckConstraint(
                condition=models.Q(visibility__in=Visibility.values), name="visibility_known"
            ),
            # Public names are upstream's: names of one type may not differ only in letter case.
            # Enterprise and private names are separate namespaces, so that a clash never reveals a
            # hidden model.
            models.UniqueConstraint(
                fields=["model_type", "name_key"],
                condition=models.Q(visibility="public"),
                name="one_public_model_per_name",
            ),
            models.UniqueConstraint(
                fields=["model_type", "name_key"],
                condition=models.Q(visibility="enterprise"),
                name="one_enterprise_model_per_name",
            ),
            models.UniqueConstraint(
                fields=["owner", "model_type", "name_key"],
                condition=models.Q(visibility="private"),
                name="one_private_model_per_name_and_owner",
            ),
        ]
        indexes = [
            models.Index(fields=["visibility", "model_type", "name_key"], name="model_browse"),
            models.Index(fields=["name_key"], name="model_name_key"),
            # The orders of what everybody sees: the first page of many is read without a sort.
            models.Index(
                fields=["-featured", "name_key", "model_type", "id"],
                condition=models.Q(visibility="public", published_revision__isnull=False),
                name="model_public_featured",
            ),
            models.Index(
                fields=["name_key", "model_type", "id"],
                condition=models.Q(visibility="public", published_revision__isnull=False),
                name="model_public_name",
            ),
            # The few that not everybody sees for ever: `public_index` asks for these by person.
            models.Index(
                fields=["owner", "id"],
                condition=~models.Q(visibility="public")
                | models.Q(published_revision__isnull=True)
                | models.Q(expires_at__isnull=False),
                name="model_beyond_public",
            ),
            models.Index(F("model_type"), _skeleton(), name="model_skeleton"),
        ]

    def __str__(self) -> str:
        return f"{self.model_type}/{self.name}"

    def get_absolute_url(self) -> str:
        """The model's page, by number, since several models may have the same name."""
        return reverse("models_registry:model_detail", args=[str(self.pk)])

    def is_expired(self, now: datetime | None = None) -> bool:
        """Whether its expiry is in the past."""
        return self.expires_at is not None and self.expires_at <= (now or timezone.now())


class RegisteredModelUserObjectPermission(UserObjectPermissionBase):
    """A right of one user on one model."""

    content_object = models.ForeignKey(RegisteredModel, on_delete=models.CASCADE)


class RegisteredModelGroupObjectPermission(GroupObjectPermissionBase):
    """A right of one group on one model."""

    content_object = models.ForeignKey(RegisteredModel, on_delete=models.CASCADE)


# With more models than this, the database looks up for itself on which a person has rights.
MOST_GRANTED: Final = 200


def _granted_to(user: User) -> Q:
    """The condition for models that a person has rights on; empty if there are none.

    Their keys are read at once, not by a subquery of each query of a page: most people have none.
    """
    granted = get_objects_for_user(
        user,
        [f"{APP}.{codename}" for codename in OBJECT_RIGHTS],
        klass=RegisteredModel,
        any_perm=True,
        accept_global_perms=False,
    ).values("pk")
    keys = [row["pk"] for row in granted[: MOST_GRANTED + 1]]
    if len(keys) > MOST_GRANTED:
        return Q(pk__in=granted)
    return Q(pk__in=keys) if keys else Q()
