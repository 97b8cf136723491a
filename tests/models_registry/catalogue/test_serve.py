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
from django.utils import timezone

from models_registry.catalogue import build, refresh
from models_registry.definitions.facts.kinds import MODEL_TYPES
from models_registry.models import CatalogueList, RegisteredModel
from tests.factories import a_model, a_user, llm_record, written
from tests.models_registry.catalogue.served_lists import (
    WITHOUT_UPDATED_AT,
    bring_in,
    download,
    names,
)

pytestmark = pytest.mark.django_db


# Audio models of 4.1.0 without a huggingface source: releases up to 3.1.0 do not start with them.
WITHOUT_HUGGINGFACE = {
    "speech_campplus_sv_zh_en_16k-common_advanced", "speech_campplus_sv_zh-cn_16k-common",
}  # fmt: skip
# What older releases refuse of the 4.1.0 catalogue, the most refused ones last: their own loaders
# were asked for each record (`load_model_family_from_json` of all 28 releases).
REFUSED_BY = {
    "llm": {"GLM-4.6": 6, "GLM-4.7": 6, "qwen3.8-max": 6, "gemma-4": 6, "Ling-3.0-flash": 4},
    "image": {"OvisOCR2": 6, "DeepSeek-OCR": 4, "TeleOCR": 4, "jina-ocr-v1": 4},
    "rerank": dict.fromkeys(
        ("Qwen3-Reranker-0.6B", "Qwen3-Reranker-4B", "Qwen3-Reranker-8B", "bge-reranker-v2-m3",
         "Qwen3-VL-Reranker-2B", "Qwen3-VL-Reranker-8B", "jina-reranker-m0"), 1,
    ),
    "embedding": dict.fromkeys(
        ("Qwen3-VL-Embedding-2B", "Qwen3-VL-Embedding-8B", "WeMM-Embedding-2B",
         "WeMM-Embedding-4B", "WeMM-Embedding-9B", "embeddinggemma-2", "gme-Qwen2-VL-2B-Instruct",
         "gme-Qwen2-VL-7B-Instruct", "jina-clip-v2", "jina-embeddings-v4",
         "jina-embeddings-v5-omni-nano", "jina-embeddings-v5-omni-small"), 1,
    ),
}  # fmt: skip


# The same for the catalogue in the aggregate layout, which is of a later 3.x.
REFUSED_OF_THE_AGGREGATE = {
    "llm": {**REFUSED_BY["llm"], "OvisOCR2": 6},
    "image": {"DeepSeek-OCR": 4},
    "rerank": dict.fromkeys(
        ("Qwen3-Reranker-0.6B", "Qwen3-Reranker-4B", "Qwen3-Reranker-8B", "bge-reranker-v2-m3"), 1
    ),
}


def as_served(refused: dict[str, int]):
    """How lists are sorted: by the releases that refuse a model, then by name, case ignored."""

    def key(record: dict) -> tuple[int, str, str]:
        name = record.get("model_name") or record["model_family"]
        return refused.get(name, 0), name.casefold(), name

    return key


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
    left_out = WITHOUT_UPDATED_AT | WITHOUT_HUGGINGFACE
    served = [r for r in shipped if r.get("model_name") not in left_out]
    expected = sorted(served, key=as_served(REFUSED_BY.get(model_type, {})))
    # Text, not values: keys in another order differ, and so do 3 and 3.0.
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
    served = [r for r in shipped if r["model_name"] not in WITHOUT_HUGGINGFACE]
    expected = sorted(served, key=as_served(REFUSED_OF_THE_AGGREGATE.get(model_type, {})))
    assert json.dumps(download(client, model_type=model_type).json()) == json.dumps(expected)


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
    assert "llm" in refresh.rebuild_stale()
    assert refresh.rebuild_stale() == []
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


def test_last_modified_is_sent_but_does_not_decide(client):
    """Two lists may be built within one second: only the ETag distinguishes them."""
    a_model("one")
    stamp = download(client, model_type="llm").headers["Last-Modified"]
    again = download(client, headers={"If-Modified-Since": stamp}, model_type="llm")
    assert again.status_code == 200


def test_a_download_reads_no_list_from_the_database_twice(client, django_assert_max_num_queries):
    a_model("one")
    download(client, model_type="llm")
    with django_assert_max_num_queries(1):
        download(client, model_type="llm")


def test_a_list_is_ordered_by_name_without_regard_to_case(client):
    for name in ("beta", "Alpha", "gamma", "ALPHA-2"):
        a_model(name)
    assert names(download(client, model_type="llm")) == ["Alpha", "ALPHA-2", "beta", "gamma"]


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


def test_head_answers_without_a_body(client):
    a_model("one")
    response = client.head("/api/models/download?model_type=llm")
    assert (response.status_code, response.content) == (200, b"")
