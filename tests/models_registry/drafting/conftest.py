"""Somebody who writes drafts."""

from __future__ import annotations

import pytest

from tests.models_registry.drafting.forms import member


@pytest.fixture
def ada(client):
    """A registrar, signed in."""
    user = member("ada", "Registrars")
    client.force_login(user)
    return user
