"""`manage.py install_lists`: which lists it writes, and where."""

from __future__ import annotations

import json

import pytest
from django.core.management.base import CommandError

from tests.factories import a_model, llm_record, written

pytestmark = pytest.mark.django_db


LLM = "model/v2/builtin/llm/llm_models.json"


ADDRESS = "/api/models/download?model_type=llm"


def manifest_of(home) -> dict:
    return json.loads((home / "hub_lists.json").read_text())


def test_lists_are_installed_where_a_server_reads_them(client, tmp_path, run):
    a_model("alpha")
    output = run("install_lists", tmp_path)
    assert (tmp_path / LLM).read_bytes() == client.get(ADDRESS).content
    assert "llm: 1 models, revision 1" in output
    assert [path.name for path in (tmp_path / "model/v2/builtin").iterdir()] == ["llm"]
    assert [path.name for path in (tmp_path / LLM).parent.iterdir()] == ["llm_models.json"]


def test_an_older_revision_is_installed_where_it_is_named(client, tmp_path, run):
    a_model("alpha")
    old = client.get(ADDRESS).content
    a_model("beta")
    run("install_lists", tmp_path)
    output = run("install_lists", tmp_path, "--type", "llm", "--revision", 1)
    assert "llm: 1 models, revision 1" in output
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


def test_lists_for_one_version_are_those_that_its_servers_would_be_sent(client, tmp_path, run):
    index = {"packages": ["a"], "extra_index_url": ["https://example.org/simple"]}
    a_model("alpha", definition=written(llm_record("alpha", virtualenv=index)))
    output = run("install_lists", tmp_path, "--for", "1.17.1")
    assert "llm: 1 models, revision 1" in output
    sent = client.get(f"{ADDRESS}&xinference_version=1.17.1").content
    assert (tmp_path / LLM).read_bytes() == sent != client.get(ADDRESS).content
    assert manifest_of(tmp_path)["lists"]["llm"]["release"] == "1.17.1"
    run("install_lists", tmp_path, "--verify")
    with pytest.raises(CommandError, match=r"no list for version 0\.9"):
        run("install_lists", tmp_path, "--for", "0.9")
    a_model("beta")
    run("install_lists", tmp_path, "--for", "1.17.1")
    assert (tmp_path / LLM).read_bytes() != sent
    run("install_lists", tmp_path, "--for", "1.17.1", "--type", "llm", "--revision", 1)
    assert (tmp_path / LLM).read_bytes() == sent
    assert manifest_of(tmp_path)["lists"]["llm"]["revision"] == 1
    run("install_lists", tmp_path, "--verify")
    with pytest.raises(CommandError, match="no revision 9"):
        run("install_lists", tmp_path, "--for", "1.17.1", "--type", "llm", "--revision", 9)
    run("install_lists", tmp_path)
    assert "release" not in manifest_of(tmp_path)["lists"]["llm"]
