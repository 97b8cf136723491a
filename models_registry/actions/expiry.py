"""Lets models expire: at a moment that somebody sets, and what follows when it has come."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from hub.audit import Tag, record
from hub.models import AuditEntry
from models_registry.actions.submission import locked_for, storable
from models_registry.changes import Change, changing
from models_registry.errors import InvalidParameter
from models_registry.models import RegisteredModel
from models_registry.policy import ModelVerb

# Moments that every database, calendar and time zone can hold.
EXPIRY_YEARS = range(1970, 9000)


def set_expiry(
    model: RegisteredModel, expires_at: datetime | None, *, by: User, reason: str = ""
) -> None:
    """Let a model expire at a moment (a past one: at once), or restore it (None).

    Upstream's maintainers read the reason if it expires at once.

    Raises NotAllowed, and InvalidParameter for a moment without a zone or beyond all calendars.
    """
    if expires_at is not None and expires_at.tzinfo is None:
        raise InvalidParameter("expiry_needs_time_zone")
    if expires_at is not None and expires_at.year not in EXPIRY_YEARS:
        raise InvalidParameter(
            "expiry_out_of_range", expiry_years=EXPIRY_YEARS[0], expiry_years2=EXPIRY_YEARS[-1]
        )
    reason = storable(reason)
    with changing([model]) as change:
        model = locked_for(change, model, ModelVerb.EXPIRE, by, "set the expiry of this model")
        _set(change, model, expires_at, by=by, author=by, reason=reason)


def expire_on_request(
    change: Change, model: RegisteredModel, *, by: User, author: User, reason: str
) -> None:
    """Let a model that `change` has locked expire at once: its author asked for it, and a reviewer
    (`by`) has decided so. The caller checks both rights."""
    _set(change, model, timezone.now(), by=by, author=author, reason=reason)


def _set(
    change: Change,
    model: RegisteredModel,
    expires_at: datetime | None,
    *,
    by: User,
    author: User,
    reason: str,
) -> None:
    before = model.expires_at
    model.expires_at = expires_at.astimezone(UTC) if expires_at else None
    if model.expires_at == before:
        return
    model.expiry_by = by.username
    model.changed_at = timezone.now()
    model.save(update_fields=["expires_at", "expiry_by", "changed_at"])
    record(
        Tag.MODEL_EXPIRY,
        by=by,
        target=model,
        before=before.isoformat() if before else None,
        after=model.expires_at.isoformat() if model.expires_at else None,
        **({"reason": reason} if reason else {}),
    )
    change.touch(model, by=author, reason=reason if model.is_expired() else "")


def note_what_expired() -> list[RegisteredModel]:
    """Record every model that has expired since it was last looked, each expiry once.

    An expiry that was set into the past was recorded when it was set. Returns what was recorded.
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
