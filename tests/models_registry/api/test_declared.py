"""PUT by type and name: a model becomes what a text says."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Scope
from hub.models import AuditEntry
from hub.tasks import tidy
from models_registry.models import (
    CatalogueList,
    RegisteredModel,
    Revision,
    StoredAnswer,
    UpstreamChange,
)
from reviews import use_cases
from reviews.models import Notification, Proposal
from tests.factories import a_model, a_person, llm_record, written

pytestmark = pytest.mark.django_db
TINY = "/models/llm/tiny-llm"


def body(visibility=None, **changes):
    """A declaration, as the file of a git repository says it: without what the hub manages."""
    record = llm_record(updated_at=..., featured=...) | changes
    return {"definition": written(record), **({"visibility": visibility} if visibility else {})}


@pytest.fixture
def put(api):
    def send(declared, *, by, path=TINY, **headers):
        response = api("PUT", path, declared, by=by, headers=headers)
        return response.status_code, response.json()

    return send


def test_a_text_creates_a_model_then_changes_nothing_then_changes_it(put, api):
    ada = a_person("ada", "Registrars")
    status, answer = put(body(), by=ada)
    assert (status, answer["data"]["result"], answer["data"]["outcome"]) == (
        201, "created", "published",
    )  # fmt: skip
    assert answer["data"]["visibility"] == "private"
    for again in (body(), {"definition": [llm_record(updated_at=5)]}, {"readme": ""}, {}):
        status, answer = put(again, by=ada)
        assert (status, answer["data"]["result"]) == (200, "unchanged"), again
    assert Revision.objects.count() == 1
    status, answer = put(body(context_length=4096), by=ada)
    assert (status, answer["data"]["result"], answer["data"]["revision"]) == (200, "updated", 2)
    (change,) = answer["data"]["changes"]
    assert (change["kind"], change["pointer"]) == ("changed", "/0/context_length")
    assert RegisteredModel.objects.get().owner == ada


def test_a_proposal_is_one_round_however_often_its_text_is_applied(put):
    ada = a_person("ada", "Registrars")
    status, answer = put(body("public", featured=True), by=ada)
    assert (status, answer["data"]["outcome"], answer["data"]["state"]) == (
        201, "review", "proposed",
    )  # fmt: skip
    assert put(body("public", featured=True), by=ada)[1]["data"]["result"] == "unchanged"
    _, answer = put(body("public", context_length=4096), by=ada)
    assert (answer["data"]["result"], answer["data"]["revision"]) == ("updated", 2)
    # As if it were applied again a minute later: the hub would set another `updated_at`.
    second = Revision.objects.get(number=2)
    stamp = json.loads(second.definition)[0]["updated_at"]
    text = second.definition.replace(str(stamp), str(stamp - 60))
    Revision.objects.filter(pk=second.pk).update(definition=text)
    assert put(body("public", context_length=4096), by=ada)[1]["data"]["result"] == "unchanged"
    use_cases.reject(
        Proposal.objects.get(number=2), by=a_person("rita", "Reviewers"), feedback="No."
    )
    _, answer = put(body("public", context_length=4096), by=ada)
    assert (answer["data"]["result"], answer["data"]["state"]) == ("unchanged", "rejected")
    _, answer = put(body("public", context_length=8192), by=ada)
    assert (answer["data"]["outcome"], answer["data"]["revision"]) == ("review", 3)


def test_a_maintainers_text_keeps_the_mark_that_it_does_not_name(put):
    mia = a_person("mia", "Maintainers")
    a_model(definition=written(llm_record(featured=True)))
    assert put(body(), by=mia)[1]["data"]["result"] == "unchanged"
    _, answer = put(body(context_length=4096), by=mia)
    assert answer["data"]["outcome"] == "pull_request"
    assert RegisteredModel.objects.get().featured


def test_the_name_stands_for_what_the_visibility_says(put, api):
    """Somebody else's public model is never taken for one's own, or the other way round."""
    ada = a_person("ada", "Registrars")
    public = a_model(owner=a_person("ben"))
    assert put(body(context_length=4096), by=a_person("eve"))[0] == 403
    status, answer = put(body("private", context_length=4096), by=ada)
    assert status == 201
    own = answer["data"]["id"]
    assert put(body(context_length=8192), by=ada)[1]["data"]["id"] == own
    assert api("GET", TINY, by=ada).json()["data"]["id"] == own
    text = api("GET", f"{TINY}?visibility=public", by=ada).json()["data"]
    assert (text["id"], text["definition"]) == (public.pk, public.published_revision.definition)
    assert api("GET", TINY).json()["data"]["id"] == public.pk
    assert api("GET", f"{TINY}?visibility=enterprise", by=ada).status_code == 404
    # What she declares of his model is a suggestion, which a reviewer decides on.
    suggested = put(body("public", context_length=8192), by=ada)[1]["data"]
    assert (suggested["id"], suggested["outcome"]) == (public.pk, "review")
    revision = public.published_revision_id
    public.refresh_from_db()
    assert public.published_revision_id == revision


def test_the_own_model_in_the_way_is_named(api, put):
    ada = a_person("ada", "Registrars")
    mine = a_model(owner=ada, visibility="private")
    a_model("other", owner=ada)
    answer = api("POST", "/models", {"model_type": "llm", **body()}, by=ada).json()
    assert (answer["error_code"], answer["model_id"]) == ("NAME_TAKEN", mine.pk)
    assert answer["model_url"].endswith(f"/models/detail/{mine.pk}")
    a_model("hers", owner=a_person("eve"), visibility="enterprise")
    hidden = {"model_type": "llm", "definition": [llm_record("hers")], "visibility": "enterprise"}
    answer = api("POST", "/models", hidden, by=a_person("ed", "register_enterprise_model")).json()
    assert answer["error_code"] == "NAME_TAKEN"
    assert "model_id" not in answer


def test_an_etag_keeps_an_edit_from_undoing_another_one(api, put):
    mia = a_person("mia", "Maintainers")
    model = a_model()
    seen = api("GET", TINY, by=mia)
    etag = seen.headers["ETag"]
    assert etag == f'"{model.pk}.1"'
    assert "no-store" in seen.headers["Cache-Control"]
    first = api("PUT", TINY, body(context_length=4096), by=mia, headers={"If-Match": etag})
    assert (first.status_code, first.headers["ETag"]) == (200, f'"{model.pk}.2"')
    for path in (TINY, f"/models/{model.pk}"):
        late = api("PUT", path, body(context_length=1), by=mia, headers={"If-Match": etag})
        assert (late.status_code, late.json()["error_code"]) == (412, "PRECONDITION_FAILED")
        assert (late.json()["current_revision"], late.json()["etag"]) == (2, first.headers["ETag"])
    stale = api("PUT", TINY, {**body(context_length=1), "base_revision": 1}, by=mia)
    assert (stale.status_code, stale.json()["error_code"]) == (409, "STALE_REVISION")
    by_number = api(
        "PUT", f"/models/{model.pk}", {"readme": "# New"}, by=mia,
        headers={"If-Match": first.headers["ETag"]},
    )  # fmt: skip
    assert by_number.json()["data"]["revision"] == 3


@pytest.mark.parametrize(
    ("exists", "headers", "status"),
    [
        (True, {"If-None-Match": "*"}, 412),
        (True, {"If-Match": "*"}, 200),
        (True, {"If-Match": "W/*"}, 412),
        (True, {"If-Match": "nonsense"}, 412),
        (False, {"If-None-Match": "*"}, 201),
        (False, {"If-Match": "*"}, 412),
    ],
)
def test_conditions_of_being_there(put, exists, headers, status):
    ada = a_person("ada", "Registrars")
    if exists:
        a_model(owner=ada, visibility="private")
    assert put(body(context_length=4096), by=ada, **headers)[0] == status


@pytest.mark.parametrize(
    ("path", "declared", "status", "code"),
    [
        (TINY, {}, 400, "INVALID_PARAMETER"),
        ("/models/llm/other", body(), 422, "INVALID_DEFINITION"),
        (TINY, body(context_length="long"), 422, "INVALID_DEFINITION"),
        (TINY, {"definition": "["}, 422, "INVALID_DEFINITION"),
        (TINY, {"definition": [1]}, 422, "INVALID_DEFINITION"),
        (TINY, {**body(), "visiblity": "public"}, 400, "UNKNOWN_PARAMETER"),
        (f"{TINY}?dryrun=1", body(), 400, "UNKNOWN_PARAMETER"),
        (f"{TINY}?dry_run=perhaps", body(), 400, "INVALID_PARAMETER"),
        ("/models/poetry/tiny-llm", body(), 404, "NOT_FOUND"),
        ("/models/llm/%00", body(), 422, "INVALID_DEFINITION"),
    ],
)
@pytest.mark.parametrize("dry", ["", "dry_run=1"])
def test_what_can_not_be_says_why_and_changes_nothing(api, path, declared, status, code, dry):
    path = f"{path}{'&' if '?' in path else '?'}{dry}" if dry and "dry" not in path else path
    response = api("PUT", path, declared, by=a_person("ada", "Registrars"))
    assert (response.status_code, response.json()["error_code"]) == (status, code)
    assert not RegisteredModel.objects.exists()


def test_a_model_may_be_named_as_an_address_ends(put, api):
    ada = a_person("ada", "Registrars")
    for name in ("expiry", "reviews", "revisions", "changes", "lists"):
        declared = {"definition": [llm_record(name)]}
        assert put(declared, by=ada, path=f"/models/LLM/{name}")[0] == 201
        assert api("GET", f"/models/llm/{name}", by=ada).json()["data"]["model_name"] == name


# --- Dry runs -------------------------------------------------------------------------------------

TABLES = (AuditEntry, Notification, RegisteredModel, Revision, UpstreamChange)


def everything():
    """What a write leaves behind, in all tables that it may touch."""
    rows = [list(table.objects.order_by("pk").values()) for table in TABLES]
    # The tests make a token for each request.
    rows[0] = [entry for entry in rows[0] if not entry["tag"].startswith("accounts:token")]
    lists = {row.model_type: (row.revision, bytes(row.body)) for row in CatalogueList.objects.all()}
    return rows, lists


@pytest.mark.parametrize(
    ("rights", "visibility", "exists", "outcome"),
    [
        ("Registrars", "private", False, "published"),
        ("Registrars", "public", False, "review"),
        ("Public registrars", "public", False, "pull_request"),
        ("Maintainers", "public", True, "pull_request"),
        ("Registrars", "public", True, "review"),
    ],
)
def test_a_dry_run_says_what_the_real_one_does_and_leaves_nothing(
    put, rights, visibility, exists, outcome, django_capture_on_commit_callbacks
):
    person = a_person("ada", rights)
    a_person("rita", "Reviewers")
    if exists:
        a_model(owner=person)
    before = everything()
    with django_capture_on_commit_callbacks() as callbacks:
        status, would = put(
            body(visibility, context_length=4096), by=person, path=f"{TINY}?dry_run=1"
        )
    assert (status, would["data"]["dry_run"]) == (200, True)
    assert would["data"]["outcome"] == outcome
    assert everything() == before
    assert callbacks == []
    status, does = put(body(visibility, context_length=4096), by=person)
    assert status == (200 if exists else 201)
    same = {"result", "outcome", "state", "changes", "readme_changed", "checks", "revision"}
    assert {k: would["data"][k] for k in same} == {k: does["data"][k] for k in same}
    assert [change["pointer"] for change in does["data"]["changes"]] == (
        ["/0/context_length"] if exists else []
    )
    assert everything() != before


def test_a_dry_run_needs_the_same_rights(api, put):
    a_model()
    other = a_person("ben")
    assert put(body(context_length=1), by=other, path=f"{TINY}?dry_run=1")[0] == 403
    reading = api("PUT", f"{TINY}?dry_run=1", body(), by=other, scope=Scope.READ)
    assert reading.json()["error_code"] == "INSUFFICIENT_SCOPE"
    assert api("PUT", TINY, body()).status_code == 401


# --- Idempotency-Key ------------------------------------------------------------------------------


def test_a_request_that_is_sent_again_is_answered_again_and_done_once(api):
    ada = a_person("ada", "Registrars")
    new = {"model_type": "llm", **body()}

    def post(sent, key, by=ada):
        return api("POST", "/models", sent, by=by, headers={"Idempotency-Key": key})

    first, again = post(new, "k-1"), post(new, "k-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert RegisteredModel.objects.count() == 1
    other = post({**new, "message": "x"}, "k-1")
    assert (other.status_code, other.json()["error_code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert post(new, "k-2").json()["error_code"] == "NAME_TAKEN"
    assert post(new, "k-1", by=a_person("ben", "Registrars")).json() != first.json()
    for bad in ("", " ", "x" * 201, "ä"):
        assert post(new, bad).status_code == 400


def test_a_request_that_failed_may_be_sent_again_with_its_key(api):
    ada = a_person("ada", "Registrars")
    headers = {"Idempotency-Key": "k"}
    wrong = {"model_type": "llm", **body(context_length="long")}
    assert api("POST", "/models", wrong, by=ada, headers=headers).status_code == 422
    right = {"model_type": "llm", **body()}
    assert api("POST", "/models", right, by=ada, headers=headers).status_code == 201


def test_a_key_is_forgotten_after_a_day(api):
    ada = a_person("ada", "Registrars")
    headers = {"Idempotency-Key": "k"}
    api("POST", "/models", {"model_type": "llm", **body()}, by=ada, headers=headers)
    stored = StoredAnswer.objects.get()
    assert json.loads(stored.body)["data"]["model_name"] == "tiny-llm"
    StoredAnswer.objects.update(created_at=stored.created_at - timedelta(days=1, seconds=1))
    again = api("POST", "/models", {"model_type": "llm", **body()}, by=ada, headers=headers)
    assert again.json()["error_code"] == "NAME_TAKEN"
    StoredAnswer.objects.create(user=ada, key="old", created_at=timezone.now() - timedelta(days=2))
    StoredAnswer.objects.create(user=ada, key="new", created_at=timezone.now())
    tidy()
    assert StoredAnswer.objects.get().key == "new"
