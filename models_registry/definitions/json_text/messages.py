"""Sentences about definitions that can be translated, although this package knows no Django.

A sentence is written as `gettext_noop("The key %(key)s is missing.", key=…)`: makemessages extracts
the template by that function's name, and `models_registry.labels.translated` formats it again in
the reader's language.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any, Final


class Message(str):
    """An English text that remembers the template and the parameters that it was made of.

    It compares, sorts and serialises as the English text. A pickle holds the text only, so that a
    cached value outlives this class; `packed` keeps all of it.
    """

    __slots__ = ("is_capitalised", "params", "template")

    template: str
    params: Mapping[str, Any]
    is_capitalised: bool

    def __new__(
        cls, template: str, params: Mapping[str, Any] | None = None, *, is_capitalised: bool = False
    ) -> Message:
        text = template % params if params else template
        message = super().__new__(cls, text[:1].upper() + text[1:] if is_capitalised else text)
        message.template = template
        message.params = params or {}
        message.is_capitalised = is_capitalised
        return message

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        return str, (str(self),)

    def __copy__(self) -> Message:
        return self

    def __deepcopy__(self, memo: object) -> Message:
        return self


NOTHING: Final = Message("")


def gettext_noop(template: str, /, **params: Any) -> Message:
    """Return the English message of a template; makemessages puts the template into the catalogue.

    The parameters are texts, numbers, or messages that are translated with it.
    """
    return Message(template, params)


def verbatim(text: str) -> Message:
    """Return a message that is the same in all languages, such as a quoted value."""
    return Message("%(text)s", {"text": text})


def capitalised(message: Message) -> Message:
    """Return the message with a capital first letter, in whichever language it is shown."""
    return Message(message.template, message.params, is_capitalised=True)


def sentences(first: Message, second: Message) -> Message:
    """Return two sentences as one message."""
    return gettext_noop("%(first)s %(second)s", first=first, second=second)


def all_of(texts: Sequence[str]) -> Message:
    """Return "a, b and c". Raises IndexError for an empty list."""
    if len(texts) == 1:
        return verbatim(texts[0])
    return gettext_noop("%(others)s and %(last)s", others=", ".join(texts[:-1]), last=texts[-1])


def any_of(messages: Sequence[Message]) -> Message:
    """Return "a or b or c". Raises TypeError for an empty list."""
    return reduce(
        lambda first, second: gettext_noop("%(first)s or %(second)s", first=first, second=second),
        messages,
    )


def packed(value: Any) -> Any:
    """Return a message as plain data, for caches and JSON columns; `unpacked` reads it."""
    if not isinstance(value, Message):
        return value if isinstance(value, (int, float)) else str(value)
    params = {name: packed(param) for name, param in value.params.items()}
    return {"template": value.template, "params": params, "capital": value.is_capitalised}


def unpacked(data: Any) -> Any:
    """Return what `packed` made plain data of."""
    if not isinstance(data, dict):
        return data
    params = {name: unpacked(param) for name, param in data["params"].items()}
    return Message(data["template"], params, is_capitalised=data["capital"])
