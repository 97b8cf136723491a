"""Putting definitions into upstream's files: every real change of the past, and odd layouts."""

from __future__ import annotations

import json

import pytest

from models_registry.definitions.json_text.document import write
from models_registry.definitions.upstream_files.placing import (
    definitions_in,
    standard,
    with_definition,
    with_definitions,
)
from tests.models_registry.replay import cases

AGGREGATE = write([{"model_name": "a", "n": 1}, {"model_name": "b", "n": 3.0, "x": "ü"}])


def test_every_real_change_of_an_aggregate_comes_out_byte_for_byte(upstream_dir):
    different = []
    for case in cases(upstream_dir):
        before = case.before
        wanted = case.wanted(before)
        for path, definitions in wanted.items():
            text = with_definitions(before[path], definitions)
            if not case.came_out(path, text):
                different.append((case.facts["id"][:3], path.split("/")[2]))
            expected = {name: json.loads(one) for name, one in definitions.items() if one}
            found = definitions_in(text, definitions)
            assert {name: json.loads(one) for name, one in found.items()} == expected
    # Edited by hand on the branch, or in a file that was laid out by hand, of which the change
    # must not touch the rest; case.json of each says so.
    by_hand = [
        ("028", "audio"),
        ("030", "audio"),
        ("054", "rerank"),
        ("090", "audio"),
        ("092", "audio"),
        ("154", "audio"),
    ]
    recorded = {case.facts["id"][:3] for case in cases(upstream_dir)}
    assert different == [one for one in by_hand if one[0] in recorded]


def test_every_real_change_in_the_split_layout_is_the_wanted_text_byte_for_byte(upstream_dir):
    for case in cases(upstream_dir):
        before = case.before
        for path, definitions in case.wanted(before).items():
            present = definitions_in(before[path], definitions)
            for name, wanted in definitions.items():
                if wanted is not None:
                    text = with_definition(
                        standard(present[name]) if name in present else None, name, wanted
                    )
                    assert text == wanted, (case.facts["id"], name)


def test_a_removed_record_takes_nothing_else_along():
    assert with_definitions(AGGREGATE, {"a": None}) == write(
        [{"model_name": "b", "n": 3.0, "x": "ü"}]
    )
    assert with_definitions(AGGREGATE, {"b": None}) == write([{"model_name": "a", "n": 1}])


def test_the_last_record_of_an_aggregate_may_go():
    assert with_definitions(AGGREGATE, {"a": None, "b": None}) == "[]\n"


def test_the_first_record_of_a_new_aggregate_is_laid_out_as_upstream_does():
    definition = write([{"model_name": "a"}])
    assert with_definitions(None, {"a": definition}) == definition


def test_a_record_whose_values_stay_keeps_its_own_layout():
    first = '[\n  {"model_name": "a", "list": [1,2]},\n'
    text = first + '  {\n    "model_name": "b"\n  }\n]\n'
    wanted = write([{"model_name": "a", "list": [1, 2]}])
    assert with_definitions(text, {"a": wanted, "b": write([{"model_name": "b", "n": 1}])}) == (
        first + '  {\n    "model_name": "b",\n    "n": 1\n  }\n]\n'
    )


def test_variants_of_one_name_are_told_apart_by_engine_and_format():
    records = [
        {"model_name": "v", "engine": "mlx", "n": 1},
        {"model_name": "other"},
        {"model_name": "v", "engine": "pytorch", "n": 2},
    ]
    wanted = write(
        [
            {"model_name": "v", "engine": "pytorch", "n": 5},
            {"model_name": "v", "engine": "mlx", "n": 1},
            {"model_name": "v", "engine": "vllm", "n": 9},
        ]
    )
    assert json.loads(with_definitions(write(records), {"v": wanted})) == [
        {"model_name": "v", "engine": "mlx", "n": 1},
        {"model_name": "other"},
        {"model_name": "v", "engine": "pytorch", "n": 5},
        {"model_name": "v", "engine": "vllm", "n": 9},
    ]


@pytest.mark.parametrize(
    "text",
    [
        '[{"model_name":"a","n":3.0}]',
        '[\r\n  {\r\n    "model_name": "a",\r\n    "n": 3.0\r\n  }\r\n]',
    ],
)
def test_a_new_file_gets_upstreams_layout_and_keeps_the_spelling_of_numbers(text):
    assert standard(text) == write([{"model_name": "a", "n": 3.0}])


def test_a_split_file_in_a_layout_of_its_own_keeps_it():
    present = '[\n    {\n        "model_name": "a",\n        "n": [1, 2],\n        "m": 1\n    }\n]'
    wanted = write([{"model_name": "a", "n": 1, "m": 2}])
    assert with_definition(present, "a", wanted) == (
        '[\n    {\n        "model_name": "a",\n        "n": 1,\n        "m": 2\n    }\n]'
    )
