"""What pages show of the source repositories of a model, and when it was seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from models_registry.definitions.facts.vocabulary import repository_page
from models_registry.models import (
    ModelSource,
    RegisteredModel,
    RepositoryRecord,
    RepositoryStatus,
    SourceSummary,
)
from models_registry.models.source_repositories import sources_of

# Repositories on a page; the definition names all of them.
MAX_SHOWN = 60


@dataclass(frozen=True, slots=True)
class ShownRepository:
    """One source repository; `moved_url` is its page after a move."""

    record: RepositoryRecord
    url: str | None
    moved_url: str | None
    bytes: int | None


@dataclass(frozen=True, slots=True)
class ModelSources:
    """The facts of a model from its source repositories; `troubled` are those with a problem."""

    links: Sequence[ModelSource]
    summary: SourceSummary | None
    troubled: Sequence[ShownRepository]

    @property
    def seen_at(self) -> datetime | None:
        """When the facts were seen; None if no repository was visited yet."""
        return self.summary.seen_at if self.summary is not None else None


def sources_on_page(model: RegisteredModel, *, every: bool = False) -> ModelSources:
    """The source repositories of a model; one query, whatever their number.

    A model may have hundreds. Unless `every` is wanted, only those that each tab shows: the first
    one of each hub, and those that have trouble.
    """
    found = sources_of(model)
    if not every:
        missing = Q(repository__status__in=(RepositoryStatus.GONE, RepositoryStatus.HIDDEN))
        found = found.filter(Q(is_first=True) | missing | ~Q(repository__moved_to=""))
    links = list(found)
    summary = getattr(model, "source_summary", None)
    troubled = [_shown(link.repository) for link in links if link.repository.trouble]
    return ModelSources(links, summary, troubled[:MAX_SHOWN])


def with_files(links: Sequence[ModelSource]) -> Sequence[ModelSource]:
    """The same links with the files of their repositories; one query."""
    keys = [link.repository.pk for link in links if link.repository.visited_at]
    files = dict(RepositoryRecord.objects.filter(pk__in=keys).values_list("pk", "files"))
    for link in links:
        link.repository.files = files.get(link.repository.pk, {})
    return links


def repositories(links: Sequence[ModelSource]) -> list[ShownRepository]:
    """The source repositories of a model that were visited, for a table."""
    records = [link.repository for link in links if link.repository.visited_at]
    return [_shown(record) for record in records[:MAX_SHOWN]]


def _shown(record: RepositoryRecord) -> ShownRepository:
    moved = repository_page(record.hub, record.moved_to) if record.moved_to else None
    # The files are loaded only on the tab that shows their size.
    files = record.__dict__.get("files")
    total = sum(files.values()) if isinstance(files, dict) and files else None
    return ShownRepository(record, repository_page(record.hub, record.repository_id), moved, total)
