"""What can be chosen for a launch."""

from __future__ import annotations

import json

import pytest

from models_registry.launch.plan import plan
from tests.models_registry.launch.launched import RECORDS
from tests.upstream_data import of_all


def values(launch, key):
    return next(choice for choice in launch.choices if choice.key == key)


def test_the_form_offers_what_the_definition_has_and_starts_with_the_plainest():
    launch = plan("llm", "m", RECORDS, {})
    assert values(launch, "format").values == ("pytorch", "ggufv2")
    assert values(launch, "size").values == ("0_6", "8")
    assert launch.payload == {
        "model_name": "m",
        "model_type": "LLM",
        "model_engine": "Transformers",
        "model_size_in_billions": "0_6",
        "model_format": "pytorch",
        "quantization": "none",
    }


def test_a_format_narrows_sizes_quantizations_and_engines():
    launch = plan("llm", "m", RECORDS, {"format": "ggufv2", "size": "8", "quantization": "Q8_0"})
    assert values(launch, "size").values == ("0_6",)
    assert values(launch, "quantization").chosen == "Q8_0"
    assert values(launch, "engine").values == ("llama.cpp",)


def test_what_the_definition_does_not_have_is_not_launched():
    launch = plan("llm", "m", RECORDS, {"format": "evil; rm -rf /", "engine": "x", "size": "99"})
    assert launch.payload["model_format"] == "pytorch"
    assert launch.payload["model_engine"] == "Transformers"


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"replicas": "0"}, "Replicas"),
        ({"replicas": "١"}, "Replicas"),
        ({"devices": "0;1"}, "commas"),
        ({"devices": "0,1,2", "replicas": "2"}, "multiple"),
        ({"context": "999999999"}, "between 1 and 32,768"),
        ({"context": "many"}, "whole number"),
    ],
)
def test_a_wrong_number_is_reported_and_left_out(asked, message):
    launch = plan("llm", "m", RECORDS, asked)
    assert len(launch.problems) == 1
    assert message in launch.problems[0]
    assert "gpu_idx" not in launch.payload


def test_every_released_definition_can_be_planned(released_catalogue):
    count = 0
    for path in sorted((released_catalogue / "xinference/model").glob("*/models/*.json")):
        records = json.loads(path.read_text())
        launch = plan(path.parts[-3], path.stem, records, {})
        assert launch.payload["model_name"] == path.stem
        count += launch.memory is not None
    assert count >= of_all(150)
