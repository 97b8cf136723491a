"""Every operation of the API that writes × twice, stale, misspelt, too big, not allowed, dry run.

The operations are those of the OpenAPI document: a new one without a row fails.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from accounts.models import User
from hub.models import AuditEntry
from models_registry.actions import ownership
from models_registry.actions.edit import current_revision, edit
from models_registry.actions.submission import Submission
from models_registry.models import OwnershipOffer, RegisteredModel, Revision
from reviews import owner_requests
from reviews.models import OwnerRequest
from tests.factories import a_model, a_person, a_user, changed, llm_record, written
from tests.models_registry.api.bodies import key_of

pytestmark = pytest.mark.django_db

# These write nothing of models; tests/accounts/test_api.py and test_github_webhook.py have them.
OTHERS = {
    ("POST", "/api/users/login"),
    ("POST", "/api/users/refresh"),
    ("POST", "/api/github/webhook"),
}
Answer = tuple[int, str]


@dataclass(frozen=True)
class Write:
    """One request, by whom, and what is answered: status and code of the error, or "".

    `stale` changes what the request is about, so that it is too late.
    """

    path: str
    body: Any
    by: User
    first: int
    twice: Answer
    stale: Callable[[], object] | None
    late: Answer
    # What somebody hears who sees the model and has no right, and "" for what they can't see.
    not_allowed: Answer
    has_dry_run: bool = False


def _published(model: RegisteredModel, by: User) -> None:
    revision = model.published_revision
    submission = Submission(changed(revision, context_length=1))
    edit(model, submission, by=by, base_revision=revision.number)


def _register() -> Write:
    ada = a_person("ada", "Registrars")
    body = {"model_type": "llm", "definition": written(llm_record())}
    taken = (409, "NAME_TAKEN")
    return Write(
        "/api/models", body, ada, 201, taken,
        lambda: a_model(owner=ada, visibility="private"), taken, (403, "NOT_ALLOWED"),
    )  # fmt: skip


def _edit() -> Write:
    root = a_user("root", is_superuser=True)
    model = a_model()
    body = {
        "definition": changed(model.published_revision, context_length=4096), "base_revision": 1
    }  # fmt: skip
    stale = (409, "STALE_REVISION")
    return Write(
        f"/api/models/{model.pk}", body, root, 200, stale, lambda: _published(model, root), stale,
        (403, "NOT_ALLOWED"),
    )  # fmt: skip


def _declare() -> Write:
    root = a_user("root", is_superuser=True)
    model = a_model()
    body = {
        "definition": changed(model.published_revision, context_length=4096), "base_revision": 1
    }  # fmt: skip
    stale = (409, "STALE_REVISION")
    # Without base_revision, the second one would answer that nothing differs.
    return Write(
        "/api/models/llm/tiny-llm", body, root, 200, stale, lambda: _published(model, root), stale,
        (403, "NOT_ALLOWED"), has_dry_run=True,
    )  # fmt: skip


def _expire() -> Write:
    root = a_user("root", is_superuser=True)
    model = a_model()
    return Write(
        f"/api/models/{model.pk}/expiry", {"expires_at": "2040-01-01T00:00:00Z"}, root, 200,
        (200, ""), lambda: model.__class__.objects.get().delete() if _free(model) else None,
        (404, "MODEL_NOT_FOUND"), (403, "NOT_ALLOWED"),
    )  # fmt: skip


def _free(model: RegisteredModel) -> bool:
    """The published revision is protected for as long as a model names it."""
    return bool(RegisteredModel.objects.filter(pk=model.pk).update(published_revision=None))


def _delete() -> Write:
    root = a_user("root", is_superuser=True)
    model = a_model()
    gone = (404, "MODEL_NOT_FOUND")
    return Write(
        f"/api/models/{model.pk}", None, root, 204, gone,
        lambda: RegisteredModel.objects.get().delete() if _free(model) else None, gone,
        (403, "NOT_ALLOWED"),
    )  # fmt: skip


def _suggestion(owner: User) -> Revision:
    ada = a_person("ada", "Registrars")
    model = a_model(owner=owner)
    current = current_revision(model, by=ada)
    submission = Submission(changed(current, context_length=4096))
    return edit(model, submission, by=ada, base_revision=1)


def _next_round(revision: Revision) -> None:
    submission = Submission(changed(revision, context_length=2048))
    edit(revision.model, submission, by=revision.author, base_revision=revision.number)


def _decide() -> Write:
    revision = _suggestion(a_user("olga"))
    body = {"revision": revision.number, "decision": "approve", "feedback": ""}
    stale = (409, "STALE_REVISION")
    return Write(
        f"/api/models/{revision.model_id}/reviews", body, a_person("rita", "Reviewers"), 201,
        stale, lambda: _next_round(revision), stale, (403, "NOT_ALLOWED"),
    )  # fmt: skip


def _endorse() -> Write:
    owner = a_user("olga")
    revision = _suggestion(owner)
    return Write(
        f"/api/proposals/{revision.pk}/endorsement", {"revision": revision.number}, owner, 204,
        (403, "NOT_ALLOWED"), lambda: _next_round(revision), (409, "STALE_REVISION"),
        (404, "PROPOSAL_NOT_FOUND"),
    )  # fmt: skip


def _withdraw() -> Write:
    owner = a_user("olga")
    revision = _suggestion(owner)
    stale = (409, "STALE_REVISION")
    body = {"revision": revision.number, "reason": "Not so."}
    return Write(
        f"/api/proposals/{revision.pk}/withdrawal", body, owner, 204, stale,
        lambda: _next_round(revision), stale, (404, "PROPOSAL_NOT_FOUND"),
    )  # fmt: skip


def _rename() -> Write:
    root = a_user("root", is_superuser=True)
    model = a_model()
    stale = (409, "STALE_REVISION")
    return Write(
        f"/api/models/{model.pk}/name", {"name": "other-llm", "base_revision": 1}, root, 200,
        (200, ""), lambda: _published(model, root), stale, (403, "NOT_ALLOWED"),
    )  # fmt: skip


def _offered() -> tuple[User, User, RegisteredModel]:
    owner, other = a_user("olga"), a_user("uma")
    return owner, other, a_model(owner=owner)


def _give() -> Write:
    owner, _other, model = _offered()
    return Write(
        f"/api/models/{model.pk}/offer", {"username": "uma"}, owner, 200, (200, ""),
        lambda: RegisteredModel.objects.update(owner=None), (403, "NOT_ALLOWED"),
        (403, "NOT_ALLOWED"),
    )  # fmt: skip


def _take_back() -> Write:
    owner, other, model = _offered()
    made = ownership.offer(model, "uma", by=owner)
    gone = (404, "OFFER_NOT_FOUND")
    return Write(
        f"/api/models/{model.pk}/offer", None, owner, 204, gone,
        lambda: ownership.answer(made.pk, accepts=False, by=other), gone, (403, "NOT_ALLOWED"),
    )  # fmt: skip


def _answer_offer() -> Write:
    owner, other, model = _offered()
    made = ownership.offer(model, "uma", by=owner)
    gone = (404, "OFFER_NOT_FOUND")
    return Write(
        f"/api/me/offers/{made.pk}/answer", {"answer": "accept"}, other, 204, gone,
        lambda: ownership.take_back(model, by=owner), gone, gone,
    )  # fmt: skip


def _ask() -> Write:
    owner = a_user("olga")
    model = a_model(owner=owner)
    stale = (409, "STALE_REVISION")
    return Write(
        f"/api/models/{model.pk}/requests", {"kind": "expire", "reason": "Old."}, owner, 201,
        stale, lambda: owner_requests.ask(model, "remove", reason="No.", by=owner), stale,
        (403, "NOT_ALLOWED"),
    )  # fmt: skip


def _asked() -> OwnerRequest:
    owner = a_user("olga")
    return owner_requests.ask(a_model(owner=owner), "expire", reason="Old.", by=owner)


def _withdraw_request() -> Write:
    wanted = _asked()
    rita = a_person("rita", "Reviewers")
    stale = (409, "STALE_REVISION")
    return Write(
        f"/api/requests/{wanted.pk}/withdrawal", None, wanted.asked_by, 204, stale,
        lambda: owner_requests.decide(wanted, grants=False, by=rita, feedback="No."), stale,
        (404, "REQUEST_NOT_FOUND"),
    )  # fmt: skip


def _decide_request() -> Write:
    wanted = _asked()
    stale = (409, "STALE_REVISION")
    return Write(
        f"/api/requests/{wanted.pk}/decision", {"decision": "refuse", "feedback": "No."},
        a_person("rita", "Reviewers"), 201, stale,
        lambda: owner_requests.withdraw(wanted, by=wanted.asked_by), stale,
        (404, "REQUEST_NOT_FOUND"),
    )  # fmt: skip


ROWS: dict[tuple[str, str], Callable[[], Write]] = {
    ("POST", "/api/models"): _register,
    ("PUT", "/api/models/{name_or_id}"): _edit,
    ("DELETE", "/api/models/{name_or_id}"): _delete,
    ("PUT", "/api/models/{model_type}/{name}"): _declare,
    ("PUT", "/api/models/{model_id}/expiry"): _expire,
    ("PUT", "/api/models/{model_id}/name"): _rename,
    ("PUT", "/api/models/{model_id}/offer"): _give,
    ("DELETE", "/api/models/{model_id}/offer"): _take_back,
    ("POST", "/api/me/offers/{offer_id}/answer"): _answer_offer,
    ("POST", "/api/models/{model_id}/requests"): _ask,
    ("POST", "/api/requests/{request_id}/withdrawal"): _withdraw_request,
    ("POST", "/api/requests/{request_id}/decision"): _decide_request,
    ("POST", "/api/models/{model_id}/reviews"): _decide,
    ("POST", "/api/proposals/{proposal_id}/endorsement"): _endorse,
    ("POST", "/api/proposals/{proposal_id}/withdrawal"): _withdraw,
}
EACH = pytest.mark.parametrize("operation", ROWS, ids=[" ".join(row) for row in ROWS])


def send(client, operation, write: Write, *, body: Any = ..., query: str = "", by: User | None):
    sent = write.body if body is ... else body
    headers = key_of(by) if by is not None else {}
    data = b"" if sent is None else json.dumps(sent).encode()
    return client.generic(
        operation[0], write.path + query, data, content_type="application/json", headers=headers
    )


def answered(response) -> Answer:
    code = response.json()["error_code"] if response.status_code >= 400 else ""
    return response.status_code, code


def everything() -> list[Any]:
    """All that a write could change."""
    tables = (RegisteredModel, Revision, OwnershipOffer, OwnerRequest)
    rows = [list(table.objects.order_by("pk").values()) for table in tables]
    # Each request comes with a token of its own, which is recorded, too.
    recorded = AuditEntry.objects.exclude(tag__startswith="accounts:")
    return [*rows, list(recorded.order_by("pk").values())]


def test_every_operation_that_writes_has_a_row(client):
    paths = client.get("/api/openapi.json").json()["paths"]
    writes = {
        (method.upper(), path) for path, item in paths.items()
        for method in item if method in {"post", "put", "patch", "delete"}
    }  # fmt: skip
    assert writes - OTHERS == set(ROWS)


@EACH
def test_twice(client, operation):
    write = ROWS[operation]()
    assert send(client, operation, write, by=write.by).status_code == write.first
    before = everything()
    assert answered(send(client, operation, write, by=write.by)) == write.twice
    assert everything() == before


@pytest.mark.parametrize(
    "operation",
    [row for row in ROWS if row[0] == "POST" or row == ("DELETE", "/api/models/{model_id}/offer")],
    ids=lambda row: row[1],
)
def test_twice_with_a_key(client, operation):
    """The answer was lost: the same request is answered as the first time."""
    write = ROWS[operation]()
    headers = {**key_of(write.by), "Idempotency-Key": "once-1"}
    data = b"" if write.body is None else json.dumps(write.body).encode()

    def post():
        options = {"content_type": "application/json", "headers": headers}
        return client.generic(operation[0], write.path, data, **options)

    first = post()
    before = everything()
    again = post()
    assert (first.status_code, again.status_code) == (write.first, write.first)
    assert again.content == first.content
    assert again.headers["Idempotency-Replayed"] == "true"
    assert everything() == before


@EACH
def test_stale(client, operation):
    write = ROWS[operation]()
    write.stale()
    before = everything()
    assert answered(send(client, operation, write, by=write.by)) == write.late
    assert everything() == before


@EACH
def test_misspelt(client, operation):
    write = ROWS[operation]()
    before = everything()
    if write.body is not None:
        body = {**write.body, "mesage": "x"}
        answer = send(client, operation, write, body=body, by=write.by)
        assert answered(answer) == (400, "UNKNOWN_PARAMETER")
        assert answer.json()["errors"][0]["field"] == "mesage"
    answer = send(client, operation, write, query="?dry_rn=1", by=write.by)
    assert answered(answer) == (400, "UNKNOWN_PARAMETER")
    assert everything() == before


@EACH
def test_too_big(client, operation, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 20_000
    write = ROWS[operation]()
    before = everything()
    body = {**(write.body or {}), "message": "x" * 20_000}
    answer = send(client, operation, write, body=body, by=write.by)
    assert answered(answer) == (413, "REQUEST_TOO_LARGE")
    assert everything() == before


@EACH
def test_not_allowed(client, operation):
    write = ROWS[operation]()
    before = everything()
    assert answered(send(client, operation, write, by=a_user("eve"))) == write.not_allowed
    nobody = send(client, operation, write, by=None)
    assert answered(nobody) == (401, "AUTHENTICATION_REQUIRED")
    assert everything() == before


@EACH
def test_dry_run(client, operation):
    """It is the real one rolled back; where there is none, nothing is done instead."""
    write = ROWS[operation]()
    before = everything()
    answer = send(client, operation, write, query="?dry_run=1", by=write.by)
    if write.has_dry_run:
        assert (answer.status_code, answer.json()["data"]["dry_run"]) == (200, True)
    else:
        assert answered(answer) == (400, "UNKNOWN_PARAMETER")
    assert everything() == before
