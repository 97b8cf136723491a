"""What was seen of source repositories goes to hubs that can't look themselves."""

from __future__ import annotations

import dataclasses
import gzip
import json
import zipfile

import pytest
from django.core.management import call_command
from django.utils import timezone

from models_registry import tasks
from models_registry.actions.recommend import recommend
from models_registry.models import (
    ListingFigures,
    ModelSource,
    RegisteredModel,
    RepositoryRecord,
    RepositoryStatus,
    SourceSummary,
)
from models_registry.sync import source_facts
from tests.factories import a_model, a_user, llm_record, written
from tests.models_registry.visits.visit_fixtures import (
    README,
    a_repository,
    definition_of,
    hubs,  # noqa: F401 - a fixture
    record_of,
    visits_on,  # noqa: F401 - a fixture
)
from tests.standins.hub import SourceHub

pytestmark = pytest.mark.django_db


def forget():
    """As a hub that has the same models and has never visited anything."""
    RepositoryRecord.objects.update(
        status=RepositoryStatus.UNSEEN, visited_at=None, seen_at=None, licence="", readme="",
        files={}, downloads=None, readme_of="",
    )  # fmt: skip
    for model in RegisteredModel.objects.all():
        source_facts.source_links.summarise([model.pk])


def test_an_export_carries_the_facts_of_public_models_and_an_import_takes_them(visits_on, tmp_path):  # noqa: F811
    visits_on.hugging_face["example/tiny-llm"] = a_repository()
    visits_on.hugging_face["inner/one"] = a_repository()
    model = a_model(readme="")
    inner = definition_of("inner", ["inner/one"])
    a_model("inner", visibility="enterprise", owner=a_user(), definition=inner)
    tasks.visit_sources()
    path = tmp_path / "catalogue.zip"
    call_command("export_catalogue", path, verbosity=0)
    told = json.loads(zipfile.ZipFile(path).read("repositories.json"))
    assert [row["id"] for row in told["repositories"]] == ["example/tiny-llm"]
    forget()
    before = RegisteredModel.objects.get(pk=model.pk).published_revision_id
    call_command("import_catalogue", f"file:{path}", verbosity=0)
    found = record_of()
    assert (found.licence, found.readme, found.files["model.safetensors"]) == (
        "apache-2.0", README, 1_200_000_000,
    )  # fmt: skip
    assert SourceSummary.objects.get(model=model).downloads == 1200
    assert RegisteredModel.objects.get(pk=model.pk).published_revision_id == before
    # A hub that has seen more since then keeps what it has seen.
    RepositoryRecord.objects.filter(pk=found.pk).update(licence="mit", visited_at=timezone.now())
    call_command("import_catalogue", f"file:{path}", verbosity=0)
    assert record_of().licence == "mit"


def test_an_import_of_nothing_but_facts_ranks_the_models(visits_on, tmp_path):  # noqa: F811
    visits_on.hugging_face["example/tiny-llm"] = a_repository()
    model = a_model(readme="")
    a_model("another", definition=definition_of("another", ["example/another"]))
    tasks.visit_sources()
    path = tmp_path / "catalogue.zip"
    call_command("export_catalogue", path, verbosity=0)
    forget()
    recommend()
    assert not SourceSummary.objects.get(model=model).downloads
    first = ListingFigures.objects.get(recommended_rank=0)
    assert first.model.name == "another", "by name, as nothing is known of either"
    call_command("import_catalogue", f"file:{path}", verbosity=0)
    assert ListingFigures.objects.get(recommended_rank=0).model == model


def test_an_export_from_before_is_imported_as_ever(tmp_path):
    a_model(readme="")
    path, older = tmp_path / "new.zip", tmp_path / "old.zip"
    call_command("export_catalogue", path, verbosity=0)
    with zipfile.ZipFile(path) as new, zipfile.ZipFile(older, "w") as old:
        manifest = json.loads(new.read("manifest.json"))
        del manifest["files"]["repositories.json"]
        old.writestr("manifest.json", json.dumps(manifest))
        for name in manifest["files"]:
            old.writestr(name, new.read(name))
    call_command("import_catalogue", f"file:{older}", verbosity=0)
    assert RegisteredModel.objects.get().published_revision.readme_origin == "generated"


def test_an_update_from_another_hub_brings_them_to_a_hub_that_does_not_visit(settings):
    settings.ENV = dataclasses.replace(settings.ENV, source_visits=False)
    source = SourceHub()
    source.lists["llm"] = written(llm_record("tiny-llm"))
    told = {
        "hub": "huggingface", "id": "example/tiny-llm", "licence": "mit", "status": "found",
        "visited_at": "2026-05-01T00:00:00+00:00", "seen_at": "2026-05-01T00:00:00+00:00",
    }  # fmt: skip
    source.repositories["llm"] = [told]
    call_command("import_catalogue", f"hub:{source.url}", types=["llm"], verbosity=0)
    source.stop()
    assert record_of().licence == "mit"
    assert SourceSummary.objects.get().licence == "mit"


def test_the_api_has_the_facts_of_a_type_and_says_when_nothing_is_new(client, visits_on):  # noqa: F811
    visits_on.hugging_face["example/tiny-llm"] = a_repository()
    a_model()
    tasks.visit_sources()
    answer = client.get("/api/models/lists/llm/repositories")
    [row] = answer.json()["repositories"]
    assert (row["id"], row["licence"], row["readme"]) == ("example/tiny-llm", "apache-2.0", README)
    same = {"If-None-Match": answer.headers["ETag"]}
    assert client.get("/api/models/lists/llm/repositories", headers=same).status_code == 304
    assert client.get("/api/models/lists/image/repositories").json()["repositories"] == []


HOSTILE = [
    b"", b"[]", b'{"format": 2, "repositories": []}', b'{"format": 1, "repositories": {}}',
    b'{"format": 1, "repositories": [3, {"hub": 1, "id": []}]}',
]  # fmt: skip


@pytest.mark.parametrize("body", HOSTILE)
def test_what_is_no_list_of_facts_is_left(body):
    assert source_facts.take_over(source_facts.read(body)) == 0


def test_hostile_values_are_left_out_one_by_one():
    a_model()
    row = {
        "hub": "huggingface", "id": "example/tiny-llm", "visited_at": "2026-05-01T00:00:00+00:00",
        "status": "<b>", "moved_to": "../../etc", "gated": "yes", "downloads": -5, "likes": 2**70,
        "licence": "x" * 500, "files": {"a": -1, "b": "c", "d": 7, "": 1}, "readme": ["x"],
        "seen_at": "never", "last_modified": "2026-99-99",
    }  # fmt: skip
    late = {**row, "visited_at": "2999-01-01T00:00:00+00:00"}
    assert source_facts.take_over([late]) == 0
    assert source_facts.take_over([row]) == 1
    found = record_of()
    assert (found.status, found.moved_to, found.gated, found.downloads, found.likes) == (
        "unseen", "", None, None, None,
    )  # fmt: skip
    assert (len(found.licence), found.files, found.readme) == (80, {"d": 7, "": 1}, "")
    assert ModelSource.objects.count() == 1


def test_a_readme_that_is_too_large_once_it_can_be_stored_is_left_out():
    a_model()
    row = {
        "hub": "huggingface", "id": "example/tiny-llm", "visited_at": "2026-05-01T00:00:00+00:00",
        "readme": "x\x00" * 400_000, "last_modified": "9999-12-31T23:59:59-14:00",
    }  # fmt: skip
    assert source_facts.take_over([row]) == 1
    assert (record_of().readme, record_of().last_modified) == ("", None)


def test_models_stay_when_the_facts_can_not_be_taken_over(monkeypatch, tmp_path, run):
    def fail(rows):
        raise OverflowError

    a_model(readme="")
    path = tmp_path / "catalogue.zip"
    run("export_catalogue", path)
    RegisteredModel.objects.all().delete()
    monkeypatch.setattr(source_facts, "take_over", fail)
    assert "imported 1 models: 1 added, 0 updated, 0 unchanged, 1 with" in run(
        "import_catalogue", f"file:{path}"
    )
    assert RegisteredModel.objects.count() == 1


def told_of(body):
    return {row["id"]: row for row in json.loads(body)["repositories"]}


def test_what_exceeds_the_bound_is_left_out_of_the_least_popular_first(monkeypatch):
    names = ["many/rare", "many/liked", "many/first"]
    a_model("one", definition=definition_of("one", names))
    for downloads, name in enumerate(names):
        RepositoryRecord.objects.filter(repository_id=name).update(
            visited_at=timezone.now(), downloads=downloads, readme=name * 100, readme_of="x",
            files={"a" * 500: 1},
        )  # fmt: skip
    whole = source_facts.written("llm")
    assert all("left_out" not in row for row in told_of(whole).values())
    monkeypatch.setattr(source_facts, "MAX_WRITTEN", len(whole) - 1_000)
    body = source_facts.written("llm")
    assert len(body) < len(whole) - 900
    told = told_of(body)
    assert {name: "readme" in row for name, row in told.items()} == {
        "many/rare": False, "many/liked": False, "many/first": True,
    }  # fmt: skip
    assert all("files" in row for row in told.values())
    # Whoever has seen the README before keeps it.
    RepositoryRecord.objects.update(visited_at=None, readme="# Old\n", readme_of="old")
    source_facts.take_over(source_facts.read(body))
    assert (record_of("many/rare").readme, record_of("many/rare").readme_of) == ("# Old\n", "old")
    assert record_of("many/first").readme == "many/first" * 100
    RepositoryRecord.objects.update(visited_at=timezone.now())
    monkeypatch.setattr(source_facts, "MAX_WRITTEN", 600)
    assert all("files" not in row for row in told_of(source_facts.written("llm")).values())
    monkeypatch.setattr(source_facts, "MAX_WRITTEN", 0)
    assert told_of(source_facts.written("llm")) == {}


def test_the_api_writes_the_same_facts_once(client, monkeypatch):
    a_model()
    RepositoryRecord.objects.update(visited_at=timezone.now(), readme="# Theirs\n")
    written_before, calls = source_facts.written, []

    def counted(model_type):
        calls.append(model_type)
        return written_before(model_type)

    monkeypatch.setattr(source_facts, "written", counted)
    url = "/api/models/lists/llm/repositories"
    packed = [client.get(url, headers={"Accept-Encoding": "gzip"}).content for _ in range(2)]
    assert packed[0] == packed[1]
    assert client.get(url).content == gzip.decompress(packed[0]) == written_before("llm")
    assert calls == ["llm"]
