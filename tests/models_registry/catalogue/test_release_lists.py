"""Lists for servers whose version is stated."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts import tokens
from accounts.models import Scope
from models_registry import publication
from models_registry.actions.delete import delete
from models_registry.catalogue import pinning, refresh
from models_registry.catalogue.selection import select
from models_registry.definitions.checks import (
    release_loading,
    release_rules,
    release_translation,
)
from models_registry.models import CatalogueList, RegisteredModel, ReleaseList, Revision
from tests.factories import a_model, a_person, image_record, llm_record, written
from tests.models_registry.catalogue.served_lists import download, names

pytestmark = pytest.mark.django_db
MODELSCOPE = {"modelscope": {"model_id": "a/b", "model_revision": "master"}}


@pytest.fixture
def two_formats():
    """A model that releases before 1.17.0 know only in part, one they do not, and one they do."""
    spec = llm_record()["model_specs"][0]
    fp4 = {**spec, "model_format": "fp4"}
    a_model("a-both", definition=written(llm_record("a-both", model_specs=[spec, fp4])))
    a_model("b-fp4", definition=written(llm_record("b-fp4", model_specs=[fp4])))
    a_model("c-plain")


def ask(client, version, model_type="llm", **more):
    return download(client, model_type=model_type, xinference_version=version, **more)


def test_a_stated_version_gets_what_it_takes_and_no_more(client, two_formats):
    old = ask(client, "1.13.0")
    assert names(old) == ["a-both", "c-plain"]
    assert [spec["model_format"] for spec in old.json()[0]["model_specs"]] == ["pytorch"]
    assert (old.headers["X-Hub-Release"], old.headers["X-Hub-Translated"]) == ("1.13.0", "1")
    new = ask(client, "4.1.0")
    assert names(new) == ["a-both", "b-fp4", "c-plain"]
    assert (new.headers["X-Hub-Release"], new.headers["X-Hub-Translated"]) == ("4.1.0", "0")
    # As published, byte for byte, and sorted by name.
    assert new.content == download(client, model_type="llm", xinference_version="2.0.0").content
    assert names(download(client, model_type="llm")) == ["c-plain", "a-both", "b-fp4"]


def test_each_list_has_its_own_etag_revision_digest_and_headers(client, two_formats):
    answer, newer = ask(client, "1.13.0"), ask(client, "4.1.0")
    assert answer.headers["ETag"] != newer.headers["ETag"]
    assert answer.headers["X-Hub-SHA256"] == hashlib.sha256(answer.content).hexdigest()
    assert "X-Xinference-Version" in answer.headers["Vary"]
    assert "X-Xinference-Version" in download(client, model_type="llm").headers["Vary"]
    again = ask(client, "1.13.0", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["X-Hub-Revision"] == answer.headers["X-Hub-Revision"] == "1"
    # Nothing changes in the list for 1.13.0 by a model that it does not know.
    spec = {**llm_record()["model_specs"][0], "model_format": "fp4"}
    a_model("d-fp4", definition=written(llm_record("d-fp4", model_specs=[spec])))
    assert ask(client, "1.13.0").headers["X-Hub-Revision"] == "1"
    assert ask(client, "4.1.0").headers["X-Hub-Revision"] == "2"
    assert "d-fp4" in names(ask(client, "4.1.0"))


def test_the_header_and_the_path_state_the_version_too(client, two_formats):
    wanted = ask(client, "1.13.0").content
    by_header = download(client, headers={"X-Xinference-Version": "1.13.0"}, model_type="llm")
    assert by_header.content == wanted
    by_path = client.get("/v/1.13.0/api/models/download", {"model_type": "llm"})
    assert by_path.content == wanted
    # What a server asks for besides is answered there as well, and errors are the API's.
    assert client.get("/v/1.13.0/api/models/c-plain").json()["data"]["model_name"] == "c-plain"
    assert client.get("/v/1.13.0/api/models/nothing").json()["error_code"] == "MODEL_NOT_FOUND"
    for path in ("/v/1.13.0/", "/v/1.13.0/models", "/v//api/models/download", "/v/1/2/api/models"):
        assert client.get(path).status_code == 404


@pytest.mark.parametrize("version", ["1.12.0", "latest", "0", "x" * 60, "3.4.0'--"])
def test_a_version_that_the_hub_knows_nothing_of_is_refused_in_words(client, version):
    a_model("one")
    for answer in (
        ask(client, version),
        download(client, headers={"X-Xinference-Version": version}, model_type="llm"),
        client.get(f"/v/{version}/api/models/download", {"model_type": "llm"}),
    ):
        assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER")
        assert "1.13.0" in answer.json()["message"]


def test_a_newer_version_than_the_hub_knows_gets_what_the_newest_takes(client):
    a_model("one")
    answer = ask(client, "99.0.0")
    assert names(answer) == ["one"]
    assert answer.headers["X-Hub-Release"] == "later"


def test_what_stops_some_releases_is_in_the_lists_of_the_others(client):
    record = image_record("campplus", multilingual=True, model_src=MODELSCOPE)
    a_model("campplus", model_type="audio", definition=written(record))
    assert names(download(client, model_type="audio")) == []
    assert names(ask(client, "3.1.0", "audio")) == []
    assert names(ask(client, "3.2.0", "audio")) == ["campplus"]


def test_a_name_is_held_back_only_from_the_releases_that_ship_it_without_updated_at(client):
    a_model("dots.ocr", model_type="image")
    assert names(ask(client, "3.3.0", "image")) == ["dots.ocr"]
    assert names(ask(client, "3.4.0", "image")) == []
    assert names(ask(client, "99.0", "image")) == []


def test_a_type_that_a_release_does_not_know_has_an_empty_list(client):
    assert ask(client, "3.2.1", "world").json() == []


def test_answers_by_name_follow_the_stated_version(client, two_formats):
    query = {"model_type": "llm", "xinference_version": "1.13.0", "include_readme": "true"}
    both = download(client, model_name="a-both", **query)
    assert [spec["model_format"] for spec in both.json()[0]["model_specs"]] == ["pytorch"]
    assert (both.headers["X-Hub-Translated"], both.json()[0]["readme"]) == ("1", "# A model\n")
    refused = download(client, model_name="b-fp4", **query)
    assert (refused.status_code, refused.json()["error_code"]) == (409, "NOT_FOR_RELEASE")
    assert "fp4" in refused.json()["message"]
    plain = download(client, model_name="c-plain", **query)
    assert plain.headers["X-Hub-Translated"] == "0"
    assert download(client, model_name="b-fp4", model_type="llm").status_code == 200


def test_a_token_gets_its_own_models_in_the_list_of_the_version(client, two_formats):
    ada = a_person("ada")
    _, raw = tokens.issue(by=ada, name="t", scope=Scope.READ, expires_at=None)
    a_model("d-mine", visibility="private", owner=ada)
    mine = ask(client, "1.13.0", headers={"X-Models-Token": raw})
    assert names(mine) == ["a-both", "c-plain", "d-mine"]
    assert "private" in mine.headers["Cache-Control"]
    assert names(ask(client, "1.13.0")) == ["a-both", "c-plain"]


def test_a_list_is_kept_and_follows_every_change(client, django_assert_max_num_queries):
    a_model("one")
    two = a_model("two")
    assert names(ask(client, "3.0.0")) == ["one", "two"]
    with django_assert_max_num_queries(3):
        assert names(ask(client, "3.0.0")) == ["one", "two"]
    delete(two, by=a_person("root", "delete_model", "delete_public_model"))
    assert names(ask(client, "3.0.0")) == ["one"]


def test_a_worker_builds_what_was_asked_for_again(client):
    a_model("one")
    ask(client, "3.0.0")
    a_model("two")
    refresh.rebuild_stale()
    assert ReleaseList.objects.get(model_type="llm", release="3.0.0").model_count == 2


def test_a_rolled_back_list_is_rolled_back_for_every_version(client):
    a_model("one")
    assert names(ask(client, "3.0.0")) == ["one"]
    a_model("two")
    assert names(ask(client, "3.0.0")) == ["one", "two"]
    pinning.pin("llm", 1, by=None)
    assert names(ask(client, "3.0.0")) == ["one"]
    pinning.release("llm", by=None)
    assert names(ask(client, "3.0.0")) == ["one", "two"]


def test_older_revisions_are_kept_as_they_were_sent(client, two_formats):
    first = ask(client, "1.13.0")
    a_model("d-plain")
    assert ask(client, "1.13.0").headers["X-Hub-Revision"] == "2"
    older = ask(client, "1.13.0", revision=1)
    assert older.content == first.content
    for name in ("X-Hub-Revision", "X-Hub-SHA256", "X-Hub-Release", "X-Hub-Translated"):
        assert older.headers[name] == first.headers[name]
    assert "immutable" in older.headers["Cache-Control"]
    by_path = client.get("/v/1.13.0/api/models/download", {"model_type": "llm", "revision": 1})
    assert by_path.content == first.content
    # A number of the list without a version is another thing.
    assert names(download(client, model_type="llm", revision=1)) != names(older)


@pytest.mark.parametrize(("number", "newest"), [(7, "1 to 1"), (1, "no revisions yet")])
def test_a_revision_that_is_not_kept_is_refused_with_those_that_are(client, number, newest):
    a_model("one")
    if number == 7:
        ask(client, "3.0.0")
    answer = ask(client, "3.0.0", revision=number)
    assert (answer.status_code, answer.json()["error_code"]) == (404, "REVISION_NOT_FOUND")
    assert newest in answer.json()["message"]
    assert "/api/models/lists/llm?xinference_version=3.0.0" in answer.json()["message"]


def test_as_many_revisions_are_kept_as_the_hub_keeps_of_a_list(client, settings):
    settings.ENV = replace(settings.ENV, keep_list_revisions=2)
    for name in ("one", "two", "three"):
        a_model(name)
        ask(client, "3.0.0")
    assert ask(client, "3.0.0", revision=1).status_code == 404
    assert names(ask(client, "3.0.0", revision=2)) == ["one", "two"]
    assert names(ask(client, "3.0.0", revision=3)) == ["one", "three", "two"]


def test_the_revisions_for_a_version_are_listed_with_their_addresses(client, two_formats):
    served = ask(client, "1.13.0")
    a_model("d-plain")
    answer = client.get("/api/models/lists/llm", {"xinference_version": "1.13.0"})
    assert "X-Xinference-Version" in answer.headers["Vary"]
    newest, oldest = answer.json()["data"]
    assert (newest["revision"], newest["is_served"]) == (2, True)
    assert (oldest["revision"], oldest["is_served"], oldest["release"]) == (1, False, "1.13.0")
    assert oldest["sha256"] == served.headers["X-Hub-SHA256"]
    assert (oldest["model_count"], oldest["bytes"]) == (2, len(served.content))
    address = urlsplit(oldest["url"])
    assert client.get(f"{address.path}?{address.query}").content == served.content
    [llm] = [
        each
        for each in client.get("/v/1.13.0/api/models/lists").json()["data"]
        if each["model_type"] == "llm"
    ]
    assert llm == newest
    assert client.get("/api/models/lists/llm").json()["data"][0]["release"] is None


def test_numbers_go_on_after_a_list_was_forgotten(client):
    a_model("one")
    ask(client, "3.0.0")
    long_ago = timezone.now() - timedelta(days=91)
    ReleaseList.objects.filter(release="3.0.0").update(asked_at=long_ago)
    refresh.rebuild_stale()
    assert ask(client, "3.0.0", revision=1).status_code == 404
    again = ask(client, "3.0.0")
    assert (names(again), again.headers["X-Hub-Revision"]) == (["one"], "2")


@pytest.fixture
def two_versions(monkeypatch):
    """Makes the rest of the test a process of the hub with these rules; its lists say by whom."""

    def become(rules):
        monkeypatch.setattr(release_rules, "VERSION", rules)

    return become


def test_of_two_versions_of_the_hub_only_the_newer_builds_lists_for_its_rules(client, two_versions):
    two_versions("older")
    a_model("one")
    call_command("prepare")
    ask(client, "3.0.0")
    ask(client, "99.0")
    two_versions("newer")
    call_command("prepare")

    def built_by():
        ask(client, "3.0.0")
        ask(client, "99.0")
        refresh.rebuild_stale()
        return set(ReleaseList.objects.values_list("rules", flat=True))

    assert built_by() == {"newer"}
    two_versions("older")
    before = set(CatalogueList.objects.values_list("fingerprint"))
    assert built_by() == {"newer"}
    assert set(CatalogueList.objects.values_list("fingerprint")) == before
    # A change must not wait for the newer one, which then builds it once more.
    a_model("two")
    assert names(ask(client, "3.0.0")) == ["one", "two"]
    two_versions("newer")
    assert built_by() == {"newer"}
    # Going back to the former version is a deployment as well.
    two_versions("older")
    call_command("prepare")
    assert built_by() == {"older"}


def test_what_a_release_is_known_to_take_is_not_judged_again(client, monkeypatch, two_formats):
    judged = []

    def verdict(release, model_type, records):
        judged.append(records[0]["model_name"])
        return release_loading.verdict(release, model_type, records)

    monkeypatch.setattr(release_translation, "verdict", verdict)
    assert names(ask(client, "1.13.0")) == ["a-both", "c-plain"]
    # The first as it is, and as it was translated.
    assert judged == ["a-both", "a-both", "b-fp4"]


def test_facets_of_another_revision_are_not_believed(client, two_formats):
    """Between the reading of models and of their facets, somebody may publish."""
    model = RegisteredModel.objects.get(name="c-plain")
    old = model.published_revision
    unknown = [{**llm_record()["model_specs"][0], "model_format": "fp4"}]
    Revision.objects.filter(pk=old.pk).update(
        definition=written(llm_record("c-plain", model_specs=unknown))
    )
    models = list(RegisteredModel.objects.public().with_definitions())
    next_one = publication.Content(written(llm_record("c-plain")), "")
    publication.publish(model, next_one, by=None, by_name="upstream")
    kept = select("llm", models, release="1.13.0").kept
    assert [each.name for each in kept] == ["a-both"]
