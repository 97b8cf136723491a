"""`pypi:xinference==X`: a released wheel, of which only the JSON is read."""

from __future__ import annotations

import zipfile

import pytest
from django.core.management import CommandError

from models_registry.models import CatalogueList
from models_registry.sync.sources import wheel
from tests.factories import image_record, written
from tests.models_registry.sync.imports import LLM_DIR, last_line, run

pytestmark = pytest.mark.django_db


IMAGE_DIR = "xinference/model/image/models"


@pytest.fixture
def local_index(folder, tmp_path, monkeypatch):
    """pip's index as a folder with one wheel that holds the catalogue."""
    index = tmp_path / "index"
    index.mkdir()
    name = "xinference-9.9.9-py3-none-any.whl"
    with zipfile.ZipFile(index / name, "w") as archive:
        for file in (folder / LLM_DIR).glob("*.json"):
            archive.write(file, f"{LLM_DIR}/{file.name}")
        archive.writestr("xinference/model/schemas/llm.schema.json", "{}")
        archive.writestr("xinference/__init__.py", "raise SystemExit('never run me')")
        info = "xinference-9.9.9.dist-info"
        archive.writestr(
            f"{info}/METADATA", "Metadata-Version: 2.1\nName: xinference\nVersion: 9.9.9\n"
        )
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    return index


def test_a_wheel_is_downloaded_through_pip_and_only_its_json_is_read(local_index):
    out, _ = run("pypi:xinference==9.9.9")
    assert last_line(out).startswith("imported 2 models: 2 added")


def test_a_name_that_a_released_wheel_has_without_updated_at_is_never_listed_again(
    local_index, tmp_path, client
):
    """The package stays as it is on servers, whatever upstream's file says later."""
    name = "xinference-9.9.9-py3-none-any.whl"
    late = image_record("late")
    del late["updated_at"]
    with zipfile.ZipFile(local_index / name, "a") as archive:
        archive.writestr(f"{IMAGE_DIR}/late.json", written(late))
    run("pypi:xinference==9.9.9")
    folder = tmp_path / "later" / IMAGE_DIR
    folder.mkdir(parents=True)
    (folder / "late.json").write_text(written(image_record("late")))
    (folder / "fine.json").write_text(written(image_record("fine")))
    run(f"dir:{tmp_path / 'later'}")
    answer = client.get("/api/models/download", {"model_type": "image"})
    assert [record["model_name"] for record in answer.json()] == ["fine"]
    [entry] = CatalogueList.objects.get(model_type="image").left_out
    assert "xinference==9.9.9" in entry["reasons"][0]


def test_a_version_that_the_index_lacks_is_said_in_pips_words(local_index):
    with pytest.raises(CommandError, match=r"can't be downloaded.*9\.9\.8"):
        run("pypi:xinference==9.9.8")


def test_a_download_that_hangs_ends_with_a_message(local_index, monkeypatch):
    monkeypatch.setattr(wheel, "DOWNLOAD_SECONDS", 0.01)
    with pytest.raises(CommandError, match="took longer than"):
        run("pypi:xinference==9.9.9")


def test_one_file_of_a_wheel_that_is_no_text_stops_nothing_else(local_index):
    with zipfile.ZipFile(next(local_index.glob("*.whl")), "a") as archive:
        archive.writestr(f"{LLM_DIR}/binary.json", b"\xff\xfe\x00")
    out, err = run("pypi:xinference==9.9.9")
    assert last_line(out) == (
        "imported 2 models: 2 added, 0 updated, 0 unchanged, 0 with warnings, 1 failed"
    )
    assert "binary.json: The file is not UTF-8 text" in err
