"""Tells the owners of models of changes that others suggest, and their authors what became of them.

A round is its own outbox row: the scheduled task notifies of each once.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from models_registry.definitions.json_text.messages import gettext_noop
from models_registry.models import Visibility
from models_registry.policy import maintainers_of
from reviews import notify
from reviews.models import Notification, NotificationKind, Proposal

# Older rounds are not notified.
LOOK_BACK = timedelta(days=30)


def notify_of_suggestions(now: datetime | None = None) -> int:
    """Notify owners and maintainers of rounds that others suggest, and earlier authors of a round
    that the owner has submitted in place of theirs.

    Returns the number of notifications. Each round is notified once, however often this runs.
    """
    waiting = Proposal.objects.waiting().filter(
        created_at__gte=(now or timezone.now()) - LOOK_BACK,
        model__published_revision__isnull=False,
        model__visibility=Visibility.PUBLIC,
    )
    by_others = waiting.exclude(author=F("model__owner"))
    replaced = waiting.filter(author=F("model__owner"), proposal__isnull=False)
    rows = [
        *by_others.select_related("model__owner"),
        *replaced.exclude(proposal__author=F("model__owner")).select_related("model__owner"),
    ]
    rounds = {f"suggestion:{row.pk}": row for row in rows}
    told = Notification.objects.filter(kind=NotificationKind.SUGGESTION, key__in=rounds)
    known = set(told.values_list("key", flat=True))
    return sum(_notify(row, key) for key, row in rounds.items() if key not in known)


def _notify(row: Proposal, key: str) -> int:
    model = row.model
    names = {"person": row.author_name, "model": model.name}
    if row.author_id == model.owner_id:
        title = gettext_noop(
            "%(person)s has submitted a change of %(model)s in place of your suggestion", **names
        )
        people = _earlier_authors(row)
    else:
        title = gettext_noop("%(person)s suggests a change of %(model)s", **names)
        people = {person.pk: person for person in maintainers_of(model)}
        if model.owner is not None:
            people[model.owner.pk] = model.owner
        people.pop(row.author_id or 0, None)
    with transaction.atomic():
        told = notify.send(
            people.values(),
            NotificationKind.SUGGESTION,
            title=title,
            text=[row.message],
            url=notify.status_url(model),
            key=key,
        )
    return len(told)


def _earlier_authors(row: Proposal) -> dict[int, User]:
    rounds = Proposal.objects.thread_of(row).exclude(author=row.author_id)
    authors = [earlier.author for earlier in rounds.select_related("author")]
    return {author.pk: author for author in authors if author is not None}
