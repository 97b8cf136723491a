"""The consequences of another visibility are said before it is set."""

from __future__ import annotations

import pytest

from tests.factories import a_model, a_person

pytestmark = pytest.mark.django_db


def url(model, action=""):
    return f"/models/detail/{model.pk}/settings" + (f"/{action}" if action else "")


def test_each_visibility_says_what_it_would_cause(client):
    ada = a_person("ada", "Registrars")
    model = a_model(owner=ada, visibility="private")
    client.force_login(ada)
    choices = {c.value: c for c in client.get(url(model)).context["choices"]}
    assert choices["private"].is_current
    assert choices["public"].is_allowed
    assert "This is sent for review" in choices["public"].text
    assert not choices["enterprise"].is_allowed
    assert "right to register enterprise models" in choices["enterprise"].text


def test_publishing_at_once_says_so_before_it_is_done(client):
    ada = a_person("ada", "Public registrars")
    model = a_model(owner=ada, visibility="private")
    client.force_login(ada)
    choices = {c.value: c for c in client.get(url(model)).context["choices"]}
    assert "It becomes visible to everybody immediately" in choices["public"].text
    assert "pull request" in choices["public"].text
