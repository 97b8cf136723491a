"""The tables of the reviews: verdicts, comments, claims and notifications."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, NoReturn

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.form_version import version
from hub.models import AppendOnly
from models_registry.models import RegisteredModel, Revision
from models_registry.permissions import Right, holds_any
from reviews import messages

if TYPE_CHECKING:
    from accounts.models import User

OPEN = ("proposed", "changes_requested")
REVIEWING = (Right.VIEW_REVIEW_LIST, Right.REVIEW_MODEL)


def may_see_queue(user: User | AnonymousUser) -> bool:
    """True if the person may see the review queue."""
    return user.is_active and holds_any(user, (Right.VIEW_REVIEW_LIST,))


def may_review(user: User | AnonymousUser) -> bool:
    """True if the person may open proposals, to decide or to read."""
    return user.is_active and holds_any(user, REVIEWING)


class AppendOnlyQuerySet(models.QuerySet[Any]):
    """A queryset that reads and adds rows, and refuses everything else."""

    def update(self, **kwargs: Any) -> NoReturn:
        """Refuse."""
        raise AppendOnly("Verdicts and comments can't be changed.")

    def delete(self) -> NoReturn:
        """Refuse."""
        raise AppendOnly("Verdicts and comments can't be deleted.")


class ProposalQuerySet(models.QuerySet["Proposal"]):
    """Submitted revisions; only `models_registry.publication` changes their state."""

    def proposals(self) -> ProposalQuerySet:
        """Without the revisions that were published directly."""
        handed_in = Q(state__in=[*OPEN, "rejected", "withdrawn"]) | Q(review__isnull=False)
        earlier_round = Q(state="superseded", published_at__isnull=True)
        return self.filter(handed_in | earlier_round)

    def open(self) -> ProposalQuerySet:
        """Proposals that wait for a reviewer or for the author."""
        return self.filter(state__in=OPEN)

    def waiting(self) -> ProposalQuerySet:
        """Proposals that wait for a reviewer."""
        return self.filter(state="proposed")

    def reviewable_by(
        self, user: User | AnonymousUser, visible: models.QuerySet[RegisteredModel]
    ) -> ProposalQuerySet:
        """The newest rounds of proposals that a reviewer may read; none for everybody else.

        `visible` are the models that they may see (`visible_to`). SECURITY: every reviewer may read
        an open proposal to make a model public, even if the model is still private; all others only
        if they may see the model.
        """
        if not may_review(user):
            return self.none()
        wants_in = Q(state__in=OPEN, visibility="public")
        return self.newest().filter(wants_in | Q(model__in=visible.values("pk")))

    def newest(self) -> ProposalQuerySet:
        """The newest round of each proposal."""
        return self.proposals().exclude(state="superseded", published_at__isnull=True)

    def of_person(
        self, user: User | AnonymousUser, visible: models.QuerySet[RegisteredModel]
    ) -> ProposalQuerySet:
        """The newest rounds of proposals that the person has written or whose model they own, of
        the models that they may see (`visible_to`)."""
        theirs = Q(author=user.pk) | Q(model__owner=user.pk) | self.threads_of(user)
        return self.newest().filter(theirs, model__in=visible.values("pk"))

    def threads_of(self, user: User | AnonymousUser) -> Q:
        """The condition that somebody has written a round of the proposal."""
        rounds = self.model._base_manager.filter(author=user.pk).order_by()
        roots = rounds.annotate(root=Coalesce("proposal", "pk")).values("root")
        return Q(pk__in=roots) | Q(proposal__in=roots)

    def queue_for(
        self, reviewer: User | AnonymousUser, visible: models.QuerySet[RegisteredModel]
    ) -> ProposalQuerySet:
        """Open proposals that the reviewer may read, oldest first."""
        return self.reviewable_by(reviewer, visible).open().order_by("created_at", "pk")

    def thread_of(self, revision: models.Model) -> ProposalQuerySet:
        """All rounds of the proposal that the revision belongs to, oldest first."""
        root = getattr(revision, "proposal_id", None) or revision.pk
        return self.filter(Q(pk=root) | Q(proposal=root)).order_by("number")

    def claimed(self, *, now: datetime | None = None, **by: Any) -> ProposalQuerySet:
        """Proposals with an unexpired claim, filtered by lookups on the claim (reviewer=…)."""
        now = now or timezone.now()
        lookups = {f"claim__{key}": value for key, value in by.items()}
        root = {f"proposal__claim__{key}": value for key, value in by.items()}
        return self.filter(
            Q(claim__expires_at__gt=now, **lookups) | Q(proposal__claim__expires_at__gt=now, **root)
        )


class NotificationQuerySet(models.QuerySet[Any]):
    """Notifications of one person."""

    def on_bell_of(self, user: User | AnonymousUser) -> NotificationQuerySet:
        """Notifications that the bell shows to the person, newest first."""
        if user.pk is None:
            return self.none()
        return self.filter(recipient_id=user.pk, on_bell=True)

    def unread(self) -> NotificationQuerySet:
        """Notifications that were not read yet."""
        return self.filter(read_at__isnull=True)

    def mail_due(self) -> NotificationQuerySet:
        """Notifications to mail that are not in the mail outbox yet."""
        return self.filter(by_mail=True, mailed_at__isnull=True)


class Proposal(Revision):
    """A revision as reviewers see it: one that was submitted for review."""

    objects = ProposalQuerySet.as_manager()  # type: ignore[assignment, misc] # its own

    class Meta:
        proxy = True
        default_permissions = ()
        ordering = ["created_at", "pk"]
        verbose_name = _("proposal")
        verbose_name_plural = _("review queue")

    def get_absolute_url(self) -> str:
        """The URL of its review page."""
        return reverse("reviews:proposal", args=[self.pk])


class Decision(models.TextChoices):
    """A reviewer's decision."""

    APPROVE = "approve", _("Approved")
    REQUEST_CHANGES = "request_changes", _("Changes requested")
    REJECT = "reject", _("Rejected")


class AppendOnlyRow(models.Model):
    """An append-only row: it can be added, but not changed or deleted."""

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the row. Raises AppendOnly if it already exists."""
        if self.pk is not None:
            raise AppendOnly("Verdicts and comments can't be changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse."""
        raise AppendOnly("Verdicts and comments can't be deleted.")


class Review(AppendOnlyRow):
    """One verdict. A revision gets at most one; after it, only a new round can be decided."""

    revision = models.OneToOneField(Revision, on_delete=models.CASCADE, related_name="review")
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="reviews"
    )
    # A copy, so that a verdict stays readable after the person's account is deleted.
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
    """The part of a proposal that a comment is about."""

    GENERAL = "general", _("The whole proposal")
    DEFINITION = "definition", _("Definition")
    README = "readme", _("README")
    README_ZH = "readme_zh", _("Chinese README")

    def text_of(self, revision: Revision) -> str:
        """The text whose lines are counted; empty for the whole proposal."""
        texts = {"definition": revision.definition, "readme": revision.readme}
        texts["readme_zh"] = revision.readme_zh
        return texts.get(str(self), "")


class Comment(AppendOnlyRow):
    """A comment on a round, or on one line of a text of it (counted from 1)."""

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


class Endorsement(AppendOnlyRow):
    """The owner of a model agrees to a change that somebody else has suggested."""

    revision = models.OneToOneField(Revision, on_delete=models.CASCADE, related_name="endorsement")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    owner_name = models.CharField(max_length=150)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.owner_name} agrees to {self.revision}"


class OwnerRequestQuerySet(models.QuerySet["OwnerRequest"]):
    """Requests of owners."""

    def waiting(self) -> OwnerRequestQuerySet:
        """Those that wait for a decision about a model that is there."""
        return self.filter(state="open", model__isnull=False)


class OwnerRequest(models.Model):
    """The owner of a public model asks for its expiry or removal, and a reviewer decides."""

    class Kind(models.TextChoices):
        """What is asked for."""

        EXPIRE = "expire", _("Expiry")
        REMOVE = "remove", _("Removal")

    class State(models.TextChoices):
        """The state of a request."""

        OPEN = "open", _("Waiting")
        GRANTED = "granted", _("Granted")
        REFUSED = "refused", _("Refused")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    # Null once the model is deleted, by this request or otherwise; the label stays.
    model = models.ForeignKey(
        RegisteredModel, null=True, on_delete=models.SET_NULL, related_name="owner_requests"
    )
    model_label = models.CharField(max_length=250)
    kind = models.CharField(max_length=10, choices=Kind)
    # Reviewers and upstream's maintainers read it.
    reason = models.CharField(max_length=500)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    asked_by_name = models.CharField(max_length=150)
    created_at = models.DateTimeField(default=timezone.now)
    decided_by_name = models.CharField(max_length=150, blank=True)
    feedback = models.TextField(blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = OwnerRequestQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "pk"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["model"],
                condition=models.Q(state="open"),
                name="one_open_request_per_model",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.model_label}"

    def get_absolute_url(self) -> str:
        """The page on which a reviewer decides."""
        return reverse("reviews:owner_request", args=[self.pk])


class Claim(models.Model):
    """Shows who is reviewing an open proposal. It does not keep others from deciding."""

    # The first round, which represents the whole proposal.
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
        """True if it has not expired."""
        return self.expires_at > timezone.now()


class SavedReply(models.Model):
    """A text that reviewers use repeatedly."""

    title = models.CharField(_("title"), max_length=80, unique=True)
    text = models.TextField(_("text"), max_length=5000)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["title"]
        default_permissions = ()
        verbose_name_plural = "saved replies"

    def __str__(self) -> str:
        return self.title

    @property
    def version(self) -> str:
        """The version that a form carries that changes or deletes it."""
        return version(title=self.title, text=self.text)


class SourceCheck(models.Model):
    """A check of a revision's source repositories, and its findings."""

    class State(models.TextChoices):
        """The progress of a check."""

        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")

    revision = models.OneToOneField(Revision, on_delete=models.CASCADE, related_name="source_check")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    # [{"level", "title", "detail"}], see findings.ReviewFinding.
    findings = models.JSONField(default=list)
    asked_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"sources of {self.revision}: {self.state}"


class NotificationKind(models.TextChoices):
    """What a notification is about."""

    DECISION = "decision", _("A decision on your proposal")
    COMMENT = "comment", _("A comment on a proposal of yours, or one that you reviewed")
    OWNERSHIP = "ownership", _("A model that is offered to you, and answers to your offers")
    SUGGESTION = "suggestion", _("A change that somebody suggests for a model of yours")
    PULL_REQUEST = "pull_request", _("The pull request of a model of yours")
    EXPIRY_COMING = "expiry_coming", _("A model of yours is about to expire")
    UPSTREAM_STATE = "upstream_state", _("A broken file upstream, or removals that need you")
    SOURCE_STATE = (
        "source_state",
        _("A source repository that is gone, or has another name or owner"),
    )
    NEW_PROPOSAL = "new_proposal", _("New proposals wait for review (once a day)")


class Notification(models.Model):
    """A notification to one person, on the bell, by mail, or both."""

    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notifications"
    )
    kind = models.CharField(max_length=20, choices=NotificationKind)
    # Title and text as they were written; what is shown is `message`, if there is one.
    title = models.CharField(max_length=300)
    text = models.TextField(blank=True)
    # {"title": sentence, "text": [sentence, …]}, see reviews.messages.
    message = models.JSONField(null=True, blank=True)
    # A path of this hub.
    url = models.CharField(max_length=300)
    # Identifies the event, so that it is notified once however often a task runs; "": every time.
    key = models.CharField(max_length=120, blank=True)
    on_bell = models.BooleanField(default=True)
    by_mail = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True, blank=True)
    # When it was put into the mail outbox.
    mailed_at = models.DateTimeField(null=True, blank=True)

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

    @property
    def shown_title(self) -> str:
        """The title in the language and time zone that are active now."""
        return messages.shown(self.message["title"]) if self.message else self.title

    @property
    def shown_text(self) -> str:
        """The text in the language and time zone that are active now."""
        return messages.shown_lines(self.message["text"]) if self.message else self.text


class NotificationChoice(models.Model):
    """How a person gets notifications of one kind; without a row, on the bell and by mail."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notification_choices"
    )
    kind = models.CharField(max_length=20, choices=NotificationKind)
    on_bell = models.BooleanField(default=True)
    by_mail = models.BooleanField(default=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["user", "kind"], name="one_choice_per_kind")]

    def __str__(self) -> str:
        return f"{self.user}: {self.kind}"


class Digest(models.Model):
    """The time up to which a reviewer has been notified of new proposals."""

    reviewer = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="review_digest"
    )
    told_until = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.reviewer} until {self.told_until:%Y-%m-%d %H:%M}"
