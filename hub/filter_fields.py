"""Fields for the filters in a page's address. They refuse nothing: people follow old, cut and
invented addresses, so an invalid value counts as none."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from hub.numbers import whole_number

MAX_TEXT = 200
MAX_PAGE = 1_000_000
MAX_VALUES = 40
MAX_VALUE_LENGTH = 80


class SearchText(forms.Field):
    """A text without NUL, which PostgreSQL refuses, cut off at `most` characters."""

    def __init__(self, *, most: int = MAX_TEXT) -> None:
        super().__init__(required=False)
        self.most = most

    def clean(self, value: Any) -> str:
        """The text in one line, with single spaces."""
        return " ".join((value or "").replace("\x00", " ").split())[: self.most]


class OneOf(forms.TypedChoiceField):
    """One of the choices; `default` for any other value."""

    def __init__(
        self,
        choices: Iterable[Any],
        *,
        coerce: Callable[[str], Any] = str,
        default: Any = "",
    ) -> None:
        super().__init__(required=False, choices=list(choices), coerce=coerce, empty_value=default)

    def clean(self, value: Any) -> Any:
        """The value in its type, or the default."""
        try:
            return super().clean(value)
        except ValidationError:
            return self.empty_value


class AnyOf(forms.Field):
    """Several values without duplicates: those in `known`, or any short ones."""

    widget = forms.SelectMultiple

    def __init__(self, known: Collection[str] | None = None) -> None:
        super().__init__(required=False)
        self.known = known

    def clean(self, value: Any) -> tuple[str, ...]:
        """The valid values, in the order of the address."""
        return tuple(text for text in dict.fromkeys(value[:MAX_VALUES]) if self._is_valid(text))

    def _is_valid(self, text: str) -> bool:
        if self.known is not None:
            return text in self.known
        return bool(text) and len(text) <= MAX_VALUE_LENGTH and "\x00" not in text


class PageNumber(forms.Field):
    """A page; the first one for anything but a whole number from 1 to `most`."""

    def __init__(self, *, most: int = MAX_PAGE) -> None:
        super().__init__(required=False)
        self.most = most

    def clean(self, value: Any) -> int:
        """The number; the page itself may be past the last one."""
        return whole_number(value or "", most=self.most) or 1
