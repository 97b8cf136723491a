"""Converts a definition to a server's format for custom models: one record with flat sources.

`POST /v1/model_registrations/{TYPE}` in Xinference 4.1.0 parses CustomLLMFamilyV2
(model/llm/llm_family.py), CustomEmbeddingModelFamilyV2, CustomRerankModelFamilyV2,
CustomImageModelFamilyV2 and CustomAudioModelFamilyV2 (model/*/custom.py). None of them knows
`model_src`, which the loaders of built-in lists flatten first (`flatten_quantizations` and
`flatten_model_src` of model/utils.py). The supervisor accepts no custom video and world models.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, Final

from django.utils.translation import gettext as _

from accounts.errors import DomainError
from models_registry.definitions.facts.kinds import record_name
from models_registry.definitions.facts.variants import mappings, sources_of, specs_of, strings

TYPES: Final = frozenset({"llm", "embedding", "rerank", "image", "audio"})
_WITH_SPECS: Final = frozenset({"llm", "embedding", "rerank"})
# Fields of the hub, and fields that a server sets itself.
_LEFT_OUT: Final = frozenset({"featured", "is_builtin", "model_specs", "model_src"})
_OTHER_PLACEHOLDER: Final = re.compile(r"\{(?!quantization\})")


class CannotRegister(DomainError):
    """No server accepts this definition as a custom model."""

    error_code = "CANNOT_REGISTER"
    status = 422


@dataclass(frozen=True, slots=True)
class CustomModel:
    """What to register, and sentences about what was left out."""

    model: dict[str, Any]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Families:
    """The built-in language models of a server: names by ability, and their records."""

    by_ability: Mapping[str, Sequence[str]]
    known: Sequence[Mapping[str, Any]] = ()


NO_FAMILIES: Final = Families({})


def custom_model(
    model_type: str, records: Sequence[Mapping[str, Any]], families: Families = NO_FAMILIES
) -> CustomModel:
    """Return the definition in the format of a custom model.

    For llm, `families` are the server's built-in models; without them, tools and vision stay as
    they are, and the server may refuse them. Raises CannotRegister.
    """
    if model_type not in TYPES:
        raise CannotRegister("type_has_no_custom_models")
    if model_type in _WITH_SPECS:
        record = records[0]
        model = _plain(record)
        model["model_specs"] = [
            flat for record in records for spec in specs_of(record) for flat in _flat_specs(spec)
        ]
        if not model["model_specs"]:
            raise CannotRegister("definition_has_no_repository")
        return _with_family(model, families) if model_type == "llm" else CustomModel(model)
    return _one_source(model_type, records)


def _plain(record: Mapping[str, Any]) -> dict[str, Any]:
    fields = {key: value for key, value in record.items() if key not in _LEFT_OUT}
    return fields | {"version": 2, "model_name": record_name(record)}


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
    """The fields of a source, with the quantization filled in if it is the only placeholder."""
    fields = {}
    for key, value in source.items():
        if key in {"quantizations", "model_metadata_by_quantization", "model_hub"}:
            continue
        if isinstance(value, str) and not _OTHER_PLACEHOLDER.search(value):
            value = value.replace("{quantization}", quantization)
        fields[key] = value
    return fields


def _one_source(model_type: str, records: Sequence[Mapping[str, Any]]) -> CustomModel:
    """An image or audio model: one variant from one hub, since a custom model can have no more."""
    offered = [
        (record, spec, hub, source)
        for record in records
        for spec in specs_of(record)
        for hub, source in sources_of(spec)
    ]
    if not offered:
        raise CannotRegister("definition_has_no_repository")
    # MLX runs only on Apple hardware, so it is the last choice.
    record, spec, hub, source = min(offered, key=lambda offer: _is_mlx(offer[0]))
    model = _plain(record)
    model |= {key: value for key, value in spec.items() if key not in _LEFT_OUT}
    quantizations = strings(source.get("quantizations"))
    if quantizations:
        model |= _filled(source, quantizations[0]) | {"quantization": quantizations[0]}
    else:
        model |= {key: value for key, value in source.items() if key != "model_hub"}
    model |= {"model_hub": hub, "model_name": record_name(record)}
    if isinstance(model.get("controlnet"), list):
        model["controlnet"] = [_flat(part, hub) for part in mappings(model["controlnet"])]
    variants = {(id(record), id(spec)) for record, spec, _hub, _source in offered}
    notes = []
    if len(variants) > 1 or len(quantizations) > 1:
        notes.append(
            _("A custom model has one variant; it got %(source)s.")
            % {"source": source.get("model_id", hub)}
        )
    return CustomModel(model, tuple(notes))


def _flat(part: Mapping[str, Any], hub: str) -> dict[str, Any]:
    """A part of a record with its own sources, from the same hub as the record itself.

    The server accepts one that is not flat, but then finds no files for it.
    """
    sources = dict(sources_of(part))
    if not sources:
        return dict(part)
    used = hub if hub in sources else next(iter(sources))
    fields = {key: value for key, value in part.items() if key not in _LEFT_OUT}
    return fields | dict(sources[used]) | {"model_hub": used}


def _is_mlx(record: Mapping[str, Any]) -> bool:
    return str(record.get("engine") or record.get("model_engine") or "").lower() == "mlx"


def _with_family(model: dict[str, Any], families: Families) -> CustomModel:
    """Set the family, which servers require; for tools and vision it must be built in.

    `CustomLLMFamilyV2.parse_raw` refuses tools and vision for a family that is not built in with
    that ability, and gives vision to every model of a family that has it.
    """
    own_family = model.get("model_family") or model["model_name"]
    abilities = strings(model.get("model_ability"))
    if not families.by_ability:
        return CustomModel(model | {"model_family": own_family})
    needed = {ability for ability in abilities if ability in {"tools", "vision"}}
    family = _family(model, own_family, needed, families)
    if family is None and "tools" in needed:
        family = _family(model, own_family, needed - {"tools"}, families)
        if family is not None:
            without_tools = [ability for ability in abilities if ability != "tools"]
            text = _("The server has no model of this family that calls tools, so this one can't.")
            changes = {"model_family": family, "model_ability": without_tools}
            return CustomModel(model | changes, (text,))
    if family is None:
        raise CannotRegister("server_lacks_vision_family")
    return CustomModel(model | {"model_family": family})


def _family(
    model: Mapping[str, Any], own_family: str, needed: set[str], families: Families
) -> str | None:
    """The model's own family if it is suitable, else the most similar one of its architecture."""
    families_with = {ability: set(names) for ability, names in families.by_ability.items()}

    def is_suitable(family: str) -> bool:
        has_vision = family in families_with.get("vision", ())
        return all(family in families_with.get(ability, ()) for ability in needed) and (
            "vision" in needed or not has_vision
        )

    name = str(model["model_name"])
    for family in (own_family, name):
        if is_suitable(family):
            return str(family)
    architectures = set(strings(model.get("architectures")))
    similar = [
        str(record.get("model_name"))
        for record in families.known
        if architectures & set(strings(record.get("architectures")))
        and is_suitable(str(record.get("model_name")))
    ]
    return max(similar, key=lambda family: _common_start(family, name), default=None)


def _common_start(left: str, right: str) -> int:
    same = takewhile(lambda pair: pair[0] == pair[1], zip(left, right, strict=False))
    return sum(1 for _pair in same)
