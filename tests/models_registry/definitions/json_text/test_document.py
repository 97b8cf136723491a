import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models_registry.definitions.json_text.document import (
    MAX_BYTES,
    as_array,
    count_records,
    join_records,
    join_slices,
    parse,
    parse_lenient,
    write,
)
from models_registry.definitions.json_text.problems import DefinitionTextError
from tests.models_registry.definitions.json_text.texts import LAYOUTS, RECORDS, codes
from tests.upstream_data import of_all


@given(RECORDS)
def test_what_is_written_reads_back_the_same(records):
    assert parse(write(records)).records == records


def test_every_released_definition_reads_as_the_standard_library_reads_it(released_catalogue):
    paths = sorted(released_catalogue.glob("xinference/model/*/models/*.json"))
    assert len(paths) >= of_all(300)
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


def test_a_text_of_more_than_a_megabyte_is_refused_by_its_bytes():
    text = '[{"a": "' + "é" * (MAX_BYTES // 2) + '"}]'
    assert len(text) < MAX_BYTES
    assert codes(text) == ["too-large"]
    assert parse(text, max_bytes=2 * MAX_BYTES).records


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


def test_the_served_list_holds_the_exact_source_of_each_record():
    joined = join_records(['[{"a":3.0}]', '[\n  {\n    "b": 1\n  }, {"c":2}]\n'])
    assert joined == '[\n  {"a":3.0},\n  {\n    "b": 1\n  },\n  {"c":2}\n]\n'
    assert join_records([]) == "[]\n"
    assert count_records(['[{"a":3.0}]', '[\n  {\n    "b": 1\n  }, {"c":2}]\n']) == 3


@pytest.mark.parametrize(
    "text",
    [
        "[{]", "", "[", "[]", "{}", "[{}", "[{},]", "[{}] x", "[{}, 1]", "[,{}]", "\ufeff[{}]",
        '[{"a": 1, "a": 2}]', '[{"b": {"a": 1, "a": 2}}]', '[{"a": NaN}]', '[{"a": "\\ud800"}]',
        '[{"a": "\t"}]', '[{"a": 99999999999999999999}]', "[{}]\u00a0",
    ],
)  # fmt: skip
def test_no_list_takes_what_is_no_definition(text):
    with pytest.raises(DefinitionTextError):
        parse(text)
    with pytest.raises(DefinitionTextError):
        join_records(['[{"a":1}]', text])


@given(RECORDS)
def test_records_are_joined_as_the_scanner_reads_them(records):
    text = write(records)
    assert join_records([text]) == join_slices(parse(text).record_texts())
