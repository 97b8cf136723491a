"""What is typed into a form's inputs becomes JSON, and nothing of it gets lost."""

import json

from models_registry.definitions.checks.schema import validate
from models_registry.definitions.form.tree import form_of
from models_registry.definitions.json_text.document import parse
from tests.models_registry.definitions.form.filled_forms import TEXT, changed, field_at


def test_a_number_typed_with_thousands_separators_is_that_number():
    assert changed(TEXT, "/0/context_length", "131,072") == TEXT.replace("32768", "131072")


def test_what_is_no_number_is_kept_as_a_text_and_the_check_names_it():
    after = changed(TEXT, "/0/context_length", "a lot")
    assert after == TEXT.replace("32768", '"a lot"')
    assert [one.pointer for one in validate("llm", parse(after))].count("/0/context_length") == 1
    assert changed(after, "/0/context_length", "8192") == TEXT.replace("32768", "8192")


def test_a_size_with_a_point_is_written_as_upstream_writes_it():
    after = changed(TEXT, "/0/model_specs/0/model_size_in_billions", "1.5")
    assert after == TEXT.replace(': 3.0,\n        "model_src', ': "1_5",\n        "model_src')


def test_an_ability_that_is_ticked_joins_at_the_end_and_the_rest_stays():
    after = changed(TEXT, "/0/model_ability", ["", '"tools"', '"generate"', '"chat"'])
    assert after == TEXT.replace('"chat"\n', '"chat",\n      "tools"\n')


def test_a_line_break_in_a_list_is_written_in_quotes():
    assert field_at(form_of(parse(TEXT), "llm"), "/0/stop").value == '"\\n"\n<|im_end|>'
    after = changed(TEXT, "/0/stop", '"\\n"\r\n<|im_end|>\r\n"  two spaces"')
    assert json.loads(after)[0]["stop"] == ["\n", "<|im_end|>", "  two spaces"]


def test_broken_json_is_kept_as_a_text_until_it_is_mended():
    after = changed(TEXT, "/0/model_specs/0/model_metadata", '{"vocab_size": 1')
    assert json.loads(after)[0]["model_specs"][0]["model_metadata"] == '{"vocab_size": 1'
    pointer = "/0/model_specs/0/model_metadata"
    assert field_at(form_of(parse(after), "llm"), pointer).value == '{"vocab_size": 1'
    mended = changed(after, pointer, '{"vocab_size": 1}')
    assert json.loads(mended)[0]["model_specs"][0]["model_metadata"] == {"vocab_size": 1}
