"""Accounts in the database: names and addresses are unique; the first administrator is made."""

import pytest
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from accounts import first_admin
from accounts.models import User
from tests.accounts.conftest import PASSWORD
from tests.factories import a_user

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "second", [{"username": "ADA", "email": "x@example.org"}, {"email": "ADA@EXAMPLE.ORG"}]
)
def test_two_accounts_share_no_name_and_no_address_in_any_case(second):
    a_user("ada")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(**{"username": "other", **second})


def test_many_accounts_may_have_no_address():
    User.objects.create(username="one")
    User.objects.create(username="two")
    assert User.objects.filter(email="").count() == 2


def test_the_display_name_stands_for_the_person_where_there_is_one():
    assert User(username="ada").label == "ada"
    assert User(username="ada", display_name="Ada L.").get_full_name() == "Ada L."


def test_an_administrator_is_made_without_questions(monkeypatch, client):
    assert "make admin" in first_admin.hint()
    monkeypatch.setenv("DJANGO_SUPERUSER_USERNAME", "boss")
    monkeypatch.setenv("DJANGO_SUPERUSER_EMAIL", "Boss@Example.org")
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", interactive=False, verbosity=0)
    boss = User.objects.get()
    assert (boss.is_superuser, boss.email) == (True, "boss@example.org")
    assert first_admin.hint() is None
    assert client.post("/signin", {"login": "boss@example.org", "password": PASSWORD})["Location"]
    assert client.get("/admin/").status_code == 200


def test_the_administrators_address_counts_as_confirmed(settings, client):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    User.objects.create_superuser("boss", "boss@example.org", PASSWORD)
    client.post("/signin", {"login": "boss", "password": PASSWORD})
    assert client.get("/user-center").status_code == 200


def test_a_wrong_user_name_is_refused_on_the_command_line(monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    with pytest.raises(CommandError):
        call_command(
            "createsuperuser",
            interactive=False,
            username="not a name",
            email="b@example.org",
            verbosity=0,
        )


def test_the_groups_and_their_rights_are_there():
    rights = {
        group.name: sorted(group.permissions.values_list("codename", flat=True))
        for group in Group.objects.all()
    }
    assert rights == {
        "Registrars": ["register_model"],
        "Public registrars": ["register_model", "register_public_model"],
        "Enterprise registrars": ["register_enterprise_model", "register_model"],
        "Enterprise viewers": ["view_enterprise_model"],
        "Maintainers": [
            "change_public_model",
            "delete_public_model",
            "expire_public_model",
            "update_catalogue",
        ],
        "Enterprise maintainers": [
            "change_enterprise_model",
            "delete_enterprise_model",
            "expire_enterprise_model",
            "view_enterprise_model",
        ],
        "Reviewers": ["review_model", "view_review_list"],
    }
