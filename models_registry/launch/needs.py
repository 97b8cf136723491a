"""The memory that each variant of a model needs, the smallest of them, and the GPUs that hold it.

Language models: weights and the KV cache of a stated context (see memory). Of other types only the
size of the files counts; as long as it is unknown, the need is unknown, and nothing is claimed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from models_registry.definitions.facts.facts import Facts, derive
from models_registry.definitions.facts.variants import Variant, sources_of, spec_of, specs_of
from models_registry.launch.memory import (
    GIB,
    OVERHEAD_BYTES,
    CacheShape,
    bits_per_weight,
    cache_bytes,
    measured_bytes,
    metadata_for,
    shape_of,
)
from models_registry.launch.plan import engines_of, size_spelling

# Raise it whenever the same definition would get another need: all models are derived again.
VERSION: Final = "1"
# The context, in tokens, that a need is stated for unless somebody asks for another one.
CONTEXT: Final = 8192
CONTEXTS: Final = (8192, 32768, 131072)
# What an engine may use of a GPU: vLLM takes 90 % unless told otherwise, and a driver keeps some.
USABLE: Final = 0.9
# A column of the database holds less than 2^63.
_ABSURD: Final = 2**62
# No format stores a weight in fewer bits; a repository with smaller files lacks some.
_FEWEST_BITS: Final = 1.5
_APPLE: Final = "mlx"
_GGUF: Final = "ggufv2"
# GGUF files of the other types are one part of a pipeline, whose other parts need memory, too.
_WHOLE_GGUF: Final = frozenset({"llm", "embedding", "rerank"})


@dataclass(frozen=True, slots=True)
class GpuMemory:
    """The memory of one or several GPUs: `key` is for addresses, `label` for people."""

    key: str
    label: str
    gibibytes: int
    count: int = 1

    @property
    def usable(self) -> int:
        """The bytes that a model may need; each further GPU has an overhead of its own."""
        return int(self.gibibytes * GIB * self.count * USABLE) - (self.count - 1) * OVERHEAD_BYTES


GPUS: Final = (
    GpuMemory("8", "8 GB", 8),
    GpuMemory("16", "16 GB", 16),
    GpuMemory("24", "24 GB", 24),
    GpuMemory("48", "48 GB", 48),
    GpuMemory("80", "80 GB", 80),
    GpuMemory("160", "2 × 80 GB", 80, 2),
)


class ByteKey(NamedTuple):
    """Which files: a spec at one hub with one quantization, "" if it has none."""

    record_index: int
    spec_index: int
    hub: str
    model_format: str
    quantization: str


class KnownBytes(NamedTuple):
    """The bytes that a server downloads and loads; None if unknown."""

    download: int | None
    load: int | None


@dataclass(frozen=True, slots=True)
class VariantNeed:
    """One choice of files, and the memory that it needs, in bytes; None if unknown.

    `size_value` is the size in the record's spelling, as a launch needs it. `bits` is None if
    `weights` are the size of real files. A type without a KV cache has a `cache` of 0.
    """

    model_format: str
    size: str
    size_value: str
    label: str
    quantization: str
    engines: tuple[str, ...]
    download: int | None
    billions: float | None
    bits: float | None
    weights: int | None
    cache: int | None
    shape: CacheShape | None
    context: int

    @property
    def total(self) -> int | None:
        """All bytes with the overhead of a process; None if a part is unknown, or absurd."""
        if self.weights is None or self.cache is None:
            return None
        total = self.weights + self.cache + OVERHEAD_BYTES
        return total if total < _ABSURD else None


def gpu_label(key: str) -> str:
    """The memory of GPUs for people: 2 × 80 GB for `160`; an unknown key stays as it is."""
    return next((gpu.label for gpu in GPUS if gpu.key == key), key)


def fitting_gpus(need: VariantNeed | None) -> tuple[str, ...]:
    """The keys of the GPUs that hold a variant, smallest first; none for an unknown need.

    MLX runs only in a Mac's own memory.
    """
    if need is None or need.total is None or need.model_format == _APPLE:
        return ()
    return tuple(gpu.key for gpu in GPUS if need.total <= gpu.usable)


def smallest(needs: Iterable[VariantNeed]) -> VariantNeed | None:
    """The variant with the smallest known need on a GPU."""
    known = [need for need in needs if need.total is not None and need.model_format != _APPLE]
    return min(known, key=lambda need: need.total or 0, default=None)


@dataclass(frozen=True, slots=True)
class _Read:
    """What the needs of one model are calculated from."""

    model_type: str
    specs: Sequence[Sequence[Mapping[str, Any]]]
    facts: Facts
    known: Mapping[ByteKey, KnownBytes]
    shapes: Mapping[tuple[int, float | None], CacheShape]
    tokens: int


def needs_of(
    model_type: str,
    records: Sequence[Any],
    known: Mapping[ByteKey, KnownBytes] | None = None,
    *,
    context: int = CONTEXT,
) -> tuple[VariantNeed, ...]:
    """Return the need of each choice of files in the order of the specs; never raises.

    Hubs that offer the same files count once. `context` is cut to what the model has.
    """
    rows = [record for record in records if isinstance(record, Mapping)]
    facts = derive(model_type, rows)
    tokens = min(context, facts.context_length or context) if model_type == "llm" else 0
    specs = [specs_of(record) for record in rows]
    shapes = _shapes(facts.variants, specs)
    read = _Read(model_type, specs, facts, known or {}, shapes, tokens)
    needs: dict[tuple[object, ...], VariantNeed] = {}
    for variant in facts.variants:
        place = (variant.record_index, variant.model_format, variant.size, variant.label)
        for quantization in variant.quantizations or ("",):
            need = _need(variant, quantization, read)
            key = (*place, variant.engine, quantization)
            if key not in needs or _knowledge(need) > _knowledge(needs[key]):
                needs[key] = need
    return tuple(needs.values())


def _knowledge(need: VariantNeed) -> tuple[bool, bool, bool]:
    """How much a hub tells of some files: their real size before an estimate."""
    return need.weights is not None, need.bits is None, need.cache is not None


def _need(variant: Variant, quantization: str, read: _Read) -> VariantNeed:
    model_format = variant.model_format or ""
    place = (variant.record_index, variant.spec_index, variant.hub)
    key = ByteKey(*place, model_format, quantization)
    sizes = read.known.get(key, KnownBytes(None, None))
    metadata = metadata_for(_source(variant, read.specs), quantization or None)
    weights = _plausible(sizes.load, variant) or measured_bytes(metadata)
    if model_format == _GGUF and read.model_type not in _WHOLE_GGUF:
        weights = None
    bits: float | None = None
    shape: CacheShape | None = None
    cache: int | None = 0
    if read.model_type == "llm":
        if weights is None and variant.size_in_billions:
            bits = bits_per_weight(variant.model_format, quantization)
            weights = None if bits is None else int(variant.size_in_billions * 1e9 * bits / 8)
        size = (variant.record_index, variant.size_in_billions)
        shape = shape_of(metadata) or read.shapes.get(size)
        cache = None if shape is None else cache_bytes(shape, read.tokens)
    return VariantNeed(
        model_format=model_format,
        size=variant.size or "",
        size_value=size_spelling(variant, read.specs),
        label=variant.label or "",
        quantization=quantization,
        engines=_engines(variant, read),
        download=sizes.download,
        billions=variant.size_in_billions,
        bits=bits,
        weights=weights,
        cache=cache,
        shape=shape,
        context=read.tokens,
    )


def _plausible(load: int | None, variant: Variant) -> int | None:
    """The size of files, unless they can't be all the weights of a model of this size."""
    if load is None or variant.size_in_billions is None:
        return load
    return load if load * 8 >= variant.size_in_billions * 1e9 * _FEWEST_BITS else None


def _shapes(
    variants: Iterable[Variant], specs: Sequence[Sequence[Mapping[str, Any]]]
) -> dict[tuple[int, float | None], CacheShape]:
    """The shape of the cache by record and size: quantizations of one size share it."""
    shapes: dict[tuple[int, float | None], CacheShape] = {}
    for variant in variants:
        source = _source(variant, specs)
        for metadata in _metadata(source):
            if (shape := shape_of(metadata)) is not None:
                shapes.setdefault((variant.record_index, variant.size_in_billions), shape)
    return shapes


def _metadata(source: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield metadata_for(source, None)
    by_quantization = source.get("model_metadata_by_quantization")
    if isinstance(by_quantization, Mapping):
        yield from (value for value in by_quantization.values() if isinstance(value, Mapping))


def _source(variant: Variant, specs: Sequence[Sequence[Mapping[str, Any]]]) -> Mapping[str, Any]:
    return dict(sources_of(spec_of(variant, specs))).get(variant.hub, {})


def _engines(variant: Variant, read: _Read) -> tuple[str, ...]:
    if variant.engine:
        return (variant.engine,)
    names = engines_of(read.model_type, variant.model_format or "", read.facts.engines)
    return tuple(dict.fromkeys(name for name in names if name))
