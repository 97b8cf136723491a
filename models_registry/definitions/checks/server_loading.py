"""Finds the records that the loader of a released Xinference server refuses.

A server takes the list of a type as a whole: after the first record that does not load, it drops
the hub's part of the list, or fails at its next start. These checks are independent of the JSON
Schemas: a record that violates them but loads is fine here.

The facts are those of Xinference 4.1.0: `load_model_family_from_json` and `_install` in
`xinference/model/<type>/__init__.py`, `flatten_quantizations`, `flatten_model_src` and
`merge_models_by_timestamp` in `xinference/model/utils.py`; the fields are in `server_rules`.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from models_registry.definitions.checks.server_rules import (
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
from models_registry.definitions.facts.kinds import MODEL_TYPES, is_valid_name, record_name
from models_registry.definitions.json_text.document import Definition
from models_registry.definitions.json_text.messages import Message, gettext_noop
from models_registry.definitions.json_text.problems import Problem, make_pointer, quoted

MAX_PROBLEMS: Final = 300

Path = tuple[str | int, ...]
LoadingFault = tuple[Path, str, Message]
# Mappings with their paths, the strongest first: a source overrides its spec, which overrides its
# record. SECURITY: looking up instead of merging keeps a hostile definition from taking quadratic
# space.
Layers = Sequence[tuple[Mapping[str, Any], Path]]


def loading_problems(
    model_type: str, records: Sequence[Any], *, definition: Definition | None = None
) -> list[Problem]:
    """Return every reason why a server would refuse, drop or crash on these records of one model.

    Empty if an unmodified server loads them. With the `definition` that the records come from,
    each problem has its line and column; without it, both are 1. Never raises, whatever the
    records contain.
    """
    problems: dict[Problem, None] = {}
    for path, code, message in _faults(model_type, records):
        pointer = make_pointer(path)
        line, column = (1, 1) if definition is None else definition.locate(pointer)
        problems[Problem(pointer, line, column, message, code)] = None
        if len(problems) >= MAX_PROBLEMS:
            break
    return sorted(problems, key=lambda problem: (problem.line, problem.column))


def _faults(model_type: str, records: Sequence[Any]) -> Iterator[LoadingFault]:
    if model_type not in MODEL_TYPES:
        yield (
            (),
            "model-type",
            gettext_noop("%(value)s is not a model type.", value=quoted(model_type)),
        )
        return
    if not isinstance(records, (list, tuple)) or not records:
        message = gettext_noop("A definition is an array of one or more records.")
        yield (), "empty-array", message
        return
    for index, record in enumerate(records):
        if not isinstance(record, dict):
            message = gettext_noop("Record %(number)s is not an object.", number=index + 1)
            yield (index,), "type", message
            continue
        yield from _record_faults(model_type, record, (index,))
    if model_type == "image":
        yield from _image_hub_faults(records)


def _record_faults(model_type: str, record: dict[str, Any], path: Path) -> Iterator[LoadingFault]:
    yield from _key_faults(record, path)
    name = record_name(record)
    model_name = record.get("model_name")
    if model_type != "world" and not model_name:
        yield path, "missing-key", _missing("model_name")
    elif not is_valid_name(name):
        shown = quoted(model_name or record.get("model_family"))
        yield path, "name", gettext_noop("%(name)s is not a valid model name.", name=shown)
    version = VERSIONS.get(model_type, DEFAULT_VERSION)
    # Only the image family has a default version.
    if "version" not in record and model_type != "image":
        message = gettext_noop(
            'The key "version" is missing. It must be %(version)s.', version=version
        )
        yield path, "missing-key", message
    elif record.get("version", version) != version or isinstance(record.get("version"), bool):
        yield (*path, "version"), "value", _wrong_version(version, model_type)
    updated_at = record.get("updated_at")
    if "updated_at" not in record:
        message = gettext_noop('The key "updated_at" is missing. Servers compare records by it.')
        yield path, "missing-key", message
    elif not isinstance(updated_at, int) or isinstance(updated_at, bool):
        message = gettext_noop('"updated_at" must be a whole number of Unix seconds.')
        yield (*path, "updated_at"), "type", message
    if model_type in QUANTIZED_TYPES:
        layers: Layers = [(record, path)]
        yield from _rule_faults(FAMILY_RULES[model_type], layers)
        yield from _virtualenv_faults(layers)
    yield from _specs_faults(model_type, record, path)


def _key_faults(mapping: Mapping[str, Any], path: Path) -> Iterator[LoadingFault]:
    for key in mapping:
        if key in METHOD_NAMES or key.startswith("_"):
            message = gettext_noop(
                "The key %(key)s would hide a part of the server's own model object. Remove it.",
                key=quoted(key),
            )
            yield (*path, key), "reserved-key", message
        elif key == "is_builtin":
            message = gettext_noop(
                'The key "is_builtin" is reserved for the server: in a downloaded record it would '
                "make the server run the repository's code without asking. Remove it."
            )
            yield (*path, key), "reserved-key", message


def _specs_faults(model_type: str, record: dict[str, Any], path: Path) -> Iterator[LoadingFault]:
    quantized = model_type in QUANTIZED_TYPES
    if "model_specs" not in record:
        if quantized:
            yield path, "missing-key", _missing("model_specs")
        else:
            yield from _sources_faults(model_type, [(record, path)])
        return
    specs, specs_path = record["model_specs"], (*path, "model_specs")
    if not isinstance(specs, list) or not specs:
        message = gettext_noop('"model_specs" must be a list of one or more specs.')
        yield specs_path, "empty", message
        return
    for index, spec in enumerate(specs):
        spec_path = (*specs_path, index)
        if not isinstance(spec, dict):
            yield spec_path, "type", gettext_noop("A spec must be an object.")
            continue
        if not quantized:
            yield from _key_faults(spec, spec_path)
        yield from _sources_faults(
            model_type,
            [(spec, spec_path)] if quantized else [(spec, spec_path), (record, path)],
        )


def _sources_faults(model_type: str, layers: Layers) -> Iterator[LoadingFault]:
    holder, path = layers[0]
    sources = holder.get("model_src")
    if not isinstance(sources, dict) or not sources:
        code = "empty" if "model_src" in holder else "missing-key"
        message = gettext_noop('"model_src" must name one or more hubs, each with its source.')
        yield ((*path, "model_src") if code == "empty" else path), code, message
        return
    quantized = model_type in QUANTIZED_TYPES
    # `load_model_family_from_json` for images: if one source of a spec has quantizations, all must.
    by_quantization = quantized or (
        model_type == "image"
        and len(layers) > 1
        and any(isinstance(each, dict) and "quantizations" in each for each in sources.values())
    )
    for hub, source in sources.items():
        source_path = (*path, "model_src", hub)
        if not isinstance(source, dict):
            yield source_path, "type", gettext_noop("A source must be an object.")
            continue
        if source.get("model_hub", hub) != hub:
            message = gettext_noop(
                '"model_hub" must be %(hub)s here. Better leave it out.', hub=quoted(hub)
            )
            yield (*source_path, "model_hub"), "value", message
        if by_quantization:
            yield from _quantizations_faults(source, source_path)
        merged = [(source, source_path), *layers]
        if quantized:
            yield from _quantized_faults(model_type, merged)
        else:
            yield from _key_faults(source, source_path)
            yield from _flat_faults(model_type, merged)


def _quantizations_faults(source: Mapping[str, Any], path: Path) -> Iterator[LoadingFault]:
    if "quantizations" not in source:
        yield path, "missing-key", _missing("quantizations")
        return
    quantizations = source["quantizations"]
    if not isinstance(quantizations, list) or not quantizations:
        message = gettext_noop(
            '"quantizations" must be a list of one or more texts, such as "none".'
        )
        yield (*path, "quantizations"), "empty", message
        return
    for index, quantization in enumerate(quantizations):
        if not is_text(quantization):
            message = gettext_noop("A quantization must be a text.")
            yield (*path, "quantizations", index), "type", message


def _quantized_faults(model_type: str, layers: Layers) -> Iterator[LoadingFault]:
    """Check a spec of an llm, embedding or rerank model together with one of its sources."""
    value, path, present = _look_up(layers, "model_format")
    formats = FORMATS[model_type]
    if not present or not isinstance(value, str) or value not in formats:
        known = ", ".join(formats)
        message = (
            gettext_noop(
                '"model_format" is %(value)s. Servers know %(known)s.',
                value=quoted(value),
                known=known,
            )
            if present
            else gettext_noop('"model_format" is missing. Servers know %(known)s.', known=known)
        )
        yield path, "model-format", message
        return
    yield from _rule_faults(SPEC_RULES[model_type], layers)
    if value == "ggufv2":
        yield from _rule_faults(GGUF_RULES[model_type], layers)
    quantization, path, present = _look_up(layers, "quantization")
    if present and not is_text(quantization) and layers[0][0].get("quantization") is quantization:
        yield path, "type", gettext_noop('"quantization" must be a text.')
    if model_type == "llm":
        yield from _llm_metadata_faults(layers)


def _llm_metadata_faults(layers: Layers) -> Iterator[LoadingFault]:
    source, path = layers[0]
    if "model_metadata_by_quantization" not in source:
        metadata, at, _ = _look_up(layers, "model_metadata")
        yield from _metadata_faults(metadata, at)
        return
    by_quantization = source["model_metadata_by_quantization"]
    path = (*path, "model_metadata_by_quantization")
    if not isinstance(by_quantization, dict):
        message = gettext_noop('"model_metadata_by_quantization" must be an object.')
        yield path, "type", message
        return
    for quantization, metadata in by_quantization.items():
        yield from _metadata_faults(metadata, (*path, quantization))


def _metadata_faults(metadata: object, path: Path) -> Iterator[LoadingFault]:
    if metadata is None:
        return
    if not isinstance(metadata, dict):
        yield path, "type", gettext_noop("The metadata of a model must be an object.")
        return
    yield from _rule_faults(METADATA_RULES, [(metadata, path)])
    if isinstance(vision := metadata.get("vision"), dict):
        yield from _rule_faults(VISION_RULES, [(vision, (*path, "vision"))])


def _flat_faults(model_type: str, layers: Layers) -> Iterator[LoadingFault]:
    """Check a record of the other types together with one spec, if it has any, and one source."""
    yield from _rule_faults(FLAT_RULES[model_type], layers)
    yield from _virtualenv_faults(layers)
    yield from _flat_name_faults(model_type, layers)
    record = layers[-1][0]
    version = VERSIONS.get(model_type, DEFAULT_VERSION)
    value, path, present = _look_up(layers[:-1], "version")
    if present and (value != version or isinstance(value, bool)):
        yield path, "value", _wrong_version(version, model_type)
    updated_at, path, present = _look_up(layers[:-1], "updated_at")
    if present and updated_at != record.get("updated_at"):
        message = gettext_noop('Only the record itself may have an "updated_at".')
        yield path, "value", message
    if model_type == "image":
        controlnets, path, _ = _look_up(layers, "controlnet")
        for index, controlnet in enumerate(controlnets if isinstance(controlnets, list) else ()):
            if isinstance(controlnet, dict):
                yield from _controlnet_faults(controlnet, (*path, index))


def _flat_name_faults(model_type: str, layers: Layers) -> Iterator[LoadingFault]:
    """Check that neither a spec nor a source has the name of another model."""
    name, path, present = _look_up(layers, "model_name")
    record = layers[-1][0]
    if model_type == "world":
        if not present or not is_valid_name(name):
            message = (
                gettext_noop(
                    "%(name)s is not a valid name. Each world model, or each of its specs, needs a "
                    '"model_name".',
                    name=quoted(name),
                )
                if present
                else gettext_noop(
                    "The name is missing. Each world model, or each of its specs, needs a "
                    '"model_name".'
                )
            )
            yield path, "name", message
        if "model_name" in layers[0][0]:
            yield path, "name", gettext_noop('A source must not have a "model_name".')
    elif present and name != record.get("model_name"):
        yield path, "name", gettext_noop('Only the record itself may have a "model_name".')


def _controlnet_faults(controlnet: dict[str, Any], path: Path) -> Iterator[LoadingFault]:
    layers: Layers = [(controlnet, path)]
    yield from _key_faults(controlnet, path)
    yield from _rule_faults({**FLAT_RULES["image"], **CONTROLNET_RULES}, layers)
    yield from _virtualenv_faults(layers)
    if controlnet.get("version", DEFAULT_VERSION) != DEFAULT_VERSION:
        message = gettext_noop('"version" must be %(version)s.', version=DEFAULT_VERSION)
        yield (*path, "version"), "value", message


def _virtualenv_faults(layers: Layers) -> Iterator[LoadingFault]:
    virtualenv, path, _ = _look_up(layers, "virtualenv")
    if virtualenv is None:
        return
    if not isinstance(virtualenv, dict):
        yield path, "type", gettext_noop('"virtualenv" must be an object.')
        return
    yield from _rule_faults(VIRTUALENV_RULES, [(virtualenv, path)])


def _rule_faults(rules: Rules, layers: Layers) -> Iterator[LoadingFault]:
    for field, rule in rules.items():
        value, path, present = _look_up(layers, field)
        if not present:
            if rule.required:
                yield path, "missing-key", _missing(field)
        elif value is None:
            if not rule.nullable:
                yield path, "type", gettext_noop("%(key)s must not be null.", key=quoted(field))
        elif not rule.kind.accepts(value):
            message = gettext_noop(
                "%(key)s must be %(kind)s.", key=quoted(field), kind=rule.kind.name
            )
            yield path, "type", message


def _missing(key: str) -> Message:
    return gettext_noop("The key %(key)s is missing.", key=quoted(key))


def _wrong_version(version: int, model_type: str) -> Message:
    return gettext_noop(
        '"version" must be %(version)s for %(model_type)s models.',
        version=version,
        model_type=model_type,
    )


def _look_up(layers: Layers, field: str) -> tuple[Any, Path, bool]:
    """Return the value of a field, its path and True; else None, the innermost path and False."""
    for mapping, path in layers:
        if field in mapping:
            return mapping[field], (*path, field), True
    return None, layers[0][1], False


def _image_hub_faults(records: Sequence[Any]) -> Iterator[LoadingFault]:
    """`_install` for images takes the first Hugging Face variant of each name without a check.

    Of a name that the package has, only the records with the newest `updated_at` are left by then.
    """
    stamps = [_stamp(record) for record in records]
    newest = max(stamps)
    kept = [index for index, stamp in enumerate(stamps) if stamp == newest]
    if not any("huggingface" in _hubs(records[index]) for index in kept):
        message = gettext_noop(
            "An image model needs a huggingface source; servers fail to start without one."
        )
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
