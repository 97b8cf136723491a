"""Definitions in request bodies: kept to the byte, and errors placed where the body has them."""

from __future__ import annotations

import json

import pytest

from models_registry.models import Revision
from tests.factories import a_person, image_record, llm_record, written
from tests.models_registry.api.bodies import registration

pytestmark = pytest.mark.django_db


def test_the_exact_text_is_kept_byte_for_byte(api):
    ada = a_person("ada", "Registrars")
    record = json.dumps(llm_record(updated_at=..., featured=False), ensure_ascii=False)
    text = "[" + record.replace("32768", "32768 ").replace("tiny", "tiny", 1) + " ]\r\n"
    model_id = api("POST", "/models", registration(text), by=ada).json()["data"]["id"]
    stored = Revision.objects.get(model=model_id).definition
    stamp = json.loads(stored)[0]["updated_at"]
    assert stored.replace(f', "updated_at": {stamp}', "") == text


def test_records_sent_as_json_are_written_as_upstream_writes_them(api):
    ada = a_person("ada", "Registrars")
    record = image_record(
        model_description="größer", default_generate_config={"guidance_scale": 3.0}
    )
    body = {"model_type": "image", "definition": [record]}
    model_id = api("POST", "/models", body, by=ada).json()["data"]["id"]
    stored = Revision.objects.get(model=model_id).definition
    stamp = json.loads(stored)[0]["updated_at"]
    assert stored == written({**record, "updated_at": stamp})
    assert '"guidance_scale": 3.0' in stored


def test_every_error_of_a_definition_comes_at_once_with_its_place(api):
    record = llm_record(context_length="long", model_ability=["flying"], model_lang=5)
    text = written(record)
    response = api("POST", "/models", registration(text), by=a_person("ada", "Registrars"))
    errors = {error["pointer"]: error for error in response.json()["errors"]}
    assert response.status_code == 422
    assert {"/0/context_length", "/0/model_lang", "/0/model_ability/0"} <= set(errors)
    for pointer in ("/0/context_length", "/0/model_lang"):
        line = text.splitlines()[errors[pointer]["line"] - 1]
        assert line.strip().startswith(f'"{pointer[3:]}"')
        assert line[errors[pointer]["column"] - 1 :].rstrip(",") in ('"long"', "5")


def test_places_of_errors_in_json_are_those_of_the_body(api):
    record = json.dumps(llm_record(context_length="long"), indent=1)
    body = f'{{"model_type": "llm",\n"definition": [\n{record}]}}'
    response = api("POST", "/models", body.encode(), by=a_person("ada", "Registrars"))
    (error,) = [e for e in response.json()["errors"] if e["pointer"] == "/0/context_length"]
    line = body.splitlines()[error["line"] - 1]
    assert line[error["column"] - 1 :] == '"long",'


@pytest.mark.parametrize(
    "inside",
    [
        '{"a": NaN}',
        '{"a": Infinity}',
        '{"a": 1e999}',
        '{"a": "\\ud800"}',
        '{"a": "\\u0000"}',
        '{"a": 1, "a": 2}',
        '{"a": ' + "[" * 200 + "]" * 200 + "}",
        '{"a": 99999999999999999999999}',
    ],
    ids=["NaN", "Infinity", "1e999", "surrogate", "NUL", "duplicate", "deep", "65 bits"],
)
@pytest.mark.parametrize("as_text", [True, False])
def test_json_that_readers_downstream_would_stumble_over_is_refused(api, inside, as_text):
    definition = json.dumps(f"[{inside}]") if as_text else f"[{inside}]"
    body = f'{{"model_type": "llm", "definition": {definition}}}'.encode()
    response = api("POST", "/models", body, by=a_person("ada", "Registrars"))
    assert (response.status_code, response.json()["error_code"]) == (422, "INVALID_DEFINITION")
    error = response.json()["errors"][0]
    assert error["pointer"].startswith("/0/a")
    assert (error["line"], error["column"] > 1) == (1, True)
