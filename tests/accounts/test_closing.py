"""Closing an account: what is said first is what happens."""

import pytest
from django.core.exceptions import PermissionDenied

from accounts import closing
from accounts.errors import LastAdministrator
from accounts.models import AccessToken, User
from hub.models import AuditEntry
from models_registry.models import RegisteredModel, Revision
from tests.accounts.conftest import PASSWORD
from tests.factories import a_user


def a_model(owner, name, visibility):
    model = RegisteredModel.objects.create(
        model_type="llm", name=name, name_key=name, owner=owner, visibility=visibility
    )
    revision = Revision.objects.create(
        model=model, number=1, state="published", definition="[]", author=owner, author_name="ada"
    )
    model.published_revision = revision
    model.save()
    return model


@pytest.fixture
def owned(ada):
    """Ada's models: two private ones, a public one, an enterprise one."""
    return [
        a_model(ada, name, visibility)
        for name, visibility in [
            ("secret-a", "private"),
            ("secret-b", "private"),
            ("shared", "public"),
            ("special", "enterprise"),
        ]
    ]


def close(client, **data):
    return client.post("/user-center/close", data)


def test_the_page_names_what_goes_and_what_stays(signed_in, owned):
    page = signed_in.get("/user-center/close").content.decode()
    assert "2 private models are deleted" in page
    assert "2 public or enterprise models stay" in page
    for name in ["llm/secret-a", "llm/secret-b", "llm/shared", "llm/special"]:
        assert name in page


@pytest.mark.parametrize(
    ("days", "said"), [(180, "for 180 days"), (1, "for 1 day."), (0, "the audit log.")]
)
def test_the_page_says_how_long_the_name_stays(signed_in, change_env, days, said):
    change_env(keep_personal_days=days)
    page = " ".join(signed_in.get("/user-center/close").content.decode().split())
    assert f"reviews, comments and the audit log, {said}" in page or (
        not days and f"comments and {said}" in page
    )
    assert "pull requests at GitHub, stay" in page


def test_then_exactly_that_happens(signed_in, ada, owned):
    assert close(signed_in, password=PASSWORD).status_code == 302
    assert not User.objects.exists()
    left = RegisteredModel.objects.values_list("name", "owner", "published_revision__number")
    assert sorted(left) == [("shared", None, 1), ("special", None, 1)]
    assert signed_in.get("/user-center").status_code == 302
    entry = AuditEntry.objects.get(tag="accounts:account:close")
    assert entry.actor_name == entry.target_label == "ada"
    assert "llm/secret-a" in entry.data["consequences"][0]["names"]


def test_without_models_the_page_says_so(signed_in):
    assert b"You own no models" in signed_in.get("/user-center/close").content


@pytest.mark.parametrize("data", [{}, {"password": "wrong"}, {"username": "ada"}])
def test_without_the_password_nothing_happens(signed_in, owned, data):
    assert close(signed_in, **data).status_code == 200
    assert User.objects.count() == 1
    assert RegisteredModel.objects.count() == 4


def test_the_password_can_not_be_guessed_there(signed_in):
    for _ in range(5):
        close(signed_in, password="wrong")
    assert b"Too many" in close(signed_in, password=PASSWORD).content
    assert User.objects.exists()


def test_an_account_without_a_password_types_its_name(signed_in, ada):
    ada.set_unusable_password()
    ada.save()
    signed_in.force_login(ada)
    assert close(signed_in, username="bob").status_code == 200
    assert close(signed_in, username="ada").status_code == 302
    assert not User.objects.exists()


def test_models_of_others_are_not_touched(signed_in, ada, owned):
    bob = a_user("bob")
    a_model(bob, "bobs", "private")
    close(signed_in, password=PASSWORD)
    assert RegisteredModel.objects.get(name="bobs").owner == bob


def test_tokens_end_with_the_account(signed_in, ada):
    from accounts import tokens
    from accounts.models import Scope

    tokens.issue(by=ada, name="x", scope=Scope.READ, expires_at=None)
    close(signed_in, password=PASSWORD)
    assert not AccessToken.objects.exists()


def test_the_only_administrator_stays(signed_in, ada):
    ada.is_superuser = True
    ada.save()
    assert b"only administrator" in close(signed_in, password=PASSWORD).content
    with pytest.raises(LastAdministrator):
        closing.close_account(ada, by=ada)
    a_user("second", is_superuser=True)
    closing.close_account(ada, by=ada)
    assert not User.objects.filter(username="ada").exists()


def test_nobody_closes_the_account_of_somebody_else(ada):
    with pytest.raises(PermissionDenied):
        closing.close_account(ada, by=a_user("eve"))


def test_a_room_is_registered_once(ada):
    from models_registry.actions.close_account import CONSEQUENCE

    before = closing.notices(ada)
    closing.register(CONSEQUENCE)
    assert closing.notices(ada) == before
