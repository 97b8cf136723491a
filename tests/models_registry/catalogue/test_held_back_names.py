"""Names that a release ships without updated_at, and that no list may hold."""

from __future__ import annotations

import json

import pytest

from accounts import tokens
from accounts.models import Scope, User
from models_registry.actions.delete import delete
from models_registry.models import CatalogueList, RegisteredModel, UpstreamFile
from tests.factories import a_model, written
from tests.models_registry.catalogue.served_lists import (
    WITHOUT_UPDATED_AT,
    bring_in,
    download,
    names,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def images(module_db, released_catalogue):
    """The folder with the image models of the release, which this module's database holds."""
    with module_db.unblock():
        bring_in(released_catalogue, "image")
    return released_catalogue / "xinference/model/image/models"


def test_the_eight_names_without_updated_at_are_left_out_but_downloadable_by_name(client, images):
    assert WITHOUT_UPDATED_AT.isdisjoint(names(download(client, model_type="image")))
    listing = CatalogueList.objects.get(model_type="image")
    assert {entry["name"] for entry in listing.left_out} == WITHOUT_UPDATED_AT
    for name in WITHOUT_UPDATED_AT:
        answer = download(client, model_type="image", model_name=name)
        text = (images / f"{name}.json").read_text("utf-8")
        assert answer.json() == json.loads(text)


def test_a_name_that_would_break_a_server_is_refused_in_the_way_that_servers_ask_for_it(
    client, images
):
    """A 4.1.0 server that takes it freezes its list, and does not start again."""
    for name in WITHOUT_UPDATED_AT:
        answer = download(client, model_type="image", model_name=name, include_readme="true")
        assert answer.status_code == 409
        assert answer.json()["error_code"] == "NAME_HELD_BACK"
        assert client.get(f"/api/models/{name}").json()["data"]["held_back"] is True
    fine = names(download(client, model_type="image"))[0]
    assert client.get(f"/api/models/{fine}").json()["data"]["held_back"] is False
    answer = download(client, model_type="image", model_name=fine, include_readme="true")
    assert answer.status_code == 200


def test_the_name_stays_out_after_the_model_was_deleted_and_for_everybody(client, images):
    root = User.objects.create_superuser("root", "root@example.org", "correct horse battery")
    model = RegisteredModel.objects.get(name="dots.ocr")
    delete(model, by=root)
    a_model("dots.ocr", model_type="image", visibility="private", owner=root)
    _, raw = tokens.issue(by=root, name="t", scope=Scope.READ, expires_at=None)
    mine = download(client, headers={"X-Models-Token": raw}, model_type="image")
    assert "dots.ocr" not in names(mine)
    a_model("dots.ocr", model_type="image")
    assert "dots.ocr" not in names(download(client, model_type="image"))


def test_names_that_a_release_ships_without_updated_at_stay_out_when_upstream_has_it(
    client, images, tmp_path
):
    folder = tmp_path / "xinference/model/image/models"
    folder.mkdir(parents=True)
    completed = {}
    for name in WITHOUT_UPDATED_AT:
        shipped = json.loads((images / f"{name}.json").read_text())
        completed[name] = [{**record, "updated_at": 1_790_000_000} for record in shipped]
        (folder / f"{name}.json").write_text(written(*completed[name]))
    bring_in(tmp_path, "image")
    listed = names(download(client, model_type="image"))
    left_out = CatalogueList.objects.get(model_type="image").left_out
    for name, records in completed.items():
        assert UpstreamFile.objects.get(model__name=name).has_updated_at
        assert name not in listed
        response = download(client, model_type="image", model_name=name, include_readme="true")
        assert (response.status_code, response.json()["error_code"]) == (409, "NAME_HELD_BACK")
        assert download(client, model_type="image", model_name=name).json() == records
        [reasons] = [entry["reasons"] for entry in left_out if entry["name"] == name]
        [reason] = [text for text in reasons if "ships a record of this name without" in text]
        assert "4.1.0" in reason
        assert "does not put the name back" in reason
