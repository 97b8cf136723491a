"""What fits: the variants of a model by size and format, with the memory that each needs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from models_registry.definitions.json_text import document as definition_text
from models_registry.launch.memory import OVERHEAD_BYTES
from models_registry.launch.needs import CONTEXTS, VariantNeed, fitting_gpus, needs_of
from models_registry.memory_needs import known_bytes
from models_registry.models import ModelType, RegisteredModel, RepositoryRecord, Revision

# A hostile definition must not make a page without end; the table of files has its own limit.
MAX_VARIANTS = 600
SHOWN_AT_ONCE = 6


@dataclass(frozen=True, slots=True)
class FittingVariant:
    """One quantization in a cell; `query` opens the launch of exactly this variant.

    `smallest_gpu` is the key of the smallest GPU that holds it, or "".
    """

    need: VariantNeed
    query: str
    fits: bool
    smallest_gpu: str


@dataclass(frozen=True, slots=True)
class FitsCell:
    """The variants of one size and format; many are folded, or one cell makes a row of a screen."""

    shown: tuple[FittingVariant, ...]
    folded: tuple[FittingVariant, ...]


@dataclass(frozen=True, slots=True)
class FitsRow:
    """One size of a model: a cell of variants for each format."""

    title: str
    cells: tuple[FitsCell, ...]


@dataclass(frozen=True, slots=True)
class FitsColumn:
    """One format, and the engines that take it."""

    model_format: str
    engines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FitsMatrix:
    """Sizes × formats; `example` is a variant to show the formula with."""

    columns: tuple[FitsColumn, ...]
    rows: tuple[FitsRow, ...]
    context: int
    contexts: tuple[int, ...]
    example: VariantNeed | None
    has_context: bool
    has_downloads: bool
    left_out: int
    overhead: int = OVERHEAD_BYTES


def matrix(
    model: RegisteredModel,
    revision: Revision,
    *,
    context: int,
    gpu: str = "",
    seen: Iterable[RepositoryRecord] = (),
) -> FitsMatrix | None:
    """The variants of a revision for a context in tokens; None if the memory of none is known.

    `gpu` is the key of the visitor's GPU, `seen` are the source repositories with their files.
    """
    records = definition_text.parse(revision.definition).records
    known = known_bytes(model, records, seen)
    every = needs_of(model.model_type, records, known, context=context)
    needs = every[:MAX_VARIANTS]
    if not any(need.total is not None or need.download is not None for need in needs):
        return None
    formats = list(dict.fromkeys(need.model_format for need in needs))
    titles = list(dict.fromkeys(_title(need) for need in needs))
    is_llm = model.model_type == ModelType.LLM
    longest = model.context_length or 0
    return FitsMatrix(
        columns=tuple(FitsColumn(name, _engines(needs, name)) for name in formats),
        rows=tuple(FitsRow(title, _cells(needs, title, formats, gpu, is_llm)) for title in titles),
        context=max((need.context for need in needs), default=0),
        contexts=tuple(
            each for each in CONTEXTS if is_llm and (each == context or each <= longest)
        ),
        example=next((need for need in needs if need.bits and need.shape), None),
        has_context=is_llm,
        has_downloads=any(need.download for need in needs),
        left_out=len(every) - len(needs),
    )


def _title(need: VariantNeed) -> str:
    return " ".join(part for part in (need.label, need.size) if part)


def _engines(needs: Iterable[VariantNeed], model_format: str) -> tuple[str, ...]:
    named = (need.engines for need in needs if need.model_format == model_format)
    return tuple(dict.fromkeys(engine for engines in named for engine in engines))


def _cells(
    needs: Iterable[VariantNeed], title: str, formats: list[str], gpu: str, is_llm: bool
) -> tuple[FitsCell, ...]:
    cells: dict[str, list[FittingVariant]] = {name: [] for name in formats}
    for need in needs:
        if _title(need) == title:
            cells[need.model_format].append(_variant(need, gpu, is_llm))
    return tuple(_cell(cells[name]) for name in formats)


def _cell(variants: list[FittingVariant]) -> FitsCell:
    # A fold with a single variant would save no space.
    shown = len(variants) if len(variants) <= SHOWN_AT_ONCE + 1 else SHOWN_AT_ONCE
    return FitsCell(tuple(variants[:shown]), tuple(variants[shown:]))


def _variant(need: VariantNeed, gpu: str, is_llm: bool) -> FittingVariant:
    held_by = fitting_gpus(need)
    asked = {
        "format": need.model_format,
        "size": need.size_value,
        "quantization": need.quantization,
        "context": str(need.context) if is_llm else "",
    }
    query = urlencode({key: value for key, value in asked.items() if value})
    return FittingVariant(
        need,
        f"?{query}" if query else "",
        gpu in held_by,
        next(iter(held_by), ""),
    )
