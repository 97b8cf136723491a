"""The engines that a server really offers for the chosen files.

`GET /v1/engines/{TYPE}/{NAME}` answers, for each engine, a list of variants that it runs, or a text
that says why it can't (`get_engine_params_by_name` of model/utils.py in Xinference 4.1.0; 3.x is
alike). The answer for an unknown model is null, but also for image models that read text, and for
audio models without a choice of engines: only the server's list says whether it knows a model.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

_REASON: Final = 200


@dataclass(frozen=True, slots=True)
class Files:
    """The chosen format, size and quantization of a model; empty without a choice."""

    model_format: str
    size: str
    quantization: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A server's answer about a model: its engines, and whether it knows the model."""

    engines: Mapping[str, Any]
    is_known: bool


@dataclass(frozen=True, slots=True)
class OfferedEngines:
    """The engines to choose from, the server's reasons against others, whether it knows the model.

    If the server offers no engine for the files, the definition's engines stay: the server may be
    wrong too.
    """

    engines: tuple[str, ...]
    against: tuple[tuple[str, str], ...]
    is_known: bool
    fits: bool
    reports_engines: bool


def narrowed(engines: Iterable[str | None], offer: Offer, files: Files) -> OfferedEngines:
    """Return the engines that the server offers for these files, in its spelling."""
    usual = [engine for engine in engines if engine]
    offered = [name for name, variants in offer.engines.items() if _runs(variants, files)]
    ranks = {engine.casefold(): rank for rank, engine in enumerate(usual)}
    offered.sort(key=lambda engine: ranks.get(engine.casefold(), len(ranks)))
    against = [
        (name, reason[:_REASON])
        for name, reason in offer.engines.items()
        if isinstance(reason, str) and name.casefold() in ranks
    ]
    reports_engines = bool(offer.engines)
    is_known = reports_engines or offer.is_known
    return OfferedEngines(
        tuple(offered or usual), tuple(against), is_known, bool(offered), reports_engines
    )


def _runs(variants: Any, files: Files) -> bool:
    if not isinstance(variants, list):
        return False
    return any(isinstance(variant, Mapping) and _fits(variant, files) for variant in variants)


def _fits(variant: Mapping[str, Any], files: Files) -> bool:
    """True if a variant matches the chosen files; a field that it does not report matches any."""
    quantizations = variant.get("quantizations") or variant.get("quantization")
    offered = quantizations if isinstance(quantizations, list) else [quantizations]
    pairs = (
        (files.model_format, [variant.get("model_format")]),
        (files.size, [variant.get("model_size_in_billions")]),
        (files.quantization, offered),
    )
    return all(
        not chosen or values in ([None], []) or chosen in {str(value) for value in values}
        for chosen, values in pairs
    )
