"""Updating a type from another hub: what changes, what is kept, and what a failure leaves."""

from __future__ import annotations

import dataclasses
import zlib
from datetime import timedelta

import pytest
from django.utils import timezone

from hub.models import AuditEntry
from models_registry.errors import InvalidModelType, NotAllowed
from models_registry.models import (
    CatalogueList,
    RegisteredModel,
    SourceList,
    SourceMark,
    SourceText,
    UpdateRun,
    UpstreamFile,
)
from models_registry.stored_reasons import shown
from models_registry.sync import update
from tests.factories import a_model, a_person, llm_record, written
from tests.models_registry.sync.updates import edit, text_of, updated
from tests.standins.hub import send

pytestmark = pytest.mark.django_db


def test_new_models_are_published_with_the_sources_bytes(source, keeper):
    run = updated(keeper)
    assert (run.state, run.result["new"]) == ("done", ["alpha", "beta"])
    assert text_of("alpha") == written(llm_record("alpha"))
    served = bytes(CatalogueList.objects.get(model_type="llm").body)
    assert served.decode() == source.lists["llm"]
    entry = AuditEntry.objects.get(tag="registry:catalogue:update")
    assert entry.actor_id == keeper.pk
    assert entry.data["new"] == ["alpha", "beta"]


def test_a_second_update_asks_conditionally_and_changes_nothing(source, keeper):
    updated(keeper)
    again = updated(keeper)
    assert again.state == "done"
    assert {key: names for key, names in again.result.items() if names} == {
        "unchanged": ["alpha", "beta"]
    }
    assert "if-none-match" in source.requests[-1][1]
    assert RegisteredModel.objects.get(name="alpha").revisions.count() == 1


def test_what_changed_at_the_source_changes_here(source, keeper):
    updated(keeper)
    changed = llm_record("alpha", context_length=4096, updated_at=1_790_000_000)
    source.lists["llm"] = written(changed, llm_record("beta"), llm_record("gamma"))
    result = updated(keeper).result
    assert (result["new"], result["updated"], result["unchanged"]) == (
        ["gamma"], ["alpha"], ["beta"],
    )  # fmt: skip
    assert text_of("alpha") == written(changed)


@pytest.mark.parametrize(
    "body", [b"<html>", b"[]", b"\xef\xbb\xbf[]", b'[{"model_name"', b"{}", b'[{"version": 2}]']
)
def test_a_broken_answer_leaves_the_old_list_and_says_why(source, keeper, body):
    updated(keeper)
    before = bytes(CatalogueList.objects.get(model_type="llm").body)
    source.behaviour = lambda asked: send(asked, body)
    run = updated(keeper)
    assert run.state == "failed"
    assert len(run.error_text) > 30
    assert bytes(CatalogueList.objects.get(model_type="llm").body) == before


def test_after_a_failure_the_next_update_works(source, keeper):
    source.behaviour = lambda asked: send(asked, b"<html>")
    assert updated(keeper).state == "failed"
    source.behaviour = None
    assert updated(keeper).result["new"] == ["alpha", "beta"]


def test_a_second_click_joins_the_run_under_way(source, keeper):
    first = update.update_type("llm", by=keeper)
    assert update.update_type("llm", by=keeper) == first
    assert update.update_type("image", by=keeper) != first


def test_a_run_is_done_once(source, keeper):
    run = updated(keeper)
    update.run(run.pk)
    assert len(source.requests) == 1


def test_a_run_that_lost_its_worker_makes_room(source, keeper):
    lost = update.update_type("llm", by=keeper)
    UpdateRun.objects.filter(pk=lost.pk).update(
        state="running", seen_at=timezone.now() - timedelta(hours=1)
    )
    fresh = update.update_type("llm", by=keeper)
    lost.refresh_from_db()
    assert fresh != lost
    assert (lost.state, "worker" in lost.error_text) == ("failed", True)


def test_what_the_token_alone_sees_becomes_an_enterprise_model(source, keeper, settings, client):
    settings.ENV = dataclasses.replace(settings.ENV, hub_source_token=source.token)
    source.restricted["llm"] = written(
        llm_record("alpha", context_length=1), llm_record("beta"), llm_record("secret")
    )
    run = updated(keeper)
    assert run.result["new"] == ["alpha", "beta"]
    assert run.result["restricted"]["new"] == ["secret"]
    assert "secret" not in str(update.result_for(keeper, run))
    seer = a_person("seer", "update_catalogue", "view_enterprise_model")
    assert update.result_for(seer, run)["new"] == ["alpha", "beta", "secret"]
    for person, sees in ((keeper, False), (seer, True)):
        client.force_login(person)
        page = client.get(f"/launch_model/llm?run={run.pk}").content.decode()
        assert ("secret" in page) is sees
    assert RegisteredModel.objects.get(name="secret").visibility == "enterprise"
    assert text_of("alpha") == written(llm_record("alpha"))
    assert "secret" not in bytes(CatalogueList.objects.get(model_type="llm").body).decode()


def test_a_folder_is_a_source_too(keeper, settings, tmp_path):
    models = tmp_path / "xinference" / "model" / "llm" / "models"
    models.mkdir(parents=True)
    (models / "alpha.json").write_text(written(llm_record("alpha")))
    settings.ENV = dataclasses.replace(settings.ENV, hub_source=f"dir:{tmp_path}")
    assert updated(keeper).result["new"] == ["alpha"]
    (models / "broken.json").write_text("[")
    failed = updated(keeper)
    assert (failed.state, "broken.json" in failed.error_text) == ("failed", True)


def test_updating_needs_its_right_and_a_known_type(source, keeper):
    with pytest.raises(NotAllowed):
        update.update_type("llm", by=a_person("reader", "Registrars"))
    with pytest.raises(InvalidModelType):
        update.update_type("toys", by=keeper)


def test_the_schedule_asks_for_every_type_once_in_its_hours(source, settings):
    assert update.ask_for_due() == []
    settings.ENV = dataclasses.replace(settings.ENV, hub_source_hours=6)
    assert len(update.ask_for_due()) == 7
    assert update.ask_for_due() == []
    UpdateRun.objects.filter(model_type="llm").update(
        state="done", created_at=timezone.now() - timedelta(hours=7)
    )
    assert update.ask_for_due() == ["llm"]
    run = UpdateRun.objects.filter(model_type="llm").first()
    update.run(run.pk)
    run.refresh_from_db()
    assert (run.by, run.state) == (None, "done")


def always_whole(source):
    """The source forgets that it was asked before, and sends its list again."""

    def answer(asked):
        del asked.headers["If-None-Match"]
        source.answer(asked)

    source.behaviour = answer


def changed_here(keeper):
    """What may happen to models between two updates from a list that stays as it is."""
    edit("alpha", keeper, model_description="Ours.")
    RegisteredModel.objects.get(name="beta").delete()
    RegisteredModel.objects.filter(name="gamma").update(visibility="private", owner=keeper)
    a_model("epsilon", definition=written(llm_record("epsilon", context_length=1)))
    SourceText.objects.filter(model__name="delta").update(text=written(llm_record("delta")))
    edit("delta", keeper, context_length=7)


@pytest.mark.parametrize("status", [304, 200])
def test_the_same_list_has_the_same_outcome_whether_it_is_sent_again_or_not(source, keeper, status):
    theirs = llm_record("delta", context_length=4096, updated_at=1_790_000_000)
    names = [llm_record("alpha"), llm_record("beta"), theirs, llm_record("gamma")]
    source.lists["llm"] = written(*names)
    updated(keeper)
    source.lists["llm"] = written(*names, llm_record("epsilon"))
    a_model("epsilon", definition=written(llm_record("epsilon")))
    updated(keeper)
    RegisteredModel.objects.get(name="epsilon").delete()
    UpstreamFile.objects.filter(name_key="epsilon").delete()
    changed_here(keeper)
    if status == 200:
        always_whole(source)
    run = updated(keeper)
    assert ("if-none-match" in source.requests[-1][1]) is True
    result = {key: names for key, names in run.result.items() if names}
    conflicts = [
        (conflict["name"], shown(conflict["why"])[:33]) for conflict in result.pop("conflicts")
    ]
    assert result == {"new": ["beta"], "kept": ["alpha"]}
    assert conflicts == [
        ("delta", "The same values were changed both"),
        ("gamma", "It was public once and was then m"),
        ("epsilon", "A different model has this name i"),
    ]
    marked = SourceMark.objects.order_by("model__name").values_list("model__name", flat=True)
    assert list(marked) == ["delta", "epsilon"]
    assert text_of("beta") == written(llm_record("beta"))


@pytest.mark.parametrize("spoilt", [b"", b"x", zlib.compress(b"[]"), zlib.compress(b"x" * 10)])
def test_a_list_that_was_kept_and_is_not_what_was_stored_is_asked_for_again(source, keeper, spoilt):
    updated(keeper)
    SourceList.objects.update(body=spoilt)
    RegisteredModel.objects.get(name="beta").delete()
    assert updated(keeper).result["new"] == ["beta"]
    assert "if-none-match" not in source.requests[-1][1]
    updated(keeper)
    assert "if-none-match" in source.requests[-1][1]


def test_a_source_that_says_unchanged_without_being_asked_takes_nothing_away(source, keeper):
    updated(keeper)
    SourceList.objects.all().delete()
    source.behaviour = lambda asked: (asked.send_response(304), asked.end_headers())
    assert updated(keeper).state == "failed"
    assert not SourceMark.objects.exists()
