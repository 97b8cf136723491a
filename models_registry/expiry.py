"""What follows when a model's time is over: nobody acts then, so the hub notes it itself."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from hub.audit import Tag, record
from hub.models import AuditEntry
from models_registry.models import RegisteredModel


def note_what_expired() -> list[RegisteredModel]:
    """Record every model that has expired since it was last looked, each expiry once.

    An expiry that somebody set into the past was noted when he set it. Out: what was recorded.
    """
    with transaction.atomic():
        due = RegisteredModel.objects.filter(
            expires_at__lte=timezone.now(), published_revision__isnull=False
        )
        expired = list(
            due.select_for_update().only("pk", "model_type", "name", "expires_at").order_by("pk")
        )
        notes = AuditEntry.objects.filter(
            tag__in=(Tag.MODEL_EXPIRY, Tag.MODEL_EXPIRED),
            target_type=RegisteredModel._meta.label_lower,
            target_id__in=[str(model.pk) for model in expired],
        )
        last = dict(notes.order_by("created_at", "pk").values_list("target_id", "created_at"))
        noted = []
        for model in expired:
            moment, note = model.expires_at, last.get(str(model.pk))
            if moment is not None and (note is None or note < moment):
                record(Tag.MODEL_EXPIRED, by=None, target=model, at=moment.isoformat())
                noted.append(model)
    return noted
