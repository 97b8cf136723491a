"""A source's list comes into the hub's: edits are joined, conflicts shown, nothing overwritten."""

from __future__ import annotations

import json

import pytest

from models_registry.actions.delete import delete
from models_registry.models import (
    CatalogueList,
    RegisteredModel,
    SourceMark,
    UpstreamChange,
)
from models_registry.stored_reasons import shown
from tests.factories import a_model, a_person, llm_record, written
from tests.models_registry.sync.updates import edit, text_of, updated

pytestmark = pytest.mark.django_db


def test_what_is_gone_at_the_source_is_kept_and_marked_until_it_is_back(source, keeper):
    updated(keeper)
    source.lists["llm"] = written(llm_record("beta"))
    assert updated(keeper).result["removed"] == ["alpha"]
    assert SourceMark.objects.get(model__name="alpha").missing_since is not None
    assert "alpha" in bytes(CatalogueList.objects.get(model_type="llm").body).decode()
    source.lists["llm"] = written(llm_record("alpha"), llm_record("beta"))
    updated(keeper)
    assert not SourceMark.objects.exists()


def test_edits_here_and_there_are_joined(source, keeper):
    updated(keeper)
    edit("alpha", keeper, model_description="Ours.")
    source.lists["llm"] = written(
        llm_record("alpha", context_length=4096, updated_at=1_790_000_000), llm_record("beta")
    )
    run = updated(keeper)
    assert run.result["merged"] == ["alpha"], run.result
    record = json.loads(text_of("alpha"))[0]
    assert (record["model_description"], record["context_length"]) == ("Ours.", 4096)
    assert record["updated_at"] > 1_790_000_000


def test_an_edit_here_alone_is_kept(source, keeper):
    updated(keeper)
    edit("alpha", keeper, model_description="Ours.")
    before = text_of("alpha")
    source.lists["llm"] = written(llm_record("alpha"), llm_record("beta"), llm_record("gamma"))
    assert updated(keeper).result["kept"] == ["alpha"]
    assert text_of("alpha") == before


def test_a_source_that_is_behind_takes_nothing_back(source, keeper):
    newest = llm_record("alpha", context_length=4096, updated_at=1_790_000_000)
    source.lists["llm"] = written(newest, llm_record("beta"))
    updated(keeper)
    before = text_of("alpha")
    source.lists["llm"] = written(
        llm_record("alpha", context_length=1024, updated_at=1_780_000_000), llm_record("beta")
    )
    assert updated(keeper).result["kept"] == ["alpha"]
    assert text_of("alpha") == before


def test_a_conflict_is_shown_and_overwrites_nothing(source, keeper):
    updated(keeper)
    edit("alpha", keeper, model_description="Ours.")
    before = text_of("alpha")
    theirs = llm_record("alpha", model_description="Theirs.", updated_at=1_790_000_000)
    source.lists["llm"] = written(theirs, llm_record("beta", context_length=1024))
    result = updated(keeper).result
    assert text_of("alpha") == before
    assert result["updated"] == ["beta"]
    (conflict,) = result["conflicts"]
    assert conflict["name"] == "alpha"
    assert conflict["values"] == [
        {
            "pointer": "/0/model_description",
            "base": '"alpha is a small language model."',
            "ours": '"Ours."',
            "theirs": '"Theirs."',
        }
    ]
    assert SourceMark.objects.get(model__name="alpha").their_text == written(theirs)


def test_a_model_registered_here_is_not_taken_for_the_sources(source, keeper):
    a_model("alpha", definition=written(llm_record("alpha", context_length=1)))
    result = updated(keeper).result
    assert [conflict["name"] for conflict in result["conflicts"]] == ["alpha"]
    assert json.loads(text_of("alpha"))[0]["context_length"] == 1


def test_names_that_differ_in_case_alone_are_told(source, keeper):
    a_model("Alpha")
    result = updated(keeper).result
    assert "letter case" in shown(result["conflicts"][0]["why"])
    assert RegisteredModel.objects.filter(name_key="alpha").count() == 1


def test_what_was_made_private_here_is_not_made_public_again(source, keeper):
    updated(keeper)
    RegisteredModel.objects.filter(name="alpha").update(visibility="private", owner=keeper)
    source.lists["llm"] = written(llm_record("alpha"), llm_record("beta"), llm_record("gamma"))
    result = updated(keeper).result
    assert result["new"] == ["gamma"]
    assert [conflict["name"] for conflict in result["conflicts"]] == ["alpha"]
    assert RegisteredModel.objects.get(name="alpha").visibility == "private"


def test_an_edit_on_its_way_to_upstream_goes_on_as_it_was_joined(source, keeper):
    updated(keeper)
    edit("alpha", keeper, model_description="Ours.")
    theirs = llm_record("alpha", context_length=4096, updated_at=1_790_000_000)
    source.lists["llm"] = written(theirs, llm_record("beta"))
    assert updated(keeper).result["merged"] == ["alpha"]
    newest = UpstreamChange.objects.order_by("-pk").first()
    assert newest.wanted == text_of("alpha")
    assert newest.base == written(llm_record("alpha")), "what upstream itself had"
    assert newest.pull_request == UpstreamChange.objects.order_by("pk").first().pull_request


def test_a_model_that_comes_back_is_not_removed_upstream(source, keeper):
    updated(keeper)
    delete(RegisteredModel.objects.get(name="alpha"), by=a_person("m", "delete_public_model"))
    assert UpstreamChange.objects.get().wanted == ""
    assert updated(keeper).result["new"] == ["alpha"]
    newest = UpstreamChange.objects.order_by("-pk").first()
    assert (newest.kind, newest.wanted) == ("update", text_of("alpha"))
