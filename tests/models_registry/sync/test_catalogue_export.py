"""A catalogue is carried to another hub as one file, and lists into a server's folder."""

from __future__ import annotations

import json

import pytest

from models_registry.actions.edit import edit
from models_registry.actions.submission import Submission
from models_registry.catalogue import build, history
from models_registry.models import RegisteredModel, Revision, UpstreamFile
from tests.factories import a_model, a_person, llm_record, written
from tests.models_registry.sync.bundles import manifest_of

pytestmark = pytest.mark.django_db


def test_what_is_exported_is_served_again_by_the_hub_that_imports_it(client, tmp_path, run):
    a_model("alpha", readme="# Alpha, written by hand\n")
    a_model("picture", model_type="image")
    a_model("hidden", visibility="private", owner=a_person("ada"))
    a_model("company", visibility="enterprise")
    served = client.get("/api/models/download?model_type=llm").content
    file = tmp_path / "catalogue.zip"
    assert run("export_catalogue", file) == f"exported 2 models to {file}\n"
    RegisteredModel.objects.all().delete()
    output = run("import_catalogue", f"file:{file}")
    assert "imported 2 models: 2 added" in output
    assert client.get("/api/models/download?model_type=llm").content == served
    alpha = RegisteredModel.objects.get(name="alpha")
    assert alpha.published_revision.readme == "# Alpha, written by hand\n"
    assert not RegisteredModel.objects.filter(name__in=["hidden", "company"]).exists()


def test_the_same_catalogue_gives_the_same_bytes(tmp_path, run):
    a_model("alpha")
    run("export_catalogue", tmp_path / "one")
    run("export_catalogue", tmp_path / "two")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def everything_gone():
    RegisteredModel.objects.all().delete()
    UpstreamFile.objects.all().delete()
    build.rebuild(["llm", "image", "world"])


def test_the_file_says_what_a_hub_that_has_it_alone_serves(client, tmp_path, run):
    a_model("alpha")
    a_model("broken", definition=written(llm_record("broken", version=9)))
    file = tmp_path / "catalogue.zip"
    run("export_catalogue", file)
    served = client.get("/api/models/download?model_type=llm")
    manifest_entry = manifest_of(file)["lists"]["llm"]
    assert manifest_entry == {"sha256": served.headers["X-Hub-SHA256"], "left_out": ["broken"]}
    run("roll_back", "llm", 1)
    a_model("beta")
    run("export_catalogue", file)
    assert manifest_of(file)["lists"]["llm"]["sha256"] == history.newest("llm").sha256
    everything_gone()
    run("roll_back", "llm", "--release")
    assert "same lists as the exporting hub: llm" in run("import_catalogue", f"file:{file}")
    assert (
        client.get("/api/models/download?model_type=llm").headers["X-Hub-SHA256"]
        == (manifest_of(file)["lists"]["llm"]["sha256"])
    )


def test_an_import_says_why_its_list_is_another_one(tmp_path, run):
    for name in ("alpha", "beta", "gamma"):
        a_model(name)
    file = tmp_path / "catalogue.zip"
    run("export_catalogue", file)
    everything_gone()
    run("import_catalogue", f"file:{file}")
    mia = a_person("mia", "change_public_model", "delete_public_model", "register_public_model")
    alpha = RegisteredModel.objects.get(name="alpha")
    edited = Submission(written(llm_record("alpha", context_length=4096)))
    edit(alpha, edited, by=mia, base_revision=1)
    a_model("mine")
    problems = [{"message": "No server of ours loads it."}]
    Revision.objects.filter(model__name="beta").update(loading_problems=problems)
    output = run("import_catalogue", f"file:{file}")
    assert "the llm list: It differs from the list of the exporting hub" in output
    assert "edited here: alpha; left out here: beta; only here: mine." in output
    assert "same lists as" not in output


def test_an_import_under_a_pin_says_what_is_served(tmp_path, run):
    a_model("alpha")
    file = tmp_path / "catalogue.zip"
    run("export_catalogue", file)
    everything_gone()
    a_model("other")
    run("roll_back", "llm", history.newest("llm").number)
    everything_gone()
    output = run("import_catalogue", f"file:{file}")
    assert "is pinned here" in output


def test_what_came_first_keeps_its_place_in_the_hub_that_imports_it(
    client, tmp_path, released_catalogue, run
):
    """Of two world models with one variant the elder is served, wherever their names stand."""
    run("import_catalogue", f"dir:{released_catalogue}", "--type", "world")
    file = released_catalogue / "xinference/model/world/models/LingBot-World-V2.json"
    records = json.loads(file.read_text("utf-8"))
    records[0]["model_family"] = "a-thief"
    a_model("a-thief", model_type="world", definition=written(*records))
    served = client.get("/api/models/download?model_type=world").content
    bundle = tmp_path / "catalogue.zip"
    run("export_catalogue", bundle)
    everything_gone()
    output = run("import_catalogue", f"file:{bundle}")
    assert "same lists as the exporting hub: world" in output
    assert client.get("/api/models/download?model_type=world").content == served
