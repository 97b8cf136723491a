"""Turns the errors of a JSON Schema validator into sentences for people who write definitions."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final

from jsonschema.exceptions import ValidationError

from .problems import quoted

_TYPE_NAMES: Final = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "object": "an object",
    "array": "a list",
    "boolean": "true or false",
    "null": "null",
}
_PATTERNS: Final = {
    "^[A-Za-z0-9][A-Za-z0-9._-]*$": (
        "is no valid name. Use letters, digits, dots, underscores and hyphens, and begin with a "
        "letter or digit."
    ),
    "^[0-9]+(?:_[0-9]+)?$": 'is no size. Write a whole number, or "1_5" for 1.5 billion.',
    "^[0-9a-f]{64}$": "is no SHA-256 digest. Write its 64 lower-case hexadecimal digits.",
    "^https?://[^\\s]+$": "is no web address. Begin with http:// or https:// and use no spaces.",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One error: path of the value, code, sentence; `at_key` where its key is what is wrong."""

    path: tuple[str | int, ...]
    code: str
    message: str
    at_key: bool = False


def explain(error: ValidationError, known_keyword: str) -> Iterator[Finding]:
    """Yield what an error of jsonschema means.

    `known_keyword` is the keyword whose value lists the properties that an object may have. A
    failed choice (`anyOf`, `oneOf`) is explained by the branch that the author most likely meant.
    """
    keyword = str(error.validator)
    path = tuple(error.absolute_path)
    if "propertyNames" in error.schema_path:
        # jsonschema has the key as the instance here, and the path of the object around it.
        yield Finding(
            (*path, str(error.instance)), "unknown-key", _unknown_name(error), at_key=True
        )
    elif keyword == known_keyword:
        yield _unknown_key(error, path)
    elif keyword in ("anyOf", "oneOf"):
        yield from _choice(error, path, known_keyword)
    elif keyword in _MESSAGES:
        code, message = _MESSAGES[keyword]
        yield Finding(path, code, message(error))
    else:
        yield Finding(path, "schema", f"This does not fit the schema: {error.message[:300]}")


def _wanted(error: ValidationError) -> Any:
    """Return what the schema says under the keyword that failed."""
    return error.validator_value


def _given(error: ValidationError) -> Any:
    """Return the value that failed."""
    return error.instance


def _unknown_key(error: ValidationError, path: tuple[str | int, ...]) -> Finding:
    key, known = str(path[-1]), list(_wanted(error))
    close = get_close_matches(key[:80], known, n=1, cutoff=0.75)
    if close:
        advice = f"Did you mean {quoted(close[0])}?"
    else:
        advice = f"Known here are {_listed(known)}."
    return Finding(path, "unknown-key", f"The key {quoted(key)} is unknown here. {advice}", True)


def _unknown_name(error: ValidationError) -> str:
    key = quoted(error.instance)
    if error.validator == "enum":
        return f"{key} is unknown here. Use one of {_listed(_wanted(error))}."
    return f"The key {key} is not allowed here: {error.message[:200]}."


def _choice(
    error: ValidationError, path: tuple[str | int, ...], known_keyword: str
) -> Iterator[Finding]:
    branches: dict[Any, list[ValidationError]] = {}
    for one in error.context or ():
        branches.setdefault(one.schema_path[0], []).append(one)
    options = [key for branch in _wanted(error) for key in branch.get("required", ())]
    if options and not _is_about_types(error):
        present = "neither is" if error.context else "both are"
        message = f"Exactly one of {_listed(options)} must be there, but {present}."
        yield Finding(path, "one-of", message)
        return
    fitting = [
        branch for branch in branches.values() if not any(_is_wrong_type(one) for one in branch)
    ]
    if fitting:
        for one in min(fitting, key=len):
            yield from explain(one, known_keyword)
        return
    expected = dict.fromkeys(
        name for branch in branches.values() for one in branch for name in _types(one)
    )
    wanted = " or ".join(expected) or "something else"
    yield Finding(path, "type", f"Expected {wanted}, but this is {_shown(error.instance)}.")


def _is_about_types(error: ValidationError) -> bool:
    return any("type" in branch or "anyOf" in branch for branch in _wanted(error))


def _is_wrong_type(error: ValidationError) -> bool:
    """Say whether a branch fails at its very root, because it wants another type of value."""
    if error.validator == "type":
        return not error.path
    if error.validator in ("anyOf", "oneOf") and not error.path:
        return all(_is_wrong_type(one) for one in error.context or ())
    return False


def _types(error: ValidationError) -> Iterator[str]:
    if error.validator == "type":
        yield from _type_names(_wanted(error))
    for one in error.context or ():
        yield from _types(one)


def _type_names(value: str | Sequence[str]) -> list[str]:
    names = [value] if isinstance(value, str) else value
    return [_TYPE_NAMES.get(name, name) for name in names]


def _listed(values: Sequence[object]) -> str:
    texts = ["null" if one is None else quoted(one) for one in values]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"


def _shown(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"the text {quoted(value)}"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    return f"the number {value}"


def _required(error: ValidationError) -> str:
    missing = [key for key in _wanted(error) if key not in _given(error)]
    named = next((key for key in missing if error.message.startswith(repr(key))), missing[0])
    return f"The key {quoted(named)} is missing."


def _dependent(error: ValidationError) -> str:
    for key, needed in _wanted(error).items():
        for one in needed:
            if key in _given(error) and one not in _given(error):
                if error.message.startswith(repr(one)):
                    return f"With the key {quoted(key)}, the key {quoted(one)} is needed too."
    return f"A key is missing: {error.message[:200]}."


def _too_few(error: ValidationError) -> str:
    key = error.absolute_path[-1] if error.absolute_path else ""
    return f"{quoted(key)} must not be empty." if isinstance(key, str) else "This is empty."


def _pattern(error: ValidationError) -> str:
    told = _PATTERNS.get(_wanted(error))
    if told is None:
        told = f"does not match the pattern {_wanted(error)}."
    return f"{quoted(error.instance)} {told}"


def _constant(error: ValidationError) -> str:
    wanted = _wanted(error)
    allowed = quoted(wanted) if isinstance(wanted, str) else wanted
    return f"Only {allowed} is allowed here, but this is {_shown(error.instance)}."


_MESSAGES: Final[dict[str, tuple[str, Callable[[ValidationError], str]]]] = {
    "required": ("missing-key", _required),
    "dependentRequired": ("missing-key", _dependent),
    "type": (
        "type",
        lambda e: (
            f"Expected {' or '.join(_type_names(_wanted(e)))}, but this is {_shown(e.instance)}."
        ),
    ),
    "enum": (
        "value",
        lambda e: (
            f"{_shown(e.instance).capitalize()} is not allowed. Use one of {_listed(_wanted(e))}."
        ),
    ),
    "const": ("value", _constant),
    "pattern": ("pattern", _pattern),
    "minItems": ("empty", _too_few),
    "minLength": ("empty", _too_few),
    "minProperties": ("empty", _too_few),
    "minimum": (
        "value",
        lambda e: f"The number must be at least {_wanted(e)}, but is {e.instance}.",
    ),
    "uniqueItems": (
        "duplicate",
        lambda e: f"{quoted(_given(e)[e.path[-1]])} stands twice in this list. Remove one.",
    ),
}
