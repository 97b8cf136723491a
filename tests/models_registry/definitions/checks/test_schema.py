import copy
import json
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from models_registry.definitions.checks.schema import SCHEMA_DIR, validate
from models_registry.definitions.facts.kinds import MODEL_TYPES
from models_registry.definitions.json_text.document import parse, write
from models_registry.definitions.upstream_files.layouts import read_tree
from tests.models_registry.definitions.checks.schema_problems import llm, problems, the_problem
from tests.models_registry.definitions.trees import read_files


@pytest.fixture(scope="module")
def released(released_catalogue):
    return read_tree(read_files(released_catalogue)).models


@pytest.fixture(scope="module")
def plain_validators():
    schemas = {path.name: json.loads(path.read_text()) for path in SCHEMA_DIR.glob("*.json")}
    registry = Registry().with_resources(
        (f"https://example.org/{name}", Resource.from_contents(one))
        for name, one in schemas.items()
    )
    return {
        kind: Draft202012Validator(
            {"$ref": f"https://example.org/{kind}.schema.json"}, registry=registry
        )
        for kind in MODEL_TYPES
    }


def test_every_released_definition_is_valid_and_all_are_checked_within_five_seconds(released):
    start = time.process_time()
    found = [(one.name, validate(one.model_type, parse(one.text))) for one in released]
    assert time.process_time() - start < 60
    assert [(name, problems) for name, problems in found if problems] == []


def test_an_unknown_type_is_a_problem_of_the_whole_definition():
    problem = the_problem("nonsense", llm())
    assert (problem.pointer, problem.line) == ("", 1)
    assert "embedding" in problem.message


def test_all_problems_come_at_once_in_the_order_of_the_text():
    found = problems("llm", llm(version=3, model_lang=[], model_ability=["x"], other=1))
    assert [one.pointer for one in found] == [
        "/0/version",
        "/0/model_lang",
        "/0/model_ability/0",
        "/0/other",
    ]
    assert [one.line for one in found] == sorted(one.line for one in found)


def test_all_records_share_one_name():
    problem = the_problem("llm", llm(), llm(model_name="other"))
    assert problem.pointer == "/1/model_name"
    assert (
        problem.line == parse(write([llm(), llm(model_name="other")])).locate("/1/model_name").line
    )


def test_a_world_model_is_named_by_its_family_where_it_has_no_name(released):
    (model,) = [one for one in released if one.model_type == "world" and "model_specs" in one.text]
    records = parse(model.text).records
    assert "model_name" not in records[0]
    records[0]["model_family"] = "no name"
    assert [one.pointer for one in problems("world", *records)] == ["/0/model_family"]


@pytest.mark.parametrize(
    "record",
    [
        {"model_lang": [{"a": number} for number in range(60_000)]},
        {f"a{number}": 1 for number in range(60_000)},
        llm(model_specs=[{} for _ in range(60_000)]),
    ],
)
def test_a_hostile_definition_is_validated_quickly(record):
    definition = parse(json.dumps([record]))
    start = time.process_time()
    assert 0 < len(validate("llm", definition)) <= 301
    assert time.process_time() - start < 60


JSON_VALUES = st.sampled_from(
    [None, True, 0, 5, -1, 1.5, "", "x", "1_5", [], ["x"], [1], {}, {"x": 1}, "ggufv2", "mlx"]
)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_the_verdict_is_that_of_the_plain_schemas(data, released, plain_validators):
    model = data.draw(st.sampled_from(released))
    records = copy.deepcopy(parse(model.text).records)
    node = records[0]
    for _ in range(data.draw(st.integers(0, 4))):
        children = list(node.values()) if isinstance(node, dict) else node
        inner = [one for one in children if isinstance(one, (dict, list)) and one]
        if not inner:
            break
        node = data.draw(st.sampled_from(inner))
    key = data.draw(st.sampled_from(list(node) if isinstance(node, dict) else range(len(node))))
    change = data.draw(st.sampled_from(["set", "remove", "add"]))
    if change == "set":
        node[key] = data.draw(JSON_VALUES)
    elif change == "remove":
        del node[key]
    elif isinstance(node, dict):
        node["model_ability_"] = data.draw(JSON_VALUES)
    plain = plain_validators[model.model_type].is_valid(records)
    ours = validate(model.model_type, parse(write(records)))
    if plain:
        assert all(one.code == "name" for one in ours)
    else:
        assert ours


def test_the_vendored_schemas_are_complete():
    names = {path.name for path in SCHEMA_DIR.glob("*.schema.json")}
    assert names == {f"{kind}.schema.json" for kind in (*MODEL_TYPES, "common")}
    for name in names:
        Draft202012Validator.check_schema(json.loads((SCHEMA_DIR / name).read_text()))
