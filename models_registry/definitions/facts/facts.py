"""The facts of a model for people and the search, derived from its records.

Released 3.x definitions are looser than the schemas, so nothing here trusts a type: malformed
values are ignored, and no input raises.
"""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from models_registry.definitions.facts.kinds import record_name
from models_registry.definitions.facts.variants import (
    Variant,
    first_string,
    format_of,
    specs_of,
    strings,
    unique,
    variants_of,
)
from models_registry.definitions.facts.vocabulary import (
    billions,
    context_buckets,
    engine_name,
    engine_of_format,
    hub_order,
    language_code,
    marked_engines,
    size_bucket,
)

# Raise it whenever the facts of a definition change, or the fields, facets or search words that
# `publication` derives from them: all models are then derived again.
VERSION: Final = "3"

# The abilities of every model of a type, which its records need not name (`to_description` in
# Xinference 4.1.0).
_IMPLIED_ABILITY: Final = {"embedding": "embed", "rerank": "rerank"}
# The engine of a record that names none; `None` if it depends on more than the record.
_FALLBACK_ENGINE: Final = {
    "llm": "Transformers",
    "embedding": "sentence_transformers",
    "rerank": "sentence_transformers",
    "image": "Diffusers",
    "audio": "PyTorch",
    "video": "Diffusers",
    "world": "PyTorch",
}
# What the web UI of Xinference fills in where nobody describes a custom model.
_NO_DESCRIPTION: Final = "this is a custom model description"
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
        """Return the facts as JSON values: dicts, lists, strings, numbers, booleans and None.

        Without those of variants, which are large: who needs them reads `variants`.
        """
        names = [member.name for member in dataclasses.fields(self)]
        return {name: _plain(getattr(self, name)) for name in names if name != "variants"}


def _is_list(value: object) -> bool:
    return isinstance(value, (list, tuple))


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return {key: _plain(member) for key, member in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    # Not with dataclasses.asdict, which copies each text first: a page calls this.
    if dataclasses.is_dataclass(value):
        members = dataclasses.fields(value)
        return {member.name: _plain(getattr(value, member.name)) for member in members}
    return value


def derive(model_type: str, records: Sequence[Any]) -> Facts:
    """Return the facts of a model from its type and records; never raises."""
    rows = (
        [record for record in records if isinstance(record, Mapping)] if _is_list(records) else []
    )
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
        description=_description(rows),
        family=first_string(*(record.get("model_family") for record in rows)),
        abilities=abilities,
        languages=_languages(rows),
        formats=_sorted(formats.union(filter(None, (row.model_format for row in variants)))),
        engines=_engines(model_type, rows, packages, formats, abilities),
        quantizations=_sorted(name for row in variants for name in row.quantizations),
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
        source_ids=tuple(unique(place.model_id for row in variants for place in row.repositories)),
        virtualenv_packages=tuple(packages),
        featured=any(record.get("featured") is True for record in rows),
        updated_at=_largest(rows, "updated_at"),
        variants=variants,
    )


def _description(records: Sequence[Mapping[str, Any]]) -> str:
    """Return the first description; the one of Xinference's form for custom models says nothing."""
    for record in records:
        text = first_string(record.get("model_description"))
        if text is not None and text.casefold().rstrip(".") != _NO_DESCRIPTION:
            return text
    return ""


def _sorted(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(values), key=lambda text: (text.casefold(), text)))


def _abilities(model_type: str, records: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    named = {ability for record in records for ability in strings(record.get("model_ability"))}
    implied = _IMPLIED_ABILITY.get(model_type)
    if implied is not None:
        # Records of 3.x say `vision` where later ones say `embed_vision`
        # (`normalize_legacy_model_ability`).
        legacy = {"vision", "video", "audio"}
        named = {f"{implied}_{name}" if name in legacy else name for name in named} | {implied}
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
    return {name for name in named if name is not None}


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
    by_format = {name: engine_of_format(name) for name in formats}
    # A GGUF or MLX variant says nothing of the variants beside it.
    is_open = not by_format or None in by_format.values()
    if not engines and is_open and records and _OWN_ENGINES.isdisjoint(abilities):
        engines.update(filter(None, [_FALLBACK_ENGINE.get(model_type)]))
    engines.update(filter(None, by_format.values()))
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
    """Return the largest positive integer under a key; booleans do not count."""
    values = (record.get(key) for record in records)
    numbers = [
        value
        for value in values
        if isinstance(value, int) and not isinstance(value, bool) and value > 0
    ]
    return max(numbers, default=None)
