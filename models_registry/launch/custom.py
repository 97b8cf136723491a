"""A definition as a server takes it for a custom model: one record, its sources laid flat.

What `POST /v1/model_registrations/{TYPE}` parses in Xinference 4.1.0: CustomLLMFamilyV2
(model/llm/llm_family.py), CustomEmbeddingModelFamilyV2, CustomRerankModelFamilyV2,
CustomImageModelFamilyV2 and CustomAudioModelFamilyV2 (model/*/custom.py). None of them knows
`model_src`, which the loaders of built-in lists lay flat first (`flatten_quantizations` and
`flatten_model_src` of model/utils.py). The supervisor takes no custom video and world models.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, Final

from django.utils.translation import gettext as _

from accounts.errors import DomainError
from models_registry.definitions.kinds import record_name
from models_registry.definitions.variants import mappings, sources_of, specs_of, strings

TYPES: Final = frozenset({"llm", "embedding", "rerank", "image", "audio"})
_WITH_SPECS: Final = frozenset({"llm", "embedding", "rerank"})
# The hub's own fields, and what a server sets itself.
_LEFT_OUT: Final = frozenset({"featured", "is_builtin", "model_specs", "model_src"})
_OTHER_PLACEHOLDER: Final = re.compile(r"\{(?!quantization\})")


class CannotRegister(DomainError):
    """No server takes this definition as a custom model."""

    error_code = "CANNOT_REGISTER"
    status = 422


@dataclass(frozen=True, slots=True)
class Custom:
    """What to register, and what was left out of it, in words."""

    model: dict[str, Any]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Families:
    """The language models that a server has built in: names by ability, and their records."""

    by_ability: Mapping[str, Sequence[str]]
    known: Sequence[Mapping[str, Any]] = ()


NO_FAMILIES: Final = Families({})


def custom_model(
    model_type: str, records: Sequence[Mapping[str, Any]], families: Families = NO_FAMILIES
) -> Custom:
    """Return the definition in the shape of a custom model.

    In: the type, the records, and for llm what the server has built in; without that, tools and
    vision are left as they are, and the server may refuse them. Raises CannotRegister.
    """
    if model_type not in TYPES:
        raise CannotRegister(
            _("Xinference takes no custom models of this type; only its own list has them.")
        )
    if model_type in _WITH_SPECS:
        record = records[0]
        model = _plain(record)
        model["model_specs"] = [
            flat for one in records for spec in specs_of(one) for flat in _flat_specs(spec)
        ]
        if not model["model_specs"]:
            raise CannotRegister(_("This definition names no repository to take files from."))
        return _with_family(model, families) if model_type == "llm" else Custom(model)
    return _one_source(model_type, records)


def _plain(record: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in record.items() if key not in _LEFT_OUT}
    return kept | {"version": 2, "model_name": record_name(record)}


def _flat_specs(spec: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a spec for each hub and quantization, as `flatten_quantizations` does."""
    base = {key: value for key, value in spec.items() if key not in {"model_src", "quantizations"}}
    for hub, source in sources_of(spec):
        quantizations = strings(source.get("quantizations")) or strings(spec.get("quantizations"))
        metadata = source.get("model_metadata_by_quantization")
        for quantization in quantizations or ["none"]:
            flat = base | {"model_hub": hub, "quantization": quantization}
            flat |= _filled(source, quantization)
            if isinstance(metadata, Mapping):
                flat["model_metadata"] = metadata.get(quantization)
            yield flat


def _filled(source: Mapping[str, Any], quantization: str) -> dict[str, Any]:
    """The fields of a source, with the quantization filled in where it is the only placeholder."""
    found = {}
    for key, value in source.items():
        if key in {"quantizations", "model_metadata_by_quantization", "model_hub"}:
            continue
        if isinstance(value, str) and not _OTHER_PLACEHOLDER.search(value):
            value = value.replace("{quantization}", quantization)
        found[key] = value
    return found


def _one_source(model_type: str, records: Sequence[Mapping[str, Any]]) -> Custom:
    """An image or audio model: one variant from one hub, since a custom model has no more."""
    offered = [
        (record, spec, hub, source)
        for record in records
        for spec in specs_of(record)
        for hub, source in sources_of(spec)
    ]
    if not offered:
        raise CannotRegister(_("This definition names no repository to take files from."))
    # MLX runs on Apple's machines alone, so it is chosen where there is nothing else.
    record, spec, hub, source = min(offered, key=lambda one: _is_mlx(one[0]))
    model = _plain(record)
    model |= {key: value for key, value in spec.items() if key not in _LEFT_OUT}
    quantizations = strings(source.get("quantizations"))
    if quantizations:
        model |= _filled(source, quantizations[0]) | {"quantization": quantizations[0]}
    else:
        model |= {key: value for key, value in source.items() if key != "model_hub"}
    model |= {"model_hub": hub, "model_name": record_name(record)}
    if isinstance(model.get("controlnet"), list):
        model["controlnet"] = [_flat(one, hub) for one in mappings(model["controlnet"])]
    variants = {(id(one), id(of)) for one, of, _hub, _source in offered}
    notes = []
    if len(variants) > 1 or len(quantizations) > 1:
        notes.append(
            _("A custom model has one variant; it got %(source)s.")
            % {"source": source.get("model_id", hub)}
        )
    return Custom(model, tuple(notes))


def _flat(part: Mapping[str, Any], hub: str) -> dict[str, Any]:
    """A part of a record with its own sources, from the hub that the record itself comes from.

    The server takes one that is not flat, and then finds no files for it.
    """
    sources = dict(sources_of(part))
    if not sources:
        return dict(part)
    used = hub if hub in sources else next(iter(sources))
    kept = {key: value for key, value in part.items() if key not in _LEFT_OUT}
    return kept | dict(sources[used]) | {"model_hub": used}


def _is_mlx(record: Mapping[str, Any]) -> bool:
    return str(record.get("engine") or record.get("model_engine") or "").lower() == "mlx"


def _with_family(model: dict[str, Any], families: Families) -> Custom:
    """Name the family, which servers demand, and for tools and vision one that they have.

    `CustomLLMFamilyV2.parse_raw` refuses tools and vision for a family that is not built in with
    that ability, and gives vision to every model of a family that has it.
    """
    own = model.get("model_family") or model["model_name"]
    abilities = strings(model.get("model_ability"))
    if not families.by_ability:
        return Custom(model | {"model_family": own})
    needed = {one for one in abilities if one in {"tools", "vision"}}
    found = _family(model, own, needed, families)
    if found is None and "tools" in needed:
        found = _family(model, own, needed - {"tools"}, families)
        if found is not None:
            kept = [one for one in abilities if one != "tools"]
            text = _("The server has no model of this family that calls tools, so this one can't.")
            return Custom(model | {"model_family": found, "model_ability": kept}, (text,))
    if found is None:
        raise CannotRegister(
            _(
                "The server takes models that see only of families that it has itself, and it has "
                "none like this one. It needs a newer release of Xinference."
            )
        )
    return Custom(model | {"model_family": found})


def _family(model: Mapping[str, Any], own: str, needed: set[str], families: Families) -> str | None:
    """The model's own family where it will do, else the most alike one of its architecture."""
    having = {ability: set(names) for ability, names in families.by_ability.items()}

    def will_do(name: str) -> bool:
        sees = name in having.get("vision", ())
        return all(name in having.get(one, ()) for one in needed) and (
            "vision" in needed or not sees
        )

    name = str(model["model_name"])
    for one in (own, name):
        if will_do(one):
            return str(one)
    wanted = set(strings(model.get("architectures")))
    alike = [
        str(one.get("model_name"))
        for one in families.known
        if wanted & set(strings(one.get("architectures"))) and will_do(str(one.get("model_name")))
    ]
    return max(alike, key=lambda one: _common_start(one, name), default=None)


def _common_start(one: str, other: str) -> int:
    same = takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    return sum(1 for _pair in same)
