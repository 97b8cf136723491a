"""Revisions and drafts of models, and the facets that are derived from a revision."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from models_registry.models.registry import ModelType, RegisteredModel, Visibility


class RevisionState(models.TextChoices):
    """The state of a revision; only `publication` changes it."""

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


class RevisionQuerySet(models.QuerySet["Revision"]):
    """Revisions; only `publication` changes their state."""

    def history_of(self, model: RegisteredModel) -> RevisionQuerySet:
        """The history of a model for everybody who sees it: what was published with its present
        visibility.

        SECURITY: excludes proposals, and revisions from the time when a public model was private.
        """
        return self.filter(
            model=model, published_at__isnull=False, visibility=model.visibility
        ).order_by("-number")


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
    # The README in Chinese, beside the one in English; always somebody's, never generated.
    readme_zh = models.TextField(blank=True, default="", db_default="")
    # The visibility of the model once this revision is published.
    visibility = models.CharField(max_length=12, choices=Visibility)
    # The first revision of the proposal that this round belongs to; null for direct publications.
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
    # When it was published, as part of its state; null if it never was.
    published_at = models.DateTimeField(null=True, blank=True)
    # Why a server's loader would refuse it, as dicts of Problem; if empty, it may be listed.
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
    """An edit in progress, saved automatically and visible only to its author.

    `definition` is the text as typed, whether it parses or not. `model` is the model to change;
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
    readme_zh = models.TextField(blank=True, default="", db_default="")
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


class FacetQuerySet(models.QuerySet["Facet"]):
    """Values by which models can be filtered."""

    def replace(
        self, model_keys: Collection[int], kinds: Collection[str], wanted: Iterable[Facet]
    ) -> None:
        """Make these the facets of models of some kinds, and write only what differs."""
        rows = self.filter(model__in=model_keys, kind__in=kinds)
        before = {(row.model_id, row.kind, row.value): row.pk for row in rows}
        after = {(facet.model_id, str(facet.kind), facet.value): facet for facet in wanted}
        if gone := [pk for key, pk in before.items() if key not in after]:
            self.filter(pk__in=gone).delete()
        self.bulk_create(
            (facet for key, facet in after.items() if key not in before), ignore_conflicts=True
        )


class Facet(models.Model):
    """One value by which a model can be filtered: (ability, "chat"), (format, "ggufv2")."""

    class Kind(models.TextChoices):
        """The filters of the model list, in addition to the type."""

        ABILITY = "ability", _("Ability")
        FORMAT = "format", _("Format")
        SIZE = "size", _("Model size")
        CONTEXT = "context", _("Context length")
        LANGUAGE = "language", _("Language")
        ENGINE = "engine", _("Engine")
        # Of the source repositories; `source_links` derives these two.
        LICENCE = "licence", _("Licence")
        GATED = "gated", _("Access")
        FITS = "fits", _("Fits in")
        # The first of some releases of Xinference with the same rules, which can use it.
        RELEASE = "xinference", _("My Xinference version")

    model = models.ForeignKey(RegisteredModel, on_delete=models.CASCADE, related_name="facets")
    kind = models.CharField(max_length=12, choices=Kind)
    value = models.CharField(max_length=80)

    objects = FacetQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["model", "kind", "value"], name="facet_once_per_model")
        ]
        indexes = [models.Index(fields=["kind", "value"], name="facet_kind_value")]

    def __str__(self) -> str:
        return f"{self.kind}={self.value}"
