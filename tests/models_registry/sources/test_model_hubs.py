"""Ids, addresses and hosts of the two hubs."""

from __future__ import annotations

import dataclasses
import json

import pytest

from models_registry.errors import InvalidParameter
from models_registry.sources.model_hubs import hub_named, id_from


def test_all_real_ids_are_ids(hubs, released_catalogue):
    found = 0
    for path in (released_catalogue / "xinference/model").rglob("models/*.json"):
        for hub, model_id in sources_in(json.loads(path.read_text())):
            if hub in {"huggingface", "modelscope"} and "{quantization}" not in model_id:
                assert id_from(hub_named(hub), model_id) == model_id
                found += 1
    assert found > 800


def sources_in(value):
    """All (hub, model id) below a value."""
    if isinstance(value, list):
        for one in value:
            yield from sources_in(one)
    elif isinstance(value, dict):
        for key, one in value.items():
            if key == "model_src":
                yield from ((hub, source["model_id"]) for hub, source in one.items())
            else:
                yield from sources_in(one)


@pytest.mark.parametrize(
    ("hub", "typed"),
    [
        ("huggingface", " Qwen/Qwen3-0.6B\n"),
        ("huggingface", "https://huggingface.co/Qwen/Qwen3-0.6B"),
        ("huggingface", "https://huggingface.co/Qwen/Qwen3-0.6B/tree/main?x=1"),
        ("modelscope", "https://www.modelscope.cn/models/Qwen/Qwen3-0.6B/summary"),
        ("modelscope", "https://modelscope.cn/models/Qwen/Qwen3-0.6B"),
    ],
)
def test_the_address_of_a_page_is_as_good_as_the_id(hub, typed):
    assert id_from(hub_named(hub), typed) == "Qwen/Qwen3-0.6B"


def test_the_address_of_something_else_is_no_id():
    with pytest.raises(InvalidParameter):
        id_from(hub_named("huggingface"), "https://huggingface.co/models")


@pytest.mark.parametrize(
    ("endpoint", "private"),
    [
        ("https://huggingface.co", False),
        ("https://hf-mirror.com", True),
        ("http://10.0.0.1:8080/hf", True),
        ("https://huggingface.co:8443", True),
    ],
)
def test_only_a_mirror_of_one_s_own_may_be_at_a_private_address(settings, endpoint, private):
    settings.ENV = dataclasses.replace(settings.ENV, hf_endpoint=endpoint)
    hosts = hub_named("huggingface").hosts
    assert any("://" in one for one in hosts) is private
    assert "*.hf.co" in hosts
