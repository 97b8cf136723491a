"""The tables of the outbox: changes for upstream, their pull requests, and the files last seen."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from models_registry.models.registry import ModelType, RegisteredModel
from models_registry.stored_reasons import shown


class UpstreamFile(models.Model):
    """The text of a model last seen upstream: the base of every three-way merge with it.

    It outlives its model, since upstream does not change when the hub deletes a model. Without
    `is_seen` it is a guess: another hub had this text, and this hub has not read upstream yet.
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
    # The digest of the schemas by which the text is valid; empty if it is not, or was not checked.
    valid_by = models.CharField(max_length=32, default="", db_default="", blank=True)
    source = models.CharField(max_length=300)
    seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["model_type", "has_updated_at"], name="upstream_held_back")]

    def __str__(self) -> str:
        return self.path


class ChangeKind(models.TextChoices):
    """What a change does to a model upstream."""

    ADD = "add", _("Add")
    UPDATE = "update", _("Update")
    REMOVE = "remove", _("Remove")


class ChangeState(models.TextChoices):
    """The state of an outgoing change."""

    WAITING = "waiting", _("Waiting")
    SENDING = "sending", _("Being sent")
    OPEN = "open", _("In a pull request")
    MERGED = "merged", _("Merged")
    CLOSED = "closed", _("Closed by upstream")
    CONFLICT = "conflict", _("In conflict with upstream")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")
    NOTHING = "nothing", _("Nothing to do")


# The states of changes that may still reach upstream.
LIVE_STATES = (
    ChangeState.WAITING,
    ChangeState.SENDING,
    ChangeState.OPEN,
    ChangeState.CONFLICT,
    ChangeState.FAILED,
)


class PullRequestState(models.TextChoices):
    """The state of a pull request; a planned one has not been opened yet."""

    PLANNED = "planned", _("Planned")
    OPEN = "open", _("Open")
    MERGED = "merged", _("Merged")
    CLOSED = "closed", _("Closed")
    STOPPED = "stopped", _("Stopped: a person must act")
    DROPPED = "dropped", _("Dropped")


class PullRequest(models.Model):
    """A pull request at upstream, and the work to send it.

    `wanted_version` counts what was added to it, `sent_version` how much of that was sent: if they
    differ, there is work to do. `commits` has every commit that the hub made for its branch, with
    the upstream commit that it started from; any other head belongs to somebody else.
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
    # Digests of the titles and bodies that the hub wrote, recorded before they are sent to GitHub;
    # any other text there was written by a maintainer.
    texts = models.JSONField(default=list, db_default=[], blank=True)
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
    # GitHub asked to wait until then; nothing overrides this.
    not_before = models.DateTimeField(null=True, blank=True)
    # Only the holder of the lease writes to GitHub, so that nothing is sent twice.
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

    @property
    def error_text(self) -> str:
        """What is in the way, in the language that is active now."""
        return shown(self.last_error)

    @property
    def link(self) -> str:
        """Its page at GitHub; empty if it has none. SECURITY: only http and https go into an
        href."""
        return self.url if self.url.startswith(("https://", "http://")) else ""


class UpstreamChange(models.Model):
    """One change of a model on its way to upstream, and its state.

    Texts are definitions; an empty one stands for a model that does not exist. `wanted` is the
    hub's text, `base` upstream's when the change was made, `sent` the pull request's, `theirs`
    upstream's at the merge, or in a conflict the one that can't be merged. Type and name outlive
    the model.
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
    # The commit with this change; recorded before the branch is moved to it.
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
    # The reason for upstream's maintainers: the author's message, or a sentence of the hub
    # (`is_cause`), and the reviewer's feedback.
    message = models.TextField(blank=True, default="", db_default="")
    is_cause = models.BooleanField(default=False, db_default=False)
    reviewer_name = models.CharField(max_length=150, blank=True, default="", db_default="")
    verdict = models.TextField(blank=True, default="", db_default="")
    created_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(auto_now=True)
    # When an open pull request first contained it, and when that was merged.
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

    @property
    def error_text(self) -> str:
        """What is in the way, in the language that is active now."""
        return shown(self.last_error)


class UpstreamPath(models.Model):
    """A file of upstream as last seen: its blob id, and for an aggregate file also the text."""

    path = models.CharField(max_length=300, unique=True)
    blob = models.CharField(max_length=64)
    text = models.TextField(blank=True)
    seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.path
