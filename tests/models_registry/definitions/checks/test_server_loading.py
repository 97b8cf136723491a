"""The verdicts in `REFUSED` and `LOADED` are those of an unmodified Xinference 4.1.0's loaders."""

import copy
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models_registry.definitions.checks.server_loading import loading_problems
from models_registry.definitions.facts.kinds import MODEL_TYPES
from models_registry.definitions.json_text.document import parse, write
from models_registry.definitions.upstream_files.layouts import read_tree
from tests.models_registry.definitions.checks.server_records import (
    GONE,
    RECORDS,
    SIZED,
    SOURCE,
    SPEC_SOURCE,
    H,
    S,
    changed,
)
from tests.models_registry.definitions.samples import ODD
from tests.models_registry.definitions.trees import read_files


@pytest.mark.parametrize("kind", MODEL_TYPES)
def test_a_plain_record_loads(kind):
    assert loading_problems(kind, [RECORDS[kind]]) == []


@pytest.mark.parametrize("kind", MODEL_TYPES)
@pytest.mark.parametrize("stamp", [True, 1.5, "1", None, [1]])
def test_only_an_integer_is_a_time_to_compare_by(kind, stamp):
    (problem,) = loading_problems(kind, [{**RECORDS[kind], "updated_at": stamp}])
    assert problem.pointer == "/0/updated_at"


@pytest.mark.parametrize("kind", MODEL_TYPES)
@pytest.mark.parametrize("name", ["", "a b", "-a", "a/b", "x" * 300, 5, None, ["a"]])
def test_a_name_that_upstream_does_not_know_is_refused(kind, name):
    record = {**RECORDS[kind], "model_name": name}
    assert loading_problems(kind, [record])


def test_a_downloaded_record_cannot_call_itself_built_in():
    for kind in MODEL_TYPES:
        record = {**RECORDS[kind], "is_builtin": True}
        assert [one.code for one in loading_problems(kind, [record])] == ["reserved-key"]
    hidden = changed("image", ("model_src", "huggingface", "is_builtin"), True)
    assert [one.code for one in loading_problems("image", [hidden])] == ["reserved-key"]


@pytest.mark.parametrize("key", ["model_name", "version", "updated_at"])
def test_a_source_cannot_take_the_place_of_another_record(key):
    for kind in ("image", "audio", "video", "world"):
        record = changed(kind, ("model_src", "huggingface", key), "other")
        assert loading_problems(kind, [record])


def test_a_source_cannot_pretend_to_stand_on_another_hub():
    record = changed("llm", (S, 0, "model_src", H, "model_hub"), "modelscope")
    assert loading_problems("llm", [record])


def test_an_image_model_needs_a_hugging_face_source_among_its_newest_records():
    elsewhere = {**RECORDS["image"], "model_src": {"modelscope": SOURCE}}
    assert loading_problems("image", [RECORDS["image"], elsewhere]) == []
    (problem,) = loading_problems("image", [RECORDS["image"], {**elsewhere, "updated_at": 2}])
    assert (problem.pointer, problem.code) == ("/1", "no-huggingface")


def test_a_world_model_of_named_specs_needs_no_name_of_its_own():
    record = changed("world", ("model_name",), GONE)
    del record["model_src"]
    record["model_specs"] = [{"model_name": "m-1", "model_src": {"huggingface": SOURCE}}]
    assert loading_problems("world", [record]) == []
    del record["model_specs"][0]["model_name"]
    assert loading_problems("world", [record])


def test_each_problem_has_its_place_in_the_text():
    text = write([RECORDS["llm"], changed("llm", ("model_lang",), "en")])
    definition = parse(text)
    (problem,) = loading_problems("llm", definition.records, definition=definition)
    assert problem.pointer == "/1/model_lang"
    assert text.split("\n")[problem.line - 1][problem.column - 1 :] == '"en",'


@given(st.sampled_from((*MODEL_TYPES, "unknown")), st.lists(ODD, max_size=3) | ODD)
def test_no_records_make_it_fail(model_type, records):
    loading_problems(model_type, records)


@given(st.sampled_from(MODEL_TYPES), st.data())
def test_no_odd_value_in_a_good_record_makes_it_fail(model_type, data):
    record = copy.deepcopy(RECORDS[model_type])
    node = record
    while isinstance(node, (dict, list)) and node and data.draw(st.booleans()):
        keys = list(node) if isinstance(node, dict) else range(len(node))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(node[key], (dict, list)) or data.draw(st.booleans()):
            node[key] = data.draw(ODD)
        node = node[key]
    loading_problems(model_type, [record])


def test_a_hostile_definition_is_judged_quickly():
    hubs = {f"h{number}": SPEC_SOURCE for number in range(8_000)}
    record = {
        **RECORDS["llm"],
        **{f"k{number}": 1 for number in range(40_000)},
        "model_specs": [{**SIZED, "model_src": hubs}],
    }
    start = time.process_time()
    loading_problems("llm", [record])
    assert time.process_time() - start < 60


def test_every_released_record_loads_but_the_eight_without_a_time(released_catalogue):
    refused = {}
    for model in read_tree(read_files(released_catalogue)).models:
        if found := loading_problems(model.model_type, parse(model.text).records):
            refused[model.name] = [(one.pointer, one.code) for one in found]
    assert len(refused) == 8
    assert set(map(tuple, refused.values())) == {(("/0", "missing-key"),)}


def test_every_record_of_the_aggregate_catalogue_loads(aggregate_catalogue):
    models = read_tree(read_files(aggregate_catalogue)).models
    assert models
    for model in models:
        assert loading_problems(model.model_type, parse(model.text).records) == []
