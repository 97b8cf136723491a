"""The public models here that a source has, too, read many at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Self

from models_registry.definitions.facts.kinds import name_key
from models_registry.definitions.upstream_files.layouts import UpstreamModel
from models_registry.models import LIVE_STATES, RegisteredModel, UpstreamChange, Visibility
from models_registry.sync.source_publication import BATCH
from models_registry.upstream.merge_back import base_text

# A type, and a name without letter case.
_Key = tuple[str, str]


@dataclass(slots=True)
class KnownModels:
    """Reads the models in the order in which the source has them. Call it once they are locked."""

    _coming: list[UpstreamModel]
    # Those of the source that were looked up last, and what they have here.
    _batch: set[tuple[str, str]] = field(default_factory=set)
    _found: dict[_Key, RegisteredModel] = field(default_factory=dict)
    # The models whose changes for upstream are known, and those that have some on their way.
    _read: set[int] = field(default_factory=set)
    _sending: set[int] = field(default_factory=set)
    _used: set[int] = field(default_factory=set)

    @classmethod
    def among(cls, models: Iterable[UpstreamModel]) -> Self:
        """Those with the names of these models; `of` is asked for each of them in this order."""
        return cls(list(models)[::-1])

    def of(self, source_model: UpstreamModel) -> RegisteredModel | None:
        """The public model with the name and type of the source's."""
        while (source_model.model_type, source_model.name) not in self._batch and self._coming:
            batch = self._coming[-BATCH:]
            del self._coming[-BATCH:]
            self._batch = {(coming.model_type, coming.name) for coming in batch}
            self._found = self._models(batch)
        key = _key(source_model)
        model = self._found.get(key)
        if model is not None and model.pk in self._used:
            # Another file of the source has changed it meanwhile.
            model = self._models([source_model]).get(key)
        return model

    def use(self, model: RegisteredModel) -> None:
        """Remember that a model is about to change: who asks for it again gets it as it is then."""
        self._used.add(model.pk)

    def is_sending(self, model: RegisteredModel) -> bool:
        """Whether a change of the model is on its way to upstream."""
        if model.pk not in self._read:
            self._read_changes([model])
        return model.pk in self._sending

    def _models(self, batch: Sequence[UpstreamModel]) -> dict[_Key, RegisteredModel]:
        rows = RegisteredModel.objects.select_related("published_revision", "upstream_file")
        public = rows.filter(visibility=Visibility.PUBLIC).defer("facts", "search_text")
        types = {source_model.model_type for source_model in batch}
        named = public.filter(
            model_type__in=types, name_key__in={key for _, key in map(_key, batch)}
        )
        found = {(model.model_type, model.name_key): model for model in named}
        self._read_changes(found.values())
        return found

    def _read_changes(self, models: Iterable[RegisteredModel]) -> None:
        keys = {model.pk for model in models}
        live = UpstreamChange.objects.filter(model__in=keys, state__in=LIVE_STATES)
        self._sending = (self._sending - keys) | set(live.values_list("model_id", flat=True))
        self._read |= keys


def _key(source_model: UpstreamModel) -> _Key:
    return source_model.model_type, name_key(source_model.name)


def base_here(model: RegisteredModel) -> str:
    """`base_text` of a model that was read with its file."""
    upstream_file = getattr(model, "upstream_file", None)
    return upstream_file.text if upstream_file is not None else base_text(model)
