"""The sentences that tell a model's maintainers what was done to it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.utils import timezone

from hub.audit import RequestOrigin, acting_from
from models_registry.actions import maintainers
from models_registry.actions.edit import edit as edit_model
from models_registry.actions.expiry import set_expiry
from models_registry.actions.submission import Submission
from models_registry.actions.withdraw import withdraw
from tests.factories import a_model, a_person

pytestmark = pytest.mark.django_db


def test_activity_tells_what_was_done_newest_first_without_addresses(client):
    mia = a_person("mia", "Maintainers")
    client.force_login(mia)
    model = a_model(owner=a_person("ada", "Registrars"))
    a_person("ben")
    with acting_from(RequestOrigin(channel="api", ip_address="192.0.2.77")):
        edit = Submission(readme="# A", message="Why <b>")
        edit_model(model, edit, by=mia, base_revision=1)
    proposed = edit_model(model, Submission(readme="# B"), by=model.owner, base_revision=2)
    withdraw(model, by=model.owner)
    set_expiry(model, datetime(2040, 1, 1, tzinfo=UTC), by=mia)
    set_expiry(model, None, by=mia)
    set_expiry(model, timezone.now(), by=mia)
    maintainers.appoint(model, "ben", by=mia)
    maintainers.dismiss(model, "ben", by=mia)
    response = client.get(f"/models/detail/{model.pk}/settings")
    said = [(one.who, one.what) for one in response.context["activities"]]
    assert said == [
        ("mia", "removed rights on this model from ben"),
        ("mia", "gave ben rights on this model"),
        ("mia", "expired the model immediately"),
        ("mia", "removed the expiry date"),
        ("mia", "set the model to expire on Jan. 1, 2040, midnight UTC"),
        ("ada", f"withdrew revision {proposed.number}"),
        ("ada", f"submitted revision {proposed.number}"),
        ("mia", "published revision 2 (public)"),
    ]
    assert "Why &lt;b&gt;" in response.content.decode()
    assert "192.0.2.77" not in response.content.decode()
