"""The tables of what was found upstream: unreadable files, removals, and the schemas."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from models_registry.stored_reasons import shown_message


class UnreadableFile(models.Model):
    """A file of upstream that can't be read; deleted when upstream fixes or removes the file.

    Line and column count from 1; 0 if the problem has no position in the text.
    """

    path = models.CharField(max_length=300, unique=True)
    blob = models.CharField(max_length=64)
    line = models.PositiveIntegerField(default=0)
    column = models.PositiveIntegerField(default=0)
    # As `stored_reasons.stored_message` writes it.
    message = models.TextField()
    # The number of problems in the file; only the first one is stored.
    problem_count = models.PositiveIntegerField(default=1)
    found_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["path"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}" if self.line else self.path

    @property
    def error_text(self) -> str:
        """The problem, in the language that is active now."""
        return shown_message(self.message)


class RemovalState(models.TextChoices):
    """What the hub did about a model that upstream removed."""

    WAITING = "waiting", _("Waits for a decision")
    KEPT = "kept", _("Kept here")
    EXPIRED = "expired", _("Expired here")


class RemovalReason(models.TextChoices):
    """Why the hub waits for a person before it follows a removal."""

    MANY = "many", _("One of many that were removed at once")
    EMPTIED = "emptied", _("Its file has no models any more")
    MOVED = "moved", _("Upstream keeps this type in other files now, or in none")


class UpstreamRemoval(models.Model):
    """A model that upstream had and removed; deleted when upstream has it again.

    `text` is upstream's last text: the merge base if the model comes back. `expired_at` is the
    expiry that the removal set, `expiry_before` the one that it replaced.
    """

    model = models.OneToOneField(
        "models_registry.RegisteredModel", on_delete=models.CASCADE, related_name="upstream_removal"
    )
    state = models.CharField(max_length=10, choices=RemovalState)
    text = models.TextField(blank=True)
    layout = models.CharField(max_length=10)
    path = models.CharField(max_length=300)
    # Why a person must decide; empty if nobody must.
    reason = models.CharField(max_length=20, choices=RemovalReason, blank=True)
    source = models.CharField(max_length=300)
    found_at = models.DateTimeField(default=timezone.now)
    expired_at = models.DateTimeField(null=True, blank=True)
    expiry_before = models.DateTimeField(null=True, blank=True)
    expiry_by_before = models.CharField(max_length=150, blank=True)

    class Meta:
        ordering = ["pk"]
        default_permissions = ()
        indexes = [models.Index(fields=["state"], name="upstream_removal_state")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=RemovalState.values),
                name="upstream_removal_state_known",
            )
        ]

    def __str__(self) -> str:
        return f"{self.model}: {self.state}"


class UpstreamSchema(models.Model):
    """One of upstream's JSON Schemas as it was last read."""

    name = models.CharField(max_length=100, unique=True)
    blob = models.CharField(max_length=64)
    text = models.TextField()
    commit = models.CharField(max_length=64)
    seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["name"]
        default_permissions = ()

    def __str__(self) -> str:
        return self.name
