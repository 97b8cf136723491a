"""Who may do what through the API."""

from __future__ import annotations

import pytest

from accounts.models import Scope
from models_registry.models import RegisteredModel
from reviews import owner_requests
from tests.access.matrix import (
    ACTIVE,
    CHANGES,
    DELETES,
    EXPIRES,
    FINDS,
    KINDS,
    LIVE,
    SEES,
    STATES,
    SUGGESTS,
    attempt,
    bearer,
    refusal,
    staff,
)
from tests.factories import a_user, llm_record, written

# --- API --------------------------------------------------------------------------------------


@pytest.mark.parametrize("person", ACTIVE)
def test_reading_through_the_api(client, people, models, person):
    headers = bearer(people[person], Scope.READ)
    listed = client.get("/api/models/download", {"model_type": "llm"}, headers=headers).json()
    names = {record["model_name"] for record in listed}
    for kind, model in models.items():
        sees = person in SEES[kind] and kind in LIVE
        answer = client.get(f"/api/models/{model.pk}", headers=headers)
        assert answer.status_code == (200 if sees else 404), kind
        by_name = 200 if person in FINDS[kind] and kind in LIVE else 404
        for path in (f"/{model.name}", f"/download?model_name={model.name}"):
            answer = client.get(f"/api/models{path}", headers=headers)
            assert answer.status_code == by_name, (kind, path)
        by_id = client.get("/api/models/download", {"model_id": model.pk}, headers=headers)
        hidden = 403 if person == "anonymous" else 404
        assert by_id.status_code == (200 if sees else hidden), kind
        revisions = client.get(f"/api/models/{model.pk}/revisions", headers=headers)
        assert revisions.status_code == (200 if person in SEES[kind] else 404), kind
        if kind == "private":
            assert (model.name in names) == (person == "owner")
        else:
            assert (model.name in names) == sees, kind


@pytest.mark.parametrize("person", ACTIVE)
@pytest.mark.parametrize("kind", KINDS)
def test_changing_a_model(client, people, models, person, kind):
    model = models[kind]
    changed = written(llm_record(model.name, context_length=4096))
    body = {"definition": changed, "base_revision": 1, "message": "Shorter"}
    answer = attempt(client, "put", f"/api/models/{model.pk}", body, bearer(people[person]))
    if person in CHANGES[kind] | SUGGESTS[kind]:
        assert answer.status_code == 200, answer.content
        assert answer.json()["data"]["state"] == STATES.get((kind, person), "published")
    else:
        assert answer.status_code == refusal(person, kind)
        assert model.revisions.count() == 1


@pytest.mark.parametrize("person", ACTIVE)
@pytest.mark.parametrize("kind", KINDS)
def test_deleting_a_model(client, people, models, person, kind):
    model = models[kind]
    answer = attempt(client, "delete", f"/api/models/{model.pk}", None, bearer(people[person]))
    allowed = person in DELETES[kind]
    assert answer.status_code == (204 if allowed else refusal(person, kind))
    assert RegisteredModel.objects.filter(pk=model.pk).exists() is not allowed


@pytest.mark.parametrize("person", ACTIVE)
@pytest.mark.parametrize("kind", KINDS)
def test_letting_a_model_expire(client, people, models, person, kind):
    model = models[kind]
    body = {"expires_at": "2020-01-01T00:00:00Z"}
    answer = attempt(client, "put", f"/api/models/{model.pk}/expiry", body, bearer(people[person]))
    allowed = person in EXPIRES[kind]
    assert answer.status_code == (200 if allowed else refusal(person, kind))
    assert RegisteredModel.objects.get(pk=model.pk).expires_at != model.expires_at or not allowed


# Owners rename what only they can see, and those who may change a model at once what others see.
RENAMES = {
    **{kind: CHANGES[kind] - {"owner"} for kind in ("public", "enterprise", "expired")},
    "private": {"owner", "superuser"},
    "proposed": set(),
}


@pytest.mark.parametrize("person", ACTIVE)
def test_renaming_a_model(client, people, models, person):
    for kind, model in models.items():
        path, body = f"/api/models/{model.pk}/name", {"name": f"new-{kind}"}
        answer = attempt(client, "put", path, body, bearer(people[person]))
        allowed = person in RENAMES[kind]
        assert answer.status_code == (200 if allowed else refusal(person, kind)), kind
        model.refresh_from_db()
        assert (model.name == f"new-{kind}") is allowed
        by_former_name = client.get(f"/api/models/m-{kind}", headers=bearer(people[person]))
        if allowed and kind == "enterprise":
            assert by_former_name.json()["data"]["model_name"] == "new-enterprise"


@pytest.mark.parametrize("person", ACTIVE)
def test_giving_a_model_away_and_asking_for_its_removal(client, people, models, person):
    """Owners do; superusers give away too, and remove at once what they want removed."""
    a_user("heir")
    for kind, model in models.items():
        given = attempt(
            client, "put", f"/api/models/{model.pk}/offer", {"username": "heir"},
            bearer(people[person]),
        )  # fmt: skip
        gives = 409 if kind == "proposed" else 200
        may_give = person in ("owner", "superuser")
        assert given.status_code == (gives if may_give else refusal(person, kind)), kind
        body = {"kind": "remove", "reason": "Old."}
        path = f"/api/models/{model.pk}/requests"
        asked = attempt(client, "post", path, body, bearer(people[person]))
        asks = (person, kind) == ("owner", "public")
        assert asked.status_code == (201 if asks else refusal(person, kind)), kind


@pytest.mark.parametrize("person", ACTIVE)
def test_requests_are_read_by_reviewers_and_whoever_made_them(client, people, models, person):
    wanted = owner_requests.ask(models["public"], "remove", reason="Old.", by=people["owner"])
    headers = bearer(people[person])
    path = f"/api/requests/{wanted.pk}"
    shown, listed = client.get(path, headers=headers), client.get("/api/requests", headers=headers)
    offers = client.get("/api/me/offers", headers=headers)
    body = {"decision": "refuse", "feedback": "No."}
    decided = attempt(client, "post", f"{path}/decision", body, headers)
    if person == "anonymous":
        answers = (shown, listed, offers, decided)
        assert {answer.status_code for answer in answers} == {401}
        return
    decides = {"reviewer", "superuser", *staff("review_model")}
    reads = {"owner", *decides, *staff("view_review_list")}
    assert shown.status_code == (200 if person in reads else 404)
    assert listed.json()["total"] == (person in reads)
    assert offers.json()["total"] == 0
    refused = 403 if person in reads else 404
    assert decided.status_code == (201 if person in decides else refused)


REGISTERS = {
    "private": {"registrar": "published", "public registrar": "published",
                "enterprise registrar": "published", "superuser": "published",
                "staff: register_model": "published"},
    "public": {"registrar": "proposed", "public registrar": "published",
               "enterprise registrar": "proposed", "superuser": "published",
               "staff: register_model": "proposed", "staff: register_public_model": "published"},
    "enterprise": {"enterprise registrar": "published", "superuser": "published",
                   "staff: register_enterprise_model": "published"},
}  # fmt: skip


@pytest.mark.parametrize("person", ACTIVE)
@pytest.mark.parametrize("visibility", REGISTERS)
def test_registering_a_model(client, people, models, person, visibility):
    body = {
        "model_type": "llm",
        "definition": [llm_record("m-new")],
        "visibility": visibility,
    }
    answer = attempt(client, "post", "/api/models", body, bearer(people[person]))
    state = REGISTERS[visibility].get(person)
    if state is None:
        assert answer.status_code == (401 if person == "anonymous" else 403)
        assert not RegisteredModel.objects.filter(name="m-new").exists()
    else:
        assert answer.status_code == 201, answer.content
        assert answer.json()["data"]["state"] == state


@pytest.mark.parametrize("person", ACTIVE)
def test_texts_by_type_and_name_and_by_revision(client, people, models, person):
    headers = bearer(people[person], Scope.READ)
    for kind, model in models.items():
        answer = client.get(f"/api/models/llm/{model.name}", headers=headers)
        # Whoever would go on with a proposal reads it; reviewers read it among the proposals.
        reads = CHANGES[kind] if kind == "proposed" else FINDS[kind]
        assert answer.status_code == (200 if person in reads else 404), kind
        text = client.get(f"/api/models/{model.pk}/revisions/1", headers=headers)
        assert text.status_code == (200 if person in SEES[kind] else 404), kind


@pytest.mark.parametrize("person", ACTIVE)
@pytest.mark.parametrize("kind", sorted(LIVE))
def test_declaring_a_model(client, people, models, person, kind):
    """By name, it is the same as by number for those who find it; others make one of their own."""
    model = models[kind]
    body = {"definition": written(llm_record(model.name, context_length=4096)), "visibility": kind}
    path = f"/api/models/llm/{model.name}"
    dry = attempt(client, "put", f"{path}?dry_run=1", body, bearer(people[person]))
    assert model.revisions.count() == 1
    answer = attempt(client, "put", path, body, bearer(people[person]))
    assert (dry.status_code < 300) == (answer.status_code < 300)
    if person in CHANGES[kind] | SUGGESTS[kind] and person in FINDS[kind]:
        assert answer.status_code == 200, answer.content
        assert answer.json()["data"]["state"] == STATES.get((kind, person), "published")
    else:
        assert model.revisions.count() == 1
        assert answer.status_code in ((401,) if person == "anonymous" else (201, 403, 409))


@pytest.mark.parametrize("person", ACTIVE)
def test_proposals_are_read_by_reviewers_and_those_who_work_with_the_model(
    client, people, models, person
):
    """As on their pages: the review page, or the tab of the model."""
    headers = bearer(people[person], Scope.READ)
    model = models["proposed"]
    if (user := people[person]) is not None:
        client.force_login(user)
    reads = client.get(f"/models/detail/{model.pk}/review").status_code == 200
    proposal = client.get(f"/api/proposals/{model.revisions.get().pk}", headers=headers)
    listed = client.get("/api/proposals", headers=headers)
    own = client.get("/api/me/models", headers=headers)
    if user is None:
        assert proposal.status_code == listed.status_code == own.status_code == 401
        return
    assert proposal.status_code == (200 if reads else 404)
    names = {row["model_name"] for row in listed.json()["data"]}
    assert names <= ({model.name} if reads else set())
    mine = {row["model_name"] for row in own.json()["data"]}
    assert mine == ({each.name for each in models.values()} if person == "owner" else set())


@pytest.mark.parametrize("kind", KINDS)
def test_a_token_that_may_only_read_writes_nothing(client, people, models, kind):
    path = f"/api/models/{models[kind].pk}"
    headers = bearer(people["superuser"], Scope.READ)
    for method, address, body in (
        ("put", path, {"base_revision": 1, "readme": "x"}),
        ("put", f"{path}/expiry", {"expires_at": None}),
        ("put", f"{path}/name", {"name": "other"}),
        ("put", f"{path}/offer", {"username": "reviewer"}),
        ("delete", f"{path}/offer", None),
        ("post", f"{path}/requests", {"kind": "remove", "reason": "x"}),
        ("post", "/api/me/offers/1/answer", {"answer": "accept"}),
        ("post", "/api/requests/1/withdrawal", None),
        ("post", "/api/requests/1/decision", {"decision": "grant"}),
        ("delete", path, None),
        ("put", f"/api/models/llm/{models[kind].name}", {"readme": "x"}),
        ("post", "/api/models", {"model_type": "llm", "definition": []}),
    ):
        answer = attempt(client, method, address, body, headers)
        assert (answer.status_code, answer.json()["error_code"]) == (403, "INSUFFICIENT_SCOPE")


# --- Guessing ---------------------------------------------------------------------------------


def test_what_is_hidden_answers_exactly_as_what_does_not_exist(client, people, models):
    """By number and by name, in pages and API: same status, same body but for what was asked."""
    client.force_login(people["user"])
    headers = bearer(people["user"])
    for kind in ("private", "proposed", "enterprise", "expired"):
        model = models[kind]
        for hidden, missing in ((str(model.pk), "987654321"), (model.name, "m-nothing-here")):
            for pattern in (
                "/api/models/{}",
                "/api/models/{}/revisions",
                "/api/models/download?model_name={}",
                "/api/models/download?model_id={}",
            ):
                one = client.get(pattern.format(hidden), headers=headers)
                other = client.get(pattern.format(missing), headers=headers)
                assert one.status_code == other.status_code == 404
                assert one.content.decode().replace(hidden, "?") == other.content.decode().replace(
                    missing, "?"
                )
            page = client.get(f"/models/detail/{hidden}")
            assert page.status_code == 404
            assert b"m-private" not in page.content.replace(hidden.encode(), b"")


def test_a_name_that_a_hidden_model_has_is_free_for_others(client, people, models):
    """A clash would tell of the private or enterprise model that has the name."""
    headers = bearer(people["registrar"])
    for kind in ("private", "enterprise"):
        body = {
            "model_type": "llm",
            "definition": [llm_record(models[kind].name)],
            "visibility": "public",
        }
        answer = attempt(client, "post", "/api/models", body, headers)
        assert answer.status_code == 201, (kind, answer.content)
