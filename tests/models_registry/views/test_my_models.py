"""My Models: a draft is discarded."""

import pytest

from models_registry.models import Draft
from tests.models_registry.drafting.forms import (
    a_draft,
    address,
    member,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(client):
    """A registrar, signed in."""
    user = member("ada", "Registrars")
    client.force_login(user)
    return user


def test_discarding_takes_the_draft_away(client, ada):
    draft = a_draft(ada)
    client.post(address(draft, "check"), {"discard": "1"})
    assert not Draft.objects.exists()
