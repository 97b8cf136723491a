"""Lists in a server's folder: whole, with a manifest, verified, noted."""

from __future__ import annotations

import dataclasses
import json
import socket

import pytest
from django.core.management.base import CommandError

from models_registry.catalogue_tables import ServerList
from tests.factories import a_model

pytestmark = pytest.mark.django_db
LLM = "model/v2/builtin/llm/llm_models.json"
ADDRESS = "/api/models/download?model_type=llm"


def manifest_of(home) -> dict:
    return json.loads((home / "hub_lists.json").read_text())


def test_lists_are_installed_where_a_server_reads_them(client, tmp_path, run):
    a_model("alpha")
    said = run("install_lists", tmp_path)
    assert (tmp_path / LLM).read_bytes() == client.get(ADDRESS).content
    assert "llm: 1 models, revision 1" in said
    assert [one.name for one in (tmp_path / "model/v2/builtin").iterdir()] == ["llm"]
    assert [one.name for one in (tmp_path / LLM).parent.iterdir()] == ["llm_models.json"]


def test_the_manifest_says_what_is_there(client, tmp_path, run, signing, settings):
    a_model("alpha")
    run("install_lists", tmp_path)
    told = manifest_of(tmp_path)
    assert told["format"] == "xinference-models-hub-lists/1"
    served = client.get(ADDRESS)
    assert told["lists"] == {
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


def test_an_older_revision_is_installed_where_it_is_named(client, tmp_path, run):
    a_model("alpha")
    old = client.get(ADDRESS).content
    a_model("beta")
    run("install_lists", tmp_path)
    said = run("install_lists", tmp_path, "--type", "llm", "--revision", 1)
    assert "llm: 1 models, revision 1" in said
    assert (tmp_path / LLM).read_bytes() == old
    assert manifest_of(tmp_path)["lists"]["llm"]["revision"] == 1
    for arguments in (("--revision", 1), ("--type", "llm", "--type", "image", "--revision", 1)):
        with pytest.raises(CommandError, match="--type"):
            run("install_lists", tmp_path, *arguments)
    with pytest.raises(CommandError, match="no revision 9"):
        run("install_lists", tmp_path, "--type", "llm", "--revision", 9)
    run("roll_back", "llm", 1)
    run("install_lists", tmp_path)
    assert (tmp_path / LLM).read_bytes() == old, "what is pinned is what is installed"


def test_a_folder_is_verified_against_its_manifest(tmp_path, run, signing):
    a_model("alpha")
    a_model("picture", model_type="image")
    run("install_lists", tmp_path)
    said = run("install_lists", tmp_path, "--verify")
    assert "llm: revision 1 of http" in said
    assert f"verified 2 lists in {tmp_path}" in said
    run("install_lists", tmp_path, "--verify", "--trusted-key", signing / "public.pem")
    with pytest.raises(CommandError, match="2 of 2 lists"):
        run("install_lists", tmp_path, "--verify", "--trusted-key", signing / "other-public.pem")
    with pytest.raises(CommandError, match="no Ed25519 public key"):
        run("install_lists", tmp_path, "--verify", "--trusted-key", signing / "private.pem")
    (tmp_path / LLM).write_bytes((tmp_path / LLM).read_bytes() + b" ")
    with pytest.raises(CommandError, match="1 of 2 lists"):
        run("install_lists", tmp_path, "--verify")
    (tmp_path / LLM).unlink()
    with pytest.raises(CommandError, match="1 of 2 lists"):
        run("install_lists", tmp_path, "--verify")
    told = manifest_of(tmp_path)
    told["lists"]["image"]["revision"] = 2
    (tmp_path / "hub_lists.json").write_text(json.dumps(told))
    with pytest.raises(CommandError, match="2 of 2 lists"):
        run("install_lists", tmp_path, "--verify", "--trusted-key", signing / "public.pem")


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


def test_what_was_installed_is_noted_for_the_fleet_unless_that_is_off(tmp_path, run, settings):
    a_model("alpha")
    run("install_lists", tmp_path)
    a_model("beta")
    run("install_lists", tmp_path)
    [held] = ServerList.objects.all()
    assert held.place == f"{socket.gethostname()}:{tmp_path}"
    assert (held.how, held.model_type, held.revision) == ("folder", "llm", 2)
    ServerList.objects.all().delete()
    settings.ENV = dataclasses.replace(settings.ENV, fleet=False)
    run("install_lists", tmp_path)
    assert not ServerList.objects.exists()
