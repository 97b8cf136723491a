"""What servers of older releases can't take: it leaves a list, or goes to its end."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from accounts import tokens
from accounts.models import Scope
from models_registry.catalogue import refresh
from models_registry.definitions.checks import release_rules
from models_registry.definitions.facts.kinds import MODEL_TYPES
from models_registry.models import CatalogueList
from tests.factories import a_model, a_user, image_record, llm_record, written
from tests.models_registry.catalogue.served_lists import (
    WITHOUT_UPDATED_AT,
    download,
    names,
)

pytestmark = pytest.mark.django_db


def test_the_names_in_the_table_are_those_of_the_released_package(released_catalogue):
    without = {
        record["model_name"]
        for model_type in MODEL_TYPES
        for file in (released_catalogue / f"xinference/model/{model_type}/models").glob("*.json")
        for record in json.loads(file.read_text("utf-8"))
        if type(record.get("updated_at")) is not int
    }
    table = [release_rules.ships_without_updated_at("4.1.0", each) for each in MODEL_TYPES]
    assert frozenset().union(*table) == without == WITHOUT_UPDATED_AT


@pytest.mark.parametrize("model_type", ["audio", "video"])
def test_a_model_without_a_hugging_face_source_is_in_no_list_but_downloadable_by_name(
    client, model_type
):
    """Releases from 1.13.0 to 3.1.0 (audio) and 3.2.1 (video) do not start again with it."""
    ada = a_user()
    sources = {"modelscope": {"model_id": "a/b", "model_revision": "master"}}
    broken = image_record("broken", multilingual=True, model_src=sources)
    a_model("broken", model_type=model_type, definition=written(broken))
    a_model("mine", model_type=model_type, visibility="private", owner=ada,
            definition=written({**broken, "model_name": "mine"}))  # fmt: skip
    fine = image_record("fine", multilingual=True)
    a_model("fine", model_type=model_type, definition=written(fine))
    assert names(download(client, model_type=model_type)) == ["fine"]
    _, raw = tokens.issue(by=ada, name="t", scope=Scope.READ, expires_at=None)
    mine = download(client, headers={"X-Models-Token": raw}, model_type=model_type)
    assert names(mine) == ["fine"]
    [entry] = CatalogueList.objects.get(model_type=model_type).left_out
    [reason] = entry["reasons"]
    assert "Add a huggingface source" in reason
    # Only 4.1.0 and later ask in this way, and they load it.
    for more in ({}, {"include_readme": "true"}):
        answer = download(client, model_type=model_type, model_name="broken", **more)
        assert answer.status_code == 200


@pytest.mark.parametrize(("oldest", "listed"), [("3.1.0", ["fine"]), ("3.2.0", ["broken", "fine"])])
def test_what_stops_only_releases_that_are_not_supported_any_more_is_listed(
    client, settings, oldest, listed
):
    settings.ENV = replace(settings.ENV, oldest_server=oldest)
    sources = {"modelscope": {"model_id": "a/b", "model_revision": "master"}}
    for name, changes in (("broken", {"model_src": sources}), ("fine", {})):
        record = image_record(name, multilingual=True, **changes)
        a_model(name, model_type="audio", definition=written(record))
    assert names(download(client, model_type="audio")) == listed


def test_a_name_stays_held_back_as_long_as_a_supported_release_ships_it_so(client, settings):
    """Whatever upstream's newest text says: servers of those releases would not start again."""
    a_model("dots.ocr", model_type="image")
    a_model("xiaomi-ocr-0", model_type="image")
    assert names(download(client, model_type="image")) == []
    settings.ENV = replace(settings.ENV, oldest_server="5.0.0")
    refresh.rebuild_stale()
    assert names(download(client, model_type="image")) == ["dots.ocr", "xiaomi-ocr-0"]


def test_an_mlx_variant_is_not_a_hugging_face_source_of_an_audio_model(client):
    """Servers that run on no Mac drop MLX variants before they look for one."""
    mlx = image_record("mixed", multilingual=True, engine="mlx")
    other = image_record("mixed", multilingual=True, engine="transformers",
                         model_src={"modelscope": {"model_id": "a/b"}})  # fmt: skip
    a_model("mixed", model_type="audio", definition=written(mlx, other))
    only = image_record("only-mlx", multilingual=True, engine="MLX")
    a_model("only-mlx", model_type="audio", definition=written(only))
    assert names(download(client, model_type="audio")) == ["only-mlx"]


def test_what_older_releases_refuse_goes_to_the_end_of_a_list(client):
    """A loader stops at the first record that it refuses: what follows is lost there."""
    spec = llm_record()["model_specs"][0]
    index = {"packages": ["a"], "extra_index_url": ["https://example.org/simple"]}
    a_model("a-fp4", definition=written(
        llm_record("a-fp4", model_specs=[spec, {**spec, "model_format": "fp4"}])))  # fmt: skip
    a_model("a-index", definition=written(llm_record("a-index", virtualenv=index)))
    a_model("b-text", definition=written(
        llm_record("b-text", virtualenv={**index, "extra_index_url": "a"})))  # fmt: skip
    a_model("Z-last")
    # Six releases do not load the first, which comes last; four do not know fp4.
    assert names(download(client, model_type="llm")) == ["b-text", "Z-last", "a-fp4", "a-index"]
