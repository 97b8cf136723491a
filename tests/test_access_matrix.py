"""Who may do what: every address of the project × every kind of person × every kind of model.

The addresses are collected from the URL configuration. One without a row here fails the test, so
that nobody adds a page without saying who may see it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from guardian.shortcuts import assign_perm

from accounts import tokens
from accounts.models import Scope, User
from models_registry import publication
from models_registry.catalogue import pinning
from models_registry.models import Draft, RegisteredModel, Visibility
from models_registry.update_tables import SourceMark
from tests.factories import a_model, a_user, llm_record, written

# --- People -----------------------------------------------------------------------------------

GROUPS = {
    "registrar": "Registrars",
    "public registrar": "Public registrars",
    "enterprise registrar": "Enterprise registrars",
    "enterprise viewer": "Enterprise viewers",
    "maintainer": "Maintainers",
    "enterprise maintainer": "Enterprise maintainers",
    "reviewer": "Reviewers",
}
GRANTS = {
    "may view this": "view_model",
    "may change this": "change_model",
    "may delete this": "delete_model",
    "may expire this": "expire_model",
}
PEOPLE = ["anonymous", "user", "owner", *GROUPS, *GRANTS, "superuser"]
SIGNED_IN = set(PEOPLE) - {"anonymous"}
GRANTED = set(GRANTS)

# --- Models -----------------------------------------------------------------------------------

# Who may see a model of each kind. For everybody else it does not exist: 404.
SEES: dict[str, set[str]] = {
    "private": {"owner", "maintainer", "superuser", *GRANTED},
    "proposed": {"owner", "reviewer", "superuser", *GRANTED},
    "public": set(PEOPLE),
    "enterprise": {"owner", "enterprise viewer", "enterprise maintainer", "superuser", *GRANTED},
    "expired": {"owner", "maintainer", "superuser", *GRANTED},
}
KINDS = list(SEES)
LIVE = {"private", "public", "enterprise"}

# Who may change, delete and let expire (403 for those who see it and may not).
CHANGES: dict[str, set[str]] = {
    "private": {"owner", "maintainer", "superuser", "may change this"},
    "proposed": {"owner", "superuser"},
    "public": {"owner", "maintainer", "superuser", "may change this"},
    "enterprise": {"owner", "enterprise maintainer", "superuser", "may change this"},
    "expired": {"owner", "maintainer", "superuser", "may change this"},
}
DELETES: dict[str, set[str]] = {
    "private": {"owner", "maintainer", "superuser", "may delete this"},
    "proposed": {"owner", "superuser"},
    "public": {"maintainer", "superuser", "may delete this"},
    "enterprise": {"enterprise maintainer", "superuser", "may delete this"},
    "expired": {"maintainer", "superuser", "may delete this"},
}
EXPIRES: dict[str, set[str]] = {
    "private": {"owner", "maintainer", "superuser", "may expire this"},
    "proposed": set(),
    "public": {"maintainer", "superuser", "may expire this"},
    "enterprise": {"enterprise maintainer", "superuser", "may expire this"},
    "expired": {"maintainer", "superuser", "may expire this"},
}
# What a change by that person becomes.
STATES = {
    ("private", "owner"): "published",
    ("proposed", "owner"): "proposed",
    ("proposed", "superuser"): "proposed",
    ("public", "owner"): "proposed",
    ("enterprise", "owner"): "proposed",
    ("expired", "owner"): "proposed",
}


@pytest.fixture
def people(db) -> dict[str, User | None]:
    """One of each kind."""
    found: dict[str, User | None] = {"anonymous": None}
    for name in PEOPLE[1:]:
        found[name] = a_user(name.replace(" ", "-"))
    for name, group in GROUPS.items():
        found[name].groups.add(Group.objects.get(name=group))
    User.objects.filter(pk=found["superuser"].pk).update(is_superuser=True, is_staff=True)
    return {name: User.objects.get(pk=user.pk) if user else None for name, user in found.items()}


@pytest.fixture
def models(people) -> dict[str, RegisteredModel]:
    """One of each kind, all of them the owner's; the granted have their right on each."""
    owner = people["owner"]
    found = {
        "private": a_model("m-private", visibility="private", owner=owner),
        "public": a_model("m-public", owner=owner),
        "enterprise": a_model("m-enterprise", visibility="enterprise", owner=owner),
        "expired": a_model(
            "m-expired", owner=owner, expires_at=timezone.now() - timedelta(days=1)
        ),
        "proposed": RegisteredModel.objects.create(
            model_type="llm", name="m-proposed", name_key="m-proposed",
            visibility="public", owner=owner,
        ),
    }  # fmt: skip
    content = publication.Content(definition=written(llm_record("m-proposed")), readme="# P\n")
    publication.propose(found["proposed"], content, by=owner, visibility=Visibility.PUBLIC)
    for person, right in GRANTS.items():
        for model in found.values():
            assign_perm(f"models_registry.{right}", people[person], model)
    return found


def bearer(user: User | None, scope: str = Scope.WRITE) -> dict[str, str]:
    """The header with an access token of that person; none for nobody."""
    if user is None:
        return {}
    _, raw = tokens.issue(by=user, name="matrix", scope=Scope(scope), expires_at=None)
    return {"Authorization": f"Bearer {raw}"}


# --- Every address has a row ------------------------------------------------------------------

# What each row means is tested below, "review" in tests/reviews too. "admin" and "library" are
# whole trees with one rule each.
ROWS = {
    "": "open", "^models/?$": "open", "signin": "open", "signup": "open", "healthz": "open",
    "theme": "open", "i18n/setlang/": "open", "metrics": "metrics",
    "avatars/<str:username>": "open",
    "models/detail/<path:name_or_id>": "model", "models/detail/<int:pk>/definition.json": "model",
    "user-center": "signed in", "user-center/avatar": "signed in",
    "user-center/avatar/remove": "signed in", "user-center/appearance": "signed in",
    "user-center/close": "signed in", "user-center/key": "signed in",
    "user-center/key/github": "signed in", "user-center/key/github/remove": "signed in",
    "user-center/key/token": "signed in", "user-center/key/token/<int:pk>/revoke": "signed in",
    "user-center/key/session/<int:pk>/end": "signed in",
    "user-center/session/<int:pk>/end": "signed in",
    "models/detail/<int:pk>/review": "review", "models/detail/<int:pk>/review/comment": "review",
    "models/detail/<int:pk>/review/withdraw": "review",
    "notifications": "signed in", "notifications/<int:pk>": "signed in",
    "notifications/read": "signed in", "user-center/notifications": "signed in",
    "api/": "open", "api/docs": "open", "api/openapi.json": "open",
    "api/users/login": "open", "api/users/refresh": "open",
    "api/models": "api", "api/models/download": "api", "api/models/<name_or_id>": "api",
    "api/models/<model_id>/expiry": "api", "api/models/<model_id>/revisions": "api",
    "api/models/<model_id>/reviews": "api",
    # Registration and drafts: signed in, and only one's own drafts exist.
    "model-registration": "signed in", "model-registration/names": "signed in",
    "model-registration/completions/<str:model_type>.json": "open",
    "model-registration/<int:pk>": "draft", "model-registration/<int:pk>/<str:view>": "draft",
    "model-registration/<int:pk>/merge": "draft", "model-registration/<int:pk>/preview": "draft",
    "my-models": "signed in", "my-models/drafts/<int:pk>/discard": "draft",
    # Maintenance of a model: for those who may do something to it.
    "models/detail/<int:pk>/history": "model", "models/detail/<int:pk>/compare": "model",
    "models/detail/<int:pk>/history/<int:number>": "model",
    "models/detail/<int:pk>/compare/<int:old>...<int:new>": "model",
    "models/detail/<int:pk>/history/<int:number>/restore": "maintenance",
    "models/detail/<int:pk>/edit": "maintenance", "models/detail/<int:pk>/settings": "maintenance",
    "models/detail/<int:pk>/settings/<slug:action>": "maintenance",
    # The Launch Model page.
    "^launch_model/?$": "open", "^launch_model/(?P<tab>[a-z]+)/?$": "open",
    "launch_model/<int:pk>/launch": "launch", "launch_model/update": "signed in",
    "launch_model/updates/<int:pk>": "signed in", "launch_model/add": "signed in",
    "launch_model/add/preview": "signed in", "launch_model/add/names": "signed in",
    "launch_model/server": "signed in", "launch_model/server/stop": "signed in",
    "launch_model/server/progress/<path:uid>": "signed in",
    "launch_model/server/choose": "signed in", "launch_model/server/cancel": "signed in",
    "launch_model/server/update": "signed in", "launch_model/there/<str:tab>": "signed in",
    "launch_model/server/register/<int:pk>": "signed in",
    "user-center/server": "signed in", "user-center/server/test": "signed in",
    "user-center/server/forget": "signed in",
    "launch_model/conflicts": "signed in", "launch_model/conflicts/<int:pk>": "signed in",
    "launch_model/conflicts/<int:pk>/keep": "signed in",
    "launch_model/fleet": "signed in", "launch_model/fleet/ask": "signed in",
    # The lists are public, and so are their older revisions and the key that signs them.
    "api/models/lists": "lists", "api/models/lists/key.pem": "lists",
    "api/models/lists/<model_type>": "lists",
    # What of a model is on its way to upstream; GitHub signs what it calls.
    "models/detail/<int:pk>/upstream": "model",
    "models/detail/<int:pk>/upstream/<int:change_pk>.patch": "model",
    "models/detail/<int:pk>/upstream/<int:change_pk>/<slug:action>": "maintenance",
    "api/models/<model_id>/changes": "api", "api/github/webhook": "open",
}  # fmt: skip
TREES = {"admin/": "admin", "accounts/": "library"}


def addresses(patterns=None, before: str = "") -> Iterator[str]:
    """Every route of the project."""
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield route


def test_every_address_has_a_row():
    unknown = {
        route for route in addresses() if route not in ROWS and not route.startswith(tuple(TREES))
    }
    assert not unknown, "Say in ROWS who may call these, and test it below."


def test_every_row_is_an_address():
    assert set(ROWS) <= set(addresses())


# --- Pages ------------------------------------------------------------------------------------


@pytest.mark.parametrize("person", PEOPLE)
def test_pages_of_a_model_exist_for_those_who_may_see_it_alone(client, people, models, person):
    if people[person]:
        client.force_login(people[person])
    for kind, model in models.items():
        expected = 200 if person in SEES[kind] else 404
        for path in (f"/models/detail/{model.pk}", f"/models/detail/{model.name}"):
            assert client.get(path).status_code == expected, (kind, path)
        page = client.get(f"/models/detail/{model.pk}/definition.json")
        assert page.status_code == (expected if kind != "proposed" else page.status_code), kind
        if expected == 404:
            assert page.status_code == 404


@pytest.mark.parametrize("person", PEOPLE)
def test_the_launch_page_knows_what_the_person_may_see_alone(client, people, models, person):
    if people[person]:
        client.force_login(people[person])
    tab = client.get("/launch_model/llm?q=m-").content.decode()
    for kind, model in models.items():
        shown = person in SEES[kind] and kind in LIVE
        page = client.get(f"/launch_model/{model.pk}/launch")
        assert page.status_code == (200 if shown else 404), kind
        assert (f"/launch_model/{model.pk}/launch" in tab) == shown, kind


# Who may bring the source's version into a model, or keep one that is gone there.
DECIDES: dict[str, set[str]] = {
    "private": set(),
    "proposed": set(),
    "public": {"maintainer", "superuser"},
    "enterprise": {"enterprise maintainer", "superuser", "may change this"},
    "expired": {"maintainer", "superuser"},
}


@pytest.mark.parametrize("person", PEOPLE)
def test_differences_from_the_source_exist_for_those_who_may_decide_on_them(
    client, people, models, person
):
    if people[person]:
        client.force_login(people[person])
    for model in models.values():
        SourceMark.objects.create(
            model=model, their_text=written(llm_record(model.name, context_length=1))
        )
    listed = client.get("/launch_model/conflicts").content.decode()
    tab = client.get("/launch_model/llm").content.decode()
    for kind, model in models.items():
        address = f"/launch_model/conflicts/{model.pk}"
        may = person in DECIDES[kind]
        expected = 302 if person == "anonymous" else 200 if may else 404
        assert client.get(address).status_code == expected, kind
        assert (f'"{address}"' in listed) == may, kind
        assert (f'"{address}"' in tab) == (may and kind != "expired"), kind
        if not may:
            before = model.published_revision_id
            for path, posted in ((address, {"all": "theirs"}), (f"{address}/keep", {})):
                assert client.post(path, posted).status_code == expected, (kind, path)
            model.refresh_from_db()
            assert model.published_revision_id == before


@pytest.mark.parametrize("person", PEOPLE)
def test_updating_and_launching_are_for_those_with_the_right(client, people, models, person):
    if people[person]:
        client.force_login(people[person])
    answer = client.post("/launch_model/update", {"model_type": "llm"})
    may = person in {"maintainer", "superuser"}
    refused = 302 if person == "anonymous" else 403
    assert answer.status_code == (302 if may else refused)
    assert ("/launch_model/updates/" in answer.headers.get("Location", "")) == may
    launched = client.post(f"/launch_model/{models['public'].pk}/launch")
    assert launched.status_code == 403, "there is no server here"


@pytest.mark.parametrize("person", PEOPLE)
def test_the_fleet_and_rolling_back_are_for_keepers_of_the_catalogue(
    client, people, models, person, settings
):
    if people[person]:
        client.force_login(people[person])
    may = person in {"maintainer", "superuser"}
    refused = 302 if person == "anonymous" else 403
    assert client.get("/launch_model/fleet").status_code == (200 if may else refused)
    assert client.post("/launch_model/fleet/ask").status_code == (404 if may else refused)
    page = client.get("/launch_model/llm").content.decode()
    assert ("/launch_model/fleet" in page) == may
    pinning.pin("llm", 1, by=None)
    page = client.get("/launch_model/llm").content.decode()
    assert ("A list is rolled back" in page) == may
    for path in ("cataloguelist/", "listrevision/"):
        answer = client.get(f"/admin/models_registry/{path}")
        assert answer.status_code == (200 if person == "superuser" else 302), path


@pytest.mark.parametrize("person", PEOPLE)
def test_lists_and_their_revisions_are_the_same_for_everybody(client, people, models, person):
    headers = bearer(people[person], Scope.READ)
    newest = client.get("/api/models/lists/llm").json()["data"][0]
    for path in ("lists", "lists/llm", f"download?model_type=llm&revision={newest['revision']}"):
        answer = client.get(f"/api/models/{path}", headers=headers)
        assert answer.status_code == 200, path
        assert answer.content == client.get(f"/api/models/{path}").content, path
        for kind in ("private", "proposed", "enterprise", "expired"):
            assert models[kind].name.encode() not in answer.content, (path, kind)
    assert client.get("/api/models/lists/key.pem", headers=headers).status_code == 404


@pytest.mark.parametrize("person", PEOPLE)
def test_lists_counts_and_search_know_what_the_person_may_see_alone(client, people, models, person):
    if people[person]:
        client.force_login(people[person])
    listed = client.get("/models?q=m-").content.decode()
    answer = client.get("/api/models", {"query": "m-"}, headers=bearer(people[person])).json()
    names = {item["model_name"] for item in answer["data"]}
    for kind, model in models.items():
        published = kind in LIVE
        assert (model.name in names) == (person in SEES[kind] and published), kind
        assert answer["total"] == len(names)
        if person not in SEES[kind]:
            assert model.name not in listed, kind


@pytest.mark.parametrize("route", [r for r, rule in ROWS.items() if rule == "signed in"])
def test_the_user_center_asks_for_a_sign_in(client, db, route):
    path = "/" + route.replace("<int:pk>", "1").replace("<str:model_type>", "llm")
    path = path.replace("<str:tab>", "llm")
    for answer in (client.get(path), client.post(path)):
        # 401: a page that keeps what was typed until the person has signed in again.
        assert answer.status_code in {302, 401, 405}, path
        if answer.status_code == 302:
            assert "/signin" in answer.url or "/accounts/login" in answer.url


@pytest.mark.parametrize("person", PEOPLE)
def test_the_pages_that_maintain_a_model_exist_for_those_who_may_do_something_to_it(
    client, people, models, person
):
    if people[person]:
        client.force_login(people[person])
    for kind, model in models.items():
        for page, may in (
            ("history", SEES[kind]),
            ("upstream", SEES[kind]),
            ("settings", CHANGES[kind] | DELETES[kind] | EXPIRES[kind]),
            ("edit", CHANGES[kind]),
        ):
            answer = client.get(f"/models/detail/{model.pk}/{page}", follow=page == "edit")
            if person == "anonymous" and page not in ("history", "upstream"):
                assert "/signin" in answer.redirect_chain[0][0] if page == "edit" else True
                assert answer.status_code in {200, 302, 404}
                continue
            refused = {404} if person not in SEES[kind] or page == "settings" else {403, 404}
            expected = {200} if person in may else refused
            assert answer.status_code in expected, (kind, page)


@pytest.mark.parametrize("person", PEOPLE)
def test_the_review_of_a_model_is_told_to_those_concerned(client, people, models, person):
    if people[person]:
        client.force_login(people[person])
    answer = client.get(f"/models/detail/{models['proposed'].pk}/review")
    concerned = {"owner", "reviewer", "superuser"}
    assert answer.status_code == 200 if person in concerned else answer.status_code in {302, 404}


@pytest.mark.parametrize("person", PEOPLE)
def test_the_queue_is_for_reviewers_and_opens_nothing_else(client, people, models, person):
    if people[person]:
        client.force_login(people[person])
    proposal = models["proposed"].revisions.get()
    allowed = person in {"reviewer", "superuser"}
    for page in ("", "figures", "replies", f"{proposal.pk}/"):
        answer = client.get(f"/admin/reviews/{page}")
        assert answer.status_code == 200 if allowed else answer.status_code in {302, 404}, page
    if person == "reviewer":
        for page in ("", "accounts/user/", "hub/auditentry/", "models_registry/registeredmodel/"):
            assert client.get(f"/admin/{page}").status_code in {302, 403, 404}, page


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("decision", ["approve", "request_changes", "reject"])
def test_deciding_a_review(client, people, models, person, decision):
    model = models["proposed"]
    revision = model.revisions.get()
    body = {"revision": revision.number, "decision": decision, "feedback": "Because."}
    answer = attempt(
        client, "post", f"/api/models/{model.pk}/reviews", body, bearer(people[person])
    )
    if person in {"reviewer", "superuser"}:
        assert answer.status_code == 201, answer.content
    else:
        assert answer.status_code == refusal(person, "proposed")
        revision.refresh_from_db()
        assert revision.state == "proposed"


@pytest.mark.parametrize("route", [r for r, rule in ROWS.items() if rule == "draft"])
def test_drafts_of_others_do_not_exist(client, people, route):
    owner, other = people["owner"], people["registrar"]
    draft = Draft.objects.create(owner=owner, model_type="llm", definition="[]")
    path = "/" + route.replace("<int:pk>", str(draft.pk)).replace("<str:view>", "json")
    for answer in (client.get(path), client.post(path)):
        assert answer.status_code in {302, 401, 405}
        if answer.status_code == 302:
            assert "/signin" in answer.url
    for person in (other, people["maintainer"], people["superuser"]):
        client.force_login(person)
        for answer in (client.get(path), client.post(path)):
            # Discarding answers alike whether there is such a draft or not.
            gone = {302} if route.endswith("discard") else set()
            assert answer.status_code in {404, 405} | gone, (path, person)
            assert Draft.objects.filter(pk=draft.pk).exists()


@pytest.mark.parametrize("person", PEOPLE)
def test_the_administration_is_for_staff(client, people, person):
    if people[person]:
        client.force_login(people[person])
    for path in (
        "/admin/",
        "/admin/accounts/user/",
        "/admin/hub/auditentry/",
        "/admin/auth/group/",
    ):
        assert client.get(path).status_code == (200 if person == "superuser" else 302), path


@pytest.mark.parametrize("person", PEOPLE)
def test_the_figures_are_for_staff_that_maintain_public_models(client, people, person):
    if people[person]:
        client.force_login(people[person])
    assert client.get("/metrics").status_code == (200 if person == "superuser" else 404)
    if person != "anonymous":
        User.objects.filter(pk=people[person].pk).update(is_staff=True)
        may = person in {"maintainer", "superuser"}
        assert client.get("/metrics").status_code == (200 if may else 404)


# --- API --------------------------------------------------------------------------------------


@pytest.mark.parametrize("person", PEOPLE)
def test_reading_through_the_api(client, people, models, person):
    headers = bearer(people[person], Scope.READ)
    listed = client.get("/api/models/download", {"model_type": "llm"}, headers=headers).json()
    names = {record["model_name"] for record in listed}
    for kind, model in models.items():
        sees = person in SEES[kind] and kind in LIVE
        expected = 200 if sees else 404
        for path in (f"/api/models/{model.pk}", f"/api/models/{model.name}"):
            assert client.get(path, headers=headers).status_code == expected, (kind, path)
        by_name = client.get("/api/models/download", {"model_name": model.name}, headers=headers)
        assert by_name.status_code == expected, kind
        by_id = client.get("/api/models/download", {"model_id": model.pk}, headers=headers)
        hidden = 403 if person == "anonymous" else 404
        assert by_id.status_code == (200 if sees else hidden), kind
        revisions = client.get(f"/api/models/{model.pk}/revisions", headers=headers)
        assert revisions.status_code == (200 if person in SEES[kind] else 404), kind
        if kind == "private":
            assert (model.name in names) == (person == "owner")
        else:
            assert (model.name in names) == sees, kind


def attempt(client, method: str, path: str, body: dict | None, headers: dict[str, str]):
    return getattr(client, method)(path, body, content_type="application/json", headers=headers)


def refusal(person: str, kind: str) -> int:
    """What somebody hears who may not: sign in, there is nothing, or you may not."""
    if person == "anonymous":
        return 401
    return 403 if person in SEES[kind] else 404


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("kind", KINDS)
def test_changing_a_model(client, people, models, person, kind):
    model = models[kind]
    changed = written(llm_record(model.name, context_length=4096))
    body = {"definition": changed, "base_revision": 1, "message": "Shorter"}
    answer = attempt(client, "put", f"/api/models/{model.pk}", body, bearer(people[person]))
    if person in CHANGES[kind]:
        assert answer.status_code == 200, answer.content
        assert answer.json()["data"]["state"] == STATES.get((kind, person), "published")
    else:
        assert answer.status_code == refusal(person, kind)
        assert model.revisions.count() == 1


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("kind", KINDS)
def test_deleting_a_model(client, people, models, person, kind):
    model = models[kind]
    answer = attempt(client, "delete", f"/api/models/{model.pk}", None, bearer(people[person]))
    allowed = person in DELETES[kind]
    assert answer.status_code == (204 if allowed else refusal(person, kind))
    assert RegisteredModel.objects.filter(pk=model.pk).exists() is not allowed


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("kind", KINDS)
def test_letting_a_model_expire(client, people, models, person, kind):
    model = models[kind]
    body = {"expires_at": "2020-01-01T00:00:00Z"}
    answer = attempt(client, "put", f"/api/models/{model.pk}/expiry", body, bearer(people[person]))
    allowed = person in EXPIRES[kind]
    assert answer.status_code == (200 if allowed else refusal(person, kind))
    assert RegisteredModel.objects.get(pk=model.pk).expires_at != model.expires_at or not allowed


REGISTERS = {
    "private": {"registrar": "published", "public registrar": "published",
                "enterprise registrar": "published", "superuser": "published"},
    "public": {"registrar": "proposed", "public registrar": "published",
               "enterprise registrar": "proposed", "superuser": "published"},
    "enterprise": {"enterprise registrar": "published", "superuser": "published"},
}  # fmt: skip


@pytest.mark.parametrize("person", PEOPLE)
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


@pytest.mark.parametrize("kind", KINDS)
def test_a_token_that_may_only_read_writes_nothing(client, people, models, kind):
    path = f"/api/models/{models[kind].pk}"
    headers = bearer(people["superuser"], Scope.READ)
    for method, address, body in (
        ("put", path, {"base_revision": 1, "readme": "x"}),
        ("put", f"{path}/expiry", {"expires_at": None}),
        ("delete", path, None),
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
