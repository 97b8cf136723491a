"""Every state of a list is a revision: numbered, kept, served for ever."""

from __future__ import annotations

import dataclasses
import gzip
import hashlib

import brotli
import pytest
from django.core.management import call_command

from accounts import tokens
from accounts.models import Scope
from models_registry.actions.delete import delete
from models_registry.catalogue import build, history
from models_registry.models import ListRevision, RegisteredModel
from tests.factories import a_model, a_person
from tests.models_registry.catalogue.revisions import LLM, digest

pytestmark = pytest.mark.django_db
DECODE = {"identity": lambda b: b, "gzip": gzip.decompress, "br": brotli.decompress}


def numbers(model_type="llm") -> list[int]:
    revisions = ListRevision.objects.filter(model_type=model_type)
    return list(revisions.order_by("number").values_list("number", flat=True))


def test_a_list_becomes_a_new_revision_when_its_bytes_change_and_only_then(client):
    a_model("one")
    build.rebuild(["llm"])
    assert numbers() == [1]
    a_model("hidden", visibility="private")
    a_model("two")
    assert numbers() == [1, 2]
    assert numbers("image") == []
    newest = ListRevision.objects.get(number=2)
    body = client.get(LLM).content
    assert history.body_of(newest) == body
    assert newest.sha256 == hashlib.sha256(body).hexdigest()
    assert (newest.size, newest.model_count, newest.record_count) == (len(body), 2, 2)


def test_what_comes_back_is_a_revision_of_its_own(client):
    model = a_model("one")
    before = client.get(LLM).content
    a_model("two")
    root = a_person("root", "delete_public_model")
    delete(RegisteredModel.objects.get(name="two"), by=root)
    answer = client.get(LLM)
    assert answer.content == before
    assert answer.headers["X-Hub-Revision"] == "3"
    first, _, third = ListRevision.objects.order_by("number")
    assert first.sha256 == third.sha256
    assert model.name == "one"


@pytest.mark.parametrize("encoding", DECODE)
def test_an_older_revision_is_served_byte_for_byte_and_kept_by_caches(client, encoding):
    a_model("one")
    before = client.get(LLM)
    a_model("two")
    headers = {"Accept-Encoding": encoding}
    answer = client.get(f"{LLM}&revision=1", headers=headers)
    assert answer.status_code == 200
    assert DECODE[encoding](answer.content) == before.content
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["X-Hub-Revision"] == "1"
    assert answer.headers["X-Hub-SHA256"] == hashlib.sha256(before.content).hexdigest()
    assert answer.headers["Repr-Digest"] == digest(answer.content)
    again = client.get(
        f"{LLM}&revision=1", headers={**headers, "If-None-Match": answer.headers["ETag"]}
    )
    assert (again.status_code, again.content) == (304, b"")
    for name in ("ETag", "X-Hub-Revision", "X-Hub-SHA256", "Repr-Digest", "Cache-Control"):
        assert again.headers[name] == answer.headers[name]
    newest = client.get(f"{LLM}&revision=2", headers=headers)
    assert newest.headers["ETag"] != answer.headers["ETag"]


@pytest.mark.parametrize("encoding", DECODE)
def test_a_served_list_says_what_it_is(client, encoding):
    a_model("one")
    plain = client.get(LLM).content
    for _ in range(2):
        answer = client.get(LLM, headers={"Accept-Encoding": encoding})
        assert answer.headers["X-Hub-Revision"] == "1"
        assert answer.headers["X-Hub-SHA256"] == hashlib.sha256(plain).hexdigest()
        assert answer.headers["Repr-Digest"] == digest(answer.content)
        assert "X-Hub-Signature" not in answer.headers
        a_model(f"{encoding}-{_}", visibility="private")
    unchanged = client.get(
        LLM, headers={"Accept-Encoding": encoding, "If-None-Match": answer.headers["ETag"]}
    )
    assert unchanged.status_code == 304
    assert unchanged.headers["X-Hub-Revision"] == "1"
    assert unchanged.headers["Repr-Digest"] == answer.headers["Repr-Digest"]


def test_the_headers_follow_the_revision_where_the_bytes_are_those_of_an_older_one(client):
    """The bytes kept in the process are the same; the revision that they are sent as is not."""
    a_model("one")
    assert client.get(LLM).headers["X-Hub-Revision"] == "1"
    a_model("two")
    delete(RegisteredModel.objects.get(name="two"), by=a_person("r", "delete_public_model"))
    assert client.get(LLM).headers["X-Hub-Revision"] == "3"


def test_other_origins_may_read_what_a_list_is(client):
    a_model("one")
    answer = client.get(LLM, headers={"Origin": "http://xinference.example:9997"})
    exposed = answer.headers["Access-Control-Expose-Headers"]
    for name in ("x-hub-revision", "x-hub-sha256", "x-hub-signature", "repr-digest"):
        assert name in exposed


@pytest.mark.parametrize("revision", [2, 77, 2_000_000_000])
def test_a_missing_revision_is_reported_with_the_existing_ones(client, revision):
    a_model("one")
    answer = client.get(f"{LLM}&revision={revision}")
    assert (answer.status_code, answer.json()["error_code"]) == (404, "REVISION_NOT_FOUND")
    assert (answer.json()["oldest"], answer.json()["newest"]) == (1, 1)
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "query",
    ["revision=0", "revision=-1", "revision=x", "revision=", "revision=9999999999999999999999",
     "revision=1&model_name=one", "revision=1&model_id=1"],
)  # fmt: skip
def test_a_revision_that_can_be_none_is_refused(client, query):
    a_model("one")
    answer = client.get(f"{LLM}&{query}")
    assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER")
    answer = client.get("/api/models/download?revision=1")
    assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER")


def test_with_a_token_too_a_revision_is_the_public_one(client):
    ada = a_person("ada")
    a_model("one")
    a_model("mine", visibility="private", owner=ada)
    _, raw = tokens.issue(by=ada, name="t", scope=Scope.READ, expires_at=None)
    public = client.get(f"{LLM}&revision=1")
    mine = client.get(f"{LLM}&revision=1", headers={"X-Models-Token": raw})
    assert mine.content == public.content
    assert public.headers["Cache-Control"].startswith("public, ")
    assert mine.headers["Cache-Control"].startswith("private, "), (
        "what a token gets is the person's"
    )


# --- Keeping and pruning ----------------------------------------------------------------------


def test_the_newest_revisions_are_kept_and_what_is_served(client, settings):
    settings.ENV = dataclasses.replace(settings.ENV, keep_list_revisions=2)
    a_model("m-1")
    call_command("roll_back", "llm", "1", verbosity=0)
    for number in range(2, 6):
        a_model(f"m-{number}")
    assert numbers() == [1, 4, 5], "the pinned one is kept, whatever its age"
    call_command("roll_back", "llm", "--release", verbosity=0)
    a_model("m-6")
    assert numbers() == [5, 6]
    assert client.get(f"{LLM}&revision=4").json()["oldest"] == 5
