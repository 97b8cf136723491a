"""Notifies maintainers of source repositories that are gone, hidden, or have another name or owner.

Each state of a repository is told once, to each person in one notification with all that is new:
the first round of visits may find dozens.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db import transaction
from django.urls import reverse

from models_registry.definitions.json_text.messages import Message, gettext_noop
from models_registry.models import (
    ModelSource,
    RegisteredModel,
    RepositoryRecord,
    SourceTrouble,
    Visibility,
)
from models_registry.models.source_repositories import trouble_key
from models_registry.permissions import Right
from models_registry.policy import maintainers_of
from reviews import notify
from reviews.models import NotificationKind

if TYPE_CHECKING:
    from accounts.models import User

MAX_LINES = 20
# So many repositories are told in one transaction; the next run tells the rest.
BATCH = 200
_EDITORS = {
    Visibility.PUBLIC.value: Right.CHANGE_PUBLIC_MODEL,
    Visibility.ENTERPRISE.value: Right.CHANGE_ENTERPRISE_MODEL,
}

News = dict[int, dict[int, tuple[RegisteredModel, list[RepositoryRecord]]]]


def notify_of_sources() -> int:
    """Notify of new states of source repositories; returns the number of notifications."""
    rows = RepositoryRecord.objects.troubled().light().order_by("pk")
    fresh = [row for row in rows.iterator() if row.told != trouble_key(row)][:BATCH]
    if not fresh:
        return 0
    with transaction.atomic():
        count = _notify([row for row in fresh if row.trouble])
        for row in fresh:
            RepositoryRecord.objects.filter(pk=row.pk).update(told=trouble_key(row))
    return count


def _notify(records: list[RepositoryRecord]) -> int:
    people: dict[int, User] = {}
    news: News = {}
    by_key = {record.pk: record for record in records}
    links = ModelSource.objects.filter(
        repository__in=records, model__in=RegisteredModel.objects.published().values("pk")
    )
    private = links.filter(model__visibility=Visibility.PRIVATE)
    unreadable = private.exclude(pk__in=private.readable_for(Visibility.PRIVATE).values("pk"))
    links = links.exclude(pk__in=unreadable.values("pk"))
    editors = {kind: list(notify.holders_of(right)) for kind, right in _EDITORS.items()}
    for found in links.select_related("model__owner").order_by("model__name_key", "position"):
        for person in _people(found.model, editors.get(found.model.visibility, ())):
            people[person.pk] = person
            models = news.setdefault(person.pk, {})
            _model, about = models.setdefault(found.model_id, (found.model, []))
            about.append(by_key[found.repository_id])
    return sum(_send(people[pk], list(models.values())) for pk, models in news.items())


def _people(model: RegisteredModel, editors: Iterable[User]) -> Iterable[User]:
    """Who may do something about the model. SECURITY: nobody else learns that it exists."""
    owners = [model.owner] if model.owner is not None else []
    if model.visibility == Visibility.PRIVATE:
        return owners
    return [*owners, *maintainers_of(model), *editors]


def _send(person: User, news: list[tuple[RegisteredModel, list[RepositoryRecord]]]) -> int:
    lines: list[object] = [
        Message(
            "· %(model)s: %(repository)s: %(state)s",
            {"model": model.name, "repository": str(record), "state": _state(record)},
        )
        for model, records in news
        for record in dict.fromkeys(records)
    ]
    shown = lines[:MAX_LINES]
    if len(lines) > MAX_LINES:
        shown.append(f"· +{len(lines) - MAX_LINES}")
    first = news[0][0]
    if len(news) == 1:
        title = gettext_noop("%(model)s: look at its source repositories", model=first.name)
        url = first.get_absolute_url() + "?tab=specs"
    else:
        title = gettext_noop(
            "Source repositories of %(count)d models are gone, or have moved", count=len(news)
        )
        url = reverse("models_registry:model_list")
    facts = "|".join(f"{record.pk}:{trouble_key(record)}" for _m, rs in news for record in rs)
    key = f"sources:{hashlib.sha256(facts.encode()).hexdigest()[:32]}"
    created = notify.send(
        [person], NotificationKind.SOURCE_STATE, title=title, text=shown, url=url, key=key
    )
    return len(created)


def _state(record: RepositoryRecord) -> object:
    trouble = SourceTrouble(record.trouble)
    if record.moved_to:
        return Message("%(trouble)s (%(new)s)", {"trouble": trouble, "new": record.moved_to})
    return trouble
