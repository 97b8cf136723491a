"""Finds specs and records that offer what an earlier one offers already."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any, Final

from .identity import RECORD_FIELDS, record_identity, spec_identity
from .problems import Found, quoted
from .variants import strings
from .wording import spec_title

# Xinference 4.1.0 has one spec twice, in qwen2-instruct; refusing it would refuse every edit there.
_SHIPPED_TWICE: Final = frozenset({"neuralmagic/Qwen2-0.5B-Instruct-FP8"})

Path = tuple[str | int, ...]
# The place of the spec that offers something first, the hub and quantization, and whether it does
# so from the same source id.
_Repeated = tuple[int, str, str, bool]


def duplicate_records(records: Sequence[dict[str, Any]]) -> Iterator[Found]:
    """Yield a problem for each record of a definition that is the same variant as one before."""
    first: dict[Hashable, int] = {}
    for index, record in enumerate(records):
        other = first.setdefault(record_identity(record), index)
        if other != index:
            message = (
                f"Record {index + 1} is the same variant as record {other + 1}: they agree in "
                f"{', '.join(RECORD_FIELDS[:-1])} and {RECORD_FIELDS[-1]}. "
                "Servers could not tell them apart."
            )
            yield Found((index,), "duplicate-record", message)


def duplicate_specs(record: Mapping[str, Any], path: Path) -> Iterator[Found]:
    """Yield a problem for each spec of a record that offers again what one before offers.

    An error where it offers nothing else; else a warning, since servers take the first one
    (`match_llm` in Xinference 4.1.0's `llm_family.py`), and Xinference ships such specs.
    """
    specs = record.get("model_specs")
    # Who offers a format, size, name, hub and quantization first, and from which source id.
    first: dict[Hashable, tuple[int, object]] = {}
    for index, spec in enumerate(specs if isinstance(specs, list) else ()):
        offers = list(_offers(spec)) if isinstance(spec, dict) else []
        repeated: list[_Repeated] = []
        for hub, quantization, model_id in offers:
            # `match_llm` compares quantizations without regard to case.
            key = (spec_identity(spec), hub, quantization.casefold())
            other, other_id = first.setdefault(key, (index, model_id))
            if other != index:
                repeated.append((other, hub, quantization, other_id == model_id))
        if not repeated:
            continue
        at = (*path, "model_specs", index)
        if len(repeated) == len(offers) and all(is_same for *_, is_same in repeated):
            yield _copy(spec, at, repeated[0])
        else:
            yield _hidden(spec, at, repeated[0])


def _copy(spec: Mapping[str, Any], path: Path, repeated: _Repeated) -> Found:
    shipped = any(model_id in _SHIPPED_TWICE for *_, model_id in _offers(spec))
    number = int(path[-1]) + 1
    message = f"Spec {number} ({spec_title(spec)}) offers what spec {repeated[0] + 1} offers. "
    return Found(path, "duplicate-spec", message + "Remove one.", "warning" if shipped else "error")


def _hidden(spec: Mapping[str, Any], path: Path, repeated: _Repeated) -> Found:
    other, hub, quantization, _ = repeated
    message = (
        f"{spec_title(spec)} with quantization {quoted(quantization)} from {quoted(hub)} stands in "
        f"spec {other + 1} already. Servers take that one, and never this."
    )
    return Found(path, "duplicate-spec", message, "warning")


def _offers(spec: Mapping[str, Any]) -> Iterator[tuple[str, str, object]]:
    """Yield (hub, quantization, source id) of a spec, each hub and quantization once."""
    sources = spec.get("model_src")
    for hub, source in sources.items() if isinstance(sources, dict) else ():
        if isinstance(source, dict):
            for one in strings(source.get("quantizations")) or ["none"]:
                yield hub, one, source.get("model_id")
