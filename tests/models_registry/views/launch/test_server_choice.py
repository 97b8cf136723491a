"""The server that a page of Launch Model uses."""

from __future__ import annotations

import pytest

from accounts import own_servers
from tests.factories import a_person
from tests.models_registry.server_fixtures import OWN_KEY
from tests.models_registry.views.launch.pages import text

pytestmark = pytest.mark.django_db


def test_who_has_two_servers_chooses(client, there, server):
    person = a_person("both", "update_catalogue")
    own_servers.save_own_server(there.url, key=OWN_KEY, by=person)
    client.force_login(person)
    assert f"<code>{there.url}</code>" in text(client.get("/launch_model/llm"))
    client.post("/launch_model/server/choose", {"server": "hub"})
    page = text(client.get("/launch_model/llm"))
    assert f"<code>{server.url}</code>" in page
    assert f"<code>{there.url}</code>" in text(client.get("/launch_model/llm?server=own"))
    own_servers.forget_own_server(by=person)
    assert "Which server" not in text(client.get("/launch_model/llm"))
