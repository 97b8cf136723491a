"""Lists are signed, and plain openssl verifies it."""

from __future__ import annotations

import base64
import dataclasses
import subprocess

import pytest

from models_registry.catalogue import history
from models_registry.models import CatalogueList, ListRevision
from tests.factories import a_model
from tests.models_registry.catalogue.revisions import LLM

pytestmark = pytest.mark.django_db


def verified_by_openssl(folder, answer, key="public.pem") -> bool:
    """Do what the guide says with what a client has: the headers and the key."""
    headers = answer.headers
    revision, digest = headers["X-Hub-Revision"], headers["X-Hub-SHA256"]
    statement = f"xinference-models-hub-list/1\nllm\n{revision}\n{digest}\n"
    (folder / "statement").write_text(statement)
    signature = base64.b64decode(headers["X-Hub-Signature"].removeprefix("ed25519="))
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
