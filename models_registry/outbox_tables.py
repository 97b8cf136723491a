"""The tables of what goes to upstream: changes, the pull requests that carry them, files seen."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class ChangeKind(models.TextChoices):
    """What a change does to a model upstream."""

    ADD = "add", _("Add")
    UPDATE = "update", _("Update")
    REMOVE = "remove", _("Remove")


class ChangeState(models.TextChoices):
    """Where an outgoing change stands."""

    WAITING = "waiting", _("Waiting")
    SENDING = "sending", _("Being sent")
    OPEN = "open", _("In a pull request")
    MERGED = "merged", _("Merged")
    CLOSED = "closed", _("Closed by upstream")
    CONFLICT = "conflict", _("In conflict with upstream")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")
    NOTHING = "nothing", _("Nothing to do")


# What may still lead to something upstream.
LIVE_STATES = (
    ChangeState.WAITING,
    ChangeState.SENDING,
    ChangeState.OPEN,
    ChangeState.CONFLICT,
    ChangeState.FAILED,
)


class PullRequestState(models.TextChoices):
    """Where a pull request stands; a planned one has not been opened yet."""

    PLANNED = "planned", _("Planned")
    OPEN = "open", _("Open")
    MERGED = "merged", _("Merged")
    CLOSED = "closed", _("Closed")
    STOPPED = "stopped", _("Stopped: a person must act")
    DROPPED = "dropped", _("Dropped")


class PullRequest(models.Model):
    """A pull request at upstream, and the work of bringing it there.

    `wanted_version` counts what was added to it, `sent_version` what of that is upstream: where
    they differ, there is work to do. `commits` has every commit that the hub made for its branch,
    with the commit of upstream that it started from; any other head is somebody else's.
    """

    branch = models.CharField(max_length=200, unique=True)
    state = models.CharField(
        max_length=10, choices=PullRequestState, default=PullRequestState.PLANNED
    )
    repository = models.CharField(max_length=200, blank=True)
    head_repository = models.CharField(max_length=200, blank=True)
    number = models.PositiveIntegerField(null=True, blank=True)
    url = models.URLField(max_length=300, blank=True)
    title = models.CharField(max_length=300, blank=True)
    body = models.TextField(blank=True)
    commits = models.JSONField(default=dict, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    token_login = models.CharField(max_length=80, blank=True)
    is_sync = models.BooleanField(default=False)

    wanted_version = models.PositiveIntegerField(default=1)
    sent_version = models.PositiveIntegerField(default=0)
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.TextField(blank=True)
    next_attempt_at = models.DateTimeField(default=timezone.now)
    # GitHub itself asked to wait until then, which nobody overrides.
    not_before = models.DateTimeField(null=True, blank=True)
    # SECURITY of "never twice": only the holder of the lease writes to GitHub.
    lease = models.CharField(max_length=32, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    etag = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-pk"]
        default_permissions = ()
        indexes = [models.Index(fields=["state", "next_attempt_at"], name="pull_request_due")]

    def __str__(self) -> str:
        return f"#{self.number}" if self.number else self.branch


class UpstreamChange(models.Model):
    """One model's way to upstream: what it shall be there, and what became of that.

    Texts are definitions; an empty one stands for a model that is not there. `wanted` is what the
    hub has, `base` what upstream had when it was made, `sent` what the pull request has, `theirs`
    what upstream had when that was joined, or has where the two can't be. Type and name outlive the
    model.
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    model = models.ForeignKey(
        "models_registry.RegisteredModel",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="upstream_changes",
    )
    model_type = models.CharField(max_length=12)
    name = models.CharField(max_length=200)
    name_key = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=ChangeKind)
    revision = models.ForeignKey(
        "models_registry.Revision",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    wanted = models.TextField(blank=True)
    base = models.TextField(blank=True)
    sent = models.TextField(blank=True)
    # The commit that brings it; noted before a branch is moved there.
    commit = models.CharField(max_length=64, blank=True)
    theirs = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=ChangeState, default=ChangeState.WAITING)
    last_error = models.TextField(blank=True)
    pull_request = models.ForeignKey(
        PullRequest, null=True, blank=True, on_delete=models.SET_NULL, related_name="changes"
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    author_name = models.CharField(max_length=150, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(auto_now=True)
    # When an open pull request first had it, and when that was merged.
    opened_at = models.DateTimeField(null=True, blank=True)
    merged_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=ChangeState.values), name="upstream_change_state_known"
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=ChangeKind.values), name="upstream_change_kind_known"
            ),
        ]
        indexes = [
            models.Index(fields=["model_type", "name_key"], name="upstream_change_name"),
            models.Index(fields=["state"], name="upstream_change_state"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.model_type}/{self.name}"


class UpstreamPath(models.Model):
    """A file of upstream as it was last seen: its blob id, and of an aggregate the text as well."""

    path = models.CharField(max_length=300, unique=True)
    blob = models.CharField(max_length=64)
    text = models.TextField(blank=True)
    seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.path
