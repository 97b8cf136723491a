"""Which engines a server really offers for the files that were chosen.

`GET /v1/engines/{TYPE}/{NAME}` answers, for each engine, a list of variants that it runs, or a text
that says why it can't (`get_engine_params_by_name` of model/utils.py in Xinference 4.1.0; 3.x is
alike). Models that the server does not know are answered with null, but so are image models that
read text, and audio models without a choice of engines: whether it knows one, its list says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

_SAID: Final = 200


@dataclass(frozen=True, slots=True)
class Files:
    """What was chosen of a model: empty texts where there is no choice."""

    model_format: str
    size: str
    quantization: str


@dataclass(frozen=True, slots=True)
class Offer:
    """What a server answers about a model: its engines, and whether it knows the model at all."""

    engines: Mapping[str, Any]
    is_known: bool


@dataclass(frozen=True, slots=True)
class There:
    """The engines to choose from, what the server says against others, whether it knows the model.

    Where the server offers none that fits, the definition's own stay: it may be wrong, too. `tells`
    is whether it says anything of engines.
    """

    engines: tuple[str, ...]
    against: tuple[tuple[str, str], ...]
    is_known: bool
    fits: bool
    tells: bool


def narrowed(engines: Iterable[str | None], offer: Offer, files: Files) -> There:
    """Return the engines that the server offers for these files, spelt as it spells them."""
    usual = [one for one in engines if one]
    found = [name for name, variants in offer.engines.items() if _runs(variants, files)]
    ranks = {one.casefold(): rank for rank, one in enumerate(usual)}
    found.sort(key=lambda one: ranks.get(one.casefold(), len(ranks)))
    against = [
        (name, said[:_SAID])
        for name, said in offer.engines.items()
        if isinstance(said, str) and name.casefold() in ranks
    ]
    tells = bool(offer.engines)
    is_known = tells or offer.is_known
    return There(tuple(found or usual), tuple(against), is_known, bool(found), tells)


def _runs(variants: Any, files: Files) -> bool:
    if not isinstance(variants, list):
        return False
    return any(isinstance(one, Mapping) and _fits(one, files) for one in variants)


def _fits(variant: Mapping[str, Any], files: Files) -> bool:
    """Whether a variant is the chosen one; what it does not tell is no reason against it."""
    quantizations = variant.get("quantizations") or variant.get("quantization")
    offered = quantizations if isinstance(quantizations, list) else [quantizations]
    pairs = (
        (files.model_format, [variant.get("model_format")]),
        (files.size, [variant.get("model_size_in_billions")]),
        (files.quantization, offered),
    )
    return all(
        not chosen or values in ([None], []) or chosen in {str(one) for one in values}
        for chosen, values in pairs
    )
