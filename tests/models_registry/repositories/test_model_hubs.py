"""Ids, addresses and hosts of the two hubs."""

from __future__ import annotations

import dataclasses
import json

import pytest

from models_registry.drafting.starting import repository_id
from models_registry.errors import InvalidParameter
from models_registry.repositories.model_hubs import checked_id, hub_named
from tests.upstream_data import of_all


def test_all_real_ids_are_ids(hubs, released_catalogue):
    count = 0
    for path in (released_catalogue / "xinference/model").rglob("models/*.json"):
        for hub, model_id in sources_in(json.loads(path.read_text())):
            if hub in {"huggingface", "modelscope"} and "{quantization}" not in model_id:
                assert checked_id(model_id) == model_id
                count += 1
    assert count >= of_all(800)


def sources_in(value):
    """All (hub, model id) below a value."""
    if isinstance(value, list):
        for member in value:
            yield from sources_in(member)
    elif isinstance(value, dict):
        for key, member in value.items():
            if key == "model_src":
                yield from ((hub, source["model_id"]) for hub, source in member.items())
            else:
                yield from sources_in(member)


@pytest.mark.parametrize(
    "typed",
    [
        " Qwen/Qwen3-0.6B\n",
        "https://huggingface.co/Qwen/Qwen3-0.6B",
        "https://huggingface.co/Qwen/Qwen3-0.6B/tree/main?x=1",
        "https://www.modelscope.cn/models/Qwen/Qwen3-0.6B/summary",
        "https://modelscope.cn/models/Qwen/Qwen3-0.6B",
    ],
)
def test_the_address_of_a_page_is_as_good_as_the_id(typed):
    assert checked_id(repository_id(typed)) == "Qwen/Qwen3-0.6B"


def test_the_address_of_something_else_is_not_an_id():
    with pytest.raises(InvalidParameter):
        checked_id(repository_id("https://huggingface.co/models"))


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
    assert any("://" in member for member in hosts) is private
    assert "*.hf.co" in hosts
