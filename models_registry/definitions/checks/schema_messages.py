"""Turns the errors of a JSON Schema validator into sentences for people who write definitions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

from models_registry.definitions.json_text.messages import (
    Message,
    all_of,
    any_of,
    capitalised,
    gettext_noop,
    sentences,
    verbatim,
)
from models_registry.definitions.json_text.problems import quoted

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

_TYPE_NAMES: Final = {
    "string": gettext_noop("a text"),
    "integer": gettext_noop("a whole number"),
    "number": gettext_noop("a number"),
    "object": gettext_noop("an object"),
    "array": gettext_noop("a list"),
    "boolean": gettext_noop("true or false"),
    "null": verbatim("null"),
}
_SIZE_PATTERN: Final = "^[0-9]+(?:_[0-9]+)?$"
_PATTERNS: Final = {
    "^[A-Za-z0-9][A-Za-z0-9._-]*$": gettext_noop(
        "%(value)s is not a valid name. Use letters, digits, dots, underscores and hyphens, and "
        "begin with a letter or digit.",
        value="",
    ),
    _SIZE_PATTERN: gettext_noop(
        '%(value)s is not a size. Write a whole number, or "1_5" for 1.5 billion.', value=""
    ),
    "^[0-9a-f]{64}$": gettext_noop(
        "%(value)s is not a SHA-256 digest. Write its 64 lower-case hexadecimal digits.", value=""
    ),
    "^https?://[^\\s]+$": gettext_noop(
        "%(value)s is not a web address. Begin with http:// or https:// and use no spaces.",
        value="",
    ),
}
_NOT_ALLOWED_HERE: Final = gettext_noop("%(value)s is not allowed here.", value="")
_NOT_ALLOWED: Final = {
    "model_ability": gettext_noop("%(value)s is not an ability.", value=""),
    "model_format": gettext_noop("%(value)s is not a format.", value=""),
    "engine": gettext_noop("%(value)s is not an engine.", value=""),
}


@dataclass(frozen=True, slots=True)
class SchemaFault:
    """One fault: path of the value, code, sentence; `at_key` if its key is at fault."""

    path: tuple[str | int, ...]
    code: str
    message: Message
    at_key: bool = False


def explain(error: ValidationError, known_keyword: str) -> Iterator[SchemaFault]:
    """Yield the faults that an error of jsonschema stands for.

    `known_keyword` is the keyword whose value lists the properties that an object may have. A
    failed choice (`anyOf`, `oneOf`) is explained by the branch that the author most likely meant.
    """
    keyword = str(error.validator)
    path = tuple(error.absolute_path)
    if "propertyNames" in error.schema_path:
        # jsonschema has the key as the instance here, and the path of the object around it.
        yield SchemaFault(
            (*path, str(error.instance)), "unknown-key", _unknown_name(error), at_key=True
        )
    elif keyword == known_keyword:
        yield _unknown_key(error, path)
    elif keyword in ("anyOf", "oneOf"):
        yield from _choice(error, path, known_keyword)
    elif keyword in _MESSAGES:
        code, message = _MESSAGES[keyword]
        yield SchemaFault(path, code, message(error))
    else:
        yield SchemaFault(path, "schema", _unfit(error.message[:300]))


def _unfit(reason: str) -> Message:
    return gettext_noop("This does not fit the schema: %(reason)s", reason=reason)


def _wanted(error: ValidationError) -> Any:
    """Return the schema's value of the keyword that failed."""
    return error.validator_value


def _given(error: ValidationError) -> Any:
    """Return the value that failed."""
    return error.instance


def _unknown_key(error: ValidationError, path: tuple[str | int, ...]) -> SchemaFault:
    key, known = str(path[-1]), list(_wanted(error))
    close = get_close_matches(key[:80], known, n=1, cutoff=0.75)
    if close:
        message = gettext_noop(
            "The key %(key)s is unknown here. Did you mean %(close)s?",
            key=quoted(key),
            close=quoted(close[0]),
        )
    else:
        message = gettext_noop(
            "The key %(key)s is unknown here. Known keys are %(known)s.",
            key=quoted(key),
            known=_listed(known),
        )
    return SchemaFault(path, "unknown-key", message, at_key=True)


def _unknown_name(error: ValidationError) -> Message:
    key = quoted(error.instance)
    if error.validator == "enum":
        return gettext_noop(
            "%(key)s is unknown here. Use one of %(known)s.",
            key=key,
            known=_listed(_wanted(error)),
        )
    return gettext_noop(
        "The key %(key)s is not allowed here: %(reason)s.", key=key, reason=error.message[:200]
    )


def _choice(
    error: ValidationError, path: tuple[str | int, ...], known_keyword: str
) -> Iterator[SchemaFault]:
    branches: dict[Any, list[ValidationError]] = {}
    for inner in error.context or ():
        branches.setdefault(inner.schema_path[0], []).append(inner)
    options = [key for branch in _wanted(error) for key in branch.get("required", ())]
    if options and not _is_about_types(error):
        keys = _listed(options)
        message = (
            gettext_noop("Use exactly one of the keys %(keys)s; none is there.", keys=keys)
            if error.context
            else gettext_noop("Use exactly one of the keys %(keys)s, not both.", keys=keys)
        )
        yield SchemaFault(path, "one-of", message)
        return
    fitting = [
        branch for branch in branches.values() if not any(_is_wrong_type(inner) for inner in branch)
    ]
    if fitting:
        for inner in min(fitting, key=len):
            yield from explain(inner, known_keyword)
        return
    if isinstance(error.instance, float) and _takes_sizes(error):
        size = f"{error.instance:f}".rstrip("0").rstrip(".").replace(".", "_")
        message = gettext_noop(
            '%(value)s is not a size. Write "%(size)s" for %(value)s billion.',
            value=error.instance,
            size=size,
        )
        yield SchemaFault(path, "pattern", message)
        return
    expected = dict.fromkeys(
        name for branch in branches.values() for inner in branch for name in _types(inner)
    )
    wanted = any_of(list(expected)) if expected else gettext_noop("something else")
    yield SchemaFault(path, "type", _unexpected(wanted, error))


def _unexpected(wanted: Message, error: ValidationError) -> Message:
    return gettext_noop(
        "Expected %(wanted)s, but this is %(given)s.", wanted=wanted, given=_shown(error.instance)
    )


def _takes_sizes(error: ValidationError) -> bool:
    return any(branch.get("pattern") == _SIZE_PATTERN for branch in _wanted(error))


def _is_about_types(error: ValidationError) -> bool:
    return any("type" in branch or "anyOf" in branch for branch in _wanted(error))


def _is_wrong_type(error: ValidationError) -> bool:
    """True if a branch fails at its root, because it requires another type of value."""
    if error.validator == "type":
        return not error.path
    if error.validator in ("anyOf", "oneOf") and not error.path:
        return all(_is_wrong_type(inner) for inner in error.context or ())
    return False


def _types(error: ValidationError) -> Iterator[Message]:
    if error.validator == "type":
        yield from _type_names(_wanted(error))
    for inner in error.context or ():
        yield from _types(inner)


def _type_names(value: str | Sequence[str]) -> list[Message]:
    names = [value] if isinstance(value, str) else value
    return [_TYPE_NAMES.get(name, verbatim(name)) for name in names]


def _listed(values: Sequence[object]) -> Message:
    return all_of(["null" if value is None else quoted(value) for value in values])


def _shown(value: object) -> Message:
    if value is None:
        return verbatim("null")
    if isinstance(value, bool):
        return verbatim("true" if value else "false")
    if isinstance(value, str):
        return gettext_noop("the text %(value)s", value=quoted(value))
    if isinstance(value, dict):
        return gettext_noop("an object")
    if isinstance(value, list):
        return gettext_noop("a list")
    return gettext_noop("the number %(value)s", value=str(value))


def _required(error: ValidationError) -> Message:
    missing = [key for key in _wanted(error) if key not in _given(error)]
    named = next((key for key in missing if error.message.startswith(repr(key))), missing[0])
    return gettext_noop("The key %(key)s is missing.", key=quoted(named))


def _dependent(error: ValidationError) -> Message:
    for key, needed in _wanted(error).items():
        for missing in needed:
            if key in _given(error) and missing not in _given(error):
                if error.message.startswith(repr(missing)):
                    return gettext_noop(
                        "With the key %(key)s, the key %(missing)s is needed too.",
                        key=quoted(key),
                        missing=quoted(missing),
                    )
    return gettext_noop("A key is missing: %(reason)s.", reason=error.message[:200])


def _too_few(error: ValidationError) -> Message:
    key = error.absolute_path[-1] if error.absolute_path else ""
    if not isinstance(key, str):
        return gettext_noop("This is empty.")
    return gettext_noop("%(key)s must not be empty.", key=quoted(key))


def _pattern(error: ValidationError) -> Message:
    value = quoted(error.instance)
    if known := _PATTERNS.get(_wanted(error)):
        return Message(known.template, {"value": value})
    return gettext_noop(
        "%(value)s does not match the pattern %(pattern)s.", value=value, pattern=_wanted(error)
    )


def _choice_of_values(error: ValidationError) -> Message:
    """Quote what was typed, and name the value that it most resembles."""
    given, wanted = error.instance, _wanted(error)
    keys = [part for part in error.absolute_path if isinstance(part, str)]
    refusal = _NOT_ALLOWED.get(keys[-1] if keys else "", _NOT_ALLOWED_HERE)
    shown = quoted(given) if isinstance(given, str) else capitalised(_shown(given))
    not_allowed = Message(refusal.template, {"value": shown})
    texts = {text.casefold(): text for text in wanted if isinstance(text, str)}
    close = get_close_matches(str(given)[:80].strip().casefold(), texts, n=1, cutoff=0.7)
    advice = (
        gettext_noop("Did you mean %(close)s?", close=quoted(texts[close[0]]))
        if close
        else gettext_noop("Use one of %(known)s.", known=_listed(wanted))
    )
    return sentences(not_allowed, advice)


def _constant(error: ValidationError) -> Message:
    wanted = _wanted(error)
    return gettext_noop(
        "Only %(wanted)s is allowed here, but this is %(given)s.",
        wanted=quoted(wanted) if isinstance(wanted, str) else str(wanted),
        given=_shown(error.instance),
    )


_MESSAGES: Final[dict[str, tuple[str, Callable[[ValidationError], Message]]]] = {
    "required": ("missing-key", _required),
    "dependentRequired": ("missing-key", _dependent),
    "type": ("type", lambda error: _unexpected(any_of(_type_names(_wanted(error))), error)),
    "enum": ("value", _choice_of_values),
    "const": ("value", _constant),
    "pattern": ("pattern", _pattern),
    "minItems": ("empty", _too_few),
    "minLength": ("empty", _too_few),
    "minProperties": ("empty", _too_few),
    "minimum": (
        "value",
        lambda error: gettext_noop(
            "The number must be at least %(least)s, but is %(given)s.",
            least=_wanted(error),
            given=error.instance,
        ),
    ),
    "uniqueItems": (
        "duplicate",
        lambda error: gettext_noop(
            "%(value)s appears twice in this list. Remove one.",
            value=quoted(_given(error)[error.path[-1]]),
        ),
    ),
}
