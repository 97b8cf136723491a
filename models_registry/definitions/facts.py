"""What a person and the search want to know about a model, derived from its records.

Released 3.x definitions are looser than the schemas, so nothing here trusts a type: what is
malformed is passed over, and no input makes it raise.
"""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from .kinds import record_name
from .variants import (
    Repository,
    Variant,
    first_string,
    format_of,
    specs_of,
    strings,
    unique,
    variants_of,
)
from .vocabulary import (
    CONTEXT_BUCKETS,
    SIZE_BUCKETS,
    Bucket,
    billions,
    context_buckets,
    engine_name,
    engine_of_format,
    hub_order,
    language_code,
    marked_engines,
    size_bucket,
)

__all__ = [
    "CONTEXT_BUCKETS",
    "SIZE_BUCKETS",
    "Bucket",
    "Facts",
    "Repository",
    "Variant",
    "derive",
]

# What every model of the type can do, though its records do not say it (`to_description` in
# Xinference 4.1.0).
# Raise it whenever a definition gives other facts than before, or `publication` makes other fields,
# facets or words to search of them: what was derived by an older one is then derived again.
VERSION: Final = "1"

_IMPLIED_ABILITY: Final = {"embedding": "embed", "rerank": "rerank"}
# The engine that runs a record which names none; `None` where that depends on more than the record.
_FALLBACK_ENGINE: Final = {
    "llm": "Transformers",
    "embedding": "sentence_transformers",
    "rerank": "sentence_transformers",
    "image": "Diffusers",
    "audio": "PyTorch",
    "video": "Diffusers",
    "world": "PyTorch",
}
_OWN_ENGINES: Final = frozenset({"ocr", "docanalyze"})


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of one model.

    Sizes are in billions of parameters, lengths in tokens, `updated_at` in Unix seconds.
    """

    name: str | None
    description: str
    family: str | None
    abilities: tuple[str, ...]
    languages: tuple[str, ...]
    formats: tuple[str, ...]
    engines: tuple[str, ...]
    quantizations: tuple[str, ...]
    sizes_in_billions: tuple[float, ...]
    activated_sizes_in_billions: tuple[float, ...]
    size_buckets: tuple[str, ...]
    context_length: int | None
    context_buckets: tuple[str, ...]
    dimensions: int | None
    architectures: tuple[str, ...]
    hubs: tuple[str, ...]
    source_ids: tuple[str, ...]
    virtualenv_packages: tuple[str, ...]
    featured: bool
    updated_at: int | None
    variants: tuple[Variant, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the facts as JSON has them: dicts, lists, strings, numbers, booleans and None."""
        plain: dict[str, Any] = _plain(dataclasses.asdict(self))
        return plain


def _is_list(value: object) -> bool:
    return isinstance(value, (list, tuple))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(one) for one in value]
    return value


def derive(model_type: str, records: Sequence[Any]) -> Facts:
    """Return the facts of a model from its type and records; never raises, whatever they hold."""
    rows = [one for one in records if isinstance(one, Mapping)] if _is_list(records) else []
    specs = [spec for record in rows for spec in specs_of(record)]
    name = next(filter(None, map(record_name, rows)), None)
    variants = tuple(variants_of(model_type, name, rows))
    sizes = _sizes(specs, "model_size_in_billions")
    context = _largest(rows, "context_length" if model_type == "llm" else "max_tokens")
    packages = _packages([*rows, *specs])
    abilities = _abilities(model_type, rows)
    formats = _formats(model_type, rows)
    return Facts(
        name=name,
        description=first_string(*(record.get("model_description") for record in rows)) or "",
        family=first_string(*(record.get("model_family") for record in rows)),
        abilities=abilities,
        languages=_languages(rows),
        formats=_sorted(formats.union(filter(None, (row.model_format for row in variants)))),
        engines=_engines(model_type, rows, packages, formats, abilities),
        quantizations=_sorted(one for row in variants for one in row.quantizations),
        sizes_in_billions=sizes,
        activated_sizes_in_billions=_sizes(specs, "activated_size_in_billions"),
        size_buckets=tuple(unique(map(size_bucket, sizes))),
        context_length=context,
        context_buckets=context_buckets(context),
        dimensions=_largest(rows, "dimensions"),
        architectures=tuple(
            unique(s for record in rows for s in strings(record.get("architectures")))
        ),
        hubs=tuple(sorted({row.hub for row in variants}, key=hub_order)),
        source_ids=tuple(unique(one.model_id for row in variants for one in row.repositories)),
        virtualenv_packages=tuple(packages),
        featured=any(record.get("featured") is True for record in rows),
        updated_at=_largest(rows, "updated_at"),
        variants=variants,
    )


def _sorted(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(values), key=lambda one: (one.casefold(), one)))


def _abilities(model_type: str, records: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    named = {ability for record in records for ability in strings(record.get("model_ability"))}
    implied = _IMPLIED_ABILITY.get(model_type)
    if implied is not None:
        # Records of 3.x say `vision` where later ones say `embed_vision`
        # (`normalize_legacy_model_ability`).
        legacy = {"vision", "video", "audio"}
        named = {f"{implied}_{one}" if one in legacy else one for one in named} | {implied}
    return _sorted(named)


def _languages(records: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    named = [
        text
        for record in records
        for key in ("model_lang", "language")
        for text in strings(record.get(key))
    ]
    codes = {code for code in map(language_code, named) if code is not None}
    if not codes and any(record.get("multilingual") is True for record in records):
        codes = {"multilingual"}
    return _sorted(codes)


def _formats(model_type: str, records: Sequence[Mapping[str, Any]]) -> set[str]:
    """Return the formats of the models themselves, without GGUF files that go with them."""
    named = {format_of(model_type, record, spec) for record in records for spec in specs_of(record)}
    return {one for one in named if one is not None}


def _engines(
    model_type: str,
    records: Sequence[Mapping[str, Any]],
    packages: Iterable[str],
    formats: Iterable[str],
    abilities: Iterable[str],
) -> tuple[str, ...]:
    engines = marked_engines(packages)
    for record in records:
        engines.update(map(engine_name, strings(record.get("engine"))))
        engines.update(map(engine_name, strings(record.get("model_engine"))))
    engines.update(filter(None, map(engine_of_format, formats)))
    if not engines and records and _OWN_ENGINES.isdisjoint(abilities):
        engines.update(filter(None, [_FALLBACK_ENGINE.get(model_type)]))
    return _sorted(engines)


def _packages(holders: Iterable[Mapping[str, Any]]) -> list[str]:
    packages: list[str] = []
    for holder in holders:
        virtualenv = holder.get("virtualenv")
        if isinstance(virtualenv, Mapping):
            packages.extend(strings(virtualenv.get("packages")))
    return unique(packages)


def _sizes(specs: Iterable[Mapping[str, Any]], key: str) -> tuple[float, ...]:
    sizes = (billions(spec.get(key)) for spec in specs)
    return tuple(sorted({size for size in sizes if size is not None}))


def _largest(records: Iterable[Mapping[str, Any]], key: str) -> int | None:
    """Return the largest positive integer under a key; a boolean is none."""
    values = (record.get(key) for record in records)
    found = [
        one for one in values if isinstance(one, int) and not isinstance(one, bool) and one > 0
    ]
    return max(found, default=None)
