"""Add Model: a model is found, looked at, and added."""

from __future__ import annotations

import pytest

from accounts import vault
from tests.factories import llm_record, written
from tests.models_registry.views.launch.pages import add
from tests.standins.hub import send

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("ALPHA", "case-sensitive"),
        ("https://evil.example/models/detail/alpha", "not the address of a model"),
        ("", "required"),
    ],
)
def test_what_is_not_found_is_said_and_what_was_typed_stays(client, keeper, source, asked, message):
    page = add(client, asked=asked)
    assert page.status_code == 422
    assert message in page.content.decode()
    assert f'value="{asked}"' in page.content.decode()


def test_a_token_of_the_source_is_kept_for_the_session_alone(client, keeper, source):
    source.hidden.add("alpha")
    assert add(client, asked="alpha").status_code == 422
    answer = add(client, asked="alpha", token=source.token, visibility="public")
    assert answer.status_code == 403, "what is not public there is never made public here"
    assert add(client, asked="alpha", visibility="private").status_code == 302
    assert source.token not in client.get("/launch_model/add").content.decode()
    kept = client.session["launch_source_token"]
    assert source.token not in kept
    assert vault.unseal(kept) == source.token
    client.logout()
    client.force_login(keeper)
    assert "launch_source_token" not in client.session


def test_names_are_suggested_as_escaped_options(client, keeper, source):
    source.lists["llm"] = written(llm_record("alpha"), llm_record('"><script>'))
    page = client.get("/launch_model/add/names?asked=alp").content.decode()
    assert '<option value="alpha">llm</option>' in page
    source.behaviour = lambda asked: send(asked, "no", 500)
    assert client.get("/launch_model/add/names?asked=scr").status_code == 200
