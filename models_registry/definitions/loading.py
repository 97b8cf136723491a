"""What the loader of a released Xinference server refuses.

A server takes the list of a type as a whole: the first record that does not load drops the hub's
part of the list, or stops the server's next start. This module says beforehand which records would
do that. It is independent of the JSON Schemas: what violates them but loads is fine here.

The facts are those of Xinference 4.1.0: `load_model_family_from_json` and `_install` in
`xinference/model/<type>/__init__.py`, `flatten_quantizations`, `flatten_model_src` and
`merge_models_by_timestamp` in `xinference/model/utils.py`; the fields are in `loading_rules`.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from .kinds import MODEL_TYPES, is_valid_name, record_name
from .loading_rules import (
    CONTROLNET_RULES,
    DEFAULT_VERSION,
    FAMILY_RULES,
    FLAT_RULES,
    FORMATS,
    GGUF_RULES,
    METADATA_RULES,
    METHOD_NAMES,
    QUANTIZED_TYPES,
    SPEC_RULES,
    VERSIONS,
    VIRTUALENV_RULES,
    VISION_RULES,
    Rules,
    is_text,
)
from .problems import Problem, make_pointer, quoted
from .text import Definition

MAX_PROBLEMS: Final = 300

Path = tuple[str | int, ...]
Found = tuple[Path, str, str]
# One mapping after another with its path, the strongest first: a source beats its spec, which beats
# its record. Looking up instead of merging keeps a hostile definition from taking quadratic space.
Layers = Sequence[tuple[Mapping[str, Any], Path]]


def loading_problems(
    model_type: str, records: Sequence[Any], *, definition: Definition | None = None
) -> list[Problem]:
    """Return all that would make a server refuse, drop or crash on these records of one model.

    Empty where an unmodified server loads them. With the `definition` that the records come from,
    each problem has its line and column; without, both are 1. Never raises, whatever the records
    hold.
    """
    problems: dict[Problem, None] = {}
    for path, code, message in _found(model_type, records):
        pointer = make_pointer(path)
        line, column = (1, 1) if definition is None else definition.locate(pointer)
        problems[Problem(pointer, line, column, message, code)] = None
        if len(problems) >= MAX_PROBLEMS:
            break
    return sorted(problems, key=lambda one: (one.line, one.column))


def _found(model_type: str, records: Sequence[Any]) -> Iterator[Found]:
    if model_type not in MODEL_TYPES:
        yield (), "model-type", f"{quoted(model_type)} is no model type."
        return
    if not isinstance(records, (list, tuple)) or not records:
        yield (), "empty-array", "A definition is an array of one or more records."
        return
    for index, record in enumerate(records):
        if not isinstance(record, dict):
            yield (index,), "type", f"Record {index + 1} is not an object."
            continue
        yield from _record_found(model_type, record, (index,))
    if model_type == "image":
        yield from _image_hub_found(records)


def _record_found(model_type: str, record: dict[str, Any], path: Path) -> Iterator[Found]:
    yield from _key_found(record, path)
    name = record_name(record)
    own_name = record.get("model_name")
    if model_type != "world" and not own_name:
        yield path, "missing-key", 'The key "model_name" is missing.'
    elif not is_valid_name(name):
        shown = own_name or record.get("model_family")
        yield path, "name", f"{quoted(shown)} is no valid model name."
    version = VERSIONS.get(model_type, DEFAULT_VERSION)
    # The only family whose version has a default is that of images.
    if "version" not in record and model_type != "image":
        yield path, "missing-key", f'The key "version" is missing. It must be {version}.'
    elif record.get("version", version) != version or isinstance(record.get("version"), bool):
        yield (*path, "version"), "value", f'"version" must be {version} for {model_type} models.'
    updated_at = record.get("updated_at")
    if "updated_at" not in record:
        yield path, "missing-key", 'The key "updated_at" is missing. Servers compare records by it.'
    elif not isinstance(updated_at, int) or isinstance(updated_at, bool):
        message = '"updated_at" must be a whole number of Unix seconds.'
        yield (*path, "updated_at"), "type", message
    if model_type in QUANTIZED_TYPES:
        layers: Layers = [(record, path)]
        yield from _rule_found(FAMILY_RULES[model_type], layers)
        yield from _virtualenv_found(layers)
    yield from _specs_found(model_type, record, path)


def _key_found(mapping: Mapping[str, Any], path: Path) -> Iterator[Found]:
    for key in mapping:
        if key in METHOD_NAMES or key.startswith("_"):
            message = f"The key {quoted(key)} would hide a part of the server's own model object."
            yield (*path, key), "reserved-key", message
        elif key == "is_builtin":
            message = (
                'The key "is_builtin" is the server\'s own: in a downloaded record it would make '
                "the server run the repository's code unasked. Remove it."
            )
            yield (*path, key), "reserved-key", message


def _specs_found(model_type: str, record: dict[str, Any], path: Path) -> Iterator[Found]:
    quantized = model_type in QUANTIZED_TYPES
    if "model_specs" not in record:
        if quantized:
            yield path, "missing-key", 'The key "model_specs" is missing.'
        else:
            yield from _sources_found(model_type, [(record, path)])
        return
    specs, specs_path = record["model_specs"], (*path, "model_specs")
    if not isinstance(specs, list) or not specs:
        yield specs_path, "empty", '"model_specs" must be a list of one or more specs.'
        return
    for index, spec in enumerate(specs):
        spec_path = (*specs_path, index)
        if not isinstance(spec, dict):
            yield spec_path, "type", "A spec must be an object."
            continue
        if not quantized:
            yield from _key_found(spec, spec_path)
        yield from _sources_found(
            model_type,
            [(spec, spec_path)] if quantized else [(spec, spec_path), (record, path)],
        )


def _sources_found(model_type: str, layers: Layers) -> Iterator[Found]:
    holder, path = layers[0]
    sources = holder.get("model_src")
    if not isinstance(sources, dict) or not sources:
        code = "empty" if "model_src" in holder else "missing-key"
        message = '"model_src" must name one or more hubs, each with its source.'
        yield ((*path, "model_src") if code == "empty" else path), code, message
        return
    quantized = model_type in QUANTIZED_TYPES
    # `load_model_family_from_json` for images: if one source of a spec has quantizations, all must.
    by_quantization = quantized or (
        model_type == "image"
        and len(layers) > 1
        and any(isinstance(one, dict) and "quantizations" in one for one in sources.values())
    )
    for hub, source in sources.items():
        source_path = (*path, "model_src", hub)
        if not isinstance(source, dict):
            yield source_path, "type", "A source must be an object."
            continue
        if source.get("model_hub", hub) != hub:
            message = f'"model_hub" must be {quoted(hub)} here, or better be left out.'
            yield (*source_path, "model_hub"), "value", message
        if by_quantization:
            yield from _quantizations_found(source, source_path)
        merged = [(source, source_path), *layers]
        if quantized:
            yield from _quantized_found(model_type, merged)
        else:
            yield from _key_found(source, source_path)
            yield from _flat_found(model_type, merged)


def _quantizations_found(source: Mapping[str, Any], path: Path) -> Iterator[Found]:
    if "quantizations" not in source:
        yield path, "missing-key", 'The key "quantizations" is missing.'
        return
    quantizations = source["quantizations"]
    if not isinstance(quantizations, list) or not quantizations:
        message = '"quantizations" must be a list of one or more texts, such as "none".'
        yield (*path, "quantizations"), "empty", message
        return
    for index, one in enumerate(quantizations):
        if not is_text(one):
            yield (*path, "quantizations", index), "type", "A quantization must be a text."


def _quantized_found(model_type: str, layers: Layers) -> Iterator[Found]:
    """Check a spec of an llm, embedding or rerank model together with one of its sources."""
    value, path, present = _look_up(layers, "model_format")
    formats = FORMATS[model_type]
    if not present or not isinstance(value, str) or value not in formats:
        told = f"is {quoted(value)}" if present else "is missing"
        message = f'"model_format" {told}. Servers know {", ".join(formats)}.'
        yield path, "model-format", message
        return
    yield from _rule_found(SPEC_RULES[model_type], layers)
    if value == "ggufv2":
        yield from _rule_found(GGUF_RULES[model_type], layers)
    quantization, path, present = _look_up(layers, "quantization")
    if present and not is_text(quantization) and layers[0][0].get("quantization") is quantization:
        yield path, "type", '"quantization" must be a text.'
    if model_type == "llm":
        yield from _llm_metadata_found(layers)


def _llm_metadata_found(layers: Layers) -> Iterator[Found]:
    source, path = layers[0]
    if "model_metadata_by_quantization" not in source:
        metadata, at, _ = _look_up(layers, "model_metadata")
        yield from _metadata_found(metadata, at)
        return
    by_quantization = source["model_metadata_by_quantization"]
    path = (*path, "model_metadata_by_quantization")
    if not isinstance(by_quantization, dict):
        yield path, "type", '"model_metadata_by_quantization" must be an object.'
        return
    for quantization, metadata in by_quantization.items():
        yield from _metadata_found(metadata, (*path, quantization))


def _metadata_found(metadata: object, path: Path) -> Iterator[Found]:
    if metadata is None:
        return
    if not isinstance(metadata, dict):
        yield path, "type", "The metadata of a model must be an object."
        return
    yield from _rule_found(METADATA_RULES, [(metadata, path)])
    if isinstance(vision := metadata.get("vision"), dict):
        yield from _rule_found(VISION_RULES, [(vision, (*path, "vision"))])


def _flat_found(model_type: str, layers: Layers) -> Iterator[Found]:
    """Check a record of the other types together with one spec, if it has any, and one source."""
    yield from _rule_found(FLAT_RULES[model_type], layers)
    yield from _virtualenv_found(layers)
    yield from _flat_name_found(model_type, layers)
    record = layers[-1][0]
    version = VERSIONS.get(model_type, DEFAULT_VERSION)
    value, path, present = _look_up(layers[:-1], "version")
    if present and (value != version or isinstance(value, bool)):
        yield path, "value", f'"version" must be {version} for {model_type} models.'
    updated_at, path, present = _look_up(layers[:-1], "updated_at")
    if present and updated_at != record.get("updated_at"):
        yield path, "value", 'Only the record itself may have an "updated_at".'
    if model_type == "image":
        controlnets, path, _ = _look_up(layers, "controlnet")
        for index, one in enumerate(controlnets if isinstance(controlnets, list) else ()):
            if isinstance(one, dict):
                yield from _controlnet_found(one, (*path, index))


def _flat_name_found(model_type: str, layers: Layers) -> Iterator[Found]:
    """Check that neither spec nor source takes the name of another model."""
    name, path, present = _look_up(layers, "model_name")
    record = layers[-1][0]
    if model_type == "world":
        if not present or not is_valid_name(name):
            told = f"{quoted(name)} is no valid name" if present else "The name is missing"
            message = f'{told}. Each world model, or each of its specs, needs a "model_name".'
            yield path, "name", message
        if "model_name" in layers[0][0]:
            yield path, "name", 'A source must not have a "model_name".'
    elif present and name != record.get("model_name"):
        yield path, "name", 'Only the record itself may have a "model_name".'


def _controlnet_found(controlnet: dict[str, Any], path: Path) -> Iterator[Found]:
    layers: Layers = [(controlnet, path)]
    yield from _key_found(controlnet, path)
    yield from _rule_found({**FLAT_RULES["image"], **CONTROLNET_RULES}, layers)
    yield from _virtualenv_found(layers)
    if controlnet.get("version", DEFAULT_VERSION) != DEFAULT_VERSION:
        yield (*path, "version"), "value", f'"version" must be {DEFAULT_VERSION}.'


def _virtualenv_found(layers: Layers) -> Iterator[Found]:
    virtualenv, path, _ = _look_up(layers, "virtualenv")
    if virtualenv is None:
        return
    if not isinstance(virtualenv, dict):
        yield path, "type", '"virtualenv" must be an object.'
        return
    yield from _rule_found(VIRTUALENV_RULES, [(virtualenv, path)])


def _rule_found(rules: Rules, layers: Layers) -> Iterator[Found]:
    for field, rule in rules.items():
        value, path, present = _look_up(layers, field)
        if not present:
            if rule.required:
                yield path, "missing-key", f"The key {quoted(field)} is missing."
        elif value is None:
            if not rule.nullable:
                yield path, "type", f"{quoted(field)} must not be null."
        elif not rule.kind.accepts(value):
            yield path, "type", f"{quoted(field)} must be {rule.kind.name}."


def _look_up(layers: Layers, field: str) -> tuple[Any, Path, bool]:
    """Return the value of a field, its path and True; else None, the innermost path and False."""
    for mapping, path in layers:
        if field in mapping:
            return mapping[field], (*path, field), True
    return None, layers[0][1], False


def _image_hub_found(records: Sequence[Any]) -> Iterator[Found]:
    """`_install` for images takes the first Hugging Face variant of each name, without looking.

    Of a name that the package has, only the records with the newest `updated_at` are left then.
    """
    stamps = [_stamp(record) for record in records]
    newest = max(stamps)
    kept = [index for index, stamp in enumerate(stamps) if stamp == newest]
    if not any("huggingface" in _hubs(records[index]) for index in kept):
        message = "An image model needs a huggingface source; servers fail to start without one."
        yield (kept[0],), "no-huggingface", message


def _stamp(record: object) -> int:
    stamp = record.get("updated_at") if isinstance(record, dict) else None
    return stamp if isinstance(stamp, int) else -1


def _hubs(record: object) -> set[str]:
    if not isinstance(record, dict):
        return set()
    specs = record["model_specs"] if "model_specs" in record else [record]
    hubs: set[str] = set()
    for spec in specs if isinstance(specs, list) else ():
        sources = spec.get("model_src") if isinstance(spec, dict) else None
        hubs.update(sources if isinstance(sources, dict) else ())
    return hubs
