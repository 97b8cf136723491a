"""The tables of source repositories: what the hub saw of them, and which models name them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from models_registry.models.registry import RegisteredModel


class RepositoryStatus(models.TextChoices):
    """Whether a source repository is there. Only the answer of its hub decides, never an error."""

    UNSEEN = "unseen", _("Not visited yet")
    FOUND = "found", _("There")
    # Hugging Face does not say which of the two it is.
    HIDDEN = "hidden", _("Private, or no longer there")
    GONE = "gone", _("No longer there")


class SourceTrouble(models.TextChoices):
    """What is wrong with a model's source repositories, the worst first."""

    GONE = "gone", _("A source repository is no longer there")
    HIDDEN = "hidden", _("A source repository is private, or no longer there")
    OWNER = "owner", _("A source repository has another owner now")
    MOVED = "moved", _("A source repository has another name now")


class RepositoryRecordQuerySet(models.QuerySet["RepositoryRecord"]):
    """Source repositories by what the hub may do with them."""

    def visitable(self) -> RepositoryRecordQuerySet:
        """Those that the hub may visit: of published, unexpired public and enterprise models, and
        those whose visit the owner of a model asked for.

        SECURITY: a visit tells another hub that somebody here is interested in the repository, so
        private models and proposals are left out.
        """
        published = Q(model__published_revision__isnull=False) & (
            Q(model__expires_at__isnull=True) | Q(model__expires_at__gt=timezone.now())
        )
        shared = ModelSource.objects.filter(
            published, repository=models.OuterRef("pk"), model__visibility__in=_SHARED
        )
        return self.filter(models.Exists(shared) | models.Exists(_asked_and_unanswered()))

    def troubled(self) -> RepositoryRecordQuerySet:
        """Those that are gone, hidden or moved, and those that people were told so about."""
        missing = Q(status__in=(RepositoryStatus.GONE, RepositoryStatus.HIDDEN))
        return self.filter(missing | ~Q(moved_to="") | ~Q(told=""))

    def light(self) -> RepositoryRecordQuerySet:
        """Without READMEs and lists of files, which are large."""
        return self.defer("readme", "readme_zh", "files")


_SHARED = ("public", "enterprise")


def _asked_and_unanswered() -> models.QuerySet[ModelSource]:
    unanswered = Q(repository__visited_at__isnull=True) | Q(
        asked_at__gt=F("repository__visited_at")
    )
    return ModelSource.objects.filter(
        unanswered, repository=models.OuterRef("pk"), asked_at__isnull=False
    )


class ModelSourceQuerySet(models.QuerySet["ModelSource"]):
    """Links of models to repositories."""

    def readable_for(self, visibility: str) -> ModelSourceQuerySet:
        """The links of a model with this visibility whose repository's facts it may show.

        SECURITY: facts that only an enterprise model or somebody's private model brought would tell
        that such a model exists. So a private model shows what a public one names, too, and what
        its owner asked for.
        """
        if visibility != "private":
            return self
        public = ModelSource.objects.filter(
            repository=models.OuterRef("repository"),
            model__visibility="public",
            model__published_revision__isnull=False,
        )
        return self.filter(Q(asked_at__isnull=False) | models.Exists(public))


class RepositoryRecord(models.Model):
    """One repository on Hugging Face or ModelScope as it was last seen; models share the row.

    Everything below `status` is what the hub of the repository says of its default branch, and
    stays as it was when a visit fails. `files` maps each path to its bytes.
    """

    hub = models.CharField(max_length=20)
    repository_id = models.CharField(max_length=200)
    status = models.CharField(
        max_length=10, choices=RepositoryStatus, default=RepositoryStatus.UNSEEN
    )
    # Since when the hub of the repository says that it is not there, and what the next visit that
    # agrees makes of it; empty as long as it is there.
    missing_since = models.DateTimeField(null=True, blank=True)
    missing_as = models.CharField(max_length=10, choices=RepositoryStatus, blank=True)
    # Its id after it was renamed, or given to another owner.
    moved_to = models.CharField(max_length=200, blank=True)
    gated = models.BooleanField(null=True, blank=True)
    licence = models.CharField(max_length=80, blank=True)
    downloads = models.BigIntegerField(null=True, blank=True)
    likes = models.BigIntegerField(null=True, blank=True)
    last_modified = models.DateTimeField(null=True, blank=True)
    # The commit, if its hub says it.
    revision = models.CharField(max_length=64, blank=True)
    files = models.JSONField(default=dict)
    readme = models.TextField(blank=True)
    # That of README.zh.md or a file with another usual name, read together with the README.
    readme_zh = models.TextField(blank=True, default="", db_default="")
    readme_revision = models.CharField(max_length=64, blank=True)
    # What each README was read at: it is read again when this is no longer the repository's.
    readme_of = models.CharField(max_length=100, blank=True)
    readme_zh_of = models.CharField(max_length=100, blank=True, default="", db_default="")
    etag = models.CharField(max_length=300, blank=True)
    # When it was last seen, and when it was last asked for.
    seen_at = models.DateTimeField(null=True, blank=True)
    visited_at = models.DateTimeField(null=True, blank=True)
    next_visit_at = models.DateTimeField(default=timezone.now)
    failures = models.PositiveSmallIntegerField(default=0)
    # Why the last visit failed, as `stored_reasons` writes it.
    problem = models.TextField(blank=True)
    # True until the models that name it know what its last visit found.
    is_news = models.BooleanField(default=False)
    # The trouble that people were notified of, as `trouble_key` writes it.
    told = models.CharField(max_length=220, blank=True)

    objects = RepositoryRecordQuerySet.as_manager()

    class Meta:
        ordering = ["hub", "repository_id"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["hub", "repository_id"], name="one_record_per_repository"
            )
        ]
        indexes = [
            models.Index(fields=["hub", "next_visit_at"], name="repository_due"),
            models.Index(fields=["id"], condition=Q(is_news=True), name="repository_news"),
        ]

    def __str__(self) -> str:
        return f"{self.hub}:{self.repository_id}"

    @property
    def present_id(self) -> str:
        """Its id now: another one after a move."""
        return self.moved_to or self.repository_id

    @property
    def trouble(self) -> str:
        """What is wrong with it, as a value of SourceTrouble; empty if nothing is."""
        if self.status in (RepositoryStatus.GONE, RepositoryStatus.HIDDEN):
            return str(self.status)
        if not self.moved_to:
            return ""
        before, after = self.repository_id.partition("/")[0], self.moved_to.partition("/")[0]
        is_same = before.casefold() == after.casefold()
        return (SourceTrouble.MOVED if is_same else SourceTrouble.OWNER).value


class ModelSource(models.Model):
    """A repository that the published definition of a model names; derived from it.

    `position` counts the repositories in the order of the definition, Hugging Face's first.
    """

    model = models.ForeignKey(
        "models_registry.RegisteredModel", on_delete=models.CASCADE, related_name="sources"
    )
    repository = models.ForeignKey(
        RepositoryRecord, on_delete=models.CASCADE, related_name="sources"
    )
    position = models.PositiveIntegerField()
    # The first one of its hub; the README of one of these may stand for the model.
    is_first = models.BooleanField(default=False)
    # When the owner of a private model last asked for a visit of it.
    asked_at = models.DateTimeField(null=True, blank=True)

    objects = ModelSourceQuerySet.as_manager()

    class Meta:
        ordering = ["model", "position"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["model", "repository"], name="repository_once_per_model"
            )
        ]

    def __str__(self) -> str:
        return f"{self.model_id} → {self.repository_id}"


class SourceSummary(models.Model):
    """What the source repositories of one model say together, for lists, filters and orders.

    `downloads` and `likes` are sums over the hub whose repositories stand first; the two hubs count
    differently. `seen_at` is when the oldest of these facts was seen.
    """

    model = models.OneToOneField(
        "models_registry.RegisteredModel", on_delete=models.CASCADE, related_name="source_summary"
    )
    licence = models.CharField(max_length=80, blank=True)
    gated = models.BooleanField(null=True, blank=True)
    downloads = models.BigIntegerField(null=True, blank=True)
    likes = models.BigIntegerField(null=True, blank=True)
    changed_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    trouble = models.CharField(max_length=10, choices=SourceTrouble, blank=True)
    # When somebody last asked for a visit.
    asked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["downloads"], name="source_downloads")]

    def __str__(self) -> str:
        return f"sources of {self.model_id}"


class VisitedHub(models.Model):
    """How much the hub asks one hub of models: one worker at a time, so many requests a window."""

    hub = models.CharField(max_length=20, unique=True)
    lease = models.CharField(max_length=32, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    # After a 429, or after several failures in sequence.
    paused_until = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    window_began_at = models.DateTimeField(null=True, blank=True)
    window_requests = models.PositiveIntegerField(default=0)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.hub

    def left_in_window(self, limit: int, length: timedelta, now: datetime) -> int:
        """The number of requests that may still be sent; begins a new window if one has ended."""
        if self.window_began_at is None or self.window_began_at + length <= now:
            self.window_began_at, self.window_requests = now, 0
        return max(limit - self.window_requests, 0)


def trouble_key(record: RepositoryRecord) -> str:
    """What is wrong with a repository, so that a change of it can be noticed; "" if nothing is."""
    return f"{record.trouble}:{record.moved_to}" if record.trouble else ""


def sources_of(model: RegisteredModel) -> models.QuerySet[ModelSource]:
    """The links of a model with their repositories, in the order of its definition.

    Without READMEs, which are read one by one; `has_readme` and `has_readme_zh` say which
    repository has one.
    """
    has_readme = models.Case(models.When(repository__readme__gt="", then=True), default=False)
    has_readme_zh = models.Case(models.When(repository__readme_zh__gt="", then=True), default=False)
    return (
        ModelSource.objects.filter(model=model)
        .readable_for(model.visibility)
        .select_related("repository")
        .annotate(has_readme=has_readme, has_readme_zh=has_readme_zh)
        .order_by("position")
        .defer("repository__readme", "repository__readme_zh", "repository__files")
    )
