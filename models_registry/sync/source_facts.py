"""Carries what one hub saw of source repositories to another one that can't look itself.

Only repositories that published public models name. A definition is never changed by it, and what
this hub has seen later than the other one stays.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db.models import Count, Max, Sum
from django.utils import timezone

from hub.cached_values import CachedValues
from models_registry import memory_needs, source_links
from models_registry.definitions.facts.vocabulary import is_repository_id
from models_registry.models import (
    ModelSource,
    RegisteredModel,
    RepositoryRecord,
    RepositoryRecordQuerySet,
    RepositoryStatus,
)
from models_registry.readme.limits import MAX_BYTES as MAX_README_BYTES
from models_registry.repositories.answers import read_object
from models_registry.repositories.values import count, moment, storable
from models_registry.source_links import VISITED
from models_registry.visits.outcomes import MAX_FILES

FORMAT: Final = 1
_BATCH: Final = 100
# With their longest lengths.
_TEXTS: Final = {"licence": 80, "revision": 64, "readme_revision": 64, "readme_of": 100}
_COUNTS: Final = ("downloads", "likes")
_MOMENTS: Final = ("last_modified", "seen_at", "visited_at")
_FIELDS: Final = (
    "status", "moved_to", "gated", "files", "readme", "readme_zh", *_TEXTS, *_COUNTS, *_MOMENTS,
)  # fmt: skip
# Other hubs refuse files of more than 32 MB; what is new between two looks at the rows has room.
MAX_WRITTEN: Final = 24 * 1_048_576
# Raise it when the same rows give other bytes.
_SHAPE: Final = 3
# What can be left out of a row, and the fields that go with it; last the row itself.
_PARTS: Final = {
    "readme": "readme", "readme_zh": "readme", "readme_revision": "readme", "readme_of": "readme",
    "files": "files",
}  # fmt: skip
_ROW: Final = "row"

_VERSIONS: Final = CachedValues[str](str, version="1")
_VERSION_SECONDS: Final = 60

logger = logging.getLogger(__name__)


def written(model_type: str = "") -> bytes:
    """What this hub saw of the repositories of its public models, of one type or of all, as JSON.

    The same facts give the same bytes. What exceeds MAX_WRITTEN is left out, and the row says so:
    the READMEs of the least popular repositories first, then their lists of files, then the rows.
    """
    rows = _carried(model_type).order_by("hub", "repository_id")
    # Twice over the rows, since all their READMEs together may exceed the memory.
    left_out = _left_out([_size(row) for row in rows.iterator(_BATCH)])
    lines = [
        _line(row, left_out.get(row.pk, ()))
        for row in rows.iterator(_BATCH)
        if _ROW not in left_out.get(row.pk, ())
    ]
    return b'{"format": %d, "repositories": [\n%s\n]}\n' % (FORMAT, b",\n".join(lines))


def version(model_type: str) -> str:
    """A digest that changes whenever `written` does; one query."""
    state = _carried(model_type).aggregate(Count("pk"), Sum("pk"), Max("visited_at"))
    return hashlib.sha256(f"{_SHAPE}:{model_type}:{state}".encode()).hexdigest()[:32]


def version_for_now(model_type: str) -> str:
    """The version, at most as old as an answer in a shared cache may be: while visits go on it
    changes every second, and anybody may ask."""
    key = f"source-facts-version:{model_type}"
    kept = _VERSIONS.get(key)
    if kept is None:
        kept = version(model_type)
        _VERSIONS.set(key, kept, _VERSION_SECONDS)
    return kept


@dataclass(frozen=True, slots=True)
class _FactsSize:
    """How many bytes a repository takes: each part that can be left out, and how popular it is."""

    key: int
    downloads: int
    parts: Mapping[str, int]


def _size(row: RepositoryRecord) -> _FactsSize:
    whole, bare = len(_line(row)), len(_line(row, ("readme", "files")))
    without = {part: whole - len(_line(row, (part,))) for part in ("readme", "files")}
    return _FactsSize(row.pk, row.downloads or 0, {**without, _ROW: bare})


def _left_out(sizes: list[_FactsSize]) -> dict[int, tuple[str, ...]]:
    """What does not fit of which rows, by primary key."""
    total = sum(sum(size.parts.values()) for size in sizes)
    left_out: dict[int, tuple[str, ...]] = {}
    by_popularity = sorted(sizes, key=lambda size: (size.downloads, size.key))
    for part in ("readme", "files", _ROW):
        for size in by_popularity:
            if total <= MAX_WRITTEN:
                return left_out
            if size.parts[part] > 0:
                total -= size.parts[part]
                left_out[size.key] = (*left_out.get(size.key, ()), part)
    return left_out


def _line(row: RepositoryRecord, left_out: Collection[str] = ()) -> bytes:
    return json.dumps(_told(row, left_out), ensure_ascii=False).encode()


def _carried(model_type: str) -> RepositoryRecordQuerySet:
    models = RegisteredModel.objects.public()
    if model_type:
        models = models.filter(model_type=model_type)
    links = ModelSource.objects.filter(model__in=models.order_by().values("pk"))
    return RepositoryRecord.objects.filter(
        pk__in=links.values("repository"), visited_at__isnull=False
    )


def _told(row: RepositoryRecord, left_out: Collection[str]) -> dict[str, Any]:
    told: dict[str, Any] = {"hub": row.hub, "id": row.repository_id}
    if left_out:
        told["left_out"] = list(left_out)
    for name in _FIELDS:
        value = getattr(row, name)
        if value not in ("", None, {}) and _PARTS.get(name) not in left_out:
            told[name] = value.isoformat() if isinstance(value, datetime) else value
    return told


def read(body: bytes) -> list[Mapping[str, Any]]:
    """The repositories in such a text; none if it is not one that this hub knows."""
    told = read_object(body)
    if isinstance(told, str) or told.get("format") != FORMAT:
        return []
    rows = told.get("repositories")
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def taken_over(rows: Iterable[Mapping[str, Any]]) -> int | None:
    """`take_over`; None if it failed.

    For those who have taken over the models already: the facts are an addition to them.
    """
    try:
        return take_over(rows)
    # The other hub's values are anybody's.
    except Exception:
        logger.exception("What another hub saw of source repositories could not be imported.")
        return None


def take_over(rows: Iterable[Mapping[str, Any]]) -> int:
    """Take over what another hub saw later than this one; returns the number of repositories.

    SECURITY: the other hub's values are checked one by one, like those of a visit.
    """
    rows = list(rows)
    if not rows:
        return 0
    known = {
        (row.hub, row.repository_id): row
        for row in RepositoryRecord.objects.filter(hub__in=VISITED).light()
    }
    changed = []
    for told in rows:
        row = known.get((str(told.get("hub")), str(told.get("id"))))
        if row is not None and _is_later(told, row):
            _take(row, told)
            changed.append(row)
    RepositoryRecord.objects.bulk_update(changed, [*_FIELDS, "next_visit_at"], batch_size=_BATCH)
    for key in source_links.models_naming(changed):
        source_links.summarise([key])
        memory_needs.derive_again(key)
    return len(changed)


def _is_later(told: Mapping[str, Any], row: RepositoryRecord) -> bool:
    visited = moment(told.get("visited_at"))
    if visited is None:
        return False
    return row.visited_at is None or visited > row.visited_at


def _take(row: RepositoryRecord, told: Mapping[str, Any]) -> None:
    status, moved, gated = told.get("status"), told.get("moved_to"), told.get("gated")
    row.status = status if status in RepositoryStatus.values else RepositoryStatus.UNSEEN
    row.moved_to = moved if isinstance(moved, str) and is_repository_id(moved) else ""
    row.gated = gated if isinstance(gated, bool) else None
    # A hub of a former version says nothing of it.
    keeps_zh = "readme_zh" not in told and told.get("readme_of") == row.readme_of
    said = told.get("left_out")
    left_out = said if isinstance(said, list) else []
    for name, length in _TEXTS.items():
        value = told.get(name)
        # What was left out for its size is not gone.
        if _PARTS.get(name) not in left_out:
            setattr(row, name, storable(value)[:length] if isinstance(value, str) else "")
    for name in _COUNTS:
        setattr(row, name, count(told.get(name)))
    for name in _MOMENTS:
        setattr(row, name, moment(told.get(name)))
    if "readme" not in left_out:
        row.readme = _readme(told.get("readme"))
        row.readme_zh = row.readme_zh if keeps_zh else _readme(told.get("readme_zh"))
    if "files" not in left_out:
        row.files = _files(told.get("files"))
    interval = timedelta(hours=settings.ENV.source_visit_hours)
    row.next_visit_at = (row.visited_at or timezone.now()) + interval


def _readme(value: object) -> str:
    text = storable(value) if isinstance(value, str) else ""
    return text if len(text.encode()) <= MAX_README_BYTES else ""


def _files(value: object) -> dict[str, int]:
    pairs = list(value.items())[:MAX_FILES] if isinstance(value, dict) else []
    return {
        storable(path): size
        for path, size in pairs
        if isinstance(path, str) and len(path) <= 1_000 and count(size) is not None
    }
