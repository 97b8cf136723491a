"""The specs table of a model: one row for each spec and each hub that offers it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from models_registry.definitions.facts.vocabulary import (
    billions,
    engine_name,
    hub_order,
    repository_page,
    size_label,
)

_PLACEHOLDER = "{quantization}"


@dataclass(frozen=True, slots=True)
class SourceRepository:
    """One repository of a variant, its quantizations, and its web page if known."""

    model_id: str
    url: str | None
    quantizations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Variant:
    """One row of the specs table.

    `model_id` is as written; if it contains `{quantization}`, `repositories` has one entry
    for each real repository, and `url` is None unless there is just one. `label` is a name that
    differs from the model's own (named variants of a world model).
    """

    record_index: int
    spec_index: int
    hub: str
    model_format: str | None = None
    size: str | None = None
    size_in_billions: float | None = None
    activated_size: str | None = None
    quantizations: tuple[str, ...] = ()
    model_id: str = ""
    model_revision: str | None = None
    url: str | None = None
    file_template: str | None = None
    engine: str | None = None
    label: str | None = None
    repositories: tuple[SourceRepository, ...] = ()


def strings(value: object) -> list[str]:
    """Return the non-empty strings of a list, or a single one; of anything else, none. Trimmed."""
    candidates: Iterable[object] = value if isinstance(value, list) else (value,)
    return [text.strip() for text in candidates if isinstance(text, str) and text.strip()]


def first_string(*values: object) -> str | None:
    """Return the first of the values that is a non-empty string, trimmed."""
    return next((text.strip() for text in values if isinstance(text, str) and text.strip()), None)


def mappings(value: object) -> list[Mapping[str, Any]]:
    """Return the objects of a list; of anything else, none."""
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def specs_of(record: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the specs of a record; a record without `model_specs` is its own only spec."""
    return mappings(record["model_specs"]) if "model_specs" in record else [record]


def spec_of(variant: Variant, specs: Sequence[Sequence[Mapping[str, Any]]]) -> Mapping[str, Any]:
    """Return the spec of a variant, from the specs of each record; empty if it is missing."""
    of_record = specs[variant.record_index]
    return of_record[variant.spec_index] if variant.spec_index < len(of_record) else {}


def sources_of(spec: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the sources of a spec as (hub, source), in the order of `HUBS`."""
    sources = spec.get("model_src")
    if not isinstance(sources, Mapping):
        return []
    pairs = [(str(hub), source) for hub, source in sources.items() if isinstance(source, Mapping)]
    return sorted(pairs, key=lambda pair: hub_order(pair[0]))


def format_of(model_type: str, record: Mapping[str, Any], spec: Mapping[str, Any]) -> str | None:
    """Return the format of a spec.

    If a record names none, the default of upstream's engines: `diffusers` for video, `mlx` for an
    MLX engine, and `pytorch` for the other types that need not name one. An llm always has to.
    """
    named = first_string(spec.get("model_format"), record.get("model_format"))
    if named is not None or model_type == "llm":
        return named
    engine = first_string(record.get("engine"))
    if engine is not None and engine_name(engine) == "MLX":
        return "mlx"
    return "diffusers" if model_type == "video" else "pytorch"


def variants_of(
    model_type: str, name: str | None, records: Sequence[Mapping[str, Any]]
) -> Iterator[Variant]:
    """Yield the rows of the specs table in the order of the records, without malformed ones."""
    for record_index, record in enumerate(records):
        engine = first_string(record.get("engine"), record.get("model_engine"))
        for spec_index, spec in enumerate(specs_of(record)):
            label = first_string(spec.get("model_name"))
            for hub, source in sources_of(spec):
                row = Variant(
                    record_index=record_index,
                    spec_index=spec_index,
                    model_format=format_of(model_type, record, spec),
                    size=size_label(spec.get("model_size_in_billions")),
                    size_in_billions=billions(spec.get("model_size_in_billions")),
                    activated_size=size_label(spec.get("activated_size_in_billions")),
                    hub=hub,
                    engine=None if engine is None else engine_name(engine),
                    label=None if label == name else label,
                )
                yield from _offers(row, record, spec, source)


def _offers(
    row: Variant, record: Mapping[str, Any], spec: Mapping[str, Any], source: Mapping[str, Any]
) -> Iterator[Variant]:
    """Yield the row of a source, and one of its GGUF files if it has any."""
    quantizations = (
        strings(source.get("quantizations"))
        or strings(spec.get("quantizations"))
        or strings(record.get("quantization"))
    )
    if model_id := first_string(source.get("model_id")):
        yield _filled(
            row,
            model_id,
            quantizations,
            _template("model_file_name", source, spec),
            model_revision=first_string(source.get("model_revision")),
        )
    elif path := first_string(source.get("model_uri")):
        # Weights at a path have no page.
        place = SourceRepository(path, None, tuple(unique(quantizations)))
        yield replace(row, model_id=path, quantizations=place.quantizations, repositories=(place,))
    if gguf_id := first_string(source.get("gguf_model_id"), record.get("gguf_model_id")):
        quantizations = strings(source.get("gguf_quantizations")) or strings(
            record.get("gguf_quantizations")
        )
        template = _template("gguf_model_file_name", source, record)
        yield _filled(row, gguf_id, quantizations, template, model_format="ggufv2")


def _template(prefix: str, *holders: Mapping[str, Any]) -> str | None:
    return first_string(*(holder.get(f"{prefix}_template") for holder in holders))


def _filled(
    row: Variant,
    model_id: str,
    quantizations: list[str],
    template: str | None,
    *,
    model_format: str | None = None,
    model_revision: str | None = None,
) -> Variant:
    different = unique(quantizations)
    repositories = _repositories(row.hub, model_id, different)
    return replace(
        row,
        model_format=model_format or row.model_format,
        model_revision=model_revision,
        model_id=model_id,
        quantizations=tuple(different),
        url=repositories[0].url if len(repositories) == 1 else None,
        file_template=template,
        repositories=repositories,
    )


def _repositories(
    hub: str, model_id: str, quantizations: list[str]
) -> tuple[SourceRepository, ...]:
    """Return the real repositories behind an id.

    Xinference fills a `{quantization}` in (`flatten_quantizations` of its model/utils.py).
    """
    if _PLACEHOLDER not in model_id or not quantizations:
        return (SourceRepository(model_id, repository_page(hub, model_id), tuple(quantizations)),)
    filled = [(model_id.replace(_PLACEHOLDER, name), name) for name in quantizations]
    return tuple(
        SourceRepository(real, repository_page(hub, real), (name,)) for real, name in filled
    )


def unique(values: Iterable[str]) -> list[str]:
    """Return the values without repetitions, in their order."""
    return list(dict.fromkeys(values))
