"""The tables of the audit log, of mail and webhooks, of the doctor's results, and of figures."""

from __future__ import annotations

import uuid
from typing import Any, NoReturn

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class AppendOnly(Exception):
    """A row of an append-only table can't be changed or deleted."""


class AuditQuerySet(models.QuerySet["AuditEntry"]):
    """A queryset that reads and adds rows, and refuses everything else."""

    def update(self, **kwargs: Any) -> NoReturn:
        """Refuse."""
        raise AppendOnly("Entries of the audit log can't be changed.")

    def delete(self) -> NoReturn:
        """Refuse."""
        raise AppendOnly("Entries of the audit log can't be deleted.")

    def about(self, target: models.Model) -> AuditQuerySet:
        """Entries about this object."""
        return self.filter(target_type=target._meta.label_lower, target_id=str(target.pk))


class AuditEntry(models.Model):
    """One action: who, what, on what, when, from where, before and after.

    `actor_name` and `target_label` are copies, so that an entry stays readable after the person or
    the object is deleted.
    """

    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    tag = models.CharField(max_length=60, db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    actor_name = models.CharField(max_length=150, blank=True)
    target_type = models.CharField(max_length=80, blank=True)
    target_id = models.CharField(max_length=40, blank=True)
    target_label = models.CharField(max_length=300, blank=True)
    data = models.JSONField(default=dict)
    ip_address = models.GenericIPAddressField(null=True, blank=True)
    channel = models.CharField(max_length=60, blank=True)
    # As in the log. The default of the database serves processes of the former version.
    request_id = models.CharField(max_length=64, blank=True, default="", db_default="")

    objects = AuditQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = "audit entry"
        verbose_name_plural = "audit log"
        indexes = [models.Index(fields=["target_type", "target_id"], name="audit_target")]

    def __str__(self) -> str:
        return f"{self.created_at:%Y-%m-%d %H:%M} {self.actor_name or '–'} {self.tag}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the entry. Raises AppendOnly if it already exists."""
        if self.pk is not None:
            raise AppendOnly("Entries of the audit log can't be changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse."""
        raise AppendOnly("Entries of the audit log can't be deleted.")


class OutgoingMailQuerySet(models.QuerySet["OutgoingMail"]):
    """Messages that have not been delivered yet, or never will be."""

    def waiting(self) -> OutgoingMailQuerySet:
        """Neither delivered nor given up."""
        return self.filter(failed_at__isnull=True)

    def due(self) -> OutgoingMailQuerySet:
        """Messages to try now, longest due first."""
        now = timezone.now()
        free = Q(taken_until__isnull=True) | Q(taken_until__lte=now)
        due = self.waiting().filter(free, next_attempt_at__lte=now, expires_at__gt=now)
        return due.order_by("next_attempt_at", "pk")


class OutgoingMail(models.Model):
    """A message in the outbox; its row is deleted when it is delivered.

    `sealed` is the message, sealed by the vault; it is emptied when the message is given up
    (`failed_at`). `taken_until` is the end of a worker's lease.
    """

    recipients = models.TextField()
    sealed = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    next_attempt_at = models.DateTimeField(db_index=True)
    taken_until = models.DateTimeField(null=True, blank=True)
    tried_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=500, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)

    objects = OutgoingMailQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"mail {self.pk} ({self.attempts} attempts)"


class Webhook(models.Model):
    """An address that is told of events: a person's own, or of the whole site without one.

    `events` are names of `reviews.webhooks.Event`; `sealed_secret` signs what is sent.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="webhooks",
    )
    url = models.CharField(max_length=500)
    events = models.JSONField(default=list)
    sealed_secret = models.TextField()
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"webhook {self.pk}"


class WebhookDelivery(models.Model):
    """One event for one webhook: a row of the outbox, and then of the log.

    `key` identifies the event for what is found more than once; "" for what is told once. `body` is
    exactly what is signed and sent. `taken_until` is the end of a worker's lease.
    """

    class State(models.TextChoices):
        """How far it is."""

        WAITING = "waiting", _("Waiting")
        DELIVERED = "delivered", _("Delivered")
        FAILED = "failed", _("Given up")

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    event = models.CharField(max_length=40)
    key = models.CharField(max_length=120, blank=True)
    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    body = models.TextField()
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)
    next_attempt_at = models.DateTimeField(default=timezone.now)
    taken_until = models.DateTimeField(null=True, blank=True)
    tried_at = models.DateTimeField(null=True, blank=True)
    status = models.PositiveIntegerField(null=True, blank=True)
    last_error = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-pk"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["webhook", "key"],
                condition=~Q(key=""),
                name="webhook_event_once",
            )
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(state="waiting"),
                name="webhook_delivery_due",
            )
        ]

    def __str__(self) -> str:
        return f"{self.event} for {self.webhook}"


class DoctorReport(models.Model):
    """The result of one examination; `findings` as hub.doctor.findings writes them."""

    created_at = models.DateTimeField(default=timezone.now)
    version = models.CharField(max_length=40)
    severity = models.CharField(max_length=10)
    findings = models.JSONField(default=list)

    class Meta:
        ordering = ["-pk"]
        verbose_name = "examination"
        verbose_name_plural = "state of this hub"
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.created_at:%Y-%m-%d %H:%M} {self.severity}"


class Figure(models.Model):
    """A figure that only grows, over all processes (`hub.figures`)."""

    name = models.CharField(max_length=40)
    label = models.CharField(max_length=120, blank=True)
    value = models.FloatField(default=0)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["name", "label"], name="one_row_for_each_figure")
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.label}: {self.value}"
