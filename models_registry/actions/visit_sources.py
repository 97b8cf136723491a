"""Asks for a visit of a model's source repositories before their time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from hub.audit import Tag, record
from hub.task_queue import BACKGROUND, ask_worker
from models_registry import policy
from models_registry.errors import ModelNotFound, NotAllowed, SourceBusy
from models_registry.models import RegisteredModel, RepositoryRecord, SourceSummary, Visibility
from models_registry.policy import ModelVerb
from models_registry.visits.rounds import TASK

# Nobody may make the hub ask the same again and again.
SHORTEST: Final = timedelta(minutes=10)


def may_ask(user: User, model: RegisteredModel) -> bool:
    """Whether the user may ask for a visit.

    SECURITY: a visit tells another hub which repositories somebody here uses, so only the owner of
    a private model may ask for it.
    """
    if model.published_revision_id is None:
        return False
    if model.visibility == Visibility.PRIVATE:
        return model.owner_id == user.pk
    return bool(policy.verbs(user, model) & {ModelVerb.EDIT, ModelVerb.PROPOSE})


def ask_for_visit(model: RegisteredModel, *, by: User) -> None:
    """Make the source repositories of a model due now.

    Raises NotAllowed, ModelNotFound, and SourceBusy if somebody has just asked.
    """
    if not settings.ENV.source_visits:
        raise NotAllowed("source_visits_are_off")
    with transaction.atomic():
        locked = RegisteredModel.objects.select_for_update().filter(pk=model.pk).first()
        if locked is None:
            raise ModelNotFound(model.pk)
        if not may_ask(by, locked):
            raise NotAllowed("may_not", deed="ask for a visit of its source repositories")
        now = timezone.now()
        summary, _ = SourceSummary.objects.get_or_create(model=locked)
        if summary.asked_at is not None and summary.asked_at > now - SHORTEST:
            minutes = round(SHORTEST.total_seconds() / 60)
            raise SourceBusy("sources_were_just_visited", minutes=minutes)
        _make_due(locked, now)
        SourceSummary.objects.filter(pk=summary.pk).update(asked_at=now)
        record(Tag.SOURCE_ASK, by=by, target=locked)
    transaction.on_commit(lambda: ask_worker(TASK, queue=BACKGROUND))


def _make_due(model: RegisteredModel, now: datetime) -> None:
    """Repositories that were visited a moment ago, for another model perhaps, are not due."""
    if model.visibility == Visibility.PRIVATE:
        model.sources.update(asked_at=now)
    earlier = Q(visited_at__isnull=True) | Q(visited_at__lt=now - SHORTEST)
    rows = RepositoryRecord.objects.filter(earlier, pk__in=model.sources.values("repository"))
    # Lock in the order of all others, or two transactions deadlock.
    keys = list(rows.order_by("pk").select_for_update().values_list("pk", flat=True))
    RepositoryRecord.objects.filter(pk__in=keys).update(next_visit_at=now)
