"""The buttons of a form: entries of lists are added, copied, removed and moved."""

import json

import pytest

from models_registry.definitions.form.changes import apply
from models_registry.definitions.form.skeletons import empty_definition
from tests.models_registry.definitions.form.filled_forms import TEXT


def operated(text, operation, model_type="llm"):
    result, problems = apply(text, model_type, {}, operation)
    assert problems == []
    return result


def test_a_copy_of_a_variant_stands_behind_it_and_equals_it():
    after = operated(TEXT, "copy:/0/model_specs/0")
    specs = json.loads(after)[0]["model_specs"]
    assert specs[0] == specs[1]
    assert after.count('"model_size_in_billions": 3.0') == 2
    assert operated(after, "remove:/0/model_specs/1") == TEXT


def test_moving_a_variant_down_and_up_again_gives_the_text_back():
    after = operated(TEXT, "down:/0/model_specs/0")
    assert [one["model_format"] for one in json.loads(after)[0]["model_specs"]] == [
        "mlx",
        "pytorch",
    ]
    assert operated(after, "up:/0/model_specs/1") == TEXT


def test_another_hub_is_added_with_what_is_known_from_the_first():
    after = operated(TEXT, "add:/0/model_specs/0/model_src/modelscope")
    sources = json.loads(after)[0]["model_specs"][0]["model_src"]
    assert sources["modelscope"] == {"model_id": "a/b", "quantizations": ["none"]}
    assert operated(after, "remove:/0/model_specs/0/model_src/modelscope") == TEXT


def test_a_variant_is_added_at_the_end_with_its_required_keys():
    specs = json.loads(operated(TEXT, "add:/0/model_specs"))[0]["model_specs"]
    assert specs[2]["model_format"] == "pytorch"
    assert set(specs[2]) == {"model_format", "model_src", "model_size_in_billions"}


def test_a_list_that_nobody_needs_comes_and_goes_with_its_entries():
    text = empty_definition("image")
    after = operated(text, "add:/0/controlnet", "image")
    assert len(json.loads(after)[0]["controlnet"]) == 1
    assert operated(after, "remove:/0/controlnet/0", "image") == text


def test_a_record_can_be_added_but_the_last_one_not_removed():
    after = operated(TEXT, "add:")
    assert [one["model_name"] for one in json.loads(after)] == ["tiny", "tiny"]
    assert operated(after, "remove:/1") == TEXT
    text, problems = apply(TEXT, "llm", {}, "remove:/0")
    assert text == TEXT
    assert "Load the page again" in problems[0].message


@pytest.mark.parametrize(
    "operation",
    ["", "explode:/0", "add:/0/model_name", "add:/0/model_specs/9/model_src/x", "up:/7", "copy:x"],
)
def test_an_operation_that_fits_nothing_changes_nothing(operation):
    assert apply(TEXT, "llm", {}, operation)[0] == TEXT
