"""The API that writes: contract, rights, refusals, and bodies made to break it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import tokens
from accounts.models import Scope
from hub.models import AuditEntry
from models_registry.models import RegisteredModel, Revision
from tests.factories import a_model, a_person, a_user, llm_record, written
from tests.models_registry.api.bodies import key_of, registration

pytestmark = pytest.mark.django_db


# --- POST /api/models ----------------------------------------------------------------------------


def test_registering_a_private_model(api):
    ada = a_person("ada", "Registrars")
    response = api("POST", "/models", registration(readme="# R", message="First"), by=ada)
    model = RegisteredModel.objects.get()
    assert response.status_code == 201
    assert response.json() == {
        "data": {
            "id": model.pk,
            "model_type": "llm",
            "model_name": "tiny-llm",
            "visibility": "private",
            "revision": 1,
            "state": "published",
        }
    }
    assert model.published_revision.readme == "# R"
    assert model.published_revision.message == "First"


@pytest.mark.parametrize(
    ("rights", "visibility", "state"),
    [
        (["Registrars"], "public", "proposed"),
        (["Public registrars"], "public", "published"),
        (["Enterprise registrars"], "enterprise", "published"),
    ],
)
def test_what_becomes_of_a_model_follows_from_the_callers_rights(api, rights, visibility, state):
    ada = a_person("ada", *rights)
    answer = api("POST", "/models", registration(visibility=visibility), by=ada).json()
    assert (answer["data"]["visibility"], answer["data"]["state"]) == (visibility, state)


def test_upper_case_types_are_understood_as_servers_write_them(api):
    ada = a_person("ada", "Registrars")
    response = api("POST", "/models", {**registration(), "model_type": "LLM"}, by=ada)
    assert response.status_code == 201


# --- PUT, DELETE, revisions ----------------------------------------------------------------------


def test_editing_a_model(api):
    ada = a_person("ada", "Registrars")
    model = a_model(owner=ada, visibility="private")
    body = {"readme": "# New", "message": "Better words", "base_revision": 1}
    response = api("PUT", f"/models/{model.pk}", body, by=ada)
    assert response.status_code == 200
    assert response.json()["data"]["revision"] == 2
    assert response.json()["data"]["state"] == "published"


def test_an_edit_that_was_too_slow_is_told_the_current_revision(api):
    ada = a_person("ada", "Registrars")
    model = a_model(owner=ada, visibility="private")
    api("PUT", f"/models/{model.pk}", {"readme": "# 2", "base_revision": 1}, by=ada)
    response = api("PUT", f"/models/{model.pk}", {"readme": "# 3", "base_revision": 1}, by=ada)
    assert response.status_code == 409
    assert response.json()["error_code"] == "STALE_REVISION"
    assert response.json()["current_revision"] == 2


@pytest.mark.parametrize("base", [None, "one", 10**30, -1, 1.5])
def test_an_edit_needs_a_base_revision(api, base):
    ada = a_person("ada", "Registrars")
    model = a_model(owner=ada, visibility="private")
    response = api("PUT", f"/models/{model.pk}", {"readme": "x", "base_revision": base}, by=ada)
    assert response.status_code in (400, 409)


def test_expiry_is_set_and_taken_back(api):
    mia = a_person("mia", "Maintainers")
    model = a_model()
    past = (timezone.now() - timedelta(hours=1)).isoformat()
    assert api("PUT", f"/models/{model.pk}/expiry", {"expires_at": past}, by=mia).status_code == 200
    assert api("GET", "/models/tiny-llm").status_code == 404
    assert api("PUT", f"/models/{model.pk}/expiry", {"expires_at": None}, by=mia).status_code == 200
    assert api("GET", "/models/tiny-llm").status_code == 200


@pytest.mark.parametrize(
    "moment",
    [
        "2030-01-01T00:00:00", "tomorrow", "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:00:00-12:00", 10**400, -(10**12), [], "2030-01-01",
    ],
)  # fmt: skip
def test_a_moment_that_can_not_be_used_is_refused(api, moment):
    mia = a_person("mia", "Maintainers")
    model = a_model()
    response = api("PUT", f"/models/{model.pk}/expiry", {"expires_at": moment}, by=mia)
    assert response.status_code == 400
    assert response.json()["error_code"] == "INVALID_PARAMETER"
    model.refresh_from_db()
    assert model.expires_at is None


def test_an_expiry_without_its_key_is_no_restoration(api):
    mia = a_person("mia", "Maintainers")
    model = a_model(expires_at=timezone.now() + timedelta(days=1))
    assert api("PUT", f"/models/{model.pk}/expiry", {}, by=mia).status_code == 400
    model.refresh_from_db()
    assert model.expires_at is not None


def test_deleting_a_model(api):
    mia = a_person("mia", "Maintainers")
    model = a_model()
    response = api("DELETE", f"/models/{model.pk}", by=mia)
    assert (response.status_code, response.content) == (204, b"")
    assert api("DELETE", f"/models/{model.pk}", by=mia).status_code == 404


def test_revisions_are_listed_newest_first_with_proposals_for_those_who_work_with_the_model(api):
    ada = a_person("ada", "Registrars")
    model = a_model(owner=ada)
    api("PUT", f"/models/{model.pk}", {"readme": "# New", "base_revision": 1}, by=ada)
    mine = api("GET", f"/models/{model.pk}/revisions", by=ada, scope=Scope.READ).json()["data"]
    everybodys = api("GET", f"/models/{model.pk}/revisions").json()["data"]
    assert [(one["revision"], one["state"]) for one in mine] == [(2, "proposed"), (1, "published")]
    assert [one["revision"] for one in everybodys] == [1]
    assert set(mine[0]) == {
        "revision", "state", "visibility", "author", "message", "created_at", "published_at",
    }  # fmt: skip


# --- Refusals ------------------------------------------------------------------------------------

WRITES = [
    ("POST", "/models", registration()),
    ("PUT", "/models/{id}", {"readme": "x", "base_revision": 1}),
    ("PUT", "/models/{id}/expiry", {"expires_at": None}),
    ("DELETE", "/models/{id}", None),
]


@pytest.mark.parametrize(("method", "path", "body"), WRITES)
def test_writing_without_a_token_is_refused(api, method, path, body):
    response = api(method, path.format(id=a_model().pk), body)
    assert response.status_code == 401
    assert response.json()["error_code"] == "AUTHENTICATION_REQUIRED"
    assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(("method", "path", "body"), WRITES)
def test_a_token_that_may_only_read_can_not_write(api, method, path, body):
    boss = a_user("boss", is_superuser=True)
    model = a_model("other")
    response = api(method, path.format(id=model.pk), body, by=boss, scope=Scope.READ)
    assert response.status_code == 403
    assert response.json()["error_code"] == "INSUFFICIENT_SCOPE"
    assert RegisteredModel.objects.count() == 1


@pytest.mark.parametrize("bad", ["expired", "revoked", "unknown"])
@pytest.mark.parametrize(("method", "path", "body"), WRITES)
def test_a_bad_token_is_refused(client, method, path, body, bad):
    boss = a_user("boss", is_superuser=True)
    headers = key_of(boss, expires_at=timezone.now() - timedelta(1) if bad == "expired" else None)
    if bad == "revoked":
        tokens.revoke(boss.access_tokens.get(), by=boss)
    if bad == "unknown":
        headers = {"Authorization": "Bearer xhub_" + "a" * 40}
    path = f"/api{path.format(id=a_model().pk)}"
    response = client.generic(
        method, path, json.dumps(body), content_type="application/json", headers=headers
    )
    assert (response.status_code, response.json()["error_code"]) == (401, "INVALID_TOKEN")
    assert RegisteredModel.objects.count() == 1


def test_a_browsers_session_does_not_write(client):
    boss = a_user("boss", is_superuser=True)
    client.force_login(boss)
    model = a_model()
    assert client.delete(f"/api/models/{model.pk}").status_code == 401


@pytest.mark.parametrize(("method", "path", "body"), WRITES[1:])
@pytest.mark.parametrize("visibility", ["private", "enterprise"])
def test_what_the_caller_may_not_see_does_not_exist(api, method, path, body, visibility):
    model = a_model(owner=a_person("ada"), visibility=visibility)
    ben = a_person("ben", "Registrars")
    hidden = api(method, path.format(id=model.pk), body, by=ben)
    unknown = api(method, path.format(id=model.pk + 1000), body, by=ben)
    assert hidden.status_code == unknown.status_code == 404
    told = hidden.json()["message"].replace(str(model.pk), "N")
    assert told == unknown.json()["message"].replace(str(model.pk + 1000), "N")


@pytest.mark.parametrize(("method", "path", "body"), WRITES[1:])
def test_what_the_caller_may_see_but_not_do_is_forbidden(api, method, path, body):
    model = a_model(owner=a_person("ada"))
    # Whoever may register models could suggest a change.
    response = api(method, path.format(id=model.pk), body, by=a_person("ben"))
    assert response.status_code == 403
    assert response.json()["error_code"] == "NOT_ALLOWED"


@pytest.mark.parametrize(("method", "path", "body"), WRITES[1:])
@pytest.mark.parametrize("number", ["tiny-llm", "0", "9" * 18, "9" * 40, "-1", "1.0", "%00", "²"])
def test_writing_goes_by_number_alone(api, method, path, body, number):
    a_model()
    boss = a_user("boss", is_superuser=True)
    assert api(method, path.format(id=number), body, by=boss).status_code in (404, 405)
    assert RegisteredModel.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"model_type": "robot"}, 400, "INVALID_MODEL_TYPE"),
        ({"visibility": "secret"}, 400, "INVALID_PARAMETER"),
        ({"visibility": "enterprise"}, 403, "NOT_ALLOWED"),
        ({"definition": None}, 400, "INVALID_PARAMETER"),
        ({"definition": 5}, 400, "INVALID_PARAMETER"),
        ({"definition": {"model_name": "a"}}, 422, "INVALID_DEFINITION"),
        ({"definition": ""}, 422, "INVALID_DEFINITION"),
        ({"definition": []}, 422, "INVALID_DEFINITION"),
        ({"definition": [1, None]}, 422, "INVALID_DEFINITION"),
        ({"definition": "[" * 100_000}, 422, "INVALID_DEFINITION"),
        ({"definition": "[{}]" + " " * 1_100_000}, 422, "INVALID_DEFINITION"),
        ({"message": "x" * 501}, 400, "INVALID_PARAMETER"),
        ({"readme": 7}, 400, "INVALID_PARAMETER"),
        ({"readme": "x" * 1_100_000}, 400, "INVALID_PARAMETER"),
    ],
)
def test_what_can_not_be_registered_says_why(api, change, status, code):
    ada = a_person("ada", "Registrars")
    response = api("POST", "/models", {**registration(), **change}, by=ada)
    assert (response.status_code, response.json()["error_code"]) == (status, code)
    assert not RegisteredModel.objects.exists()


def test_a_name_that_is_taken_is_a_conflict(api):
    a_model()
    body = registration(written(llm_record("Tiny-LLM")), visibility="public")
    response = api("POST", "/models", body, by=a_person("ada", "Registrars"))
    assert (response.status_code, response.json()["error_code"]) == (409, "NAME_TAKEN")


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"null", b"[]", b'"text"', b"\xff\xfe\x00", b"\x00", b"{}" * 2,
        b'{"definition": ' + b"[" * 100_000 + b"]" * 100_000 + b', "model_type": "llm"}',
        b"[" * 1_000_000,
        b'{"model_type": "\\ud800", "definition": "[]"}',
        b'{"model_type": "llm", "definition": "[]", "message": "\\ud83d"}',
        b'{"model_type": "\\u0000", "definition": "[]"}',
        b'{"model_type": "llm", "definition": ' + b"9" * 5000 + b"}",
        '{"model_type": "llm", "definition": "[]"}'.encode("utf-16"),
        b"x" * 5_000_000,
    ],
    ids=range(16),
)  # fmt: skip
@pytest.mark.parametrize(("method", "path"), [(method, path) for method, path, _ in WRITES[:3]])
def test_no_body_makes_the_hub_fail(api, method, path, body):
    boss = a_user("boss", is_superuser=True)
    response = api(method, path.format(id=a_model("other").pk), body, by=boss)
    assert 400 <= response.status_code < 500
    assert RegisteredModel.objects.count() == 1


@pytest.mark.parametrize("text", ["a\\u0000b", "\\u202e<script>"])
def test_hostile_words_are_stored_and_given_back(api, text):
    body = json.dumps(registration())[:-1] + f', "message": "{text}", "readme": "{text}"}}'
    ada = a_person("ada", "Registrars")
    response = api("POST", "/models", body.encode(), by=ada)
    assert response.status_code == 201
    model_id = response.json()["data"]["id"]
    listed = api("GET", f"/models/{model_id}/revisions", by=ada).json()["data"]
    assert listed[0]["message"] == Revision.objects.get().message != ""


def test_a_form_or_text_is_no_json_body(client):
    ada = a_person("ada", "Registrars")
    for content_type in ("application/x-www-form-urlencoded", "text/plain", "multipart/form-data"):
        response = client.generic(
            "POST", "/api/models", b"a=b", content_type=content_type, headers=key_of(ada)
        )
        assert response.status_code in (400, 415)
        assert response.json()["error_code"]


def test_writing_through_the_api_is_in_the_audit_log_with_its_origin(api):
    mia = a_person("mia", "Maintainers")
    model = a_model()
    api("PUT", f"/models/{model.pk}", {"readme": "# New", "base_revision": 1}, by=mia)
    entry = AuditEntry.objects.about(model).get()
    assert (entry.actor, entry.channel, entry.ip_address) == (mia, "api", "127.0.0.1")
