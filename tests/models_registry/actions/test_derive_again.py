"""What is derived from published models follows the rules, also those of models that are there."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from models_registry import publication, tasks
from models_registry.actions import derive_again
from models_registry.actions.derive_again import derive_all_again
from models_registry.catalogue import build, refresh, selection
from models_registry.models import CatalogueList, Facet, RegisteredModel, Revision, SearchDocument
from models_registry.rules_version import DERIVED_BY
from tests.factories import a_model, a_user, llm_record, served, written

pytestmark = pytest.mark.django_db
OLD_PROBLEM = [{"pointer": "", "line": 1, "column": 1, "message": "Old rule.", "code": "old"}]


def derived_by_old_rules(model: RegisteredModel) -> None:
    """As if an earlier version of the hub had derived the model, and refused it."""
    Revision.objects.filter(pk=model.published_revision_id).update(loading_problems=OLD_PROBLEM)
    RegisteredModel.objects.filter(pk=model.pk).update(
        derived_by="0.0", search_text="", facts={}, description="", context_length=1
    )
    Facet.objects.filter(model=model).delete()
    SearchDocument.objects.filter(model=model).update(words="old", folded_name="old", fields={})
    Facet.objects.create(model=model, kind="ability", value="old")
    build.rebuild([model.model_type])


def everything(model: RegisteredModel) -> list[object]:
    found = RegisteredModel.objects.filter(pk=model.pk).values().get()
    facets = sorted(model.facets.values_list("kind", "value"))
    document = SearchDocument.objects.filter(model=model).values().get()
    return [found, facets, document, Revision.objects.get(model=model).loading_problems]


def test_workers_derive_what_a_process_of_another_version_published(caplog):
    model = a_model("tiny-llm")
    fresh = everything(RegisteredModel.objects.get(pk=model.pk))
    derived_by_old_rules(model)
    unreadable = a_model("unreadable")
    derived_by_old_rules(unreadable)
    Revision.objects.filter(model=unreadable).update(definition="[")
    tasks.derive_stale()
    assert everything(model) == fresh
    [record] = [record for record in caplog.records if record.name == "models_registry.tasks"]
    assert "unreadable" in record.getMessage()


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("derive_again", *arguments, stdout=out, stderr=out)
    return out.getvalue()


def test_everything_derived_follows_the_rules_again():
    model, other = a_model("one"), a_model("two")
    before = everything(model)
    derived_by_old_rules(model)
    assert CatalogueList.objects.get(model_type="llm").model_count == 1, "the old rules refuse it"
    report = derive_all_again()
    assert (report.checked, report.changed, report.failures) == (2, ["llm/one"], [])
    assert everything(model) == before
    listing = CatalogueList.objects.get(model_type="llm")
    assert (listing.model_count, listing.left_out) == (2, [])
    assert derive_all_again().changed == []
    other.refresh_from_db()
    assert other.derived_by == DERIVED_BY


def test_only_what_older_rules_derived_is_stale(django_assert_max_num_queries):
    model, _other = a_model("one"), a_model("two")
    derived_by_old_rules(model)
    report = derive_all_again(only_stale=True)
    assert (report.checked, report.changed) == (1, ["llm/one"])
    with django_assert_max_num_queries(7):
        assert derive_all_again(only_stale=True).checked == 0


def test_new_rules_make_every_model_stale(monkeypatch):
    model = a_model("one")
    for module in (publication, derive_again, selection):
        monkeypatch.setattr(module, "DERIVED_BY", "9.9")
    assert derive_all_again(only_stale=True).checked == 1
    model.refresh_from_db()
    assert model.derived_by == "9.9"


def test_a_list_is_stale_until_it_is_built_by_the_rules_of_its_models(monkeypatch):
    model = a_model("one")
    derived_by_old_rules(model)
    publication.derive_again(model)
    assert "llm" in refresh.rebuild_stale(), "a process may have ended before it built the list"
    assert CatalogueList.objects.get(model_type="llm").model_count == 1
    assert refresh.rebuild_stale() == []


def test_a_list_is_stale_until_it_knows_what_the_loader_has_to_say():
    """The rules are the same by their number, and the process ended before it built the list."""
    model = a_model("one")
    a_model("two")
    Revision.objects.filter(pk=model.published_revision_id).update(loading_problems=OLD_PROBLEM)
    CatalogueList.objects.update(fingerprint="")
    build.rebuild(["llm"])
    assert CatalogueList.objects.get(model_type="llm").model_count == 1
    publication.derive_again(model)
    assert "llm" in refresh.rebuild_stale()
    assert CatalogueList.objects.get(model_type="llm").model_count == 2


def test_what_was_changed_meanwhile_is_not_undone():
    """A stale copy of the model in memory must not bring old values back."""
    stale = a_model("one")
    moment = stale.created_at
    RegisteredModel.objects.filter(pk=stale.pk).update(expires_at=moment, visibility="private")
    publication.derive_again(stale)
    fresh = RegisteredModel.objects.get(pk=stale.pk)
    assert (fresh.expires_at, fresh.visibility) == (moment, "private")


def test_a_model_that_can_not_be_read_stays_as_it_was_and_is_named():
    good, bad = a_model("good"), a_model("bad")
    for model in (good, bad):
        derived_by_old_rules(model)
    Revision.objects.filter(model=bad).update(definition="[{")
    before = everything(bad)
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("derive_again", stdout=out, stderr=out)
    assert "llm/bad: " in out.getvalue()
    assert "derived 2 models again: 1 changed, 1 failed" in out.getvalue()
    assert everything(bad) == before


def test_a_model_that_can_not_be_read_is_left_out_of_its_list():
    bad = a_model("bad")
    a_model("good")
    Revision.objects.filter(model=bad).update(definition="[{")
    a_model("another")
    listing = CatalogueList.objects.get(model_type="llm")
    assert [entry["name"] for entry in listing.left_out] == ["bad"]
    assert [record["model_name"] for record in served()] == ["another", "good"]


def test_the_command_says_how_many_changed():
    model = a_model("one")
    a_model("two")
    derived_by_old_rules(model)
    assert run("-v2") == "changed llm/one\nderived 2 models again: 1 changed, 0 failed\n"
    assert run() == "derived 2 models again: 0 changed, 0 failed\n"
    assert run("--stale") == ""


def test_preparing_the_hub_derives_what_older_rules_derived(settings, tmp_path, monkeypatch):
    settings.STATIC_ROOT = tmp_path
    model = a_model("one")
    derived_by_old_rules(model)
    out = StringIO()
    call_command("prepare", stdout=out)
    model.refresh_from_db()
    assert model.derived_by == DERIVED_BY
    assert model.context_length == 32768


def test_an_approved_proposal_is_judged_by_the_rules_of_that_day():
    author = a_user("author")
    model = RegisteredModel.objects.create(
        model_type="llm", name="one", name_key="one", visibility="public", owner=author
    )
    content = publication.Content(definition=written(llm_record("one")), readme="")
    proposal = publication.propose(model, content, by=author, visibility="public")
    Revision.objects.filter(pk=proposal.pk).update(loading_problems=OLD_PROBLEM)
    publication.approve(proposal)
    assert Revision.objects.get(pk=proposal.pk).loading_problems == []
