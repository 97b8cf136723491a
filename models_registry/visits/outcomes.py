"""Writes what a visit found into the row of the repository, and decides about the next one."""

from __future__ import annotations

import hashlib
import logging
import random
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.utils import timezone

from models_registry import memory_needs, source_links
from models_registry.models import (
    RepositoryRecord,
    RepositoryRecordQuerySet,
    RepositoryStatus,
)
from models_registry.readme.chinese import chinese_readme
from models_registry.readme.limits import MAX_BYTES as MAX_README_BYTES
from models_registry.repositories.values import storable
from models_registry.repositories.visit import Known, Visit, VisitOutcome

# A repository counts as gone if its hub says so twice, with so much time between.
CONFIRM_AFTER: Final = timedelta(hours=6)
FIRST_RETRY: Final = timedelta(hours=1)
LONGEST_RETRY: Final = timedelta(days=7)
# The next try for what a visit found and the hub could not write: most likely it finds it again.
_PUT_OFF: Final = timedelta(hours=6)
MAX_FILES: Final = 5_000
# Repositories that are gone are visited this much less often.
_GONE_FACTOR: Final = 7

_WRITTEN: Final = (
    "status missing_since missing_as moved_to gated licence downloads likes last_modified revision "
    "files readme readme_zh readme_revision readme_of readme_zh_of etag seen_at visited_at "
    "next_visit_at failures problem is_news"
).split()

logger = logging.getLogger(__name__)


def known_of(record: RepositoryRecord, *, wants_readme: bool) -> Known:
    """What a visit need not ask for again."""
    chinese = chinese_readme(record.files)
    mark = mark_of(record)
    owes_chinese = bool(chinese) and record.readme_zh_of != mark
    needs_readme = wants_readme and (owes_chinese or record.readme_of != mark)
    return Known(
        # A repository that has not changed still owes the README that is wanted only now.
        etag="" if needs_readme else record.etag,
        mark=mark if record.files else "",
        readme_of=record.readme_of,
        readme_zh_of=record.readme_zh_of,
        chinese_readme=chinese,
        wants_readme=wants_readme,
    )


def mark_of(record: RepositoryRecord) -> str:
    """What the content of a repository is known by: the commit, or the time of its last change."""
    if record.revision:
        return record.revision
    return record.last_modified.isoformat() if record.last_modified else ""


def write(record: RepositoryRecord, found: Visit) -> None:
    """Record a visit. What can't be read changes nothing but the time of the next try."""
    now = timezone.now()
    record.visited_at = now
    record.problem = found.problem
    if found.outcome in (VisitOutcome.FOUND, VisitOutcome.UNCHANGED):
        _seen(record, found, now)
    elif found.outcome in (VisitOutcome.MISSING, VisitOutcome.HIDDEN):
        is_gone = found.outcome == VisitOutcome.MISSING
        _missing(record, RepositoryStatus.GONE if is_gone else RepositoryStatus.HIDDEN, now)
    else:
        record.failures = min(record.failures + 1, 30)
        wait = min(FIRST_RETRY * 2 ** (record.failures - 1), LONGEST_RETRY)
        if not found.requests:
            # Its id is one that no hub is asked for, and stays so.
            wait = LONGEST_RETRY
        record.next_visit_at = now + _jittered(wait)
    record.is_news = True
    record.save(update_fields=_WRITTEN)


def spread_news(records: Collection[RepositoryRecord]) -> None:
    """Derive again what the models that name these repositories know of them.

    Each model by itself: several summaries in one transaction could deadlock with an import.
    """
    told = RepositoryRecord.objects.filter(pk__in=[record.pk for record in records])
    for key in source_links.models_naming(records):
        try:
            source_links.summarise([key])
            memory_needs.derive_again(key)
        # What one model can't be told must not keep the news from all others, in every round.
        except Exception:
            logger.exception("The summary of model %s could not be written.", key)
            _put_off(told.filter(sources__model=key))
    told.update(is_news=False)


def put_off(record: RepositoryRecord) -> None:
    """Try a repository again later whose visit could not be written: others must have their turn.

    Raises what the database raises if it is not there at all.
    """
    _put_off(RepositoryRecord.objects.filter(pk=record.pk))


def _put_off(records: RepositoryRecordQuerySet) -> None:
    now = timezone.now()
    records.update(visited_at=now, next_visit_at=now + _jittered(_PUT_OFF))


def finish_interrupted() -> None:
    """Do what a worker left undone that died between a visit and its consequences."""
    if left := list(RepositoryRecord.objects.filter(is_news=True).light()):
        spread_news(left)


def _seen(record: RepositoryRecord, found: Visit, now: datetime) -> None:
    record.status = RepositoryStatus.FOUND
    record.missing_since, record.missing_as = None, ""
    record.failures = 0
    record.seen_at = now
    record.next_visit_at = now + _jittered(timedelta(hours=settings.ENV.source_visit_hours))
    record.etag = found.etag or record.etag
    summary = found.summary
    if summary is None:
        return
    moved = summary.repository_id if summary.repository_id != record.repository_id else ""
    record.moved_to = moved
    record.gated = summary.gated if summary.gated is not None else record.gated
    record.licence = summary.licence or record.licence
    record.downloads = _newer(summary.downloads, record.downloads)
    record.likes = _newer(summary.likes, record.likes)
    record.last_modified = summary.last_modified or record.last_modified
    record.revision = summary.revision or record.revision
    if found.files is not None:
        record.files = dict(list(found.files.items())[:MAX_FILES])
    if found.readme is not None:
        record.readme = _readme(found.readme)
        record.readme_revision = found.readme_revision
    if found.readme_zh is not None:
        record.readme_zh = _readme(found.readme_zh)
    elif found.readme is not None:
        # The one of another commit would stand beside it.
        record.readme_zh = record.readme_zh_of = ""
    if found.knows_readme:
        record.readme_of = mark_of(record) or _digest(record.readme)
    if found.knows_readme_zh:
        record.readme_zh_of = mark_of(record) or _digest(record.readme_zh)


def _digest(text: str) -> str:
    """Without a mark, a README is known by its text."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _readme(text: str) -> str:
    text = storable(text)
    return text if len(text.encode()) <= MAX_README_BYTES else ""


def _missing(record: RepositoryRecord, meaning: RepositoryStatus, now: datetime) -> None:
    if record.missing_since is None or record.missing_as != meaning:
        record.missing_since, record.missing_as = now, meaning
    is_confirmed = now - record.missing_since >= CONFIRM_AFTER
    if is_confirmed:
        record.status = meaning
    interval = timedelta(hours=settings.ENV.source_visit_hours) * _GONE_FACTOR
    # A second visit that comes too early must not be spread to before the hour that confirms.
    record.next_visit_at = now + (_jittered(interval) if is_confirmed else CONFIRM_AFTER)


def _newer(new: int | None, old: int | None) -> int | None:
    return old if new is None else new


def _jittered(length: timedelta) -> timedelta:
    """Repositories that were visited together need not all be due together."""
    return length * random.uniform(1.0, 1.1)  # noqa: S311
