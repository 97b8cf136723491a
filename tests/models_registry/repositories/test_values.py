"""Values from outside are stored only if both databases can hold them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from models_registry.repositories import values
from models_registry.repositories.answers import read_object


@pytest.mark.parametrize(
    "said",
    ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "1989-12-31", "2999-01-01",
     10**400, -1, 10**11, "never", True, None, []],
)  # fmt: skip
def test_a_time_that_nobody_can_have_seen_is_unknown(said):
    assert values.moment(said) is None


@pytest.mark.parametrize(
    "said", ["2026-05-01T12:00:00.000Z", "2026-05-01T14:00:00+02:00", "2026-05-01T12:00:00",
             1_777_636_800],
)  # fmt: skip
def test_a_time_is_kept_in_utc(said):
    assert values.moment(said) == datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(("said", "kept"), [
    (0, 0), (2**53, 2**53), (2**53 + 1, None), (10**400, None), (-1, None), (True, None),
    (1.5, None), ("7", None),
])  # fmt: skip
def test_a_count_fits_even_in_a_sum(said, kept):
    assert values.count(said) == kept


@pytest.mark.parametrize(("header", "kept"), [
    ('"abc"', '"abc"'), ('W/"abc"', 'W/"abc"'), ('"a\x00b"', ""), ('"\u00e9"', ""), (" x", ""),
    ("x" * 301, ""),
])  # fmt: skip
def test_an_etag_is_kept_only_if_it_can_be_sent_back(header, kept):
    assert values.etag(header) == kept


def test_what_no_database_holds_is_replaced_in_keys_and_values():
    assert read_object(rb'{"a\u0000b": ["c\u0000", "\ud800"]}') == {
        "a\ufffdb": ["c\ufffd", "\ufffd"]
    }
