import json

import pytest

from models_registry.definitions.json_text.document import join_records, parse, write
from models_registry.definitions.upstream_files.layouts import (
    AGGREGATE_PATHS,
    MODEL_TYPES,
    layout_of,
    read_tree,
    split_path,
)
from tests.models_registry.definitions.trees import read_files


def split(name, text):
    return {split_path("llm", name): text}


def aggregate(text):
    return {AGGREGATE_PATHS["image"]: text}


def test_a_split_file_is_kept_as_it_stands():
    text = '[{"model_name":"a",  "x":3.0}]'
    (model,) = read_tree(split("a", text)).models
    assert (model.model_type, model.name, model.text, model.layout) == ("llm", "a", text, "split")
    assert model.path == "xinference/model/llm/models/a.json"


def test_the_models_of_an_aggregate_keep_the_source_of_their_records():
    text = write([{"model_name": "b", "n": 1}, {"model_name": "a"}, {"model_name": "b", "n": 2}])
    reading = read_tree(aggregate(text.replace('"n": 1', '"n":  1.0')))
    assert [model.name for model in reading.models] == ["b", "a"]
    assert reading.models[0].text == write(
        [{"model_name": "b", "n": 1}, {"model_name": "b", "n": 2}]
    ).replace('"n": 1', '"n":  1.0')
    assert {model.layout for model in reading.models} == {"aggregate"}


def test_the_split_layout_wins_over_a_left_over_aggregate():
    files = {**split("a", '[{"model_name":"a"}]'), AGGREGATE_PATHS["llm"]: '[{"model_name":"b"}]'}
    assert [model.name for model in read_tree(files).models] == ["a"]
    assert layout_of("llm", files) == "split"
    assert layout_of("audio", files) is None


def test_layouts_may_differ_from_type_to_type():
    files = {**split("a", '[{"model_name":"a"}]'), **aggregate('[{"model_name":"b"}]')}
    assert [model.layout for model in read_tree(files).models] == ["split", "aggregate"]


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("a", '[\n{"model_name": "b"}]', 2),
        ("a", "[\n{}]", 2),
        ("a", "[\n{,}]", 2),
        ("a", "[]", 1),
        ("a", '\ufeff[{"model_name": "a"}]', 1),
        ("-a", '[{"model_name": "-a"}]', 1),
        ("a b", '[{"model_name": "a b"}]', 1),
    ],
)
def test_a_broken_file_is_reported_and_stops_nothing_else(name, text, line):
    reading = read_tree({**split(name, text), **split("good", '[{"model_name": "good"}]')})
    assert [model.name for model in reading.models] == ["good"]
    (problem,) = reading.problems
    assert (problem.path, problem.line) == (split_path("llm", name), line)


def test_files_whose_names_differ_in_case_alone_cannot_both_be_read():
    reading = read_tree(
        {**split("A", '[{"model_name": "A"}]'), **split("a", '[{"model_name": "a"}]')}
    )
    assert [model.name for model in reading.models] == ["A"]
    assert [problem.path for problem in reading.problems] == [split_path("llm", "a")]


@pytest.mark.parametrize(
    "broken",
    [
        '{"model_name": "x", "a": NaN}',
        '{"model_name": "x", "a": 1, "a": 2}',
        '{"a": 1}',
        '{"model_name": "no name"}',
        '{"model_name": "GOOD"}',
        "7",
    ],
)
def test_a_broken_record_of_an_aggregate_is_reported_and_the_others_go_on(broken):
    text = f'[\n  {{"model_name": "good"}},\n  {broken},\n  {{"model_name": "z"}}\n]'
    reading = read_tree(aggregate(text))
    assert [model.name for model in reading.models] == ["good", "z"]
    assert [problem.line for problem in reading.problems] == [3]


def test_a_model_is_left_out_as_a_whole_where_one_of_its_records_is_broken():
    reading = read_tree(aggregate('[{"model_name": "a"},\n {"model_name": "a", "x": NaN}]'))
    assert reading.models == []
    assert [problem.line for problem in reading.problems] == [2]


def test_an_aggregate_that_is_no_json_is_reported():
    for text in ("", "[{", "{}", "[" * 100_000):
        reading = read_tree(aggregate(text))
        assert reading.models == []
        assert reading.problems


def test_other_files_are_passed_over():
    files = {
        "README.md": "x",
        "xinference/model/llm/models/sub/a.json": "x",
        "xinference/model/llm/models/a.txt": "x",
        "xinference/model/schemas/llm.schema.json": "{}",
        "xinference/model/nonsense/models/a.json": "[]",
    }
    assert read_tree(files).models == []
    assert read_tree(files).problems == []


def test_a_world_model_is_named_by_its_family_where_it_has_no_name():
    files = {split_path("world", "W"): '[{"model_family": "W"}]'}
    assert [model.name for model in read_tree(files).models] == ["W"]


def test_the_released_catalogue_reads_without_a_problem(upstream_dir):
    files = read_files(upstream_dir / "catalogue-4.1.0")
    reading = read_tree(files)
    assert reading.problems == []
    assert {model.model_type for model in reading.models} == set(MODEL_TYPES)
    assert all(files[model.path] == model.text for model in reading.models)


def test_the_aggregate_catalogue_reads_without_a_problem_and_joins_to_the_same_file(upstream_dir):
    files = read_files(upstream_dir / "catalogue")
    reading = read_tree(files)
    assert reading.problems == []
    for path, text in files.items():
        own = [model.text for model in reading.models if model.path == path]
        assert all(write(parse(one).records) == one for one in own)
        records = sorted(json.dumps(record) for record in json.loads(text))
        assert sorted(json.dumps(one) for one in json.loads(join_records(own))) == records
