"""A server on which people sign in."""

from __future__ import annotations

import pytest

from tests.models_registry.servers.guarded_servers import ALL, KEY, PASSWORD


@pytest.fixture
def guarded(there):
    """A server that requires a sign-in as 4.1.0 does, with a user and their key."""
    there.key = ""
    there.access.users["ada"] = (PASSWORD, ALL)
    there.access.keys[KEY] = "ada"
    return there
