"""Rolling back, releasing, forgetting: what servers get, and what is recorded."""

from __future__ import annotations

import json
from datetime import timedelta

import brotli
import pytest
from django.core.management.base import CommandError
from django.utils import timezone

from accounts import tokens
from accounts.models import Scope
from hub.models import AuditEntry
from models_registry.catalogue import build, history, pinning, refresh
from models_registry.errors import NotAllowed, RevisionNotFound
from models_registry.models import (
    CatalogueList,
    ListRevision,
    RegisteredModel,
    ReleaseList,
    ReleaseListRevision,
    UpstreamFile,
)
from tests.factories import a_model, a_person, llm_record, written
from tests.models_registry.catalogue.pinned_lists import LLM, names, withdraw

pytestmark = pytest.mark.django_db


def headers_of(user) -> dict[str, str]:
    _, raw = tokens.issue(by=user, name="t", scope=Scope.READ, expires_at=None)
    return {"X-Models-Token": raw}


def test_what_is_published_while_a_list_is_pinned_is_kept_and_waits(client, run):
    a_model("one")
    run("roll_back", "llm", 1)
    a_model("two")
    assert refresh.rebuild_stale() == [
        t for t in ("llm", "embedding", "rerank", "image", "audio", "video", "world") if t != "llm"
    ]
    assert names(client.get(LLM)) == ["one"]
    assert names(client.get(f"{LLM}&revision=2")) == ["one", "two"]
    [state] = [
        entry
        for entry in client.get("/api/models/lists").json()["data"]
        if entry["model_type"] == "llm"
    ]
    assert (state["revision"], state["is_pinned"]) == (1, True)
    output = run("lists", "llm")
    assert "pinned" in output
    assert "waits for release" in output
    run("roll_back", "llm", "--release")
    assert names(client.get(LLM)) == ["one", "two"]
    assert client.get(LLM).headers["X-Hub-Revision"] == "2"


def test_an_expiry_that_comes_while_a_list_is_pinned_changes_nothing_that_is_served(client, run):
    model = a_model("short")
    RegisteredModel.objects.filter(pk=model.pk).update(
        expires_at=timezone.now() + timedelta(seconds=60)
    )
    build.rebuild(["llm"])
    run("roll_back", "llm", 1)
    past = timezone.now() - timedelta(seconds=1)
    RegisteredModel.objects.filter(pk=model.pk).update(expires_at=past)
    CatalogueList.objects.filter(model_type="llm").update(valid_until=past)
    assert names(client.get(LLM)) == ["short"]
    assert names(client.get(f"{LLM}&revision=2")) == []


def test_a_token_gets_the_pinned_public_models_and_its_own(client, run):
    ada = a_person("ada", "view_enterprise_model")
    a_model("one", definition=written(llm_record("one"), llm_record("one", context_length=1)))
    a_model("taken")
    a_model("company", visibility="enterprise")
    a_model("mine", visibility="private", owner=ada)
    definition = written(llm_record("taken", context_length=77))
    a_model("taken", visibility="private", owner=ada, definition=definition)
    before = client.get(LLM, headers=headers_of(ada))
    pinned = CatalogueList.objects.get(model_type="llm").revision
    a_model("bad-idea")
    run("roll_back", "llm", pinned)
    after = client.get(LLM, headers=headers_of(ada))
    assert names(after) == ["company", "mine", "one", "one", "taken"]
    assert after.content == before.content
    assert after.headers["X-Hub-Revision"] == str(pinned)
    assert after.headers["Cache-Control"] == "private, no-cache"
    UpstreamFile.objects.create(
        model_type="llm", name_key="one", path="x", layout="split", text="[]", source="x",
        has_updated_at=False,
    )  # fmt: skip
    assert "one" not in names(client.get(LLM, headers=headers_of(ada)))


def test_a_real_list_comes_back_byte_for_byte_from_the_models_of_a_pinned_one(
    client, run, released_catalogue
):
    run("import_catalogue", f"dir:{released_catalogue}", "--type", "audio")
    run("roll_back", "audio", 1)
    address = "/api/models/download?model_type=audio"
    mine = client.get(address, headers=headers_of(a_person("ada")))
    assert mine.content == client.get(address).content


def test_who_may_not_update_the_catalogue_may_not_roll_it_back():
    a_model("one")
    reader, keeper = a_person("reader", "Registrars"), a_person("keeper", "update_catalogue")
    for refused in (
        lambda: pinning.pin("llm", 1, by=reader),
        lambda: pinning.release("llm", by=reader),
        lambda: pinning.forget("llm", "one", by=reader),
    ):
        with pytest.raises(NotAllowed):
            refused()
    assert pinning.pin("llm", 1, by=keeper).before == 1
    assert pinning.release("llm", by=keeper).pinned is None
    with pytest.raises(RevisionNotFound):
        pinning.pin("llm", 2, by=keeper)
    entries = AuditEntry.objects.filter(tag__startswith="registry:list:").order_by("pk")
    assert [(e.tag, e.actor_name) for e in entries] == [
        ("registry:list:pin", "keeper"),
        ("registry:list:release", "keeper"),
    ]
    assert entries[0].data["revision"] == 1


# --- Forgetting -------------------------------------------------------------------------------


def test_what_must_not_be_served_any_more_is_forgotten_and_its_number_is_not_used_again(
    client, run
):
    a_model("one")
    a_model("Secret")
    a_model("three")
    withdraw("Secret")
    output = run("forget_list_revisions", "llm", containing="secret")
    assert "forgot 2 revisions with secret: 2, 3." in output
    assert client.get(f"{LLM}&revision=2").status_code == 404
    assert client.get(f"{LLM}&revision=3").status_code == 404
    assert client.get(f"{LLM}&revision=1").status_code == 200
    with pytest.raises(CommandError, match="no revision 3"):
        run("roll_back", "llm", 3)
    a_model("five")
    assert history.newest("llm").number == 5
    entry = AuditEntry.objects.get(tag="registry:list:forget")
    assert entry.data == {"containing": "secret", "revisions": [2, 3]}
    assert "no revision has secret" in run("forget_list_revisions", "llm", containing="secret")


def test_a_model_is_forgotten_in_the_lists_for_stated_versions_too(client, run):
    a_model("one")
    a_model("secret")
    for version in ("3.0.0", "4.1.0"):
        client.get(f"{LLM}&xinference_version={version}")
    a_model("two")
    client.get(f"{LLM}&xinference_version=4.1.0")
    withdraw("secret")
    client.get(f"{LLM}&xinference_version=4.1.0")
    output = run("forget_list_revisions", "llm", containing="Secret")
    assert "1 for 3.0.0, 1 for 4.1.0, 2 for 4.1.0." in output
    stored = [
        *ReleaseListRevision.objects.values_list("brotli_body", flat=True),
        *ReleaseList.objects.exclude(sha256="").values_list("brotli_body", flat=True),
    ]
    assert not any(b"secret" in brotli.decompress(bytes(body)) for body in stored)
    assert client.get(f"{LLM}&xinference_version=4.1.0&revision=2").status_code == 404
    assert client.get(f"{LLM}&xinference_version=4.1.0&revision=3").status_code == 200
    # Numbers are never used twice.
    assert client.get(f"{LLM}&xinference_version=3.0.0").headers["X-Hub-Revision"] == "2"


def test_the_newest_revision_may_be_forgotten_while_an_older_one_is_pinned(client, run):
    a_model("one")
    run("roll_back", "llm", 1)
    a_model("secret")
    withdraw("secret")
    a_model("secret")
    withdraw("secret")
    run("forget_list_revisions", "llm", containing="secret")
    assert list(ListRevision.objects.values_list("number", flat=True)) == [5, 3, 1]
    run("roll_back", "llm", "--release")
    assert client.get(LLM).headers["X-Hub-Revision"] == "5"


def test_a_served_revision_is_not_forgotten(client, run):
    a_model("one")
    a_model("two")
    with pytest.raises(CommandError, match="Delete the model"):
        run("forget_list_revisions", "llm", containing="two")
    withdraw("two")
    run("roll_back", "llm", 2)
    with pytest.raises(CommandError, match="--release"):
        run("forget_list_revisions", "llm", containing="two")
    assert ListRevision.objects.count() == 3
    assert names(client.get(LLM)) == ["one", "two"]


def test_json_of_a_forgotten_revision_is_nowhere_in_the_process(client, run):
    """What was served from memory once is not served from there again."""
    a_model("one")
    a_model("secret")
    for encoding in ("identity", "gzip", "br"):
        client.get(f"{LLM}&revision=2", headers={"Accept-Encoding": encoding})
        client.get(LLM, headers={"Accept-Encoding": encoding})
    withdraw("secret")
    run("forget_list_revisions", "llm", containing="secret")
    for encoding in ("identity", "gzip", "br"):
        headers = {"Accept-Encoding": encoding}
        assert client.get(f"{LLM}&revision=2", headers=headers).status_code == 404
    assert "secret" not in json.dumps(client.get(LLM).json())
