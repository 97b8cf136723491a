"""What people are told by the calendar: new proposals once a day, and expiries that come near."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, override

from accounts.models import User
from models_registry.models import RegisteredModel
from models_registry.policy import maintainers_of
from reviews import notify
from reviews.models import Digest, Kind, Notification, Proposal

DAYS_BEFORE_EXPIRY = 7
# Of a queue that was never looked at before, the digest tells what came in during this time.
FIRST_DIGEST = timedelta(days=7)
MAX_LINES = 20


def send_digests(now: datetime | None = None) -> int:
    """Tell every reviewer what has come in since he was last told; nothing new, no digest.

    Out: the number of reviewers told. Running it twice tells nothing twice.
    """
    now = now or timezone.now()
    return sum(_tell_of_new(reviewer, now) for reviewer in notify.reviewers())


def warn_of_expiry(now: datetime | None = None) -> int:
    """Tell owners and maintainers of models that expire within a week, once for each expiry.

    Out: the number of people told.
    """
    now = now or timezone.now()
    soon = RegisteredModel.objects.filter(
        published_revision__isnull=False,
        expires_at__gt=now,
        expires_at__lte=now + timedelta(days=DAYS_BEFORE_EXPIRY),
    ).select_related("owner")
    return sum(_tell_of_expiry(model) for model in soon)


def _tell_of_new(reviewer: User, now: datetime) -> bool:
    with transaction.atomic():
        digest, _is_new = Digest.objects.get_or_create(
            reviewer=reviewer, defaults={"told_until": now - FIRST_DIGEST}
        )
        digest = Digest.objects.select_for_update().get(pk=digest.pk)
        visible = RegisteredModel.objects.visible_to(reviewer)
        queue = Proposal.objects.queue_for(reviewer, visible).waiting().exclude(author=reviewer)
        queue = queue.exclude(model__owner=reviewer).select_related("model")
        fresh = [one for one in queue if digest.told_until < one.created_at <= now]
        digest.told_until = max(now, digest.told_until)
        digest.save(update_fields=["told_until"])
        if not fresh:
            return False
        with override(reviewer.language or settings.LANGUAGE_CODE):
            title, text = _digest(fresh, waiting=len(queue))
        url = notify.queue_url()
        return bool(notify.tell([reviewer], Kind.NEW_PROPOSAL, title=title, text=text, url=url))


def _digest(fresh: list[Proposal], *, waiting: int) -> tuple[str, str]:
    title = ngettext(
        "%(count)d new proposal waits for review",
        "%(count)d new proposals wait for review",
        len(fresh),
    ) % {"count": len(fresh)}
    lines = [
        f"· {one.model.name} ({one.model.get_model_type_display()}) – {one.author_name}"
        for one in fresh[:MAX_LINES]
    ]
    if len(fresh) > MAX_LINES:
        lines.append(f"· +{len(fresh) - MAX_LINES}")
    total = ngettext(
        "%(count)d proposal waits in all.", "%(count)d proposals wait in all.", waiting
    ) % {"count": waiting}
    return title, "\n".join([*lines, "", total])


def _tell_of_expiry(model: RegisteredModel) -> int:
    if model.expires_at is None:
        return 0
    people = {person.pk: person for person in maintainers_of(model)}
    if model.owner is not None:
        people[model.owner.pk] = model.owner
    told: list[Notification] = []
    with transaction.atomic():
        for person in people.values():
            with override(person.language or settings.LANGUAGE_CODE):
                day = date_format(model.expires_at, "DATETIME_FORMAT")
            told += notify.tell(
                [person],
                Kind.EXPIRY_COMING,
                title=format_lazy(_("{model} expires on {day} UTC"), model=model.name, day=day),
                text=_("After that it is neither listed nor served. Set another date to keep it."),
                url=model.get_absolute_url(),
                key=f"expiry:{model.pk}:{model.expires_at.isoformat()}",
            )
    return len(told)
