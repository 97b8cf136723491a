"""The fields that the hub manages: moved where a record changed, and nothing else in the text."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models_registry.definitions.json_text.document import parse
from models_registry.definitions.json_text.timestamps import set_featured, stamp
from tests.factories import llm_record, written
from tests.upstream_data import of_all

NOW = 1_790_000_000


def stamped(text: str, previous: str | None = None, now: int = NOW) -> str:
    return stamp(parse(text), parse(previous) if previous is not None else None, now=now)


def stamps(text: str) -> list[int]:
    return [record["updated_at"] for record in json.loads(text)]


def test_a_new_record_gets_the_time_in_the_place_of_its_key():
    text = written(llm_record(updated_at=1))
    assert stamped(text) == text.replace('"updated_at": 1,', f'"updated_at": {NOW},')


def test_missing_fields_go_to_the_end_of_the_record_in_its_layout():
    text = '[\n  {\n    "version": 2,\n    "model_name": "m"\n  }\n]\n'
    expected = (
        '[\n  {\n    "version": 2,\n    "model_name": "m",\n'
        f'    "updated_at": {NOW},\n    "featured": false\n  }}\n]\n'
    )
    assert stamped(text) == expected


def test_a_text_on_one_line_stays_on_one_line():
    text = '[{"model_name":"m","updated_at":3,"featured":true}]'
    assert stamped(text) == f'[{{"model_name":"m","updated_at":{NOW},"featured":true}}]'


def test_an_unchanged_record_keeps_the_time_that_it_had():
    before = written(llm_record(), llm_record(model_format="b", updated_at=7))
    assert stamped(before, before) == before


def test_only_the_changed_record_of_several_moves():
    first, second = llm_record(), llm_record(context_length=1)
    before = written(first, second)
    after = written(first, llm_record(context_length=2))
    assert stamps(stamped(after, before)) == [first["updated_at"], NOW]
    assert stamped(after, before) == written(first, llm_record(context_length=2, updated_at=NOW))


def test_records_that_only_change_places_keep_their_times():
    first = llm_record(updated_at=5)
    second = llm_record(context_length=1, updated_at=9)
    assert stamped(written(second, first), written(first, second)) == written(second, first)


def test_a_time_that_an_author_wrote_into_an_unchanged_record_is_taken_back():
    before = written(llm_record(updated_at=5))
    assert stamped(written(llm_record(updated_at=NOW + 99)), before) == before


@pytest.mark.parametrize("brought", [1, NOW + 1_000_000, "soon", None, True, 2.5])
def test_a_time_that_an_author_brings_with_a_change_does_not_count(brought):
    before = written(llm_record(updated_at=5))
    after = stamped(written(llm_record(context_length=1, updated_at=brought)), before)
    assert stamps(after) == [NOW]


def test_the_time_never_goes_backwards_where_the_clock_does():
    before = written(llm_record(updated_at=NOW + 500))
    after = stamped(written(llm_record(context_length=1)), before)
    assert stamps(after) == [NOW + 501]


def test_a_new_record_is_newer_than_every_record_that_it_may_take_the_place_of():
    before = written(llm_record(updated_at=NOW + 7), llm_record(context_length=1, updated_at=3))
    after = stamped(written(llm_record(context_length=99)), before)
    assert stamps(after) == [NOW + 8]


@pytest.mark.parametrize(
    ("old", "new"),
    [("3", "3.0"), ("3.0", "3"), ("1", "true"), ('"a"', '["a"]'), ("0.6", '"0.6"')],
)
def test_another_spelling_of_a_number_is_a_change(old, new):
    text = '[{{"model_name": "m", "size": {}, "updated_at": 5, "featured": false}}]'
    after = stamped(text.format(new), text.format(old))
    assert after == text.format(new).replace('"updated_at": 5', f'"updated_at": {NOW}')


def test_another_order_of_keys_is_a_change():
    before = '[{"a": 1, "b": 2, "model_name": "m", "updated_at": 5, "featured": false}]'
    after = '[{"b": 2, "a": 1, "model_name": "m", "updated_at": 5, "featured": false}]'
    assert stamps(stamped(after, before)) == [NOW]


def test_white_space_alone_is_no_change():
    before = written(llm_record(updated_at=5))
    compact = json.dumps([llm_record(updated_at=5)])
    assert stamped(compact, before) == compact


def test_adding_the_missing_featured_is_no_change():
    before = '[{"model_name": "m", "updated_at": 5}]'
    assert stamped(before, before) == '[{"model_name": "m", "updated_at": 5, "featured": false}]'


def test_featuring_touches_nothing_but_the_mark_of_each_record():
    text = written(llm_record(), llm_record(context_length=1))
    marked = set_featured(text, True)
    assert marked == text.replace('"featured": false', '"featured": true')
    assert set_featured(marked, True) == marked


def test_featuring_is_a_change_of_every_record_that_was_not_featured():
    other = llm_record(context_length=1, updated_at=6, featured=True)
    text = written(llm_record(updated_at=5), other)
    assert stamps(stamped(set_featured(text, True), text)) == [NOW, 6]


def test_stamping_twice_is_stamping_once():
    before = written(llm_record(updated_at=5))
    once = stamped(written(llm_record(context_length=1)), before)
    assert stamped(once, once, now=NOW + 100) == once


VALUES = st.one_of(st.integers(0, 3), st.floats(0, 3, allow_nan=False), st.text("aä", max_size=3))
RECORDS = st.lists(
    st.fixed_dictionaries(
        {"model_name": st.just("m"), "content": VALUES},
        optional={"updated_at": st.integers(1, 2 * NOW), "featured": st.booleans()},
    ),
    min_size=1,
    max_size=4,
)


def without_time(record):
    return json.dumps({key: value for key, value in record.items() if key != "updated_at"})


@given(before=RECORDS, after=RECORDS)
def test_no_record_is_ever_older_than_the_one_it_replaces(before, after):
    old = stamped(json.dumps(before))
    new = stamped(json.dumps(after), old, now=1)
    known = {without_time(record): record["updated_at"] for record in json.loads(old)}
    for record in json.loads(new):
        kept = known.get(without_time(record))
        if kept is None:
            assert record["updated_at"] > max(stamps(old))
        else:
            assert record["updated_at"] == kept


def test_every_released_definition_is_stamped_without_touching_anything_else(released_catalogue):
    changed = 0
    for path in sorted(released_catalogue.rglob("models/*.json")):
        found = path.read_text(encoding="utf-8")
        records = parse(found).records
        if all("updated_at" in record and "featured" in record for record in records):
            assert stamped(found, found) == found
            changed += 1
    assert changed >= of_all(300)
