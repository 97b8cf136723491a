"""What a model's page shows besides its facts: the rendered README, the launch command, specs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Literal, cast

from django.conf import settings
from django.utils.translation import get_language

from hub.cached_values import CachedValues
from models_registry.definitions.facts import facts as definition_facts
from models_registry.definitions.facts.facts import VERSION as FACTS_VERSION
from models_registry.definitions.facts.facts import Facts
from models_registry.definitions.facts.variants import Variant, variants_of
from models_registry.definitions.facts.weights import WeightBytes
from models_registry.definitions.json_text import document as definition_text
from models_registry.launch.default_launch import choose_launch
from models_registry.models import (
    ModelSource,
    ReadmeOrigin,
    RegisteredModel,
    RepositoryRecord,
    RepositoryStatus,
    Revision,
)
from models_registry.readme.generate import NOTE, generate_for_page
from models_registry.readme.limits import ReadmeTooLarge
from models_registry.readme.links import Source
from models_registry.readme.origin import is_generated
from models_registry.readme.render import RENDERER, Rendered, render
from models_registry.source_weights import known_weights

CACHE_SECONDS = 7 * 24 * 3600
# Members of a record that the page shows elsewhere, or that do not describe the model.
_SHOWN_ELSEWHERE = frozenset(
    """version model_name model_description model_specs model_src model_lang language model_ability
    context_length updated_at featured virtualenv is_built_in""".split()
)
_LONG = 120
# Limits of the page; the definition shows everything.
MAX_ROWS = 500
MAX_VALUES = 200
MAX_BLOCK = 50_000


@dataclass(frozen=True, slots=True)
class SpecChoice:
    """One quantization of a spec at one hub ("" if it names none): the page of its repository if it
    has one of its own, and the bytes that a server downloads and loads, if known."""

    name: str
    url: str | None
    repository_id: str
    download: int | None = None
    load: int | None = None


@dataclass(frozen=True, slots=True)
class SpecSource:
    """One hub of a spec."""

    variant: Variant
    choices: tuple[SpecChoice, ...]


@dataclass(frozen=True, slots=True)
class Spec:
    """One spec of a record, with its sources: a row for each hub."""

    model_format: str | None
    size: str | None
    activated_size: str | None
    engine: str | None
    label: str | None
    sources: tuple[SpecSource, ...]

    @property
    def is_alike_everywhere(self) -> bool:
        """True if all hubs have the same quantizations, in one repository each."""
        variants = [source.variant for source in self.sources]
        return len({variant.quantizations for variant in variants}) == 1 and all(
            len(variant.repositories) < 2 for variant in variants
        )

    @property
    def shared_choices(self) -> tuple[SpecChoice, ...]:
        """The choices where all hubs are alike, with the bytes of the first hub that was seen."""
        every = [source.choices for source in self.sources]
        known = (choices for choices in every if any(choice.download for choice in choices))
        return next(known, every[0])


@dataclass(frozen=True, slots=True)
class RecordMember:
    """A member of a record as the page shows it: either `text`, `values` (a short list) or `block`
    (a long text, folded)."""

    key: str
    text: str = ""
    values: tuple[str, ...] = ()
    block: str = ""


@dataclass(frozen=True, slots=True)
class Specs:
    """The specs of a model: its files, then the other members of its records."""

    rows: tuple[Spec, ...]
    has_engines: bool
    has_labels: bool
    has_revisions: bool
    packages: tuple[str, ...]
    records: tuple[tuple[str, tuple[RecordMember, ...]], ...]
    # How many files and members are not shown.
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Overview:
    """What every tab of a model's page needs from its revision."""

    facts: dict[str, Any]
    launch: str


_OVERVIEWS: Final = CachedValues[Overview](Overview, version=f"3-{FACTS_VERSION}")
_READMES: Final = CachedValues[Rendered](Rendered, version=f"3-{RENDERER}")


def overview(model: RegisteredModel, revision: Revision) -> Overview:
    """The facts of a revision and the one-line launch command; cached."""
    key = f"overview:{revision.pk}"
    kept = _OVERVIEWS.get(key)
    if kept is None:
        definition, facts = _read(model, revision)
        launch = choose_launch(model.model_type, model.name, facts, definition.records)
        kept = Overview(facts.as_dict(), launch.command().replace(" \\\n ", ""))
        _OVERVIEWS.set(key, kept, CACHE_SECONDS)
    return kept


@dataclass(frozen=True, slots=True)
class ShownReadme:
    """The README on a page, and where it is from: a source repository, or the definition."""

    rendered: Rendered
    source: RepositoryRecord | None = None
    is_generated: bool = False
    language: str = "en"


def shown_readme(
    model: RegisteredModel, revision: Revision, sources: Sequence[ModelSource]
) -> ShownReadme:
    """The README of a revision as safe HTML: its author's, else that of the first source repository
    that has one, else one that is generated in the reader's language. Cached."""
    if not is_generated(revision.readme, revision.readme_origin):
        return ShownReadme(rendered_readme(model, revision))
    if (record := _with_readme(sources)) is not None:
        # The key changes with the content of the repository.
        key = f"source-readme:{record.pk}:{record.readme_of}"
        with suppress(ReadmeTooLarge):
            return ShownReadme(_cached(key, lambda: _of_source(record)), source=record)
    language = get_language() or ""
    key = f"generated:{revision.pk}:{language}"
    return ShownReadme(_cached(key, lambda: (_generated(model, revision), None)), is_generated=True)


def readme_languages(
    revision: Revision, sources: Iterable[ModelSource]
) -> list[Literal["en", "zh"]]:
    """The languages in which there is a README for the page; Chinese only if somebody wrote it."""
    has_chinese = bool(revision.readme_zh.strip())
    if not has_chinese and is_generated(revision.readme, revision.readme_origin):
        record = _with_readme(sources)
        has_chinese = any(
            source.repository is record and getattr(source, "has_readme_zh", False)
            for source in sources
        )
    return ["en", "zh"] if has_chinese else ["en"]


def chinese_readme(
    model: RegisteredModel, revision: Revision, sources: Sequence[ModelSource]
) -> ShownReadme:
    """The README in Chinese, of a model that has one: its author's, else the source's. Cached."""
    if revision.readme_zh.strip():
        return ShownReadme(rendered_readme(model, revision, chinese=True), language="zh")
    if (record := _with_readme(sources)) is not None:
        key = f"source-readme:{record.pk}:{record.readme_zh_of}:zh"
        with suppress(ReadmeTooLarge):
            rendered = _cached(key, lambda: _of_source(record, chinese=True))
            return ShownReadme(rendered, source=record, language="zh")
    return shown_readme(model, revision, sources)


def _cached(key: str, read: Callable[[], tuple[str, Source | None]]) -> Rendered:
    rendered = _READMES.get(key)
    if rendered is None:
        text, source = read()
        rendered = render(text, source=source)
        _READMES.set(key, rendered, CACHE_SECONDS)
    return rendered


def _with_readme(sources: Iterable[ModelSource]) -> RepositoryRecord | None:
    if not settings.ENV.source_readmes:
        return None
    return next(
        (
            source.repository
            for source in sources
            if source.is_first
            and source.repository.status == RepositoryStatus.FOUND
            and getattr(source, "has_readme", False)
        ),
        None,
    )


def _of_source(record: RepositoryRecord, *, chinese: bool = False) -> tuple[str, Source]:
    hub = cast('Literal["huggingface", "modelscope"]', record.hub)
    place = Source(hub, record.present_id, record.readme_revision or None)
    return record.readme_zh if chinese else record.readme, place


def _generated(model: RegisteredModel, revision: Revision) -> str:
    definition, facts = _read(model, revision)
    return generate_for_page(model.model_type, model.name, facts, definition.records)


def rendered_readme(
    model: RegisteredModel, revision: Revision, *, chinese: bool = False
) -> Rendered:
    """The README that is stored in a revision as safe HTML, cached until the renderer changes."""

    def read() -> tuple[str, Source | None]:
        text = revision.readme_zh if chinese else revision.readme
        if not chinese and revision.readme_origin == ReadmeOrigin.GENERATED:
            # The page shows a message instead.
            text = text.removeprefix(NOTE)
        records = definition_text.parse(revision.definition).records
        return text, _source(variants_of(model.model_type, None, records))

    return _cached(f"readme:{revision.pk}{':zh' if chinese else ''}", read)


def specs(model: RegisteredModel, revision: Revision, links: Sequence[ModelSource] = ()) -> Specs:
    """The specs of a revision; `links` are its source repositories with their files."""
    definition, facts = _read(model, revision)
    weights = known_weights(model, definition.records, [link.repository for link in links])
    every = list(_rows(facts.variants, weights))
    rows = tuple(every[:MAX_ROWS])
    records = list(_records(definition.records))
    shown = [(title, members[:MAX_VALUES]) for title, members in records[:MAX_VALUES]]
    left_out = len(every) - len(rows)
    left_out += sum(len(members) for _, members in records)
    left_out -= sum(len(members) for _, members in shown)
    return Specs(
        rows=rows,
        has_engines=any(row.engine for row in rows),
        has_labels=any(row.label for row in rows),
        has_revisions=any(source.variant.model_revision for row in rows for source in row.sources),
        packages=facts.virtualenv_packages[:MAX_VALUES],
        records=tuple(shown),
        left_out=left_out,
    )


def _read(model: RegisteredModel, revision: Revision) -> tuple[definition_text.Definition, Facts]:
    definition = definition_text.parse(revision.definition)
    return definition, definition_facts.derive(model.model_type, definition.records)


def _source(variants: Iterable[Variant]) -> Source | None:
    """The repository that relative links of a README refer to: the first one on Hugging Face, else
    on ModelScope."""
    other = None
    for variant in variants:
        if variant.repositories and variant.repositories[0].url:
            model_id = variant.repositories[0].model_id
            if variant.hub == "huggingface":
                return Source("huggingface", model_id)
            if variant.hub == "modelscope" and other is None:
                other = Source("modelscope", model_id)
    return other


def _rows(variants: Sequence[Variant], weights: Sequence[WeightBytes]) -> Iterable[Spec]:
    known: dict[tuple[object, ...], WeightBytes] = {
        (w.hub, w.record_index, w.spec_index, w.model_format, w.repository_id, w.quantization): w
        for w in weights
    }
    groups: dict[tuple[object, ...], list[Variant]] = {}
    for variant in variants:
        key = (
            variant.record_index,
            variant.spec_index,
            variant.model_format,
            variant.size,
            variant.label,
        )
        groups.setdefault(key, []).append(variant)
    for sources in groups.values():
        first = sources[0]
        yield Spec(
            first.model_format,
            first.size,
            first.activated_size,
            first.engine,
            first.label,
            tuple(SpecSource(variant, tuple(_choices(variant, known))) for variant in sources),
        )


def _choices(
    variant: Variant, known: Mapping[tuple[object, ...], WeightBytes]
) -> Iterable[SpecChoice]:
    several = len(variant.repositories) > 1
    for repository in variant.repositories:
        for name in repository.quantizations or ("",):
            found = known.get(
                (
                    variant.hub,
                    variant.record_index,
                    variant.spec_index,
                    variant.model_format,
                    repository.model_id,
                    name,
                )
            )
            yield SpecChoice(
                name,
                repository.url if several else None,
                repository.model_id,
                found.download if found is not None else None,
                found.load if found is not None else None,
            )


def _records(
    records: Sequence[Mapping[str, Any]],
) -> Iterable[tuple[str, tuple[RecordMember, ...]]]:
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


def _member(key: str, value: object) -> RecordMember:
    if isinstance(value, str):
        is_long = len(value) > _LONG or "\n" in value
        return RecordMember(key, block=_cut(value)) if is_long else RecordMember(key, text=value)
    if isinstance(value, list) and all(isinstance(item, str | int | float) for item in value):
        texts = tuple(item if isinstance(item, str) else json.dumps(item) for item in value)
        if len(texts) <= MAX_VALUES and all(len(item) <= _LONG for item in texts):
            return RecordMember(key, values=texts)
    if isinstance(value, list | dict):
        return RecordMember(key, block=_cut(json.dumps(value, indent=2, ensure_ascii=False)))
    return RecordMember(key, text=json.dumps(value))


def _cut(text: str) -> str:
    return text if len(text) <= MAX_BLOCK else text[:MAX_BLOCK] + "…"
