"""`file:PATH`: an exported catalogue is taken whole, unchanged, and from its signer alone."""

from __future__ import annotations

import json
import zipfile

import pytest
from django.core.management.base import CommandError

from tests.factories import a_model
from tests.models_registry.sync.bundles import manifest_of

pytestmark = pytest.mark.django_db


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
    "a changed definition": (
        lambda c: c.update({ALPHA: c[ALPHA] + b" "}),
        "does not match the manifest",
    ),
    "a file more": (lambda c: c.update({"extra.json": b"[]"}), "differ from those in its manifest"),
    "a file less": (lambda c: c.pop(ALPHA), "differ from those in its manifest"),
    "no manifest": (lambda c: c.pop("manifest.json"), r"no manifest\.json"),
    "another format": (
        lambda c: c.update({"manifest.json": json.dumps({"format": "x", "files": {}}).encode()}),
        "can't read",
    ),
    "a broken manifest": (lambda c: c.update({"manifest.json": b"[1"}), "can't be read"),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_a_file_that_was_changed_is_refused(tmp_path, what, run):
    change, message = TAMPERED[what]
    a_model("alpha")
    file = tmp_path / "catalogue.zip"
    run("export_catalogue", file)
    rewritten(file, change)
    with pytest.raises(CommandError, match=message):
        run("import_catalogue", f"file:{file}")


def test_what_is_no_archive_or_no_key_is_said(tmp_path, run):
    (tmp_path / "text").write_text("hello")
    with pytest.raises(CommandError, match="can't be read as an exported catalogue"):
        run("import_catalogue", f"file:{tmp_path / 'text'}")
    with pytest.raises(CommandError, match="not a private key"):
        run("export_catalogue", tmp_path / "file", key=tmp_path / "text")
    assert not (tmp_path / "file").exists()


def test_a_file_from_before_lists_were_told_is_imported_as_ever(tmp_path, run):
    a_model("alpha")
    file = tmp_path / "catalogue.zip"
    run("export_catalogue", file)
    manifest = manifest_of(file)
    del manifest["lists"]
    rewritten(file, lambda c: c.update({"manifest.json": json.dumps(manifest).encode()}))
    output = run("import_catalogue", f"file:{file}")
    assert "0 with warnings, 0 failed" in output
    assert "same lists as" not in output
