"""Finds specs and records that offer the same as an earlier one."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any, Final

from models_registry.definitions.facts.identity import (
    RECORD_FIELDS,
    record_identity,
    spec_identity,
)
from models_registry.definitions.facts.variants import strings
from models_registry.definitions.facts.wording import spec_title
from models_registry.definitions.json_text.messages import all_of, gettext_noop
from models_registry.definitions.json_text.problems import UnplacedProblem, quoted

# Xinference 4.1.0 has one spec twice, in qwen2-instruct; refusing it would refuse every edit there.
_SHIPPED_TWICE: Final = frozenset({"neuralmagic/Qwen2-0.5B-Instruct-FP8"})

Path = tuple[str | int, ...]
# The index of the first spec with the same offer, its hub and quantization, and whether both have
# the same source id.
_Repeated = tuple[int, str, str, bool]


def duplicate_records(records: Sequence[dict[str, Any]]) -> Iterator[UnplacedProblem]:
    """Yield a problem for each record that is the same variant as an earlier one."""
    first: dict[Hashable, int] = {}
    for index, record in enumerate(records):
        other = first.setdefault(record_identity(record), index)
        if other != index:
            message = gettext_noop(
                "Record %(second)s is the same variant as record %(first)s: they agree in "
                "%(fields)s. Servers could not tell them apart. Change or remove one.",
                second=index + 1,
                first=other + 1,
                fields=all_of(RECORD_FIELDS),
            )
            yield UnplacedProblem((index,), "duplicate-record", message)


def duplicate_specs(record: Mapping[str, Any], path: Path) -> Iterator[UnplacedProblem]:
    """Yield a problem for each spec of a record that repeats an offer of an earlier one.

    An error if it offers nothing else; else a warning, since servers take the first one
    (`match_llm` in Xinference 4.1.0's `llm_family.py`), and Xinference ships such specs.
    """
    specs = record.get("model_specs")
    # Format, size, name, hub and quantization → the first spec that offers them, and its source id.
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


def _copy(spec: Mapping[str, Any], path: Path, repeated: _Repeated) -> UnplacedProblem:
    shipped = any(model_id in _SHIPPED_TWICE for *_, model_id in _offers(spec))
    message = gettext_noop(
        "Spec %(second)s (%(title)s) offers the same as spec %(first)s. Remove one.",
        second=int(path[-1]) + 1,
        title=spec_title(spec),
        first=repeated[0] + 1,
    )
    return UnplacedProblem(path, "duplicate-spec", message, "warning" if shipped else "error")


def _hidden(spec: Mapping[str, Any], path: Path, repeated: _Repeated) -> UnplacedProblem:
    other, hub, quantization, _ = repeated
    message = gettext_noop(
        "%(title)s with quantization %(quantization)s from %(hub)s is in spec %(first)s already. "
        "Servers always take that one, never this.",
        title=spec_title(spec),
        quantization=quoted(quantization),
        hub=quoted(hub),
        first=other + 1,
    )
    return UnplacedProblem(path, "duplicate-spec", message, "warning")


def _offers(spec: Mapping[str, Any]) -> Iterator[tuple[str, str, object]]:
    """Yield (hub, quantization, source id) of a spec, each hub and quantization once."""
    sources = spec.get("model_src")
    for hub, source in sources.items() if isinstance(sources, dict) else ():
        if isinstance(source, dict):
            for quantization in strings(source.get("quantizations")) or ["none"]:
                yield hub, quantization, source.get("model_id")
