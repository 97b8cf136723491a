"""What no list may hold, since servers break on it."""

from __future__ import annotations

import pytest
from django.utils import translation

from models_registry.catalogue import refresh
from models_registry.definitions.checks import release_rules
from models_registry.models import CatalogueList, UpstreamFile
from tests.factories import a_model, a_user, image_record, llm_record, written
from tests.models_registry.catalogue.served_lists import (
    bring_in,
    download,
    names,
)

pytestmark = pytest.mark.django_db


def test_a_name_stays_out_while_upstreams_own_file_lacks_updated_at(client):
    """Even if the hub's definition has it: servers ship upstream's file and fall over the name."""
    model = a_model("coming", model_type="image")
    UpstreamFile.objects.create(
        model=model, model_type="image", name_key="coming",
        path="x", layout="split", text="[]", source="x", has_updated_at=False,
    )  # fmt: skip
    a_model("fine", model_type="image")
    assert names(download(client, model_type="image")) == ["fine"]
    [entry] = CatalogueList.objects.get(model_type="image").left_out
    assert "Upstream's own file" in entry["reasons"][0]


def test_why_a_model_is_left_out_is_read_in_the_language_of_the_reader(client):
    """Whoever's language the list was built in."""
    model = a_model("coming", model_type="image")
    UpstreamFile.objects.create(
        model=model, model_type="image", name_key="coming",
        path="x", layout="split", text="[]", source="x", has_updated_at=False,
    )  # fmt: skip
    with translation.override("zh-hans"):
        a_model("fine", model_type="image")
    listing = CatalogueList.objects.get(model_type="image")
    assert "Upstream's own file" in listing.left_out[0]["reasons"][0]
    client.force_login(a_user("root", is_staff=True, is_superuser=True))
    address = f"/admin/models_registry/cataloguelist/{listing.pk}/change/"
    assert "Upstream&#x27;s own file" in client.get(address).content.decode()
    chinese = client.get(address, headers={"accept-language": "zh-CN"}).content.decode()
    assert "coming: 上游" in chinese
    # Of a former version: what was stored is all that there is.
    listing.left_out = [{"model": model.pk, "name": "coming", "reasons": ["Because: 100 %."]}]
    listing.save()
    assert "coming: Because: 100 %." in client.get(address).content.decode()


def test_a_name_that_was_never_released_is_listed_once_upstreams_file_has_updated_at(
    client, tmp_path
):
    folder = tmp_path / "xinference/model/image/models"
    folder.mkdir(parents=True)
    broken = image_record("late")
    del broken["updated_at"]
    (folder / "late.json").write_text(written(broken))
    bring_in(tmp_path, "image")
    assert names(download(client, model_type="image")) == []
    (folder / "late.json").write_text(written(image_record("late")))
    bring_in(tmp_path, "image")
    assert names(download(client, model_type="image")) == ["late"]


def with_spec(**changes):
    record = llm_record("broken")
    record["model_specs"][0].update(changes)
    return record


def without(key):
    record = llm_record("broken")
    del record[key]
    return record


BREAKS_A_SERVER = {
    "no updated_at": without("updated_at"),
    "updated_at as text": llm_record("broken", updated_at="1780000000"),
    "updated_at as float": llm_record("broken", updated_at=1780000000.5),
    "updated_at true": llm_record("broken", updated_at=True),
    "updated_at null": llm_record("broken", updated_at=None),
    "no version": without("version"),
    "version 1": llm_record("broken", version=1),
    "version as text": llm_record("broken", version="two"),
    "no specs": without("model_specs"),
    "specs empty": llm_record("broken", model_specs=[]),
    "specs null": llm_record("broken", model_specs=None),
    "unknown format": with_spec(model_format="tensorrt"),
    "no source": with_spec(model_src={}),
    "source without quantizations": with_spec(model_src={"huggingface": {"model_id": "a/b"}}),
    "size as words": with_spec(model_size_in_billions="seven"),
    "unknown ability": llm_record("broken", model_ability=["telepathy"]),
    "no languages": without("model_lang"),
    "gguf without a file name": with_spec(model_format="ggufv2"),
}


@pytest.mark.parametrize("record", BREAKS_A_SERVER.values(), ids=BREAKS_A_SERVER.keys())
def test_a_record_that_breaks_a_server_never_reaches_a_list(client, record):
    a_model("before")
    a_model("broken", definition=written(record))
    a_model("zzz-after")
    response = download(client, model_type="llm")
    assert names(response) == ["before", "zzz-after"]
    assert all(type(r["updated_at"]) is int for r in response.json())
    [entry] = CatalogueList.objects.get(model_type="llm").left_out
    assert entry["name"] == "broken"
    assert entry["reasons"]


def test_one_bad_variant_keeps_the_whole_model_out(client):
    good, bad = llm_record("twice"), llm_record("twice", version=9)
    a_model("twice", definition=written(good, bad))
    a_model("other")
    assert names(download(client, model_type="llm")) == ["other"]


def test_an_image_model_without_a_hugging_face_source_never_reaches_the_list(client):
    record = image_record("broken", model_src={"modelscope": {"model_id": "a/b"}})
    a_model("broken", model_type="image", definition=written(record))
    a_model("fine", model_type="image")
    assert names(download(client, model_type="image")) == ["fine"]


def test_an_image_model_without_a_hugging_face_source_is_not_fetched_by_name_either(client):
    """A 4.1.0 server does not check that when it fetches one model, and does not start again."""
    record = image_record("broken", model_src={"modelscope": {"model_id": "a/b"}})
    a_model("broken", model_type="image", definition=written(record))
    query = {"model_type": "image", "model_name": "broken"}
    assert download(client, **query).status_code == 200
    answer = download(client, **query, include_readme="true")
    assert (answer.status_code, answer.json()["error_code"]) == (409, "NAME_HELD_BACK")
    assert client.get("/api/models/broken").json()["data"]["held_back"] is True


def test_lists_are_built_again_when_the_table_of_releases_changes(client, monkeypatch):
    a_model("one")
    assert refresh.rebuild_stale() != []
    assert refresh.rebuild_stale() == []
    monkeypatch.setattr(release_rules, "VERSION", "9.9")
    assert "llm" in refresh.rebuild_stale()
