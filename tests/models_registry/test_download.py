"""The download API, as Xinference servers call it."""

from __future__ import annotations

import fcntl
import gzip
import importlib.util
import json
import subprocess
import sys
import zipfile
from datetime import timedelta

import brotli
import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts import tokens
from accounts.models import Scope, User
from models_registry import use_cases
from models_registry.catalogue import build
from models_registry.definitions.kinds import MODEL_TYPES
from models_registry.models import CatalogueList, RegisteredModel, UpstreamFile
from tests.factories import a_model, a_user, image_record, llm_record, written

pytestmark = pytest.mark.django_db

# Xinference 4.1.0 ships these image models without updated_at: served at all, they break the list.
WITHOUT_UPDATED_AT = {
    "Fibo-2.0-dev", "Fibo-2.0-edit-turbo", "MOSS-Image-SFT", "Qwen-Image-2.1", "dots.ocr",
    "Qwen-Image-2.1-Turbo", "flux-3-image-klein", "xiaomi-ocr-0",
}  # fmt: skip


def download(client, headers=None, **query):
    return client.get("/api/models/download", query, headers=headers)


def by_name(record: dict) -> tuple[str, str]:
    """How lists are sorted: by name, without regard to case."""
    name = record.get("model_name") or record["model_family"]
    return name.casefold(), name


def names(response) -> list[str]:
    return [record["model_name"] for record in response.json()]


def bring_in(catalogue, *model_types: str) -> None:
    """Import those types of a catalogue."""
    only = [part for model_type in model_types for part in ("--type", model_type)]
    call_command("import_catalogue", f"dir:{catalogue}", *only, verbosity=0)


@pytest.fixture(scope="session")
def package(tmp_path_factory):
    """Xinference's own reader of catalogues, out of the released wheel; nothing is installed."""
    folder = tmp_path_factory.getbasetemp().parent / "released-wheel"
    folder.mkdir(exist_ok=True)
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not list(folder.glob("*.whl")):
            command = [sys.executable, "-m", "pip", "download", "--no-deps", "--quiet", "--dest"]
            command += [str(folder), "--retries", "1", "xinference==4.1.0"]
            if subprocess.run(command, capture_output=True, check=False).returncode:
                pytest.skip("the package index does not answer, so there is no released wheel")
            with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
                for name in wheel.namelist():
                    if name == "xinference/_model_catalog.py" or "/model/schemas/" in name:
                        wheel.extract(name, folder)
    spec = importlib.util.spec_from_file_location(
        "released_model_catalog", folder / "xinference" / "_model_catalog.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("model_type", MODEL_TYPES)
def test_a_list_equals_what_upstream_ships_record_by_record_and_key_by_key(
    client, released_catalogue, package, tmp_path, model_type
):
    bring_in(released_catalogue, model_type)
    response = download(client, model_type=model_type)
    assert response.status_code == 200
    shipped = package.load_model_catalog(
        released_catalogue / f"xinference/model/{model_type}/models"
    )
    served = [r for r in shipped if r.get("model_name") not in WITHOUT_UPDATED_AT]
    # The package sorts by file name, where "-" goes before ".json"; the hub by the bare name.
    expected = sorted(served, key=by_name)
    # Text, not values: it tells keys in another order and 3 from 3.0 apart.
    assert json.dumps(response.json()) == json.dumps(expected)

    stored = tmp_path / f"{model_type}_models.json"
    stored.write_bytes(response.content)
    assert json.dumps(package.load_model_catalog(stored)) == json.dumps(expected)
    package.validate_model_catalog(stored, model_type)


@pytest.mark.parametrize("model_type", MODEL_TYPES[:-1])
def test_a_list_of_the_aggregate_catalogue_equals_it_name_by_name(
    client, aggregate_catalogue, model_type
):
    bring_in(aggregate_catalogue, model_type)
    file = "llm_family.json" if model_type == "llm" else "model_spec.json"
    shipped = json.loads(
        (aggregate_catalogue / "xinference/model" / model_type / file).read_text("utf-8")
    )
    expected = sorted(shipped, key=by_name)
    assert json.dumps(download(client, model_type=model_type).json()) == json.dumps(expected)


def test_the_eight_names_without_updated_at_are_left_out_but_downloadable_by_name(
    client, released_catalogue
):
    bring_in(released_catalogue, "image")
    assert WITHOUT_UPDATED_AT.isdisjoint(names(download(client, model_type="image")))
    listing = CatalogueList.objects.get(model_type="image")
    assert {entry["name"] for entry in listing.left_out} == WITHOUT_UPDATED_AT
    for name in WITHOUT_UPDATED_AT:
        answer = download(client, model_type="image", model_name=name)
        text = (released_catalogue / f"xinference/model/image/models/{name}.json").read_text(
            "utf-8"
        )
        assert answer.json() == json.loads(text)


def test_no_server_is_given_a_name_alone_that_would_keep_it_from_starting(
    client, released_catalogue
):
    """Asked so by `update_spec` of Xinference 4.1.0, which writes what it gets into its list."""
    bring_in(released_catalogue, "image")
    asked = {"model_type": "image", "include_readme": "true"}
    for name in WITHOUT_UPDATED_AT:
        answer = download(client, model_name=name, **asked)
        assert (answer.status_code, answer.json()["error_code"]) == (409, "MODEL_HELD_BACK")
    assert download(client, model_name="cogview4", **asked).status_code == 200


def test_a_name_stays_out_while_upstreams_own_file_lacks_updated_at(client):
    """Even if the hub's definition has it: servers ship upstream's file and fall over the name."""
    model = a_model("dots.ocr", model_type="image")
    UpstreamFile.objects.create(
        model=model, model_type="image", name_key="dots.ocr",
        path="x", layout="split", text="[]", source="x", has_updated_at=False,
    )  # fmt: skip
    a_model("fine", model_type="image")
    assert names(download(client, model_type="image")) == ["fine"]
    [entry] = CatalogueList.objects.get(model_type="image").left_out
    assert "Upstream's own file" in entry["reasons"][0]


def test_the_name_stays_out_after_the_model_was_deleted_and_for_everybody(
    client, released_catalogue
):
    bring_in(released_catalogue, "image")
    root = User.objects.create_superuser("root", "root@example.org", "correct horse battery")
    model = RegisteredModel.objects.get(name="dots.ocr")
    use_cases.delete(model, by=root)
    a_model("dots.ocr", model_type="image", visibility="private", owner=root)
    _, raw = tokens.issue(by=root, name="t", scope=Scope.READ, expires_at=None)
    mine = download(client, headers={"X-Models-Token": raw}, model_type="image")
    assert "dots.ocr" not in names(mine)
    a_model("dots.ocr", model_type="image")
    assert "dots.ocr" not in names(download(client, model_type="image"))


def test_a_name_is_listed_once_upstreams_file_has_updated_at(client, tmp_path):
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


def test_no_world_model_takes_the_variants_of_another(client, released_catalogue):
    bring_in(released_catalogue, "world")
    file = released_catalogue / "xinference/model/world/models/LingBot-World-V2.json"
    records = json.loads(file.read_text("utf-8"))
    records[0]["model_family"] = "evil"
    a_model("evil", model_type="world", definition=written(*records))
    families = [record["model_family"] for record in download(client, model_type="world").json()]
    assert "evil" not in families
    assert "LingBot-World-V2" in families
    [entry] = CatalogueList.objects.get(model_type="world").left_out
    assert "is in the list already, as one of LingBot-World-V2" in entry["reasons"][0]


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


def test_a_list_is_ordered_by_name_without_regard_to_case(client):
    for name in ("beta", "Alpha", "gamma", "ALPHA-2"):
        a_model(name)
    assert names(download(client, model_type="llm")) == ["Alpha", "ALPHA-2", "beta", "gamma"]


def test_numbers_and_text_come_back_as_they_were_written(client):
    text = written(llm_record("exact", model_description="多语言 😀")).replace(
        '"context_length": 32768', '"extra": [3.0, 1e-05, 1E5, 0.10], "context_length": 32768'
    )
    a_model("exact", definition=text)
    body = download(client, model_type="llm").content.decode("utf-8")
    assert "[3.0, 1e-05, 1E5, 0.10]" in body
    assert "多语言 😀" in body
    assert download(client, model_name="exact").content.decode("utf-8") == text


@pytest.mark.parametrize("model_type", MODEL_TYPES)
def test_an_empty_type_is_an_empty_array(client, model_type):
    response = download(client, model_type=model_type)
    assert (response.status_code, response.json()) == (200, [])


def test_hidden_models_are_in_no_anonymous_answer(client):
    ada = a_user()
    a_model("mine", visibility="private", owner=ada)
    a_model("company", visibility="enterprise", owner=ada)
    a_model("gone", expires_at=timezone.now() - timedelta(days=1))
    RegisteredModel.objects.create(
        model_type="llm", name="waiting", name_key="waiting", visibility="public", owner=ada
    )
    a_model("open")
    assert names(download(client, model_type="llm")) == ["open"]
    for model in RegisteredModel.objects.exclude(name="open"):
        by_name = download(client, model_name=model.name)
        assert (by_name.status_code, by_name.json()["error_code"]) == (404, "MODEL_NOT_FOUND")
        by_id = download(client, model_id=model.pk)
        assert (by_id.status_code, by_id.json()["error_code"]) == (403, "MODEL_PRIVATE")
        assert client.get(f"/api/models/{model.pk}").status_code == 404
        assert client.get(f"/api/models/{model.name}").status_code == 404
    unknown = download(client, model_id=999_999)
    assert unknown.json() == by_id.json()
    assert client.get("/api/models", {"query": "mine"}).json()["total"] == 0


def test_an_expiry_that_has_come_takes_a_model_out_of_its_list(client):
    model = a_model("short")
    a_model("long")
    RegisteredModel.objects.filter(pk=model.pk).update(
        expires_at=timezone.now() - timedelta(seconds=1)
    )
    assert "llm" in build.rebuild_stale()
    assert build.rebuild_stale() == []
    assert names(download(client, model_type="llm")) == ["long"]


def test_one_model_comes_by_name_and_by_number_with_its_readme_if_asked(client):
    model = a_model("one", readme="# One\n\nWith “quotes”.\n")
    a_model("two")
    for query in (
        {"model_name": "one"},
        {"model_id": model.pk},
        {"model_type": "llm", "model_name": "one"},
    ):
        assert download(client, **query).json() == [llm_record("one")]
    [record] = download(client, model_type="llm", model_name="one", include_readme="true").json()
    assert record.pop("readme") == "# One\n\nWith “quotes”.\n"
    assert record == llm_record("one")


def test_a_world_model_is_found_by_its_family_where_it_has_no_name(client, released_catalogue):
    bring_in(released_catalogue, "world")
    answer = download(client, model_type="world", model_name="LingBot-World-V2")
    assert answer.json()[0]["model_family"] == "LingBot-World-V2"


def test_names_are_matched_exactly(client):
    a_model("Case")
    assert download(client, model_name="case").status_code == 404


def test_a_name_of_two_types_is_ambiguous_until_the_type_is_said(client):
    a_model("both")
    a_model("both", model_type="image")
    answer = download(client, model_name="both")
    assert answer.status_code == 409
    assert answer.json()["error_code"] == "AMBIGUOUS_NAME"
    assert answer.json()["model_types"] == ["image", "llm"]
    assert client.get("/api/models/both").status_code == 409
    assert download(client, model_type="image", model_name="both").status_code == 200


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"model_type": "poetry"}, 400, "INVALID_MODEL_TYPE"),
        ({"model_type": ""}, 400, "INVALID_MODEL_TYPE"),
        ({}, 400, "INVALID_PARAMETER"),
        ({"model_type": "llm", "include_readme": "perhaps"}, 400, "INVALID_PARAMETER"),
        ({"model_name": "nothing"}, 404, "MODEL_NOT_FOUND"),
        ({"model_name": "nul\x00byte"}, 404, "MODEL_NOT_FOUND"),
        ({"model_id": "7"}, 403, "MODEL_PRIVATE"),
        ({"model_id": "-1"}, 403, "MODEL_PRIVATE"),
        ({"model_id": "9" * 40}, 403, "MODEL_PRIVATE"),
    ],
)
def test_errors_are_json_with_a_true_status(client, query, status, code):
    response = download(client, **query)
    assert response.status_code == status
    assert response.headers["Content-Type"].startswith("application/json")
    assert response.json()["error_code"] == code
    assert response.json()["message"]


def test_unknown_addresses_and_methods_below_api_answer_in_json_and_never_redirect(client):
    for path in ("/api/nothing", "/api/models/download/", "/api/models/a/b/c"):
        response = client.get(path)
        assert response.status_code == 404, path
        assert response.json()["error_code"], path
    wrong = client.post("/api/models/download")
    assert (wrong.status_code, wrong.json()["error_code"]) == (405, "METHOD_NOT_ALLOWED")
    assert "GET" in wrong.headers["Allow"]
    assert wrong.headers["Cache-Control"] == "no-store"


def test_an_unknown_token_is_refused_even_for_public_models(client):
    a_model("open")
    for headers in ({"Authorization": "Bearer nonsense"}, {"X-Models-Token": "nonsense"}):
        response = download(client, headers=headers, model_type="llm")
        assert response.status_code == 401
        assert response.json()["error_code"] == "INVALID_TOKEN"


@pytest.mark.parametrize(
    ("accepts", "encoding", "decode"),
    [
        ("", None, lambda b: b),
        ("identity", None, lambda b: b),
        ("gzip", "gzip", gzip.decompress),
        ("gzip, deflate, br", "br", brotli.decompress),
        ("gzip;q=1.0, br;q=0", "gzip", gzip.decompress),
        ("gzip;q=0", None, lambda b: b),
        ("*", "br", brotli.decompress),
    ],
)
def test_lists_are_compressed_as_the_client_takes_them(client, accepts, encoding, decode):
    a_model("one")
    plain = download(client, model_type="llm")
    response = download(client, headers={"Accept-Encoding": accepts}, model_type="llm")
    assert response.headers.get("Content-Encoding") == encoding
    assert decode(response.content) == plain.content
    assert int(response.headers["Content-Length"]) == len(response.content)
    assert "Accept-Encoding" in response.headers["Vary"]


@pytest.mark.parametrize(
    "path",
    [
        "/api/models/download?model_type=llm",
        "/api/models/download?model_name=one",
        "/api/models/one",
        "/api/models",
    ],
)
def test_what_has_not_changed_is_not_sent_again(client, path):
    a_model("one")
    first = client.get(path, headers={"Accept-Encoding": "gzip"})
    etag = first.headers["ETag"]
    assert etag.startswith('"')
    assert first.headers["Content-Encoding"] == "gzip"
    for sent in (etag, f'W/{etag}, "other"', "*"):
        again = client.get(path, headers={"If-None-Match": sent})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"]
        assert "public" in again.headers["Cache-Control"]
    a_model("two")
    assert client.get(path, headers={"If-None-Match": '"old"'}).status_code == 200


def test_the_lists_etag_follows_its_content(client):
    a_model("one")
    before = download(client, model_type="llm").headers["ETag"]
    build.rebuild(["llm"])
    assert download(client, model_type="llm").headers["ETag"] == before
    a_model("two")
    assert download(client, model_type="llm").headers["ETag"] != before


def test_last_modified_is_told_but_does_not_decide(client):
    """Two lists may be built within one second: by the ETag alone they are told apart."""
    a_model("one")
    stamp = download(client, model_type="llm").headers["Last-Modified"]
    again = download(client, headers={"If-Modified-Since": stamp}, model_type="llm")
    assert again.status_code == 200


def test_any_origin_may_read_without_credentials_and_nothing_more(client):
    a_model("one")
    origin = {"Origin": "http://xinference.example:9997"}
    response = download(client, headers=origin, model_type="llm")
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in response.headers
    preflight = client.options(
        "/api/models/download",
        headers={
            **origin,
            "Access-Control-Request-Method": "GET",
            "Access-Control-Request-Headers": "x-models-token",
        },
    )
    assert preflight.status_code == 200
    assert "x-models-token" in preflight.headers["Access-Control-Allow-Headers"]
    assert "POST" not in preflight.headers["Access-Control-Allow-Methods"]
    assert "Access-Control-Allow-Origin" not in client.get("/models", headers=origin).headers


def test_a_download_reads_no_list_from_the_database_twice(client, django_assert_max_num_queries):
    a_model("one")
    download(client, model_type="llm")
    with django_assert_max_num_queries(1):
        download(client, model_type="llm")


def test_head_answers_without_a_body(client):
    a_model("one")
    response = client.head("/api/models/download?model_type=llm")
    assert (response.status_code, response.content) == (200, b"")


def test_models_are_listed_by_words_type_order_and_page(client):
    a_model("alpha", definition=written(llm_record("alpha", updated_at=1_700_000_000)))
    a_model("beta", definition=written(llm_record("beta", featured=True)))
    a_model("gamma", model_type="image")

    def listed(**query):
        answer = client.get("/api/models", query).json()
        return [item["model_name"] for item in answer["data"]], answer["total"]

    assert listed() == (["beta", "alpha", "gamma"], 3)
    assert listed(order="name") == (["alpha", "beta", "gamma"], 3)
    assert listed(order="updated")[0][-1] == "alpha"
    assert listed(model_type="image") == (["gamma"], 1)
    assert listed(query="ALPHA chat") == (["alpha"], 1)
    assert listed(query="example/beta") == (["beta"], 1)
    assert listed(pageSize=2, page=2, order="name") == (["gamma"], 3)
    assert listed(page=9) == ([], 3)
    for wrong in ({"order": "random"}, {"page": 0}, {"pageSize": 0}, {"pageSize": 1000}):
        assert client.get("/api/models", wrong).status_code == 400


def test_one_model_is_described_by_name_and_by_number(client):
    model = a_model("alpha")
    by_name = client.get("/api/models/alpha").json()["data"]
    assert by_name == client.get(f"/api/models/{model.pk}").json()["data"]
    assert by_name["id"] == model.pk
    assert by_name["model_type"] == "llm"
    assert by_name["visibility"] == "public"
    assert by_name["updated_at"] == 1_780_000_000
    assert by_name["abilities"] == ["chat", "tools"]
    assert by_name["description"] == "alpha is a small language model."
    assert by_name["url"].endswith(f"/models/detail/{model.pk}")


def test_the_openapi_document_names_every_path_and_its_page_loads_nothing_from_elsewhere(client):
    paths = client.get("/api/openapi.json").json()["paths"]
    assert {"/api/models", "/api/models/download", "/api/models/{name_or_id}"} <= set(paths)
    operations = [o for path in paths.values() for o in path.values() if isinstance(o, dict)]
    assert len({o["operationId"] for o in operations}) == len(operations)
    page = client.get("/api/docs").content.decode()
    assert "swagger-ui" in page
    assert "//cdn" not in page
