"""The tables of the registry: models, their revisions, and what is derived from them."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase

from models_registry import catalogue_tables as catalogue_tables  # registers the lists' past
from models_registry import outbox_tables as outbox_tables  # registers the outbox's tables
from models_registry import update_tables as update_tables  # registers the tables of updates
from models_registry.querysets import RegisteredModelQuerySet, RevisionQuerySet


class ModelType(models.TextChoices):
    """The types of models that Xinference serves; the labels are those of its Launch Model page."""

    LLM = "llm", pgettext_lazy("model type", "Language")
    EMBEDDING = "embedding", _("Embedding")
    RERANK = "rerank", _("Rerank")
    IMAGE = "image", _("Image")
    AUDIO = "audio", _("Audio")
    VIDEO = "video", _("Video")
    WORLD = "world", _("World")


class Visibility(models.TextChoices):
    """Whose a model is: its owner's, everybody's, or the authorised users'."""

    PRIVATE = "private", _("Private")
    PUBLIC = "public", _("Public")
    ENTERPRISE = "enterprise", _("Enterprise")


class RegisteredModel(models.Model):
    """A model, known by its type and name. What it is stands in its published revision.

    A model without a published revision is a proposal that waits for its first review. The fields
    below `featured` are derived from the published revision by `publication`, for lists and search.
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
        permissions = [
            ("register_model", "Can register private models and submit public ones for review"),
            ("register_public_model", "Can publish public models without review"),
            ("register_enterprise_model", "Can register enterprise models"),
            ("view_enterprise_model", "Can see enterprise models"),
            ("change_public_model", "Can change public models"),
            ("delete_public_model", "Can delete public models"),
            ("expire_public_model", "Can set the expiry of public models"),
            ("change_enterprise_model", "Can change enterprise models"),
            ("delete_enterprise_model", "Can delete enterprise models"),
            ("expire_enterprise_model", "Can set the expiry of enterprise models"),
            ("view_review_list", "Can see the review queue"),
            ("review_model", "Can decide reviews"),
            ("update_catalogue", "Can update the catalogue from its source"),
            ("view_model", "Can see this model"),
            ("change_model", "Can change this model"),
            ("delete_model", "Can delete this model"),
            ("expire_model", "Can set the expiry of this model"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(model_type__in=ModelType.values), name="model_type_known"
            ),
            models.CheckConstraint(
                condition=models.Q(visibility__in=Visibility.values), name="visibility_known"
            ),
            # Public names are upstream's: no two of a type may differ in case alone. Enterprise and
            # private names live apart, so that a clash never tells of a model that is hidden.
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
        ]

    def __str__(self) -> str:
        return f"{self.model_type}/{self.name}"

    def get_absolute_url(self) -> str:
        """The model's page, by number, since a name may stand for several models."""
        return reverse("models_registry:model_detail", args=[str(self.pk)])

    def is_expired(self, now: datetime | None = None) -> bool:
        """Whether its expiry lies in the past."""
        return self.expires_at is not None and self.expires_at <= (now or timezone.now())


class RevisionState(models.TextChoices):
    """Where a revision stands; `publication` alone changes it."""

    PROPOSED = "proposed", _("Waiting for review")
    CHANGES_REQUESTED = "changes_requested", _("Changes requested")
    PUBLISHED = "published", _("Published")
    SUPERSEDED = "superseded", _("Superseded")
    REJECTED = "rejected", _("Rejected")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class ReadmeOrigin(models.TextChoices):
    """Where a README comes from."""

    GENERATED = "generated", _("Generated from the definition")
    FETCHED = "fetched", _("Fetched from the source repository")
    WRITTEN = "written", _("Written by its author")


class Revision(models.Model):
    """One version of a model's definition and README. Only its state ever changes."""

    model = models.ForeignKey(RegisteredModel, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=20, choices=RevisionState)
    definition = models.TextField()
    readme = models.TextField(blank=True)
    readme_origin = models.CharField(
        max_length=12, choices=ReadmeOrigin, default=ReadmeOrigin.GENERATED
    )
    # What the model becomes when this revision is published.
    visibility = models.CharField(max_length=12, choices=Visibility)
    # The first revision of the proposal that this one is a round of; null for direct publications.
    proposal = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.CASCADE, related_name="rounds"
    )
    message = models.CharField(max_length=500, blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    author_name = models.CharField(max_length=150, blank=True)
    base = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL)
    created_at = models.DateTimeField(auto_now_add=True)
    # When it went live; part of its state. Null for what was never published.
    published_at = models.DateTimeField(null=True, blank=True)
    # Why a server's loader would refuse it, as dicts of Problem; empty: it may be listed.
    loading_problems = models.JSONField(default=list)

    objects = RevisionQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["model", "number"], name="revision_number_per_model"),
            models.UniqueConstraint(
                fields=["model"],
                condition=models.Q(state__in=["proposed", "changes_requested"]),
                name="one_open_proposal_per_model",
            ),
            models.UniqueConstraint(
                fields=["model"],
                condition=models.Q(state="published"),
                name="one_published_revision_per_model",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=RevisionState.values), name="revision_state_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model} r{self.number}"


class Draft(models.Model):
    """What somebody is writing: kept by itself, seen by its writer alone.

    `definition` is whatever was typed, parsed or not. `model` is the model that will be changed;
    null for a new one. `choices` holds the rest of the form.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="drafts"
    )
    model = models.ForeignKey(
        RegisteredModel, null=True, blank=True, on_delete=models.CASCADE, related_name="drafts"
    )
    model_type = models.CharField(max_length=12, choices=ModelType)
    definition = models.TextField(blank=True)
    readme = models.TextField(blank=True)
    readme_origin = models.CharField(
        max_length=12, choices=ReadmeOrigin, default=ReadmeOrigin.WRITTEN
    )
    visibility = models.CharField(max_length=12, choices=Visibility, default=Visibility.PRIVATE)
    message = models.CharField(max_length=500, blank=True)
    base_revision = models.ForeignKey(
        Revision, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    choices = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-changed_at"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "model"],
                condition=models.Q(model__isnull=False),
                name="one_draft_per_model_and_person",
            )
        ]

    def __str__(self) -> str:
        return f"draft {self.pk} of {self.owner}"


class Facet(models.Model):
    """One value by which a model can be filtered: (ability, "chat"), (format, "ggufv2")."""

    class Kind(models.TextChoices):
        """The filters of the model list, beside the type."""

        ABILITY = "ability", _("Ability")
        FORMAT = "format", _("Format")
        SIZE = "size", _("Model size")
        CONTEXT = "context", _("Context length")
        LANGUAGE = "language", _("Language")
        ENGINE = "engine", _("Engine")

    model = models.ForeignKey(RegisteredModel, on_delete=models.CASCADE, related_name="facets")
    kind = models.CharField(max_length=12, choices=Kind)
    value = models.CharField(max_length=80)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["model", "kind", "value"], name="facet_once_per_model")
        ]
        indexes = [models.Index(fields=["kind", "value"], name="facet_kind_value")]

    def __str__(self) -> str:
        return f"{self.kind}={self.value}"


class UpstreamFile(models.Model):
    """The text of a model last seen upstream: the base of every three-way merge with it.

    It outlives its model: what upstream ships does not change when the hub deletes something.
    Without `is_seen` it is a guess: another hub had this text, and nobody has looked upstream yet.
    """

    model = models.OneToOneField(
        RegisteredModel, null=True, on_delete=models.SET_NULL, related_name="upstream_file"
    )
    model_type = models.CharField(max_length=12, choices=ModelType)
    name_key = models.CharField(max_length=200)
    path = models.CharField(max_length=300)
    layout = models.CharField(max_length=10)
    text = models.TextField()
    is_seen = models.BooleanField(default=True)
    # Whether every record of the text has an integer `updated_at`.
    has_updated_at = models.BooleanField(default=True)
    source = models.CharField(max_length=300)
    seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["model_type", "has_updated_at"], name="upstream_held_back")]

    def __str__(self) -> str:
        return self.path


class CatalogueList(models.Model):
    """The list of one type as servers download it: its bytes, ready to send.

    What is served is revision `revision`: the newest one, or the one that is `pinned`.
    `left_out` says which models are held back and why: [{"model", "name", "reasons": [text]}].
    """

    model_type = models.CharField(max_length=12, choices=ModelType, unique=True)
    body = models.BinaryField(default=b"[]\n")
    gzip_body = models.BinaryField(default=b"")
    brotli_body = models.BinaryField(default=b"")
    etag = models.CharField(max_length=64, default="")
    sha256 = models.CharField("SHA-256", max_length=64, default="")
    signature = models.BinaryField(default=b"")
    revision = models.PositiveIntegerField(_("served revision"), default=0)
    # The highest number that was ever given: one that was forgotten is not given again.
    last_revision = models.PositiveIntegerField(_("newest revision"), default=0)
    # The revision that is served whatever is built, after somebody rolled back to it.
    pinned = models.PositiveIntegerField(_("pinned revision"), null=True, blank=True)
    record_count = models.PositiveIntegerField(default=0)
    model_count = models.PositiveIntegerField(default=0)
    left_out = models.JSONField(default=list)
    # Which revisions it was built from, derived by which rules; another value than today's means
    # that it is stale.
    fingerprint = models.CharField(max_length=64, default="")
    # When the first of its models expires: from then on it must be built anew.
    valid_until = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField(default=timezone.now, db_default=Now())

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.model_type} list"


class RegisteredModelUserObjectPermission(UserObjectPermissionBase):
    """A right of one user on one model."""

    content_object = models.ForeignKey(RegisteredModel, on_delete=models.CASCADE)


class RegisteredModelGroupObjectPermission(GroupObjectPermissionBase):
    """A right of one group on one model."""

    content_object = models.ForeignKey(RegisteredModel, on_delete=models.CASCADE)
