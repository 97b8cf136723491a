"""The audit log's table: append-only."""

from __future__ import annotations

from typing import Any, NoReturn

from django.conf import settings
from django.db import models


class AppendOnly(Exception):
    """Somebody tried to change or delete a row of an append-only table."""


class AuditQuerySet(models.QuerySet["AuditEntry"]):
    """Reads and adds; refuses everything else."""

    def update(self, **kwargs: Any) -> NoReturn:
        """Refuse."""
        raise AppendOnly("Entries of the audit log can't be changed.")

    def delete(self) -> NoReturn:
        """Refuse."""
        raise AppendOnly("Entries of the audit log can't be deleted.")

    def about(self, target: models.Model) -> AuditQuerySet:
        """Entries whose target is that object."""
        return self.filter(target_type=target._meta.label_lower, target_id=str(target.pk))


class AuditEntry(models.Model):
    """One thing that somebody did: who, what, to what, when, from where, before and after.

    `actor_name` and `target_label` are frozen as they were, so that an entry still reads well when
    the person or the object is gone.
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

    objects = AuditQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = "audit entry"
        verbose_name_plural = "audit log"
        indexes = [models.Index(fields=["target_type", "target_id"], name="audit_target")]

    def __str__(self) -> str:
        return f"{self.created_at:%Y-%m-%d %H:%M} {self.actor_name or '–'} {self.tag}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the entry. Raises AppendOnly where it already exists."""
        if self.pk is not None:
            raise AppendOnly("Entries of the audit log can't be changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse."""
        raise AppendOnly("Entries of the audit log can't be deleted.")
