"""Fixtures of the Launch Model page: a server of the hub's, one of a person's own, and people."""

from __future__ import annotations

import dataclasses
from urllib.parse import urlsplit

import pytest

from accounts.own_servers import save_own_server
from models_registry.servers.access import Server, Whose
from tests.factories import a_person
from tests.standins.xinference import XinferenceServer

OWN_KEY = "sk-own-0123456789"


@pytest.fixture
def change_env(settings):
    """A function that replaces values read from the environment, for this test."""

    def change(**values):
        settings.ENV = dataclasses.replace(settings.ENV, **values)

    return change


@pytest.fixture
def server(change_env):
    """The hub's own server."""
    started = XinferenceServer()
    change_env(xinference_endpoint=started.url, xinference_api_key="sk-secret")
    yield started
    started.stop()


@pytest.fixture
def there(change_env):
    """A server that a person may have: loopback is listed by the administrator."""
    started = XinferenceServer()
    started.key = OWN_KEY
    change_env(server_addresses=[urlsplit(started.url).hostname])
    yield started
    started.stop()


@pytest.fixture
def keeper(client):
    """Somebody who may use the hub's server, signed in."""
    person = a_person("keeper", "update_catalogue")
    client.force_login(person)
    return person


@pytest.fixture
def owner(client, there):
    """A signed-in person without rights, who has saved their own server."""
    person = a_person("owner", "Registrars")
    save_own_server(there.url, key=OWN_KEY, by=person)
    client.force_login(person)
    return person


@pytest.fixture
def used(there):
    """The person's server, as the client takes it."""
    return Server(there.url, OWN_KEY, Whose.OWN)
