"""A catalogue is carried to another hub as one file, and lists into a server's folder."""

from __future__ import annotations

import json
import zipfile

import pytest
from django.core.management.base import CommandError

from models_registry import use_cases
from models_registry.catalogue import build, history
from models_registry.models import RegisteredModel, Revision, UpstreamFile
from tests.factories import a_model, a_person, llm_record, written

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
    said = run("import_catalogue", f"file:{file}")
    assert "imported 2 models: 2 added" in said
    assert client.get("/api/models/download?model_type=llm").content == served
    alpha = RegisteredModel.objects.get(name="alpha")
    assert alpha.published_revision.readme == "# Alpha, written by hand\n"
    assert not RegisteredModel.objects.filter(name__in=["hidden", "company"]).exists()


def test_the_same_catalogue_gives_the_same_bytes(tmp_path, run):
    a_model("alpha")
    run("export_catalogue", tmp_path / "one")
    run("export_catalogue", tmp_path / "two")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_a_signed_file_is_taken_from_its_signer_alone(keys, run):
    a_model("alpha")
    file = keys / "signed.zip"
    run("export_catalogue", file, key=keys / "private.pem")
    run("import_catalogue", f"file:{file}", trusted_key=str(keys / "public.pem"))
    with pytest.raises(CommandError, match="not signed by"):
        run("import_catalogue", f"file:{file}", trusted_key=str(keys / "other-public.pem"))
    run("export_catalogue", keys / "bare.zip")
    with pytest.raises(CommandError, match="not signed at all"):
        run("import_catalogue", f"file:{keys / 'bare.zip'}", trusted_key=str(keys / "public.pem"))


def rewritten(file, change):
    """The same archive with its contents changed."""
    with zipfile.ZipFile(file) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    change(contents)
    with zipfile.ZipFile(file, "w") as archive:
        for name, body in contents.items():
            archive.writestr(name, body)


ALPHA = "xinference/model/llm/models/alpha.json"
TAMPERED = {
    "a changed definition": (lambda c: c.update({ALPHA: c[ALPHA] + b" "}), "not what its manifest"),
    "a file more": (lambda c: c.update({"extra.json": b"[]"}), "same files"),
    "a file less": (lambda c: c.pop(ALPHA), "same files"),
    "no manifest": (lambda c: c.pop("manifest.json"), r"no manifest\.json"),
    "another format": (
        lambda c: c.update({"manifest.json": json.dumps({"format": "x", "files": {}}).encode()}),
        "does not know",
    ),
    "a broken manifest": (lambda c: c.update({"manifest.json": b"[1"}), "can't be read"),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_a_file_that_was_changed_is_refused(tmp_path, what, run):
    change, said = TAMPERED[what]
    a_model("alpha")
    file = tmp_path / "catalogue.zip"
    run("export_catalogue", file)
    rewritten(file, change)
    with pytest.raises(CommandError, match=said):
        run("import_catalogue", f"file:{file}")


def test_what_is_no_archive_or_no_key_is_said(tmp_path, run):
    (tmp_path / "text").write_text("hello")
    with pytest.raises(CommandError, match="can't be read as an exported catalogue"):
        run("import_catalogue", f"file:{tmp_path / 'text'}")
    with pytest.raises(CommandError, match="no private key"):
        run("export_catalogue", tmp_path / "file", key=tmp_path / "text")
    assert not (tmp_path / "file").exists()


def manifest_of(file) -> dict:
    with zipfile.ZipFile(file) as archive:
        return json.loads(archive.read("manifest.json"))


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
    told = manifest_of(file)["lists"]["llm"]
    assert told == {"sha256": served.headers["X-Hub-SHA256"], "left_out": ["broken"]}
    run("roll_back", "llm", 1)
    a_model("beta")
    run("export_catalogue", file)
    assert manifest_of(file)["lists"]["llm"]["sha256"] == history.newest("llm").sha256
    everything_gone()
    run("roll_back", "llm", "--release")
    assert "the very lists of the hub that exported it: llm" in run(
        "import_catalogue", f"file:{file}"
    )
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
    edited = use_cases.Submission(written(llm_record("alpha", context_length=4096)))
    use_cases.edit(alpha, edited, by=mia, base_revision=1)
    a_model("mine")
    problems = [{"message": "No server of ours loads it."}]
    Revision.objects.filter(model__name="beta").update(loading_problems=problems)
    said = run("import_catalogue", f"file:{file}")
    assert "the llm list: It is not the one of the hub that exported it" in said
    assert "edited here: alpha; left out here: beta; only here: mine." in said
    assert "the very lists" not in said


def test_an_import_under_a_pin_says_what_is_served(tmp_path, run):
    a_model("alpha")
    file = tmp_path / "catalogue.zip"
    run("export_catalogue", file)
    everything_gone()
    a_model("other")
    run("roll_back", "llm", history.newest("llm").number)
    everything_gone()
    said = run("import_catalogue", f"file:{file}")
    assert "is pinned here" in said


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
    said = run("import_catalogue", f"file:{bundle}")
    assert "the very lists of the hub that exported it: world" in said
    assert client.get("/api/models/download?model_type=world").content == served


def test_a_file_from_before_lists_were_told_is_imported_as_ever(tmp_path, run):
    a_model("alpha")
    file = tmp_path / "catalogue.zip"
    run("export_catalogue", file)
    manifest = manifest_of(file)
    del manifest["lists"]
    rewritten(file, lambda c: c.update({"manifest.json": json.dumps(manifest).encode()}))
    said = run("import_catalogue", f"file:{file}")
    assert "0 with warnings, 0 failed" in said
    assert "the very lists" not in said
