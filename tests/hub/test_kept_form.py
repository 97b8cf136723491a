"""A form that was refused is given back with what was typed.

The addresses come from the URL configuration, so a new one is covered without a line here.
"""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.test import Client

from hub.kept_form import page_of
from models_registry.models import Draft
from tests.factories import a_user, llm_record, written
from tests.hub import hostile
from tests.hub.hostile import ROUTES, address

pytestmark = pytest.mark.django_db


TYPED = "Words that somebody typed for a long time, and that nobody wants to type again."


@pytest.fixture
def world() -> hostile.World:
    return hostile.build_world()


def own(client: Client, path: str, fields: dict[str, str], **headers: str):
    """Post a form as the browser does from a page of the hub."""
    sent = {"Origin": "http://testserver", "Referer": f"http://testserver{path}?a=1", **headers}
    return client.post(path, fields, headers=sent)


def fields_of(page: str) -> dict[str, str]:
    form = page[page.index('<form class="form" method="post"') :]
    form = form[: form.index("</form>")]
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form)
    areas = re.findall(r'<textarea[^>]* name="([^"]*)"[^>]*>\n?(.*?)</textarea>', form, re.DOTALL)
    found = {unescape(name): unescape(text) for name, text in areas}
    return {**found, "csrfmiddlewaretoken": token[1]} if token else found


def test_no_form_loses_what_was_typed_before_a_new_sign_in(world):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(world.user)
    for route in ROUTES:
        # Theme and language check who sends the form by its origin, and need no token.
        if route.startswith(("api/", "healthz", "readyz", "theme", "i18n/setlang")):
            continue
        path = address(route, world)
        answer = own(strict, path, {"text": TYPED, "csrfmiddlewaretoken": "x" * 64})
        if answer.status_code == 404:
            continue
        page = answer.content.decode()
        assert answer.status_code == 403, path
        assert fields_of(page)["text"] == TYPED, path
        assert f'action="{path}"' in page, path
        assert f'href="{path}?a=1"' in page, "the button leads to where the form stood"


def test_a_draft_is_saved_by_sending_the_form_again(client):
    owner = a_user()
    draft = Draft.objects.create(
        owner=owner, model_type="llm", definition=written(llm_record("m-draft"))
    )
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(owner)
    path = f"/model-registration/{draft.pk}/readme"
    before = strict.get(path).content.decode()
    old = {
        "csrfmiddlewaretoken": re.search(r'csrfmiddlewaretoken" value="(\w+)"', before)[1],
        "base": re.search(r'name="base"[^>]*value="(\w+)"', before)[1],
        "writer": "a-page",
        "turn": "1",
        "text": f"# Title\n\n{TYPED} <b>&amp;</b>\n",
    }
    strict.cookies.clear()
    strict.force_login(owner)
    strict.get("/models")
    refused = own(strict, path, old)
    assert refused.status_code == 403
    again = fields_of(refused.content.decode())
    assert own(strict, path, again).status_code == 302
    draft.refresh_from_db()
    assert draft.readme == old["text"]


def test_another_sites_form_is_not_offered_to_be_sent_again(world):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(world.user)
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Referer": "https://evil.example/form"},
        {},
    ):
        answer = strict.post("/user-center", {"bio": TYPED}, headers=headers)
        assert answer.status_code == 403
        assert TYPED not in answer.content.decode(), headers


def test_an_address_that_no_one_can_read_is_no_page_of_the_hub(rf):
    assert page_of(rf.post("/signin", headers={"Referer": "http://[x"})) == ""


def test_what_the_page_had_shown_is_sent_again_but_is_nothing_that_was_typed(client):
    seen = "profile:" + "0" * 60
    page = own(client, "/user-center", {"bio": TYPED, "seen": seen}).content.decode()
    assert fields_of(page) == {**fields_of(page), "bio": TYPED, "seen": seen}
    assert 'aria-label="bio"' in page
    assert 'aria-label="seen"' not in page


def test_passwords_and_keys_are_not_written_into_the_page():
    strict = Client(enforce_csrf_checks=True)
    fields = {"login": "ada", "password": "hunter2-hunter2", "github_token": "ghp_hunter2"}
    page = own(strict, "/signin", fields).content.decode()
    assert "hunter2" not in page
    assert fields_of(page)["login"] == "ada"


def test_no_form_loses_what_was_typed_when_the_session_has_ended(client, world):
    kept = 0
    for route in ROUTES:
        # The pages of allauth and of the administration take short forms only.
        if route.startswith(("api/", "accounts/")) or admin_of_django(route):
            continue
        path = address(route, world)
        answer = own(client, path, {"text": TYPED, "bio": TYPED})
        assert "/signin" not in answer.headers.get("Location", ""), f"{path} drops what was typed"
        if answer.status_code == 401:
            kept += 1
            assert fields_of(answer.content.decode())["text"] == TYPED, path
    assert kept > 40


def admin_of_django(route: str) -> bool:
    return route.startswith("admin/") and not route.startswith("admin/reviews")


def test_after_a_button_people_come_back_to_the_page_that_it_stood_on(client):
    answer = client.post(
        "/notifications/read", headers={"Referer": "http://testserver/notifications?page=2"}
    )
    assert answer.headers["Location"] == "/signin?next=/notifications%3Fpage%3D2"


def test_a_part_of_a_page_sends_the_whole_page_to_the_sign_in(client):
    headers = {"HX-Request": "true", "Referer": "http://testserver/user-center/key"}
    answer = client.post("/user-center/server/test", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/signin?next=/user-center/key"
