"""Sign-ins and their failures are noted."""

import pytest

from hub.models import AuditEntry
from tests.accounts.conftest import PASSWORD, tags_of

pytestmark = pytest.mark.django_db


def sign_in(client, login="ada", password=PASSWORD, path="/signin", **more):
    return client.post(path, {"login": login, "password": password, **more})


def test_sign_in_sign_out_and_failures_are_noted_without_the_password(client, ada):
    sign_in(client, "x" * 200, "a secret guess")
    sign_in(client)
    client.post("/accounts/logout/")
    assert tags_of() == [
        "accounts:session:fail",
        "accounts:session:begin",
        "accounts:session:end",
    ]
    failed = AuditEntry.objects.get(tag="accounts:session:fail")
    assert failed.data == {"name": "x" * 80}
    assert (failed.ip_address, failed.channel, failed.actor) == ("127.0.0.1", "web", None)
    assert "a secret guess" not in str(list(AuditEntry.objects.values()))
