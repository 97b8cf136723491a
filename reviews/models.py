"""The tables of the reviews: verdicts, comments, claims, and what people are told."""

from __future__ import annotations

from typing import Any, NoReturn

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hub.models import AppendOnly
from models_registry.models import Revision
from reviews.querysets import AppendOnlyQuerySet, NotificationQuerySet, ProposalQuerySet


class Proposal(Revision):
    """A revision as reviewers see it: something that was handed in for review."""

    objects = ProposalQuerySet.as_manager()  # type: ignore[assignment, misc] # its own

    class Meta:
        proxy = True
        default_permissions = ()
        ordering = ["created_at", "pk"]
        verbose_name = _("proposal")
        verbose_name_plural = _("review queue")

    def get_absolute_url(self) -> str:
        """Its review page."""
        return reverse("reviews:proposal", args=[self.pk])


class Decision(models.TextChoices):
    """What a reviewer can say."""

    APPROVE = "approve", _("Approved")
    REQUEST_CHANGES = "request_changes", _("Changes requested")
    REJECT = "reject", _("Rejected")


class Said(models.Model):
    """Something that stays as it was said."""

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the row. Raises AppendOnly where it already exists."""
        if self.pk is not None:
            raise AppendOnly("What was said in a review can't be changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse."""
        raise AppendOnly("What was said in a review can't be deleted.")


class Review(Said):
    """One verdict. A revision gets at most one: after it, only a new round can be decided."""

    revision = models.OneToOneField(Revision, on_delete=models.CASCADE, related_name="review")
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="reviews"
    )
    # Frozen, so that a verdict still reads well when the person is gone.
    reviewer_name = models.CharField(max_length=150)
    decision = models.CharField(max_length=20, choices=Decision)
    feedback = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        ordering = ["created_at", "pk"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=models.Q(decision__in=Decision.values), name="review_decision_known"
            ),
            models.CheckConstraint(
                condition=models.Q(decision="approve") | ~models.Q(feedback=""),
                name="review_gives_reasons",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reviewer_name}: {self.decision}"


class Part(models.TextChoices):
    """What a comment is about."""

    GENERAL = "general", _("The whole proposal")
    DEFINITION = "definition", _("Definition")
    README = "readme", _("README")


class Comment(Said):
    """A remark on a round, or on one line of its definition or README (counted from 1)."""

    revision = models.ForeignKey(Revision, on_delete=models.CASCADE, related_name="comments")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    author_name = models.CharField(max_length=150)
    text = models.TextField()
    part = models.CharField(max_length=12, choices=Part, default=Part.GENERAL)
    line = models.PositiveIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["created_at", "pk"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=models.Q(part__in=Part.values), name="comment_part_known"
            ),
            models.CheckConstraint(
                condition=models.Q(line__isnull=True) | ~models.Q(part="general"),
                name="comment_line_is_of_a_text",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.author_name} on {self.revision}"


class Claim(models.Model):
    """Who is at work on an open proposal. It keeps nobody from deciding; it says who does."""

    # The first round, which stands for all of them.
    proposal = models.OneToOneField(Revision, on_delete=models.CASCADE, related_name="claim")
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="claims"
    )
    claimed_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.reviewer} on {self.proposal}"

    def stands(self) -> bool:
        """Whether it has not run out."""
        return self.expires_at > timezone.now()


class SavedReply(models.Model):
    """A text that reviewers use again and again."""

    title = models.CharField(_("title"), max_length=80, unique=True)
    text = models.TextField(_("text"), max_length=5000)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["title"]
        default_permissions = ()
        verbose_name_plural = "saved replies"

    def __str__(self) -> str:
        return self.title


class SourceCheck(models.Model):
    """What the source repositories of a revision answered when they were asked."""

    class State(models.TextChoices):
        """How far it has come."""

        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")

    revision = models.OneToOneField(Revision, on_delete=models.CASCADE, related_name="source_check")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    # [{"level", "title", "detail"}], see checks.Finding.
    findings = models.JSONField(default=list)
    asked_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"sources of {self.revision}: {self.state}"


class Kind(models.TextChoices):
    """What people are told about."""

    DECISION = "decision", _("A decision on your proposal")
    COMMENT = "comment", _("A comment on a proposal of yours, or one that you reviewed")
    PULL_REQUEST = "pull_request", _("The pull request of a model of yours")
    EXPIRY_COMING = "expiry_coming", _("A model of yours is about to expire")
    NEW_PROPOSAL = "new_proposal", _("New proposals wait for review (once a day)")


class Notification(models.Model):
    """One thing that somebody is told, on the bell, by mail, or both."""

    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notifications"
    )
    kind = models.CharField(max_length=20, choices=Kind)
    title = models.CharField(max_length=300)
    text = models.TextField(blank=True)
    # A path of the hub's own.
    url = models.CharField(max_length=300)
    # Names the event, so that it is told once however often a task runs; empty: told every time.
    key = models.CharField(max_length=120, blank=True)
    on_bell = models.BooleanField(default=True)
    by_mail = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)
    # A worker is at it until then; one that died leaves it to the sweep.
    mail_taken_until = models.DateTimeField(null=True, blank=True)
    mail_attempts = models.PositiveSmallIntegerField(default=0)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["recipient", "key"],
                condition=~models.Q(key=""),
                name="notification_once_per_event",
            )
        ]
        indexes = [
            models.Index(
                fields=["recipient"],
                condition=models.Q(on_bell=True, read_at__isnull=True),
                name="notification_unread",
            ),
            models.Index(
                fields=["created_at"],
                condition=models.Q(by_mail=True, mailed_at__isnull=True),
                name="notification_mail_due",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class NotificationChoice(models.Model):
    """How somebody wants to be told of one kind; without a row, on the bell and by mail."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notification_choices"
    )
    kind = models.CharField(max_length=20, choices=Kind)
    on_bell = models.BooleanField(default=True)
    by_mail = models.BooleanField(default=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["user", "kind"], name="one_choice_per_kind")]

    def __str__(self) -> str:
        return f"{self.user}: {self.kind}"


class Digest(models.Model):
    """Up to which moment a reviewer has been told of new proposals."""

    reviewer = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="review_digest"
    )
    told_until = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.reviewer} until {self.told_until:%Y-%m-%d %H:%M}"
