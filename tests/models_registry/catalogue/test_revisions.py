"""Every state of a list is a revision: numbered, kept, served for ever, signed, told of."""

from __future__ import annotations

import base64
import dataclasses
import gzip
import hashlib
import json
import random
import subprocess

import brotli
import pytest
from django.core.management import call_command

from accounts import tokens
from accounts.models import Scope
from models_registry import use_cases
from models_registry.catalogue import build, history
from models_registry.catalogue_tables import ListRevision
from models_registry.models import CatalogueList, RegisteredModel, UpstreamFile
from tests.factories import a_model, a_person, llm_record, written

pytestmark = pytest.mark.django_db
LLM = "/api/models/download?model_type=llm"
DECODE = {"identity": lambda b: b, "gzip": gzip.decompress, "br": brotli.decompress}


def numbers(model_type="llm") -> list[int]:
    found = ListRevision.objects.filter(model_type=model_type)
    return list(found.order_by("number").values_list("number", flat=True))


def digest(body: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


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
    use_cases.delete(RegisteredModel.objects.get(name="two"), by=root)
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
    told = client.get(
        LLM, headers={"Accept-Encoding": encoding, "If-None-Match": answer.headers["ETag"]}
    )
    assert told.status_code == 304
    assert told.headers["X-Hub-Revision"] == "1"
    assert told.headers["Repr-Digest"] == answer.headers["Repr-Digest"]


def test_the_headers_follow_the_revision_where_the_bytes_are_those_of_an_older_one(client):
    """The bytes kept in the process are the same; the revision that they are sent as is not."""
    a_model("one")
    assert client.get(LLM).headers["X-Hub-Revision"] == "1"
    a_model("two")
    use_cases.delete(
        RegisteredModel.objects.get(name="two"), by=a_person("r", "delete_public_model")
    )
    assert client.get(LLM).headers["X-Hub-Revision"] == "3"


def test_other_origins_may_read_what_a_list_is(client):
    a_model("one")
    answer = client.get(LLM, headers={"Origin": "http://xinference.example:9997"})
    exposed = answer.headers["Access-Control-Expose-Headers"]
    for name in ("x-hub-revision", "x-hub-sha256", "x-hub-signature", "repr-digest"):
        assert name in exposed


@pytest.mark.parametrize("revision", [2, 77, 2_000_000_000])
def test_a_revision_that_is_not_there_is_told_with_what_there_is(client, revision):
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
    assert mine.headers["Cache-Control"] == public.headers["Cache-Control"]


# --- The bytes depend on the catalogue alone --------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_the_same_catalogue_gives_the_same_bytes_in_whatever_order_it_came(
    released_catalogue, tmp_path, seed
):
    """Other ids, other dates, other owners, other numbers of revisions: the same digest."""
    source = released_catalogue / "xinference/model"
    files = [
        path for path in source.glob("*/models/*.json") if path.parts[-3] in ("rerank", "world")
    ]
    random.Random(seed).shuffle(files)
    whole = tmp_path / "whole"
    for path in files:
        kept = whole / "xinference/model" / path.relative_to(source)
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(path.read_bytes())
    call_command("import_catalogue", f"dir:{whole}", verbosity=0)
    types = ("rerank", "world")
    first = {t: history.newest(t).sha256 for t in types}
    assert history.newest("rerank").number == 1

    RegisteredModel.objects.all().delete()
    UpstreamFile.objects.all().delete()
    build.rebuild(types)
    a_model("takes-some-ids", visibility="private", owner=a_person("ada"))
    for part in (files[: len(files) // 3], files[len(files) // 3 :]):
        folder = tmp_path / f"part-{len(part)}"
        for path in part:
            kept = folder / "xinference/model" / path.relative_to(source)
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_bytes(path.read_bytes())
        call_command("import_catalogue", f"dir:{folder}", verbosity=0)
    assert {t: history.newest(t).sha256 for t in types} == first
    assert history.newest("rerank").number > 1


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


# --- Signatures -------------------------------------------------------------------------------


def verified_by_openssl(folder, answer, key="public.pem") -> bool:
    """Do what the guide says with what a client has: the headers and the key."""
    said = answer.headers
    statement = (
        f"xinference-models-hub-list/1\nllm\n{said['X-Hub-Revision']}\n{said['X-Hub-SHA256']}\n"
    )
    (folder / "statement").write_text(statement)
    signature = base64.b64decode(said["X-Hub-Signature"].removeprefix("ed25519="))
    (folder / "signature").write_bytes(signature)
    done = subprocess.run(
        ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", str(folder / key), "-rawin",
         "-in", str(folder / "statement"), "-sigfile", str(folder / "signature")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode == 0


def test_a_list_is_signed_as_openssl_verifies_it(client, signing):
    a_model("one")
    answer = client.get(LLM)
    assert verified_by_openssl(signing, answer)
    assert not verified_by_openssl(signing, answer, "other-public.pem")
    assert (
        client.get(f"{LLM}&revision=1").headers["X-Hub-Signature"]
        == (answer.headers["X-Hub-Signature"])
    )
    again = client.get(LLM, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.headers["X-Hub-Signature"] == answer.headers["X-Hub-Signature"]
    pem = client.get("/api/models/lists/key.pem")
    assert pem.content == (signing / "public.pem").read_bytes()


def test_another_key_or_none_signs_what_is_kept_anew(client, settings, keys):
    a_model("one")
    plain = settings.ENV
    assert history.sign_again() == 0
    settings.ENV = dataclasses.replace(plain, signing_key=str(keys / "private.pem"))
    assert history.sign_again() == 1
    assert history.sign_again() == 0
    served = client.get(f"{LLM}&revision=1")
    assert verified_by_openssl(keys, served)
    settings.ENV = dataclasses.replace(plain, signing_key=str(keys / "other-private.pem"))
    assert history.sign_again() == 1
    assert verified_by_openssl(keys, client.get(f"{LLM}&revision=1"), "other-public.pem")
    assert bytes(CatalogueList.objects.get().signature) == bytes(
        ListRevision.objects.get().signature
    )
    settings.ENV = plain
    assert history.sign_again() == 1
    assert "X-Hub-Signature" not in client.get(f"{LLM}&revision=1").headers


def test_a_hub_without_a_key_says_so(client):
    answer = client.get("/api/models/lists/key.pem")
    assert (answer.status_code, answer.json()["error_code"]) == (404, "SIGNING_KEY_NOT_FOUND")
    assert client.get("/api/models/lists").json()["key_url"] is None


# --- The API of lists -------------------------------------------------------------------------


def test_the_lists_are_told_with_what_servers_get(client, signing):
    a_model("one")
    a_model("two")
    answer = client.get("/api/models/lists").json()
    assert [one["model_type"] for one in answer["data"]] == sorted(
        ["llm", "embedding", "rerank", "image", "audio", "video", "world"]
    )
    assert answer["key_url"].endswith("/api/models/lists/key.pem")
    [llm] = [one for one in answer["data"] if one["model_type"] == "llm"]
    served = client.get(LLM)
    assert llm["revision"] == 2
    assert llm["sha256"] == served.headers["X-Hub-SHA256"]
    assert llm["signature"] == served.headers["X-Hub-Signature"]
    assert llm["bytes"] == len(served.content)
    assert (llm["model_count"], llm["record_count"]) == (2, 2)
    assert (llm["is_served"], llm["is_pinned"]) == (True, False)
    path = llm["url"].partition("/api/")[2]
    assert client.get(f"/api/{path}").content == served.content


def test_the_revisions_of_a_list_come_newest_first_and_in_pages(client):
    for number in range(5):
        a_model(f"m-{number}")
    answer = client.get("/api/models/lists/llm?pageSize=2").json()
    assert [one["revision"] for one in answer["data"]] == [5, 4]
    assert answer["total"] == 5
    last = client.get("/api/models/lists/LLM?pageSize=2&page=3").json()
    assert [one["revision"] for one in last["data"]] == [1]
    assert client.get("/api/models/lists/llm?page=9").json()["data"] == []
    wrong = client.get("/api/models/lists/poetry")
    assert (wrong.status_code, wrong.json()["error_code"]) == (400, "INVALID_MODEL_TYPE")
    etag = client.get("/api/models/lists/llm").headers["ETag"]
    again = client.get("/api/models/lists/llm", headers={"If-None-Match": etag})
    assert again.status_code == 304


def test_the_addresses_of_lists_stand_in_the_openapi_document(client):
    paths = client.get("/api/openapi.json").json()["paths"]
    assert {"/api/models/lists", "/api/models/lists/{model_type}"} <= set(paths)
    asked = [p["name"] for p in paths["/api/models/download"]["get"]["parameters"]]
    assert "revision" in asked


def test_the_command_shows_revisions_and_what_is_held_back(run):
    a_model("one")
    a_model("bad", definition=written(llm_record("bad", version=9)))
    a_model("two")
    said = run("lists", "llm")
    newest, older = [line for line in said.splitlines() if line.startswith("llm")]
    assert newest.split()[1] == "2"
    assert newest.endswith("served")
    assert ListRevision.objects.get(model_type="llm", number=1).sha256 in older
    assert "held back: bad" in said
    assert len([line for line in run("lists").splitlines() if line.startswith("image")]) == 1


def test_one_revision_is_as_the_list_was_then(client):
    """The records, not only the digest: what an edit changed is not in the older one."""
    a_model("one")
    model = RegisteredModel.objects.get(name="one")
    changed = written(llm_record("one", context_length=4096))
    by = a_person("mia", "change_public_model")
    use_cases.edit(model, use_cases.Submission(changed), by=by, base_revision=1)
    old, new = (json.loads(client.get(f"{LLM}&revision={n}").content)[0] for n in (1, 2))
    assert (old["context_length"], new["context_length"]) == (32768, 4096)
    assert new["updated_at"] > old["updated_at"]
