"""What is kept of requests that may come again: their answers, and what became of drafts."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import models

from models_registry.models.revisions import Revision

KEPT: Final = timedelta(days=1)
DRAFTS_KEPT: Final = timedelta(days=30)


class SubmittedDraft(models.Model):
    """What became of a draft that was submitted: pages of it may still be open somewhere."""

    draft = models.BigIntegerField(primary_key=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="submitted_drafts"
    )
    revision = models.ForeignKey(Revision, on_delete=models.CASCADE, related_name="+")
    submitted_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"draft {self.draft} became {self.revision}"


class StoredAnswer(models.Model):
    """The answer to a person's request with an Idempotency-Key; `digest` is the request's."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="stored_answers"
    )
    key = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="one_answer_per_user_and_key")
        ]
        indexes = [models.Index(fields=["created_at"], name="stored_answer_age")]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.key}"
