"""The parser: it reads what is JSON as the standard library does, and names each fault."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models_registry.definitions.json_text.document import (
    parse,
)
from models_registry.definitions.json_text.problems import DefinitionTextError
from tests.models_registry.definitions.json_text.texts import LAYOUTS, RECORDS, codes, found


@given(RECORDS, LAYOUTS, st.booleans())
def test_any_layout_of_json_reads_as_the_standard_library_reads_it(records, layout, ascii_only):
    text = json.dumps(records, ensure_ascii=ascii_only, **layout)
    assert parse(text).records == records


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
