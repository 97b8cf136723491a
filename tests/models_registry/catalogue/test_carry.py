"""A catalogue is carried to another hub as one file, and lists into a server's folder."""

from __future__ import annotations

import json
import zipfile
from io import StringIO

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from django.core.management import call_command
from django.core.management.base import CommandError

from models_registry.models import RegisteredModel
from tests.factories import a_model, a_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def keys(tmp_path):
    """Two pairs of keys: private and public of ours, and the public one of somebody else."""
    ours, other = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    private = ours.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "private.pem").write_bytes(private)
    for name, key in (("public", ours), ("other", other)):
        public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        (tmp_path / f"{name}.pem").write_bytes(public)
    return tmp_path


def run(*arguments, **options) -> str:
    out = StringIO()
    call_command(*map(str, arguments), stdout=out, stderr=out, verbosity=0, **options)
    return out.getvalue()


def test_what_is_exported_is_served_again_by_the_hub_that_imports_it(client, tmp_path):
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


def test_the_same_catalogue_gives_the_same_bytes(tmp_path):
    a_model("alpha")
    run("export_catalogue", tmp_path / "one")
    run("export_catalogue", tmp_path / "two")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_a_signed_file_is_taken_from_its_signer_alone(keys):
    a_model("alpha")
    file = keys / "signed.zip"
    run("export_catalogue", file, key=keys / "private.pem")
    run("import_catalogue", f"file:{file}", trusted_key=str(keys / "public.pem"))
    with pytest.raises(CommandError, match="not signed by"):
        run("import_catalogue", f"file:{file}", trusted_key=str(keys / "other.pem"))
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
def test_a_file_that_was_changed_is_refused(tmp_path, what):
    change, said = TAMPERED[what]
    a_model("alpha")
    file = tmp_path / "catalogue.zip"
    run("export_catalogue", file)
    rewritten(file, change)
    with pytest.raises(CommandError, match=said):
        run("import_catalogue", f"file:{file}")


def test_what_is_no_archive_or_no_key_is_said(tmp_path):
    (tmp_path / "text").write_text("hello")
    with pytest.raises(CommandError, match="can't be read as an exported catalogue"):
        run("import_catalogue", f"file:{tmp_path / 'text'}")
    with pytest.raises(CommandError, match="no private key"):
        run("export_catalogue", tmp_path / "file", key=tmp_path / "text")
    assert not (tmp_path / "file").exists()


def test_lists_are_installed_where_a_server_reads_them(client, tmp_path):
    a_model("alpha")
    said = run("install_lists", tmp_path)
    path = tmp_path / "model/v2/builtin/llm/llm_models.json"
    assert path.read_bytes() == client.get("/api/models/download?model_type=llm").content
    assert "llm: 1 models" in said
    assert [one.name for one in (tmp_path / "model/v2/builtin").iterdir()] == ["llm"]
    assert [one.name for one in path.parent.iterdir()] == ["llm_models.json"]


def test_a_folder_that_is_not_there_is_not_made(tmp_path):
    with pytest.raises(CommandError, match="XINFERENCE_HOME"):
        run("install_lists", tmp_path / "nowhere")
