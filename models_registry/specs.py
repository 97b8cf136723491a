"""What a model's page shows beside its facts: the rendered README, how to launch it, its specs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache

from models_registry.definitions import facts as definition_facts
from models_registry.definitions import text as definition_text
from models_registry.definitions.facts import Facts, Variant
from models_registry.models import ReadmeOrigin, RegisteredModel, Revision
from models_registry.readme.generate import NOTE
from models_registry.readme.launching import choose_launch
from models_registry.readme.links import Source
from models_registry.readme.render import RENDERER, Rendered, render

CACHE_SECONDS = 7 * 24 * 3600
# Members of a record that the page shows elsewhere, or that say nothing about the model.
_SHOWN_ELSEWHERE = frozenset(
    """version model_name model_description model_specs model_src model_lang language model_ability
    context_length updated_at featured virtualenv is_built_in""".split()
)
_LONG = 120


@dataclass(frozen=True, slots=True)
class Spec:
    """One spec of a record, and where it is found: a row for each hub."""

    model_format: str | None
    size: str | None
    activated_size: str | None
    engine: str | None
    label: str | None
    sources: tuple[Variant, ...]

    @property
    def is_alike_everywhere(self) -> bool:
        """Whether all hubs have the same quantizations, in one repository each."""
        return len({one.quantizations for one in self.sources}) == 1 and all(
            len(one.repositories) < 2 for one in self.sources
        )


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a record as the page shows it: one of `text`, `values` (a short list) and
    `block` (many lines or characters, folded away)."""

    key: str
    text: str = ""
    values: tuple[str, ...] = ()
    block: str = ""


@dataclass(frozen=True, slots=True)
class Specs:
    """The specs of a model: its files, then what else its records say, record by record."""

    rows: tuple[Spec, ...]
    has_engines: bool
    has_labels: bool
    has_revisions: bool
    packages: tuple[str, ...]
    records: tuple[tuple[str, tuple[Member, ...]], ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """What every tab of a model's page needs of its revision."""

    facts: dict[str, Any]
    launch: str


def overview(model: RegisteredModel, revision: Revision) -> Overview:
    """The facts of a revision, and the command line that launches it, on one line; cached."""
    key = f"overview:1:{revision.pk}"
    found = cache.get(key)
    if not isinstance(found, Overview):
        definition, facts = _read(model, revision)
        launch = choose_launch(model.model_type, model.name, facts, definition.records)
        found = Overview(facts.as_dict(), launch.command().replace(" \\\n ", ""))
        cache.set(key, found, CACHE_SECONDS)
    return found


def rendered_readme(model: RegisteredModel, revision: Revision) -> Rendered:
    """The README of a revision as safe HTML; cached until its text or the renderer changes."""
    key = f"readme:{RENDERER}:{revision.pk}"
    found = cache.get(key)
    if not isinstance(found, Rendered):
        text = revision.readme
        if revision.readme_origin == ReadmeOrigin.GENERATED:
            # The page itself says so.
            text = text.removeprefix(NOTE)
        found = render(text, source=_source(overview(model, revision).facts))
        cache.set(key, found, CACHE_SECONDS)
    return found


def specs(model: RegisteredModel, revision: Revision) -> Specs:
    """The specs of a revision."""
    definition, facts = _read(model, revision)
    rows = tuple(_rows(facts.variants))
    return Specs(
        rows=rows,
        has_engines=any(row.engine for row in rows),
        has_labels=any(row.label for row in rows),
        has_revisions=any(one.model_revision for row in rows for one in row.sources),
        packages=facts.virtualenv_packages,
        records=tuple(_records(definition.records)),
    )


def _read(model: RegisteredModel, revision: Revision) -> tuple[definition_text.Definition, Facts]:
    definition = definition_text.parse(revision.definition)
    return definition, definition_facts.derive(model.model_type, definition.records)


def _source(facts: Mapping[str, Any]) -> Source | None:
    """The repository that relative links of a README belong to: the first one on a known hub."""
    for hub in ("huggingface", "modelscope"):
        for variant in facts["variants"]:
            if variant["hub"] == hub and variant["repositories"]:
                return Source(hub, variant["repositories"][0]["model_id"])
    return None


def _rows(variants: Sequence[Variant]) -> Iterable[Spec]:
    groups: dict[tuple[object, ...], list[Variant]] = {}
    for one in variants:
        key = (one.record_index, one.spec_index, one.model_format, one.size, one.label)
        groups.setdefault(key, []).append(one)
    for sources in groups.values():
        first = sources[0]
        yield Spec(
            first.model_format,
            first.size,
            first.activated_size,
            first.engine,
            first.label,
            tuple(sources),
        )


def _records(records: Sequence[Mapping[str, Any]]) -> Iterable[tuple[str, tuple[Member, ...]]]:
    for record in records:
        title = " · ".join(
            str(record[key])
            for key in ("engine", "model_format", "quantization")
            if len(records) > 1 and isinstance(record.get(key), str)
        )
        members = tuple(
            _member(key, value)
            for key, value in record.items()
            if key not in _SHOWN_ELSEWHERE and value not in (None, [], {}, "")
        )
        if members:
            yield title, members


def _member(key: str, value: object) -> Member:
    if isinstance(value, str):
        is_long = len(value) > _LONG or "\n" in value
        return Member(key, block=value) if is_long else Member(key, text=value)
    if isinstance(value, list) and all(isinstance(one, str | int | float) for one in value):
        texts = tuple(one if isinstance(one, str) else json.dumps(one) for one in value)
        if all(len(one) <= _LONG for one in texts):
            return Member(key, values=texts)
    if isinstance(value, list | dict):
        return Member(key, block=json.dumps(value, indent=2, ensure_ascii=False))
    return Member(key, text=json.dumps(value))
