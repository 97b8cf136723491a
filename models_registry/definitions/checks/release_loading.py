"""What the loaders of each release make of the records of a model. The rules: `release_rules`.

The verdicts are those of the loaders, value for value: pydantic v1 takes `true` for a text and
"7" for a number, and so does this module. `server_loading` is stricter, and what it reports is in
no list. Names that a package ships without `updated_at` are another matter, for lists only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from models_registry.definitions.checks.release_rules import (
    GROUPS,
    RELEASES,
    ClassRules,
    TypeRules,
    rules_of,
)
from models_registry.definitions.facts.variants import mappings
from models_registry.definitions.json_text.messages import Message, gettext_noop
from models_registry.definitions.json_text.problems import quoted

Record = Mapping[str, Any]
_TRUE: Final = frozenset({"1", "on", "t", "true", "y", "yes"})
_FALSE: Final = frozenset({"0", "off", "f", "false", "n", "no"})


class _Refused(Exception):
    """The loader would raise; the message says why."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


@dataclass(frozen=True, slots=True)
class ReleaseVerdict:
    """What a release makes of a model.

    `refusal` says why its loader refuses a record: the list ends there. `stop` says why its next
    start fails with the model in its list. None if it does not.
    """

    refusal: Message | None = None
    stop: Message | None = None

    @property
    def is_fine(self) -> bool:
        """Whether the release takes the model, and starts with it."""
        return self.refusal is None and self.stop is None


def verdict(release: str, model_type: str, records: Sequence[Any]) -> ReleaseVerdict:
    """What a release makes of the records of one model. Never raises, whatever they contain."""
    return verdicts(model_type, records, (release,))[release]


def verdicts(
    model_type: str, records: Sequence[Any], releases: Sequence[str]
) -> dict[str, ReleaseVerdict]:
    """What each of these releases makes of the records of one model."""
    by_rules: dict[TypeRules | None, ReleaseVerdict] = {}
    judged: dict[str, ReleaseVerdict] = {}
    for release in releases:
        rules = rules_of(release, model_type)
        if rules not in by_rules:
            by_rules[rules] = _by_rules(rules, model_type, records)
        judged[release] = by_rules[rules]
    return judged


def unusable_releases(
    model_type: str, records: Sequence[Any], releases: Sequence[str] = RELEASES
) -> list[str]:
    """The releases, of these, that refuse the records or do not start with them."""
    judged = verdicts(model_type, records, releases)
    return [release for release in releases if not judged[release].is_fine]


def usable_groups(model_type: str, records: Sequence[Any]) -> list[str]:
    """The groups of releases that take the records, each by its first release."""
    judged = verdicts(model_type, records, tuple(GROUPS))
    return [first for first, each in judged.items() if each.is_fine]


def _by_rules(rules: TypeRules | None, model_type: str, records: Sequence[Any]) -> ReleaseVerdict:
    if rules is None:
        return ReleaseVerdict(gettext_noop("It does not know this type of model."))
    refusal = refusal_of(rules, model_type, records)
    if refusal is not None:
        return ReleaseVerdict(refusal)
    if not rules.starts_without_huggingface and _lacks_huggingface(rules, model_type, records):
        return ReleaseVerdict(
            stop=gettext_noop("It needs a huggingface source of each model to start.")
        )
    return ReleaseVerdict()


def refusal_of(rules: TypeRules, model_type: str, records: Sequence[Any]) -> Message | None:
    """Why a loader with these rules refuses one of the records; None if it takes them all."""
    try:
        for record in records:
            if not isinstance(record, dict):
                raise _Refused(gettext_noop("A record must be an object."))
            if rules.reads == "flat":
                for flat in _flattened(rules, model_type, record):
                    if model_type == "audio" and rules.skips_unread and _skips(flat):
                        continue
                    if "model_name" not in flat:
                        raise _missing("model_name")
                    if model_type == "audio" and not rules.skips_unread:
                        if isinstance(flat["model_name"], (list, dict)):
                            raise _wrong("model_name", _NAMES["str"])
                        if _skips(flat):
                            continue
                    _check_class(rules, rules.family, flat, "")
            else:
                takes_metadata = "ModelMetadata" in rules.classes
                specs = [
                    flat
                    for spec in _specs(record)
                    for flat in _expanded(spec, rules.reads, takes_metadata=takes_metadata)
                ]
                if "model_name" not in record:
                    raise _missing("model_name")
                _check_class(rules, rules.family, {**record, "model_specs": specs}, "")
    except _Refused as refused:
        return refused.message
    return None


def taken_models(release: str, model_type: str, models: Sequence[Sequence[Any]]) -> int:
    """How many models of a list, in its order, a release takes before its loader ends the list."""
    rules = rules_of(release, model_type)
    if rules is None:
        return 0
    if any(ends_whole_list(release, model_type, records) for records in models):
        return 0
    for number, records in enumerate(models):
        if refusal_of(rules, model_type, records) is not None:
            return number
    return len(models)


def ends_whole_list(release: str, model_type: str, records: Sequence[Any]) -> bool:
    """Whether a release takes nothing of a list that has this model, wherever the model is in it.

    All records of some types are taken apart before the first of them is checked.
    """
    rules = rules_of(release, model_type)
    if rules is None or rules.reads != "flat":
        return False
    try:
        for record in records:
            if not isinstance(record, dict):
                return True
            for _flat in _flattened(rules, model_type, record):
                pass
    except _Refused:
        return True
    return False


# --- How records become families: `flatten_model_src`, `flatten_quantizations` -------------------


def _specs(record: Record) -> list[Any]:
    if "model_specs" not in record:
        raise _missing("model_specs")
    specs = record["model_specs"]
    if not isinstance(specs, list):
        # A dict has keys to loop over, and a text has letters: neither is a spec.
        if isinstance(specs, (dict, str)) and not specs:
            return []
        raise _wrong("model_specs", gettext_noop("a list of specs"))
    return specs


def _sources(holder: Any) -> dict[str, Any]:
    if not isinstance(holder, dict):
        raise _Refused(gettext_noop("A spec must be an object."))
    if "model_src" not in holder:
        raise _missing("model_src")
    sources = holder["model_src"]
    if not isinstance(sources, dict):
        raise _wrong("model_src", gettext_noop("an object"))
    return sources


def _expanded(spec: Any, reads: str, *, takes_metadata: bool = False) -> Iterator[dict[str, Any]]:
    """A spec for each source, and for each quantization of it unless it reads sources only."""
    sources = _sources(spec)
    rest = {key: value for key, value in spec.items() if key != "model_src"}
    for hub, source in sources.items():
        if not isinstance(source, dict):
            raise _Refused(gettext_noop("A source must be an object."))
        if reads == "sources":
            yield rest | source | {"model_hub": hub}
            continue
        if "quantizations" not in source:
            raise _missing("quantizations")
        quantizations = source["quantizations"]
        if not isinstance(quantizations, (list, dict, str)):
            raise _wrong("quantizations", gettext_noop("a list of texts"))
        has_metadata = takes_metadata and "model_metadata_by_quantization" in source
        for quantization in quantizations if has_metadata else _different(quantizations):
            own = {key: value for key, value in source.items() if key != "quantizations"}
            flat = rest | {"model_hub": hub, "quantization": quantization} | own
            if has_metadata:
                flat["model_metadata"] = _metadata_of(source, quantization)
            yield flat


def _different(quantizations: Iterable[Any]) -> Iterator[Any]:
    """The quantizations without all texts but the first: every release takes any text."""
    has_text = False
    for quantization in quantizations:
        if not isinstance(quantization, str):
            yield quantization
        elif not has_text:
            has_text = True
            yield quantization


def _metadata_of(source: Record, quantization: Any) -> Any:
    metadata = source["model_metadata_by_quantization"]
    if not isinstance(metadata, dict) or isinstance(quantization, (list, dict)):
        raise _wrong("model_metadata_by_quantization", gettext_noop("an object"))
    return metadata.get(quantization)


def _flattened(rules: TypeRules, model_type: str, record: Record) -> Iterator[dict[str, Any]]:
    base = {key: value for key, value in record.items() if key != "model_src"}
    if rules.expands_specs and "model_specs" in record:
        del base["model_specs"]
        for spec in _specs(record):
            if not isinstance(spec, dict):
                raise _Refused(gettext_noop("A spec must be an object."))
            merged = base | {key: value for key, value in spec.items() if key != "model_src"}
            if model_type == "image" and "model_src" not in spec:
                yield merged
                continue
            sources = _sources(spec)
            by_quantization = model_type == "image" and any(
                "quantizations" in source
                for source in sources.values()
                if isinstance(source, (dict, list, str))
            )
            if by_quantization:
                yield from _expanded(merged | {"model_src": sources}, "quantizations")
                continue
            yield from _of_sources(merged, sources)
        return
    yield from _of_sources(base, _sources(record))


def _of_sources(base: Record, sources: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for hub, source in sources.items():
        if not isinstance(source, dict):
            raise _Refused(gettext_noop("A source must be an object."))
        yield {**base, **source, "model_hub": hub}


# --- Classes of pydantic v1 -----------------------------------------------------------------------


def _check_class(rules: TypeRules, name: str, values: Any, path: str) -> None:
    if not isinstance(values, dict):
        try:
            values = dict(values)
        except (TypeError, ValueError):
            raise _wrong(path, gettext_noop("an object")) from None
    described = rules.classes[name]
    for field, kind in described.required.items():
        if field not in values:
            raise _missing(_at(path, field))
        if values[field] is None:
            message = gettext_noop("%(key)s must not be null.", key=quoted(_at(path, field)))
            raise _Refused(message)
        _check_field(rules, described, field, kind, values[field], path)
    for field, kind in described.nullable.items():
        if values.get(field) is not None:
            _check_field(rules, described, field, kind, values[field], path)
    for field, kind in described.with_default.items():
        if field in values:
            if values[field] is None:
                message = gettext_noop("%(key)s must not be null.", key=quoted(_at(path, field)))
                raise _Refused(message)
            _check_field(rules, described, field, kind, values[field], path)


def _check_field(
    rules: TypeRules, described: ClassRules, field: str, kind: Any, value: Any, path: str
) -> None:
    validators = described.validators.get(field, ())
    # Most fields are plain, and right.
    if not validators and isinstance(kind, str) and kind in _PLAIN and _PLAIN[kind](value):
        return
    for validator in validators:
        if validator == "normalize_legacy_model_ability of each":
            value = _normalized(described, field, value)
    _check(rules, kind, value, _at(path, field), is_smart=described.is_smart)
    if "validate_model_size_with_radix" in validators:
        _check_size(kind, value, _at(path, field), is_smart=described.is_smart)


def _normalized(described: ClassRules, field: str, value: Any) -> Any:
    """`normalize_legacy_model_ability`: what has no prefix gets the prefix of the type."""
    kind = described.with_default.get(field) or described.nullable.get(field)
    if not isinstance(value, list) or not isinstance(kind, dict):
        return value
    accepted = kind["list"]["one of"]
    prefixed = {ability.partition("_")[2]: ability for ability in accepted}
    return [prefixed.get(each, each) if isinstance(each, str) else each for each in value]


def _check_size(kind: Any, value: Any, path: str, *, is_smart: bool) -> None:
    """`validate_model_size_with_radix`: a text without an underscore must be a whole number."""
    taken: Any = value
    if not isinstance(value, str):
        is_whole = is_smart and isinstance(value, int)
        first = kind["any of"][0] if isinstance(kind, dict) else "str"
        if is_whole or (first == "int" and _is_int(value)):
            return
        taken = str(value)
    elif not is_smart and kind["any of"][0] == "int" and _is_int(value):
        return
    if isinstance(taken, str) and "_" not in taken and not _is_int(taken):
        raise _wrong(path, gettext_noop('a whole number, or a text such as "1_5"'))


def _check(rules: TypeRules, kind: Any, value: Any, path: str, *, is_smart: bool = False) -> None:
    if isinstance(kind, str):
        if kind in rules.classes:
            _check_class(rules, kind, value, path)
        elif not _PLAIN[kind](value):
            raise _wrong(path, _NAMES[kind])
        return
    ((how, inner),) = kind.items()
    if how == "one of":
        if not any(_is_same(value, each) for each in inner):
            raise _unknown(path, value)
    elif how == "list":
        if not isinstance(value, list):
            raise _wrong(path, gettext_noop("a list"))
        for index, each in enumerate(value):
            if each is None and inner != "any":
                message = gettext_noop(
                    "%(key)s must not be null.", key=quoted(_at(path, str(index)))
                )
                raise _Refused(message)
            _check(rules, inner, each, path)
    elif how == "dict":
        mapping = _as_dict(value, path)
        for name, each in mapping.items():
            if each is None and inner != "any":
                message = gettext_noop("%(key)s must not be null.", key=quoted(_at(path, name)))
                raise _Refused(message)
            _check(rules, inner, each, _at(path, name))
    elif how == "any of":
        _check_union(rules, inner, value, path)
    elif how == "int":
        if not _is_int(value):
            raise _wrong(path, _NAMES["int"])
        _check_bounds(inner, int(value), path)
    elif how.startswith("by "):
        _check_tagged(rules, how.removeprefix("by "), inner, value, path)
    else:
        raise ValueError(f"No rule for {how}.")


def _check_union(rules: TypeRules, kinds: Sequence[Any], value: Any, path: str) -> None:
    first: _Refused | None = None
    for kind in kinds:
        try:
            _check(rules, kind, value, path)
        except _Refused as refused:
            first = first or refused
        else:
            return
    if first is not None:
        raise first


def _check_tagged(
    rules: TypeRules, tag: str, classes: Sequence[str], value: Any, path: str
) -> None:
    """One of several classes, which the value of a field chooses."""
    if not isinstance(value, dict):
        raise _wrong(path, gettext_noop("an object"))
    if tag not in value:
        raise _missing(_at(path, tag))
    for name in classes:
        accepted = rules.classes[name].required[tag]["one of"]
        if any(_is_same(value[tag], each) for each in accepted):
            _check_class(rules, name, value, path)
            return
    raise _unknown(_at(path, tag), value[tag])


def _check_bounds(bounds: Mapping[str, int], number: int, path: str) -> None:
    if number <= bounds.get("gt", number - 1) or number < bounds.get("ge", number):
        raise _wrong(path, gettext_noop("a larger number"))
    if number >= bounds.get("lt", number + 1) or number > bounds.get("le", number):
        raise _wrong(path, gettext_noop("a smaller number"))


def _as_dict(value: Any, path: str) -> dict[Any, Any]:
    try:
        return dict(value)
    except (TypeError, ValueError):
        raise _wrong(path, gettext_noop("an object")) from None


def _is_text(value: object) -> bool:
    return isinstance(value, (str, int, float))


def _is_int(value: object) -> bool:
    try:
        int(value)  # type: ignore[call-overload]
    except (TypeError, ValueError, OverflowError):
        return False
    return True


def _is_bool(value: object) -> bool:
    if isinstance(value, str):
        return value.lower() in _TRUE | _FALSE
    return isinstance(value, (bool, int, float)) and value in (0, 1)


def _is_float(value: object) -> bool:
    try:
        float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return False
    return True


def _is_dict(value: object) -> bool:
    try:
        dict(value)  # type: ignore[call-overload]
    except (TypeError, ValueError):
        return False
    return True


def _is_same(value: object, literal: object) -> bool:
    """pydantic looks a value up among the literals: 2.0 equals 2, and a list equals none."""
    return isinstance(value, (str, int, float)) and value == literal


_PLAIN: Final[Mapping[str, Callable[[Any], bool]]] = {
    "str": _is_text,
    "int": _is_int,
    "bool": _is_bool,
    "float": _is_float,
    "dict": _is_dict,
    "list": lambda value: isinstance(value, list),
    "any": lambda value: True,
}
_NAMES: Final[Mapping[str, Message]] = {
    "str": gettext_noop("a text"),
    "int": gettext_noop("a whole number"),
    "bool": gettext_noop("true or false"),
    "float": gettext_noop("a number"),
    "dict": gettext_noop("an object"),
    "list": gettext_noop("a list"),
    "any": gettext_noop("a value"),
}


def _at(path: str, key: object) -> str:
    return f"{path}.{key}" if path else str(key)


def _missing(key: str) -> _Refused:
    return _Refused(gettext_noop("The key %(key)s is missing.", key=quoted(key)))


def _wrong(key: str, kind: Message) -> _Refused:
    return _Refused(gettext_noop("%(key)s must be %(kind)s.", key=quoted(key), kind=kind))


def _unknown(key: str, value: object) -> _Refused:
    return _Refused(
        gettext_noop("It does not know %(value)s in %(key)s.", value=quoted(value), key=quoted(key))
    )


# --- What comes after loading ---------------------------------------------------------------------


def _lacks_huggingface(rules: TypeRules, model_type: str, records: Sequence[Any]) -> bool:
    """Whether `_install` finds no Hugging Face variant, which it takes without looking."""
    groups = [list(records)]
    if model_type == "audio":
        # `_need_filter` drops MLX variants on every machine but a Mac.
        groups.append([record for record in records if not _is_mlx(record)])
    return any(group and not _has_huggingface(group) for group in groups)


def _has_huggingface(records: Sequence[Record]) -> bool:
    """Whether one is left after a server merged the records with its own: of a name that its
    package has, only the newest are."""
    newest = max(map(stamp, records))
    return any(
        "huggingface" in spec.get("model_src", ())
        for record in records
        if stamp(record) == newest
        for spec in (mappings(record["model_specs"]) if "model_specs" in record else [record])
    )


def stamp(record: Record) -> int:
    """When a record was updated; -1 if it does not say."""
    value = record.get("updated_at")
    return value if isinstance(value, int) else -1


def _skips(flat: Record) -> bool:
    """`_need_filter`: on machines other than a Mac, MLX variants are not read."""
    if not isinstance(flat.get("engine", ""), str):
        raise _wrong("engine", _NAMES["str"])
    return _is_mlx(flat)


def _is_mlx(record: Record) -> bool:
    return str(record.get("engine") or "").upper() == "MLX"
