"""Lists in a server's folder: whole, with a manifest, verified, recorded."""

from __future__ import annotations

import dataclasses
import json
import socket

import pytest
from django.core.management.base import CommandError

from models_registry.models import ServerList
from tests.factories import a_model

pytestmark = pytest.mark.django_db
LLM = "model/v2/builtin/llm/llm_models.json"
ADDRESS = "/api/models/download?model_type=llm"


def manifest_of(home) -> dict:
    return json.loads((home / "hub_lists.json").read_text())


def test_the_manifest_says_what_is_there(client, tmp_path, run, signing, settings):
    a_model("alpha")
    run("install_lists", tmp_path)
    manifest = manifest_of(tmp_path)
    assert manifest["format"] == "xinference-models-hub-lists/1"
    served = client.get(ADDRESS)
    assert manifest["lists"] == {
        "llm": {
            "path": LLM,
            "revision": 1,
            "sha256": served.headers["X-Hub-SHA256"],
            "signature": served.headers["X-Hub-Signature"],
            "hub": settings.SITE_URL,
        }
    }
    a_model("picture", model_type="image")
    a_model("beta")
    run("install_lists", tmp_path, "--type", "image")
    lists = manifest_of(tmp_path)["lists"]
    assert (lists["llm"]["revision"], lists["image"]["revision"]) == (1, 2)


def test_a_folder_is_verified_against_its_manifest(tmp_path, run, signing):
    a_model("alpha")
    a_model("picture", model_type="image")
    run("install_lists", tmp_path)
    output = run("install_lists", tmp_path, "--verify")
    assert "llm: revision 1 of http" in output
    assert f"verified 2 lists in {tmp_path}" in output
    run("install_lists", tmp_path, "--verify", "--trusted-key", signing / "public.pem")
    with pytest.raises(CommandError, match="2 of 2 lists"):
        run("install_lists", tmp_path, "--verify", "--trusted-key", signing / "other-public.pem")
    with pytest.raises(CommandError, match="not an Ed25519 public key"):
        run("install_lists", tmp_path, "--verify", "--trusted-key", signing / "private.pem")
    (tmp_path / LLM).write_bytes((tmp_path / LLM).read_bytes() + b" ")
    with pytest.raises(CommandError, match="1 of 2 lists"):
        run("install_lists", tmp_path, "--verify")
    (tmp_path / LLM).unlink()
    with pytest.raises(CommandError, match="1 of 2 lists"):
        run("install_lists", tmp_path, "--verify")
    manifest = manifest_of(tmp_path)
    manifest["lists"]["image"]["revision"] = 2
    (tmp_path / "hub_lists.json").write_text(json.dumps(manifest))
    with pytest.raises(CommandError, match="2 of 2 lists"):
        run("install_lists", tmp_path, "--verify", "--trusted-key", signing / "public.pem")


def test_a_list_for_one_version_is_signed_as_such(tmp_path, run, signing, settings):
    """And not as the list of the type: nobody can pass off one as the other."""
    a_model("alpha")
    key = signing / "public.pem"
    run("install_lists", tmp_path, "--for", "3.0.0")
    run("install_lists", tmp_path, "--verify", "--trusted-key", key)
    manifest = json.loads((tmp_path / "hub_lists.json").read_text())
    del manifest["lists"]["llm"]["release"]
    (tmp_path / "hub_lists.json").write_text(json.dumps(manifest))
    with pytest.raises(CommandError):
        run("install_lists", tmp_path, "--verify", "--trusted-key", key)


@pytest.mark.parametrize("broken", ["", "[", "[]", '{"format": "x"}', '{"lists": {"llm": 1}}'])
def test_without_a_manifest_there_is_nothing_to_verify(tmp_path, run, broken):
    if broken:
        (tmp_path / "hub_lists.json").write_text(broken)
    with pytest.raises(CommandError, match="no hub_lists"):
        run("install_lists", tmp_path, "--verify")
    a_model("alpha")
    run("install_lists", tmp_path)
    assert "verified 1 lists" in run("install_lists", tmp_path, "--verify")


def test_a_folder_that_is_not_there_is_not_made(tmp_path, run):
    with pytest.raises(CommandError, match="XINFERENCE_HOME"):
        run("install_lists", tmp_path / "nowhere")


def test_what_was_installed_is_recorded_for_the_fleet_unless_that_is_off(tmp_path, run, settings):
    a_model("alpha")
    run("install_lists", tmp_path)
    a_model("beta")
    run("install_lists", tmp_path)
    [row] = ServerList.objects.all()
    assert row.place == f"{socket.gethostname()}:{tmp_path}"
    assert (row.how, row.model_type, row.revision) == ("folder", "llm", 2)
    ServerList.objects.all().delete()
    settings.ENV = dataclasses.replace(settings.ENV, fleet=False)
    run("install_lists", tmp_path)
    assert not ServerList.objects.exists()
