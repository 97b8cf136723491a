"""Who may open the pages outside of the administration, and what they show to whom."""

from __future__ import annotations

import pytest

from accounts import tokens
from accounts.models import Scope, User
from models_registry.actions.edit import edit
from models_registry.actions.submission import Submission
from models_registry.catalogue import pinning
from models_registry.models import Draft, SourceMark, UnreadableFile
from reviews.models import Endorsement
from tests.access.matrix import (
    ACTIVE,
    CHANGES,
    DELETES,
    EVERYBODY,
    EXPIRES,
    FINDS,
    LIVE,
    OUTSIDE,
    PEOPLE,
    REVIEWING_STAFF,
    ROWS,
    SEES,
    SUGGESTS,
    TREES,
    addresses,
    attempt,
    bearer,
    refusal,
    sign_in,
    staff,
)
from tests.factories import a_user, llm_record, written


def test_every_address_has_a_row():
    unknown = {
        route for route in addresses() if route not in ROWS and not route.startswith(tuple(TREES))
    }
    assert not unknown, "Say in ROWS who may call these, and test it below."


def test_every_row_is_an_address():
    assert set(ROWS) <= set(addresses())


# --- Pages ------------------------------------------------------------------------------------


@pytest.mark.parametrize("person", EVERYBODY)
def test_pages_of_a_model_exist_for_those_who_may_see_it_alone(client, people, models, person):
    sign_in(client, people[person])
    for kind, model in models.items():
        expected = 200 if person in SEES[kind] else 404
        assert client.get(f"/models/detail/{model.pk}").status_code == expected, kind
        by_name = 200 if person in FINDS[kind] else 404
        assert client.get(f"/models/detail/{model.name}").status_code == by_name, kind
        page = client.get(f"/models/detail/{model.pk}/definition.json")
        assert page.status_code == (expected if kind != "proposed" else page.status_code), kind
        if expected == 404:
            assert page.status_code == 404


@pytest.mark.parametrize("person", EVERYBODY)
def test_a_comparison_has_the_models_that_the_person_may_see_alone(client, people, models, person):
    sign_in(client, people[person])
    page = client.get("/models/compare", {"model": [model.pk for model in models.values()]})
    shown = {column.model.pk for column in page.context["comparison"].models}
    may = {kind for kind in LIVE if person in SEES[kind]}
    assert shown == {models[kind].pk for kind in may}


@pytest.mark.parametrize("person", EVERYBODY)
def test_the_launch_page_knows_what_the_person_may_see_alone(client, people, models, person):
    sign_in(client, people[person])
    tab = client.get("/launch_model/llm?q=m-").content.decode()
    for kind, model in models.items():
        shown = person in SEES[kind] and kind in LIVE
        page = client.get(f"/launch_model/{model.pk}/launch")
        assert page.status_code == (200 if shown else 404), kind
        assert (f"/launch_model/{model.pk}/launch" in tab) == shown, kind


@pytest.mark.parametrize("person", EVERYBODY)
def test_the_sitemap_and_the_feeds_have_what_visitors_without_an_account_see(
    client, people, models, person
):
    sign_in(client, people[person])
    paths = ["/sitemap-models.xml"]
    paths += [f"/feeds/{part}{which}.atom" for part in ("", "llm/") for which in ("new", "updated")]
    for path in paths:
        answer = client.get(path)
        assert answer.status_code == 200, path
        for kind, model in models.items():
            assert (model.name in answer.content.decode()) == (kind == "public"), (path, kind)
    assert "m-public" not in client.get("/feeds/image/new.atom").content.decode()
    for kind, model in models.items():
        picture = client.get(f"/models/detail/{model.pk}/picture.png")
        assert picture.status_code == (200 if kind == "public" else 404), kind
    assert client.get("/sitemap.xml").content.count(b"<loc>") == 2  # models, help


# Who may bring the source's version into a model, or keep one that is gone there.
DECIDES: dict[str, set[str]] = {
    "private": set(),
    "proposed": set(),
    "public": {"maintainer", "superuser"},
    "enterprise": {
        "enterprise maintainer", "superuser", "may change this", *staff("change_enterprise_model"),
    },
    "expired": {"maintainer", "superuser"},
}  # fmt: skip


@pytest.mark.parametrize("person", EVERYBODY)
def test_differences_from_the_source_exist_for_those_who_may_decide_on_them(
    client, people, models, person
):
    sign_in(client, people[person])
    for model in models.values():
        SourceMark.objects.create(
            model=model, their_text=written(llm_record(model.name, context_length=1))
        )
    listed = client.get("/launch_model/conflicts").content.decode()
    tab = client.get("/launch_model/llm").content.decode()
    for kind, model in models.items():
        address = f"/launch_model/conflicts/{model.pk}"
        may = person in DECIDES[kind]
        expected = 302 if person in OUTSIDE else 200 if may else 404
        assert client.get(address).status_code == expected, kind
        assert (f'"{address}"' in listed) == may, kind
        assert (f'"{address}"' in tab) == (may and kind != "expired"), kind
        if not may:
            before = model.published_revision_id
            for path, posted in ((address, {"all": "theirs"}), (f"{address}/keep", {})):
                # 401: a page that keeps what was posted until the person has signed in.
                asked = 401 if person in OUTSIDE and posted else expected
                assert client.post(path, posted).status_code == asked, (kind, path)
            model.refresh_from_db()
            assert model.published_revision_id == before


@pytest.mark.parametrize("person", EVERYBODY)
def test_updating_and_launching_are_for_those_with_the_right(client, people, models, person):
    sign_in(client, people[person])
    answer = client.post("/launch_model/update", {"model_type": "llm"})
    may = person in {"maintainer", "superuser", *staff("update_catalogue")}
    refused = 401 if person in OUTSIDE else 403
    assert answer.status_code == (302 if may else refused)
    assert ("/launch_model/updates/" in answer.headers.get("Location", "")) == may
    launched = client.post(f"/launch_model/{models['public'].pk}/launch")
    assert launched.status_code == 403, "there is no server here"


@pytest.mark.parametrize("person", EVERYBODY)
def test_the_fleet_and_rolling_back_are_for_keepers_of_the_catalogue(
    client, people, models, person, settings
):
    sign_in(client, people[person])
    may = person in {"maintainer", "superuser", *staff("update_catalogue")}
    refused = 302 if person in OUTSIDE else 403
    assert client.get("/launch_model/fleet").status_code == (200 if may else refused)
    assert client.post("/launch_model/fleet/ask").status_code == (404 if may else refused)
    page = client.get("/launch_model/llm").content.decode()
    assert ("/launch_model/fleet" in page) == may
    pinning.pin("llm", 1, by=None)
    page = client.get("/launch_model/llm").content.decode()
    assert ("A list is rolled back" in page) == may


@pytest.mark.parametrize("person", PEOPLE)
def test_what_was_found_upstream_is_for_those_who_may_let_public_models_expire(
    client, people, models, person
):
    if people[person]:
        client.force_login(people[person])
    UnreadableFile.objects.create(path="xinference/model/llm/broken.json", message="Broken.")
    may = person in {"maintainer", "superuser"}
    refused = 302 if person == "anonymous" else 403
    assert client.get("/upstream").status_code == (200 if may else refused)
    answer = client.post("/upstream/removals", {"action": "approve", "removal": "1"})
    # 401: a page that keeps what was posted until the person has signed in.
    posted = 401 if person == "anonymous" else 403
    assert answer.status_code == (409 if may else posted)
    assert ('href="/upstream"' in client.get("/launch_model/llm").content.decode()) == may


@pytest.mark.parametrize("person", PEOPLE)
def test_lists_and_their_revisions_are_the_same_for_everybody(client, people, models, person):
    headers = bearer(people[person], Scope.READ)
    newest = client.get("/api/models/lists/llm").json()["data"][0]
    older = f"download?model_type=llm&revision={newest['revision']}"
    for path in ("lists", "lists/llm", "lists/llm/repositories", older):
        answer = client.get(f"/api/models/{path}", headers=headers)
        assert answer.status_code == 200, path
        assert answer.content == client.get(f"/api/models/{path}").content, path
        for kind in ("private", "proposed", "enterprise", "expired"):
            assert models[kind].name.encode() not in answer.content, (path, kind)
    assert client.get("/api/models/lists/key.pem", headers=headers).status_code == 404


@pytest.mark.parametrize("person", ACTIVE)
def test_lists_counts_and_search_know_what_the_person_may_see_alone(client, people, models, person):
    sign_in(client, people[person])
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
    path = path.replace("<str:tab>", "llm").replace("<slug:answer>", "accept")
    path = path.replace("<slug:action>", "stop").replace("<int:delivery>", "1")
    for answer in (client.get(path), client.post(path)):
        # 401: a page that keeps what was typed until the person has signed in again.
        assert answer.status_code in {302, 401, 405}, path
        if answer.status_code == 302:
            assert "/signin" in answer.url or "/accounts/login" in answer.url


@pytest.mark.parametrize("person", EVERYBODY)
def test_the_pages_that_maintain_a_model_exist_for_those_who_may_do_something_to_it(
    client, people, models, person
):
    sign_in(client, people[person])
    for kind, model in models.items():
        for page, may in (
            ("history", SEES[kind]),
            ("upstream", SEES[kind]),
            ("settings", CHANGES[kind] | DELETES[kind] | EXPIRES[kind]),
            ("edit", CHANGES[kind] | SUGGESTS[kind]),
        ):
            answer = client.get(f"/models/detail/{model.pk}/{page}", follow=page == "edit")
            if person in OUTSIDE and page not in ("history", "upstream"):
                assert "/signin" in answer.redirect_chain[0][0] if page == "edit" else True
                assert answer.status_code in {200, 302, 404}
                continue
            refused = {404} if person not in SEES[kind] or page == "settings" else {403, 404}
            expected = {200} if person in may else refused
            assert answer.status_code in expected, (kind, page)


@pytest.mark.parametrize("person", EVERYBODY)
def test_a_change_is_suggested_by_those_who_may(client, people, models, person):
    """Visitors without an account are asked to sign in; whoever works with it has Settings."""
    sign_in(client, people[person])
    for kind, model in models.items():
        if person not in SEES[kind]:
            continue
        page = client.get(f"/models/detail/{model.pk}").content.decode()
        offers = f'href="/models/detail/{model.pk}/edit"' in page
        assert offers == (person in SUGGESTS[kind] or (person in OUTSIDE and kind == "public"))


@pytest.mark.parametrize("person", EVERYBODY)
def test_a_suggestion_is_answered_by_the_owner_of_the_model(client, people, models, person):
    model, registrar = models["public"], people["registrar"]
    submission = Submission(readme="# Better\n")
    revision = edit(model, submission, by=registrar, base_revision=1)
    sign_in(client, people[person])
    sees = {*CHANGES["public"], *DELETES["public"], *EXPIRES["public"], "registrar", "reviewer"}
    posted = {"round": revision.number, "reason": "No."}
    for action in ("endorse", "decline"):
        answer = client.post(f"/models/detail/{model.pk}/review/{action}", posted)
        expected = {302} if person == "owner" else {302, 403, 404} if person in sees else {302, 404}
        if person in REVIEWING_STAFF:
            expected = {302, 403}
        assert answer.status_code in expected, action
    revision.refresh_from_db()
    assert revision.state == ("withdrawn" if person == "owner" else "proposed")
    assert Endorsement.objects.filter(revision=revision).exists() == (person == "owner")


@pytest.mark.parametrize("person", EVERYBODY)
def test_the_review_of_a_model_is_told_to_those_concerned(client, people, models, person):
    sign_in(client, people[person])
    answer = client.get(f"/models/detail/{models['proposed'].pk}/review")
    concerned = {"owner", "reviewer", "superuser", *REVIEWING_STAFF}
    assert answer.status_code == 200 if person in concerned else answer.status_code in {302, 404}


@pytest.mark.parametrize("person", PEOPLE)
def test_the_queue_is_for_reviewers_and_opens_nothing_else(client, people, models, person):
    sign_in(client, people[person])
    proposal = models["proposed"].revisions.get()
    allowed = person in {"reviewer", "superuser"}
    for page in ("", "figures", "replies", f"{proposal.pk}/"):
        answer = client.get(f"/admin/reviews/{page}")
        assert answer.status_code == 200 if allowed else answer.status_code in {302, 404}, page
    if person == "reviewer":
        for page in ("", "accounts/user/", "hub/auditentry/", "models_registry/registeredmodel/"):
            assert client.get(f"/admin/{page}").status_code in {302, 403, 404}, page


@pytest.mark.parametrize("person", ACTIVE)
@pytest.mark.parametrize("decision", ["approve", "request_changes", "reject"])
def test_deciding_a_review(client, people, models, person, decision):
    model = models["proposed"]
    revision = model.revisions.get()
    body = {"revision": revision.number, "decision": decision, "feedback": "Because."}
    answer = attempt(
        client, "post", f"/api/models/{model.pk}/reviews", body, bearer(people[person])
    )
    if person in {"reviewer", "superuser", *staff("review_model")}:
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


def test_what_is_deactivated_is_nobody_at_every_address(client, people, models, request):
    """A session and tokens that are live when an account is deactivated open nothing any more."""
    user = a_user("gone", is_superuser=True, is_staff=True)
    session = tokens.sign_in(user, ip_address=None, user_agent="t")
    headers = [bearer(user), {"Authorization": f"Bearer {session.access}"}]
    client.force_login(user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    for route in (*ROWS, "admin/", "accounts/email/", "accounts/password/change/"):
        if ("<" in route and "int:pk" not in route) or route.startswith("^"):
            continue
        path = "/" + route.replace("<int:pk>", str(models["private"].pk))
        if "<" in path:
            continue
        mine = client.get(path)
        anonymous = client.__class__().get(path)
        assert mine.status_code == anonymous.status_code, path
        assert b"m-private" not in mine.content, path
    for header in headers:
        for model in models.values():
            for path in (f"/{model.pk}", f"/{model.name}", f"/{model.pk}/revisions", ""):
                answer = client.get(f"/api/models{path}", headers=header)
                assert answer.status_code == 401, path
    body = {"token": session.refresh}
    answer = client.post("/api/users/refresh", body, content_type="application/json")
    assert answer.status_code == 401


@pytest.mark.parametrize("person", PEOPLE)
def test_the_figures_are_for_staff_that_maintain_public_models(client, people, person):
    sign_in(client, people[person])
    assert client.get("/metrics").status_code == (200 if person == "superuser" else 404)
    if person != "anonymous":
        User.objects.filter(pk=people[person].pk).update(is_staff=True)
        may = person in {"maintainer", "superuser"}
        assert client.get("/metrics").status_code == (200 if may else 404)
