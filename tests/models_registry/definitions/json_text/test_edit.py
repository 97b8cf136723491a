import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models_registry.definitions.json_text.document import (
    parse,
)
from models_registry.definitions.json_text.edit import (
    Sheet,
    Style,
    laid_out,
    new_entry,
    rebuilt,
    replacement,
    set_members,
    spans,
)
from tests.models_registry.definitions.json_text import edits
from tests.models_registry.definitions.json_text.texts import LAYOUTS, RECORDS


def sheet(text):
    return Sheet.of(text, parse(text).root)


def entries(page, node):
    return [(place, page.text[start:end]) for place, (start, end) in enumerate(spans(node))]


@pytest.mark.parametrize(
    ("text", "style"),
    [
        (json.dumps([{"a": 1, "b": 2}], indent=2), Style("\n", "  ", ": ", ", ")),
        (
            json.dumps([{"a": 1}], indent="\t").replace("\n", "\r\n"),
            Style("\r\n", "\t", ": ", ", "),
        ),
        ('[{"a":1,"b":2}]', Style("", "  ", ":", ",")),
        ('[{"a" : 1 , "b" : 2}]', Style("", "  ", " : ", " , ")),
        ('[{\n    "a": 1\n}]', Style("\n", "    ", ": ", ", ")),
        ("[{}]", Style("", "  ", ": ", ", ")),
    ],
)
def test_the_style_of_a_text_is_seen(text, style):
    assert sheet(text).style == style


@given(edits.RECORDS.flatmap(edits.texts))
@settings(max_examples=100, deadline=None)
def test_a_container_with_its_own_entries_is_as_it_was(text):
    page = sheet(text)
    nodes = [page.root, *page.root.items, *(m.node for m in page.root.items[0].members.values())]
    for node in nodes:
        if node.members is not None or node.items is not None:
            assert rebuilt(page, node, entries(page, node)) == page.source(node)


@given(edits.RECORDS.flatmap(edits.texts), edits.RECORDS.flatmap(edits.texts))
@settings(max_examples=150, deadline=None)
def test_a_value_keeps_its_meaning_in_any_other_style(one, other):
    source, target = sheet(one), sheet(other)
    record = source.root.items[0]
    moved = rebuilt(
        target,
        target.root,
        [
            *entries(target, target.root),
            (None, new_entry(target, target.root, None, source, record)),
        ],
    )
    assert json.loads(moved) == [*json.loads(other), json.loads(one)[0]]
    put = replacement(target, target.root.items[0], source, record)
    assert json.loads(put) == json.loads(one)[0]


def test_numbers_and_escapes_keep_their_spelling():
    source = sheet('[{"a": [3.0, 1e5, "\\u00e9"]}]')
    assert laid_out(source, source.root.items[0], Style(), "") == (
        '{\n  "a": [\n    3.0,\n    1e5,\n    "\\u00e9"\n  ]\n}'
    )


def test_an_entry_of_a_list_on_one_line_stays_on_that_line():
    page = sheet('[\n  {\n    "a": ["x", "y"]\n  }\n]')
    node = page.root.items[0].members["a"].node
    other = sheet(json.dumps([{"b": {"c": 1}}], indent=2))
    added = new_entry(page, node, None, other, other.root.items[0].members["b"].node)
    assert rebuilt(page, node, [(0, '"x"'), (None, added), (1, '"y"')]) == '["x", {"c": 1}, "y"]'


def test_an_empty_container_is_opened_in_the_style_of_the_text():
    page = sheet('[\n    {\n        "a": {}\n    }\n]')
    node = page.root.items[0].members["a"].node
    assert rebuilt(page, node, [(None, '"b": 1')]) == '{\n            "b": 1\n        }'


def test_a_container_that_loses_all_is_empty():
    page = sheet('[\n  {\n    "a": 1\n  }\n]')
    assert rebuilt(page, page.root.items[0], []) == "{}"


def test_a_value_takes_the_indentation_of_its_new_text():
    source, target = sheet(json.dumps([{"a": [1, {"b": 2}]}], indent=2)), sheet("[\n\t{}\n]")
    expected = json.dumps([{"a": [1, {"b": 2}]}], indent="\t")
    put = replacement(target, target.root.items[0], source, source.root.items[0])
    assert f"[\n\t{put}\n]" == expected


@given(RECORDS, LAYOUTS, st.booleans(), st.data())
def test_setting_members_changes_nothing_else(records, layout, windows, data):
    text = json.dumps(records, ensure_ascii=False, **layout)
    if windows:
        text = text.replace("\n", "\r\n")
    index = data.draw(st.integers(0, len(records) - 1))
    changed = set_members(text, index, {"updated_at": 5, "featured": False})
    expected = json.loads(text)
    expected[index] = {**expected[index], "updated_at": 5, "featured": False}
    assert parse(changed).records == expected
    assert list(parse(changed).records[index]) == list(expected[index])
    before, after = parse(text).record_texts(), parse(changed).record_texts()
    assert [one for i, one in enumerate(before) if i != index] == [
        one for i, one in enumerate(after) if i != index
    ]
    assert set_members(changed, index, {"updated_at": 5, "featured": False}) == changed


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('[{"a":1}]', '[{"a":1,"u":2}]'),
        ('[{"a": 1}]', '[{"a": 1, "u": 2}]'),
        ("[{}]", '[{"u": 2}]'),
        ('[{"a":1,"b":3.0}]', '[{"a":1,"b":3.0,"u":2}]'),
        ('[ { "a" : 1 } ]', '[ { "a" : 1, "u" : 2 } ]'),
        ('[\n  {\n    "a": 1\n  }\n]\n', '[\n  {\n    "a": 1,\n    "u": 2\n  }\n]\n'),
        ('[\r\n\t{\r\n\t\t"a": 1\r\n\t}\r\n]', '[\r\n\t{\r\n\t\t"a": 1,\r\n\t\t"u": 2\r\n\t}\r\n]'),
        ('[{"u" :  1, "a": 3.0}]', '[{"u" :  2, "a": 3.0}]'),
    ],
)
def test_a_member_is_added_in_the_records_own_formatting(before, after):
    assert set_members(before, 0, {"u": 2}) == after


def test_a_record_that_is_not_there_cannot_be_changed():
    with pytest.raises(LookupError):
        set_members("[{}]", 1, {"a": 1})
