"""Rounds of visits, against both hubs of models on loopback."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest
from django.utils import timezone

from models_registry import tasks
from models_registry.models import ModelSource, RepositoryRecord, SourceSummary, VisitedHub
from models_registry.visits import lanes, rounds
from tests.factories import a_model
from tests.models_registry.visits.visit_fixtures import (
    FACTS,
    README,
    a_repository,
    definition_of,
    hubs,  # noqa: F401 - a fixture
    pass_time,
    record_of,
    visits_on,  # noqa: F401 - a fixture
)
from tests.standins.model_hubs import (
    announces,
    drips,
    fails,
    redirects_to,
    send,
    sends_forever,
)

pytestmark = pytest.mark.django_db


def web_page(status):
    """A behaviour: a proxy's page in place of the answer."""
    return lambda asked: send(asked, status, b"<!DOCTYPE html><html>Sorry</html>")


def at_the_api(hubs):  # noqa: F811
    """The requests that count against the limit of Hugging Face's API."""
    return [path for path in hubs.paths if path.startswith("/api/models/")]


def test_a_visit_keeps_what_the_repository_says(visits_on):  # noqa: F811
    visits_on.hugging_face["example/tiny-llm"] = a_repository()
    model = a_model()
    tasks.visit_sources()
    found = record_of()
    assert (found.status, found.licence, found.downloads, found.likes, found.gated) == (
        "found", "apache-2.0", 1200, 34, False,
    )  # fmt: skip
    assert found.files["model.safetensors"] == 1_200_000_000
    assert found.readme == README
    assert len(found.readme_revision) == 40
    summary = SourceSummary.objects.get(model=model)
    assert (summary.licence, summary.downloads, summary.trouble) == ("apache-2.0", 1200, "")
    facets = model.facets.filter(kind__in=["licence", "gated"])
    assert set(facets.values_list("value", flat=True)) == {"apache-2.0", "open"}
    before = len(visits_on.requests)
    tasks.visit_sources()
    assert len(visits_on.requests) == before, "nothing is due"
    pass_time(days=2)
    tasks.visit_sources()
    assert len(visits_on.requests) == before + 1, "one conditional request"
    assert visits_on.requests[-1][1]["If-None-Match"] == found.etag


def test_modelscope_is_asked_for_its_files_only_after_a_change(visits_on):  # noqa: F811
    facts = {
        "License": "Apache License 2.0", "Downloads": 7, "Stars": 3,
        "LastUpdatedTime": 1_780_000_000,
    }  # fmt: skip
    repository = a_repository(facts=facts)
    visits_on.modelscope["example/scoped"] = repository
    a_model("scoped", definition=definition_of("scoped", ["example/scoped"], "modelscope"))
    tasks.visit_sources()
    found = record_of("example/scoped", "modelscope")
    assert (found.licence, found.downloads, found.likes) == ("apache-2.0", 7, 3)
    assert found.files["model.safetensors"] == 1_200_000_000
    visits_on.requests.clear()
    for changed_at in (1_780_000_000, 1_780_000_500):
        pass_time(days=2)
        facts["LastUpdatedTime"] = changed_at
        tasks.visit_sources()
    asked = [path.rpartition("scoped")[2] for path in visits_on.paths]
    assert asked == ["", "", "/repo/files?Recursive=true", "/resolve/master/README.md"]


BAD_ANSWERS = {
    "slow": drips,
    "huge": sends_forever,
    "cut": announces(100_000, b'{"id": '),
    "page": web_page(200),
    "proxy-404": web_page(404),
    "login": web_page(401),
    "array": announces(2, b"[]"),
    "broken": fails(99, 500),
    "elsewhere": redirects_to("http://127.0.0.1:1/api/models/x/y"),
}


def test_what_can_not_be_read_changes_nothing_but_the_time_of_the_next_try(visits_on, monkeypatch):  # noqa: F811
    monkeypatch.setattr(lanes, "FAILURES", 99)
    names = [f"bad/{name}" for name in BAD_ANSWERS]
    for name in names:
        visits_on.hugging_face[name] = a_repository()
    model = a_model("many", definition=definition_of("many", names))
    tasks.visit_sources()
    before = list(RepositoryRecord.objects.values("status", "licence", "files", "seen_at"))
    for name, behaviour in BAD_ANSWERS.items():
        visits_on.misbehave(f"/api/models/bad/{name}", behaviour)
    for failures in (1, 2):
        pass_time(days=3)
        tasks.visit_sources()
        assert set(RepositoryRecord.objects.values_list("failures", flat=True)) == {failures}
    after = list(RepositoryRecord.objects.values("status", "licence", "files", "seen_at"))
    assert after == before
    assert all(RepositoryRecord.objects.values_list("problem", flat=True))
    assert SourceSummary.objects.get(model=model).trouble == ""


def test_a_repository_is_gone_when_its_hub_says_so_twice(visits_on):  # noqa: F811
    names = ["there/gone", "there/hidden", "there/back"]
    for name in names:
        visits_on.hugging_face[name] = a_repository()
    model = a_model("many", definition=definition_of("many", names))
    tasks.visit_sources()
    visits_on.hugging_face["there/gone"].gone = True
    visits_on.hugging_face["there/back"].gone = True
    # Without an account, private ones and missing ones look the same.
    hidden = visits_on.hugging_face.pop("there/hidden")
    pass_time(days=2)
    tasks.visit_sources()
    assert {record_of(name).status for name in names} == {"found"}, "said only once"
    visits_on.hugging_face["there/back"].gone = False
    pass_time(hours=1)
    tasks.visit_sources()
    assert record_of("there/gone").status == "found", "not due before some hours have passed"
    pass_time(hours=6)
    tasks.visit_sources()
    assert [record_of(name).status for name in names] == ["gone", "hidden", "found"]
    assert record_of("there/gone").licence == "apache-2.0", "what was known stays"
    assert SourceSummary.objects.get(model=model).trouble == "gone"
    visits_on.hugging_face["there/gone"].gone = False
    visits_on.hugging_face["there/hidden"] = hidden
    pass_time(days=30)
    tasks.visit_sources()
    assert SourceSummary.objects.get(model=model).trouble == ""


def test_another_name_another_owner_and_a_gate_are_seen(visits_on):  # noqa: F811
    names = ["old/name", "old/owner", "old/gated", "old/CASE"]
    visits_on.renamed = {"old/name": "old/other", "old/owner": "new/owner", "old/CASE": "old/case"}
    for name in ("old/other", "new/owner", "old/gated", "old/case"):
        visits_on.hugging_face[name] = a_repository(gated=name == "old/gated")
    model = a_model("many", definition=definition_of("many", names), readme="")
    tasks.visit_sources()
    found = {name: record_of(name) for name in names}
    assert [row.trouble for row in found.values()] == ["moved", "owner", "", ""]
    assert found["old/owner"].moved_to == "new/owner"
    assert found["old/gated"].gated is True
    assert found["old/name"].readme == README, "from where it is now"
    summary = SourceSummary.objects.get(model=model)
    assert (summary.trouble, summary.gated) == ("owner", True)


def test_a_hub_that_asks_to_wait_is_left_alone_while_the_other_is_visited(visits_on):  # noqa: F811
    names = [f"many/m{number}" for number in range(12)]
    for name in names:
        visits_on.hugging_face[name] = a_repository()
        visits_on.modelscope[name] = a_repository(facts={"License": "mit"})
    a_model("one", definition=definition_of("one", names))
    a_model("two", definition=definition_of("two", names, "modelscope"))
    visits_on.limit = (5, 3600.0)
    tasks.visit_sources()
    seen = RepositoryRecord.objects.filter(seen_at__isnull=False)
    assert seen.filter(hub="modelscope").count() == 12
    assert seen.filter(hub="huggingface").count() == 5
    assert visits_on.refused <= lanes.PARALLEL
    visits_on.requests.clear()
    pass_time(minutes=59)
    tasks.visit_sources()
    assert visits_on.requests == [], "it has said for how long"
    visits_on.limit = None
    pass_time(minutes=2)
    tasks.visit_sources()
    assert seen.filter(hub="huggingface").count() == 12
    asked = at_the_api(visits_on)
    assert len(asked) == len(set(asked)) == 7, "nothing is fetched twice within its time"


def test_the_hub_keeps_a_limit_of_its_own(visits_on, monkeypatch):  # noqa: F811
    monkeypatch.setitem(lanes.REQUESTS, "huggingface", 6)
    names = [f"many/m{number}" for number in range(10)]
    visits_on.hugging_face.update({name: a_repository() for name in names})
    a_model("one", definition=definition_of("one", names))
    for _ in range(3):
        tasks.visit_sources()
    assert len(at_the_api(visits_on)) == 6
    pass_time(minutes=6)
    tasks.visit_sources()
    assert len(at_the_api(visits_on)) == 10


def test_a_hub_that_fails_again_and_again_is_paused(visits_on):  # noqa: F811
    names = [f"many/m{number}" for number in range(20)]
    a_model("one", definition=definition_of("one", names))
    for name in names:
        visits_on.misbehave(f"/api/models/{name}", web_page(200))
    tasks.visit_sources()
    assert lanes.FAILURES <= len(visits_on.requests) < lanes.FAILURES + lanes.PARALLEL
    tasks.visit_sources()
    assert len(visits_on.requests) < lanes.FAILURES + lanes.PARALLEL


def test_a_worker_that_dies_leaves_everything_to_the_next_one(visits_on, monkeypatch):  # noqa: F811
    names = [f"many/m{number}" for number in range(8)]
    visits_on.hugging_face.update({name: a_repository() for name in names})
    model = a_model("one", definition=definition_of("one", names))
    write = rounds.outcomes.write

    def die(record, found):
        write(record, found)
        if record.repository_id == names[2]:
            raise SystemExit

    monkeypatch.setattr(rounds.outcomes, "write", die)
    monkeypatch.setattr(lanes.Lane, "release", lambda lane: None)
    with pytest.raises(SystemExit):
        tasks.visit_sources()
    monkeypatch.undo()
    assert VisitedHub.objects.get(hub="huggingface").lease
    before = RepositoryRecord.objects.filter(visited_at__isnull=False).count()
    assert before < len(names)
    monkeypatch.setattr("models_registry.repositories.visit.SECONDS", 1.0)
    tasks.visit_sources()
    assert SourceSummary.objects.get(model=model).downloads == before * 1200
    pass_time(minutes=3)
    tasks.visit_sources()
    assert SourceSummary.objects.get(model=model).downloads == len(names) * 1200


def test_one_setting_switches_visits_off(visits_on, settings):  # noqa: F811
    settings.ENV = dataclasses.replace(settings.ENV, source_visits=False)
    a_model()
    tasks.visit_sources()
    assert visits_on.requests == []


def test_a_token_is_sent_to_hugging_face_and_hides_what_only_it_sees(visits_on, settings):  # noqa: F811
    settings.ENV = dataclasses.replace(settings.ENV, hf_token="hf_secret")
    visits_on.hugging_face["ours/secret"] = a_repository(facts={**FACTS, "private": True})
    visits_on.modelscope["theirs/open"] = a_repository(facts={})
    a_model("one", definition=definition_of("one", ["ours/secret"]))
    a_model("two", definition=definition_of("two", ["theirs/open"], "modelscope"))
    tasks.visit_sources()
    sent = {path: headers.get("Authorization") for path, headers in visits_on.requests}
    assert sent["/api/models/ours/secret?blobs=true"] == "Bearer hf_secret"
    assert sent["/api/v1/models/theirs/open"] is None
    row = record_of("ours/secret")
    assert (row.licence, row.files, row.missing_as) == ("", {}, "hidden")


def test_odd_values_are_left_out_and_the_rest_is_kept(visits_on):  # noqa: F811
    facts = {**FACTS, "lastModified": "9999-12-31T23:59:59-14:00", "likes": 10**400}
    files = {"a\x00b": 7, "model.safetensors": 10**400}
    visits_on.hugging_face["odd/one"] = a_repository(facts=facts, files=files)
    a_model("one", definition=definition_of("one", ["odd/one"]))
    tasks.visit_sources()
    row = record_of("odd/one")
    assert (row.status, row.downloads, row.likes, row.last_modified) == ("found", 1200, None, None)
    assert row.files == {"a\ufffdb": 7}


def test_a_visit_that_can_not_be_written_keeps_nobody_waiting(visits_on, monkeypatch):  # noqa: F811
    names = ["many/odd", "many/other"]
    visits_on.hugging_face.update({name: a_repository() for name in names})
    a_model("one", definition=definition_of("one", names))
    write = rounds.outcomes.write

    def refuse(record, found):
        if record.repository_id == "many/odd":
            raise OverflowError
        write(record, found)

    monkeypatch.setattr(rounds.outcomes, "write", refuse)
    tasks.visit_sources()
    assert record_of("many/other").status == "found"
    assert record_of("many/odd").next_visit_at > timezone.now() + timedelta(hours=5)


def test_a_summary_that_can_not_be_written_keeps_no_news_from_others(visits_on, monkeypatch):  # noqa: F811
    models = {}
    for name in ("odd", "other"):
        visits_on.hugging_face[f"many/{name}"] = a_repository()
        models[name] = a_model(name, definition=definition_of(name, [f"many/{name}"]))
    summarise = rounds.outcomes.source_links.summarise

    def refuse(keys):
        if keys == [models["odd"].pk]:
            raise OverflowError
        summarise(keys)

    monkeypatch.setattr(rounds.outcomes.source_links, "summarise", refuse)
    tasks.visit_sources()
    assert SourceSummary.objects.get(model=models["other"]).downloads == 1200
    assert not RepositoryRecord.objects.filter(is_news=True).exists()
    assert record_of("many/odd").next_visit_at < record_of("many/other").next_visit_at


def test_an_id_that_is_not_asked_for_counts_not_against_its_hub(visits_on):  # noqa: F811
    names = [f"odd/m--{number}" for number in range(lanes.FAILURES + 1)]
    visits_on.hugging_face["many/good"] = a_repository()
    model = a_model("one", definition=definition_of("one", ["many/good"]))
    for position, name in enumerate(names, start=1):
        # As older definitions were linked.
        row = RepositoryRecord.objects.create(hub="huggingface", repository_id=name)
        ModelSource.objects.create(model=model, repository=row, position=position)
    tasks.visit_sources()
    assert VisitedHub.objects.get(hub="huggingface").paused_until is None
    assert record_of("many/good").status == "found"
    assert record_of(names[0]).next_visit_at > timezone.now() + timedelta(days=6)
    assert "m--0" in record_of(names[0]).problem
