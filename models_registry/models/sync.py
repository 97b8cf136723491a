"""The tables of updates from a source: runs, last seen lists, and marks on models."""

from __future__ import annotations

import hashlib
import zlib
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from guardian.shortcuts import get_objects_for_user

from models_registry.permissions import APP, Right, holds_any
from models_registry.stored_reasons import shown

if TYPE_CHECKING:
    from accounts.models import User


class SourceMarkQuerySet(models.QuerySet["SourceMark"]):
    """Models about which an update needs a decision."""

    def differing(self) -> SourceMarkQuerySet:
        """Models that were changed both here and at the source and can't be merged."""
        return self.exclude(their_text="")

    def gone(self) -> SourceMarkQuerySet:
        """Models that the source no longer has and that nobody chose to keep."""
        return self.filter(missing_since__isnull=False, kept_since__isnull=True)

    def undecided(self) -> SourceMarkQuerySet:
        """Models that differ, and models that are gone."""
        return self.differing() | self.gone()

    def light(self) -> SourceMarkQuerySet:
        """Without the texts; `differs` says whether there is a conflict to resolve."""
        differs = models.ExpressionWrapper(~Q(their_text=""), models.BooleanField())
        return self.annotate(differs=differs).defer("their_text", "conflicts")

    def for_maintainer(self, user: User) -> SourceMarkQuerySet:
        """The marks that the user may decide about: they may edit the model, and for a public model
        they also need the right to update the catalogue. It must agree with `policy.verbs`."""
        live = self.filter(
            model__visibility__in=["public", "enterprise"], model__published_revision__isnull=False
        )
        if user.is_superuser:
            return live
        granted = get_objects_for_user(
            user,
            f"{APP}.change_model",
            klass=self.model._meta.get_field("model").related_model,
            accept_global_perms=False,
        )
        is_granted = Q(model__in=granted.values("pk"))
        may = Q(pk__in=[])
        if holds_any(user, (Right.UPDATE_CATALOGUE,)):
            all_public = holds_any(user, (Right.CHANGE_PUBLIC_MODEL,))
            may |= Q(model__visibility="public") & (Q() if all_public else is_granted)
        all_enterprise = holds_any(user, (Right.CHANGE_ENTERPRISE_MODEL,))
        may |= Q(model__visibility="enterprise") & (Q() if all_enterprise else is_granted)
        return live.filter(may)


class UpdateRun(models.Model):
    """One update of a type's models from the source; at most one of a type runs at a time.

    `result` lists names by outcome, and conflicts with their values; see `sync.merge_list`.
    """

    class State(models.TextChoices):
        """The state of the run."""

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
    # When the worker last reported; a run that has not for long has lost its worker.
    seen_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    step = models.CharField(max_length=300, blank=True)
    # Why it failed, as `stored_reasons` writes it.
    message = models.TextField(blank=True)
    # What did not follow the update, and what the Xinference servers answered that were told to
    # update, as `stored_reasons` writes it.
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
    def error_text(self) -> str:
        """Why it failed, in the language that is active now."""
        return shown(self.message)

    @property
    def server_text(self) -> str:
        """What the Xinference servers answered, in the language that is active now."""
        return shown(self.server_message)

    @property
    def is_under_way(self) -> bool:
        """Whether it is queued or running."""
        return self.state in (self.State.QUEUED, self.State.RUNNING)


class SourceList(models.Model):
    """The list of a type that was last fetched from a source: its bytes and ETag.

    If the source answers "not modified", these bytes are merged again.
    """

    source = models.CharField(max_length=300)
    model_type = models.CharField(max_length=12)
    etag = models.CharField(max_length=300, blank=True)
    # Compressed; `digest` is the SHA-256 of the uncompressed bytes.
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
        """The list's bytes; None if they are missing or do not match the stored digest."""
        if not self.body:
            return None
        try:
            body = zlib.decompressobj().decompress(bytes(self.body), max_bytes + 1)
        except zlib.error:
            return None
        is_sound = hashlib.sha256(body).hexdigest() == self.digest
        return body if is_sound and len(body) <= max_bytes else None

    @staticmethod
    def packed(body: bytes) -> dict[str, Any]:
        """The fields that store these bytes."""
        return {"body": zlib.compress(body), "digest": hashlib.sha256(body).hexdigest()}


class SourceText(models.Model):
    """The source's text of a model at the last merge: the base of the next merge.

    Separate from `UpstreamFile`: the source is another hub, and may be ahead of upstream.
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
    """What an update found about a model: the source no longer has it, or has a conflicting
    version.

    `conflicts` are the values that both sides changed: [{"pointer", "base", "ours", "theirs"}], and
    `their_text` the source's definition at that time. A model without a mark equals the source's,
    or was changed only here. With `kept_since`, somebody decided to keep a model that the source no
    longer has; the mark is deleted when the source has it again.
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
    def reason_text(self) -> str:
        """Why the two versions could not be merged, in the language that is active now."""
        return shown(self.why)

    @property
    def is_gone(self) -> bool:
        """Whether the source no longer has the model and nobody has decided about that."""
        return self.missing_since is not None and self.kept_since is None
