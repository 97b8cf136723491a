"""A schema's errors are told in plain words, at their place."""

import pytest

from models_registry.definitions.json_text.document import write
from tests.models_registry.definitions.checks.schema_problems import llm, problems, the_problem


def image(**changes):
    record = {
        "version": 2,
        "model_name": "m",
        "model_family": "f",
        "model_ability": ["ocr"],
        "model_src": {"huggingface": {"model_id": "o/m", "model_revision": "x"}},
        **changes,
    }
    return {key: value for key, value in record.items() if value is not ...}


@pytest.mark.parametrize(
    ("changes", "pointer", "told"),
    [
        ({"context_length": ...}, "/0", '"context_length" is missing'),
        ({"context_length": "8K"}, "/0/context_length", "whole number"),
        ({"context_length": 0}, "/0/context_length", "at least 1"),
        ({"model_descripton": "x"}, "/0/model_descripton", '"model_description"'),
        ({"is_builtin": True}, "/0/is_builtin", "unknown"),
        ({"model_ability": ["chat", "sing"]}, "/0/model_ability/1", '"hybrid"'),
        ({"model_lang": ["en", "de", "en"]}, "/0/model_lang/2", "twice"),
        ({"model_specs": []}, "/0/model_specs", "must not be empty"),
        ({"model_name": "a b"}, "/0/model_name", "not a valid name"),
        ({"model_name": "a\n"}, "/0/model_name", "not a valid name"),
        ({"model_name": "x" * 300}, "/0/model_name", "200"),
        ({"updated_at": True}, "/0/updated_at", "whole number"),
        ({"featured": "yes"}, "/0/featured", "true or false"),
        ({"virtualenv": {"packages": "torch"}}, "/0/virtualenv/packages", "a list"),
        ({"virtualenv": {"packages": [], "find_links": 5}}, "/0/virtualenv/find_links", "a text"),
    ],
)
def test_a_mistake_is_told_in_plain_words_where_it_stands(changes, pointer, told):
    problem = the_problem("llm", llm(**changes))
    assert problem.pointer == pointer
    assert told in problem.message
    assert problem.severity == "error"


def spec(**changes):
    return {**llm()["model_specs"][0], **changes}


@pytest.mark.parametrize(
    ("one", "pointer", "told"),
    [
        (spec(model_format="zip"), "/model_format", '"ggufv2"'),
        (
            spec(model_size_in_billions=1.5),
            "/model_size_in_billions",
            '1.5 is not a size. Write "1_5" for 1.5 billion.',
        ),
        (spec(model_size_in_billions="1.5"), "/model_size_in_billions", '"1_5"'),
        (spec(model_src={}), "/model_src", "must not be empty"),
        (
            spec(model_src={"hugginface": {"model_id": "o/m", "quantizations": ["x"]}}),
            "/model_src/hugginface",
            '"huggingface"',
        ),
        (
            spec(model_src={"huggingface": {"model_id": "o/m"}}),
            "/model_src/huggingface",
            '"quantizations" is missing',
        ),
        (spec(model_format="ggufv2"), "/model_src/huggingface", "model_file_name_template"),
    ],
)
def test_a_mistake_in_a_spec_is_told_where_it_stands(one, pointer, told):
    problem = the_problem("llm", llm(model_specs=[one]))
    assert problem.pointer == "/0/model_specs/0" + pointer
    assert told in problem.message


def test_a_known_key_is_not_blamed_for_a_fault_beside_it():
    source = {"model_id": 5, "quantizations": ["x"], "model_revision": "y"}
    problem = the_problem("llm", llm(model_specs=[spec(model_src={"huggingface": source})]))
    assert problem.pointer.endswith("/huggingface/model_id")


def test_an_image_model_has_sources_or_specs_but_not_both():
    assert "none is there" in the_problem("image", image(model_src=...)).message
    both = image(model_specs=[{"model_format": "mlx", "model_src": image()["model_src"]}])
    assert "not both" in the_problem("image", both).message


def test_keys_that_need_each_other_are_named():
    found = problems("image", image(gguf_model_id="o/m"))
    assert {one.message.split('"')[3] for one in found} == {
        "gguf_quantizations",
        "gguf_model_file_name_template",
    }


def test_an_unknown_key_is_placed_at_the_key_itself():
    text = write([llm(other=1)])
    problem = the_problem("llm", llm(other=1))
    line = text.split("\n")[problem.line - 1]
    assert line[problem.column - 1 :].startswith('"other"')
