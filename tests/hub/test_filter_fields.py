"""Fields of filters in addresses: they accept every value, and an invalid one counts as none."""

from __future__ import annotations

import pytest

from hub.filter_fields import MAX_TEXT, MAX_VALUES, AnyOf, OneOf, PageNumber, SearchText

LENGTHY = "x" * 100_000


@pytest.mark.parametrize(
    ("field", "sent", "read"),
    [
        (SearchText(), None, ""),
        (SearchText(), " a\x00 \n b ", "a b"),
        (SearchText(), LENGTHY, "x" * MAX_TEXT),
        (OneOf([("a", "A")]), "a", "a"),
        (OneOf([("a", "A")], default="b"), None, "b"),
        (OneOf([("a", "A")]), LENGTHY, ""),
        (OneOf([("1", "")], coerce=bool, default=False), "1", True),
        (OneOf([("1", "")], coerce=bool, default=False), "\x00", False),
        (AnyOf(("a", "b")), ["b", "x", "a", "b"], ("b", "a")),
        (AnyOf(), ["", "a", "\x00", LENGTHY, "a"], ("a",)),
        (AnyOf(), [*["a"] * MAX_VALUES, "b"], ("a",)),
        (PageNumber(), "7", 7),
        (PageNumber(most=9), "10", 1),
        *((PageNumber(), sent, 1) for sent in (None, "0", "-3", "1.5", "٣", "9" * 5000)),
    ],
)
def test_any_value_is_read(field, sent, read):
    assert field.clean(sent) == read
