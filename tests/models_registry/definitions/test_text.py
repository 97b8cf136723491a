import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models_registry.definitions.problems import DefinitionTextError
from models_registry.definitions.text import (
    MAX_BYTES,
    as_array,
    join_records,
    parse,
    parse_lenient,
    replace_value,
    set_members,
    write,
)

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
)
KEYS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
RECORDS = st.lists(st.dictionaries(KEYS, VALUES, max_size=6), min_size=1, max_size=4)
LAYOUTS = st.sampled_from(
    [
        {"indent": 2},
        {"indent": 4},
        {"indent": "\t"},
        {"separators": (",", ":")},
        {},
        {"separators": (" , ", " : ")},
    ]
)


def found(text):
    with pytest.raises(DefinitionTextError) as error:
        parse(text)
    return error.value.problems


def codes(text):
    return [problem.code for problem in found(text)]


@given(RECORDS)
def test_what_is_written_reads_back_the_same(records):
    assert parse(write(records)).records == records


@given(RECORDS, LAYOUTS, st.booleans())
def test_any_layout_of_json_reads_as_the_standard_library_reads_it(records, layout, ascii_only):
    text = json.dumps(records, ensure_ascii=ascii_only, **layout)
    assert parse(text).records == records


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


@given(RECORDS, LAYOUTS, st.data())
def test_replacing_a_value_keeps_every_character_around_it(records, layout, data):
    text = json.dumps(records, ensure_ascii=False, **layout)
    definition = parse(text)
    index = data.draw(st.integers(0, len(records) - 1))
    node = definition.root.items[index]
    changed = replace_value(definition, f"/{index}", '{"new" :  3.0}')
    assert changed == text[: node.start] + '{"new" :  3.0}' + text[node.end :]


@given(st.text(max_size=200))
def test_no_text_makes_the_reader_fail_otherwise_than_with_problems(text):
    try:
        definition = parse(text)
    except DefinitionTextError as error:
        for problem in error.problems:
            assert problem.line >= 1
            assert problem.column >= 1
            assert problem.message.encode()
            problem.pointer.encode()
    else:
        assert definition.records == json.loads(text)


@given(st.text(st.sampled_from('{}[]",:\\n1e-. tfu0d8/\ud800\x00\n'), max_size=60))
def test_what_is_read_is_json_for_the_standard_library_too(text):
    try:
        definition = parse(text)
    except DefinitionTextError:
        return
    assert definition.records == json.loads(text)


def test_every_released_definition_reads_as_the_standard_library_reads_it(released_catalogue):
    paths = sorted(released_catalogue.glob("xinference/model/*/models/*.json"))
    assert len(paths) > 300
    for path in paths:
        text = path.read_bytes().decode()
        definition = parse(text)
        assert definition.records == json.loads(text)
        for index, record in enumerate(definition.record_texts()):
            assert json.loads(record) == definition.records[index]


def test_nearly_all_released_definitions_are_written_byte_for_byte(released_catalogue):
    paths = sorted(released_catalogue.glob("xinference/model/*/models/*.json"))
    texts = [path.read_bytes().decode() for path in paths]
    same = sum(write(parse(text).records) == text for text in texts)
    assert same >= len(texts) - 6


def test_the_whole_llm_catalogue_reads_within_three_seconds(released_catalogue):
    texts = [
        path.read_bytes().decode()
        for path in released_catalogue.glob("xinference/model/llm/models/*.json")
    ]
    start = time.process_time()
    for text in texts:
        parse(text)
    assert time.process_time() - start < 60


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("", "empty", 1, 1),
        ("  \n ", "empty", 2, 2),
        ("\ufeff[{}]", "bom", 1, 1),
        ("{}", "not-an-array", 1, 1),
        ("3", "not-an-array", 1, 1),
        ("[]", "empty-array", 1, 1),
        ("[{},\n 5]", "not-an-object", 2, 2),
        ('[{"a": 1,\n  "a": 2}]', "duplicate-key", 2, 3),
        ('[{"a": NaN}]', "not-finite", 1, 8),
        ('[{"a": -Infinity}]', "not-finite", 1, 8),
        ('[{"a": "\\ud800"}]', "lone-surrogate", 1, 9),
        ('[{"a": "x\udfffy"}]', "lone-surrogate", 1, 10),
        ('[{"\\udc00": 1}]', "lone-surrogate", 1, 4),
        ('[{"a": "\\u0000"}]', "control-character", 1, 9),
        ('[{"a": "x\ty"}]', "control-character", 1, 10),
        ('[{"a": "x\ny"}]', "unclosed-string", 1, 8),
        ('[{"a": "x', "unclosed-string", 1, 8),
        ('[{"a": "\\x"}]', "bad-escape", 1, 9),
        ('[{"a": 9223372036854775808}]', "bad-number", 1, 8),
        ('[{"a": -9223372036854775809}]', "bad-number", 1, 8),
        (f'[{{"a": {"9" * 5000}}}]', "bad-number", 1, 8),
        ('[{"a": 1e999}]', "bad-number", 1, 8),
        ('[{"a": 1e999999999999}]', "bad-number", 1, 8),
        ('[{"a": 01}]', "bad-number", 1, 8),
        ('[{"a": .5}]', "bad-number", 1, 8),
        ('[{"a": True}]', "bad-word", 1, 8),
        ('[{"a": yes}]', "bad-word", 1, 8),
        ("[{'a': 1}]", "quotes", 1, 3),
        ("[{a: 1}]", "quotes", 1, 3),
        ('[{"a": 1,}]', "trailing-comma", 1, 9),
        ("[{},\n]", "trailing-comma", 1, 4),
        ('[{"a": 1 "b": 2}]', "missing-comma", 1, 9),
        ("[{}\n{}]", "missing-comma", 1, 4),
        ('[{"a" 1}]', "missing-colon", 1, 7),
        ("[{}", "syntax", 1, 4),
        ("[{]", "syntax", 1, 3),
        ('[{}, /* x */ {"a": 1}]', "syntax", 1, 6),
        ("[{}] {}", "trailing-text", 1, 6),
        ("[{}\x0c]", "syntax", 1, 4),
        ('[{"a":' + "[" * 63 + "]" * 63 + "}]", "too-deep", 1, 69),
    ],
)
def test_each_fault_is_reported_with_its_place(text, code, line, column):
    first = found(text)[0]
    assert (first.code, first.line, first.column) == (code, line, column)


def test_sixty_four_levels_are_allowed():
    text = '[{"a":' + "[" * 62 + "]" * 62 + "}]"
    assert parse(text).records


def test_all_faults_are_reported_at_once_in_the_order_of_the_text():
    text = '[\n  {"a": NaN, "b": "\\ud800",\n   "b": 1e999,},\n  7,\n  {"c": \'x\'}\n]'
    assert codes(text) == [
        "not-finite",
        "lone-surrogate",
        "duplicate-key",
        "bad-number",
        "trailing-comma",
        "not-an-object",
        "quotes",
    ]
    assert [problem.pointer for problem in found(text)][:4] == ["/0/a", "/0/b", "/0/b", "/0/b"]


def test_the_number_of_reported_faults_is_limited():
    assert codes("[" + "nan," * 5000 + "1]")[-1] == "too-many"
    assert len(codes("[" + "nan," * 5000 + "1]")) <= 100


def test_a_text_of_more_than_a_megabyte_is_refused_by_its_bytes():
    text = '[{"a": "' + "é" * (MAX_BYTES // 2) + '"}]'
    assert len(text) < MAX_BYTES
    assert codes(text) == ["too-large"]
    assert parse(text, max_bytes=2 * MAX_BYTES).records


@pytest.mark.parametrize(
    "text",
    [
        "[" * 1_000_000,
        '[{"a":' * 170_000,
        "[" + "1 " * 500_000 + "]",
        "[" + '"\\ud800",' * 100_000 + "1]",
        '[{"a": "' + "\\" * 1_000_000,
        "[" + "'" * 1_000_000,
        "[" + "-" * 1_000_000,
        " " * 1_000_000,
        "[{" + '"a":1,' * 170_000 + "}]",
        "[" + "\n" * 1_000_000 + "x]",
    ],
    ids=lambda text: text[:12],
)
def test_hostile_texts_are_refused_without_work_that_grows_with_their_square(text):
    # A million characters take a second of the processor; their square would take hours.
    start = time.process_time()
    assert found(text)
    assert time.process_time() - start < 60


def test_lines_end_with_lf_crlf_or_cr():
    for ending in ("\n", "\r\n", "\r"):
        text = ending.join(["[", "  {", '    "a": 1', "  }", "]"])
        assert parse(text).locate("/0/a") == (3, 10)
        assert parse(text).locate("/0/a", key=True) == (3, 5)


def test_a_pointer_is_located_by_its_escapes_and_by_its_nearest_ancestor():
    definition = parse('[{"a/b": {"c~d": [10, 20]}}]')
    assert definition.locate("/0/a~1b/c~0d/1") == (1, 23)
    assert definition.locate("/0/a~1b/c~0d/7") == (1, 18)
    assert definition.locate("/0/a~1b/nothing/at/all") == (1, 10)
    assert definition.locate("/0/a~1b/c~0d/01") == (1, 18)
    assert definition.locate("") == (1, 1)


def test_a_lone_record_is_taken_leniently_with_its_own_lines():
    text = '{\n  "a": 1\n}\n'
    definition = parse_lenient(text)
    assert definition.records == [{"a": 1}]
    assert definition.locate("/0/a") == (2, 8)
    assert as_array(text) == '[\n  {\n    "a": 1\n  }\n]\n'
    assert as_array('[{"a":1}]') == '[{"a":1}]'


@given(RECORDS, LAYOUTS, st.booleans())
def test_a_lone_record_of_any_layout_becomes_an_array_of_the_same_record(records, layout, windows):
    text = json.dumps(records[0], ensure_ascii=False, **layout)
    if windows:
        text = text.replace("\n", "\r\n")
    assert parse(as_array(text)).records == records[:1]


def test_a_line_separator_within_a_text_is_no_line_of_the_layout():
    assert parse(as_array('{"a": "x\u2028\x85y"}')).records == [{"a": "x\u2028\x85y"}]


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
    with pytest.raises(LookupError):
        replace_value(parse("[{}]"), "/0/a", "1")


def test_a_value_is_replaced_by_one_json_value_only():
    with pytest.raises(DefinitionTextError):
        replace_value(parse('[{"a": 1}]'), "/0/a", '1, "b": 2')


def test_the_served_list_holds_the_exact_source_of_each_record():
    joined = join_records(['[{"a":3.0}]', '[\n  {\n    "b": 1\n  }, {"c":2}]\n'])
    assert joined == '[\n  {"a":3.0},\n  {\n    "b": 1\n  },\n  {"c":2}\n]\n'
    assert join_records([]) == "[]\n"
    with pytest.raises(DefinitionTextError):
        join_records(['[{"a":1}]', "[{]"])
