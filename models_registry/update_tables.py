"""The tables of updating from a source: its runs, what is known of each list, marks on models."""

from __future__ import annotations

import hashlib
import zlib
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from models_registry.querysets import SourceMarkQuerySet


class UpdateRun(models.Model):
    """One update of a type's models from the source; at most one of a type is under way.

    `result` lists names by outcome, and conflicts with their values; see `launch.merging`.
    """

    class State(models.TextChoices):
        """How far it is."""

        QUEUED = "queued", _("Waiting for the worker")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    model_type = models.CharField(max_length=12)
    source = models.CharField(max_length=300)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    # When it last gave a sign of life; a run without one for long has lost its worker.
    seen_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    step = models.CharField(max_length=300, blank=True)
    # Why it failed, in a sentence for people.
    message = models.TextField(blank=True)
    # What the Xinference server said when it was told, if there is one.
    server_message = models.TextField(blank=True)
    result = models.JSONField(default=dict)

    class Meta:
        ordering = ["-pk"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["model_type"],
                condition=models.Q(state__in=["queued", "running"]),
                name="one_update_under_way_per_type",
            )
        ]

    def __str__(self) -> str:
        return f"update of {self.model_type} ({self.state})"

    @property
    def is_under_way(self) -> bool:
        """Whether it waits or works."""
        return self.state in (self.State.QUEUED, self.State.RUNNING)


class SourceList(models.Model):
    """A type's list as a source had it last: its ETag, for conditional requests, and its bytes.

    The source may answer that the list is as it was; then the bytes that are here are merged.
    """

    source = models.CharField(max_length=300)
    model_type = models.CharField(max_length=12)
    etag = models.CharField(max_length=300, blank=True)
    # Compressed; `digest` is the SHA-256 of what comes out.
    body = models.BinaryField(default=b"")
    digest = models.CharField(max_length=64, blank=True)
    seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["source", "model_type"], name="one_list_per_source_and_type"
            )
        ]

    def __str__(self) -> str:
        return f"{self.model_type} of {self.source}"

    def read_body(self, max_bytes: int) -> bytes | None:
        """The list's bytes; None where there are none, or where they are not what was stored."""
        if not self.body:
            return None
        try:
            found = zlib.decompressobj().decompress(bytes(self.body), max_bytes + 1)
        except zlib.error:
            return None
        is_sound = hashlib.sha256(found).hexdigest() == self.digest
        return found if is_sound and len(found) <= max_bytes else None

    @staticmethod
    def packed(body: bytes) -> dict[str, Any]:
        """The fields that keep these bytes."""
        return {"body": zlib.compress(body), "digest": hashlib.sha256(body).hexdigest()}


class SourceText(models.Model):
    """What the source had of a model when an update last joined it: the base of the next join.

    Apart from `UpstreamFile`: the source is a hub like this one, and may be ahead of upstream.
    """

    model = models.OneToOneField(
        "models_registry.RegisteredModel", on_delete=models.CASCADE, related_name="source_text"
    )
    text = models.TextField()
    source = models.CharField(max_length=300)
    seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.model_id} at {self.source}"


class SourceMark(models.Model):
    """What an update left on a model: that the source no longer has it, or has it otherwise.

    `conflicts` are the values that both sides changed: [{"pointer", "base", "ours", "theirs"}], and
    `their_text` the source's definition then. A model without a mark is as the source has it, or
    has changes of its own alone. With `kept_since`, somebody decided that a model which is gone at
    the source stays; the mark goes when it is back.
    """

    model = models.OneToOneField(
        "models_registry.RegisteredModel", on_delete=models.CASCADE, related_name="source_mark"
    )
    missing_since = models.DateTimeField(null=True, blank=True)
    kept_since = models.DateTimeField(null=True, blank=True)
    conflicts = models.JSONField(default=list)
    their_text = models.TextField(blank=True)
    source = models.CharField(max_length=300, blank=True)
    why = models.TextField(blank=True)
    changed_at = models.DateTimeField(auto_now=True)

    objects = SourceMarkQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"mark of {self.model_id}"

    @property
    def is_gone(self) -> bool:
        """Whether the source no longer has the model and nobody has decided on that."""
        return self.missing_since is not None and self.kept_since is None
