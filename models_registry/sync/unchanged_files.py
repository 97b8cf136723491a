"""The files of a source that the hub has imported before, to the last byte.

An import reads most files again as they were. Those are told by their texts, and neither parsed nor
checked again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from django.db.models import F
from django.utils import timezone

from models_registry.definitions.checks import schema
from models_registry.definitions.upstream_files.layouts import (
    TreeReading,
    UpstreamModel,
    read_tree,
)
from models_registry.models import RegisteredModel, UpstreamFile, Visibility
from models_registry.upstream.merge_back import OF_HUBS


def read_files(files: Mapping[str, str]) -> TreeReading:
    """Read the models of a tree; files that were read before with the same text aren't parsed."""
    rows = UpstreamFile.objects.filter(layout="split", path__in=list(files))
    texts = rows.values_list("path", "text").iterator()
    return read_tree(files, known_good={path for path, text in texts if files[path] == text})


@dataclass(frozen=True, slots=True)
class _File:
    pk: int
    text: str
    has_updated_at: bool


def validity(text: str) -> str:
    """What `UpstreamFile.valid_by` holds for a text that is valid by the current schemas.

    It names the text too: an earlier version of the hub writes texts without it.
    """
    return hashlib.sha256(f"{schema.current().digest}\n{text}".encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class UnchangedFiles:
    """The models of a source whose import would change nothing, and warn of nothing."""

    _files: Mapping[tuple[str, str, str], _File]

    @classmethod
    def among(cls, models: Iterable[UpstreamModel]) -> Self:
        """Find them; call it once the models are locked.

        The published text equals the source's, which equals upstream's last one and is valid by
        the current schemas.
        """
        texts = {(m.model_type, m.name, m.path): m.text for m in models}
        rows = UpstreamFile.objects.filter(
            path__in={path for _, _, path in texts},
            model__visibility=Visibility.PUBLIC,
            model__published_revision__definition=F("text"),
        ).values_list(
            "model__model_type", "model__name", "path", "pk", "text", "has_updated_at", "valid_by"
        )
        found = {
            (row[0], row[1], row[2]): _File(*row[3:6])
            for row in rows.iterator()
            if row[6] == validity(row[4])
        }
        return cls({key: file for key, file in found.items() if texts.get(key) == file.text})

    def __contains__(self, source_model: UpstreamModel) -> bool:
        return self._file(source_model) is not None

    def _file(self, source_model: UpstreamModel) -> _File | None:
        return self._files.get((source_model.model_type, source_model.name, source_model.path))

    def has_updated_at(self, source_model: UpstreamModel) -> bool:
        """Whether every record of a model is known to have a valid `updated_at`."""
        file = self._file(source_model)
        return file is not None and file.has_updated_at

    def remember_seen(self, source: str) -> set[str]:
        """Record that upstream, or another hub, has these texts now.

        Returns the types of which it forgot what deleted models had.
        """
        rows = UpstreamFile.objects.filter(pk__in=[file.pk for file in self._files.values()])
        rows.update(
            source=source[:300], is_seen=not source.startswith(OF_HUBS), seen_at=timezone.now()
        )
        # Records of deleted models of these names are out of date now.
        models = RegisteredModel.objects.filter(upstream_file__in=rows)
        freed = set()
        for model_type in {model_type for model_type, _, _ in self._files}:
            names = models.filter(model_type=model_type).values("name_key")
            orphans = UpstreamFile.objects.filter(model=None, model_type=model_type)
            if orphans.filter(name_key__in=names).delete()[0]:
                freed.add(model_type)
        return freed
