"""Accounts by invitation: the link in the mail, what it gives, and when it gives nothing."""

from __future__ import annotations

import dataclasses
import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.core import mail
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts import closing, invitations
from accounts.models import Invitation, User
from hub.models import AuditEntry, OutgoingMail
from tests.factories import a_user

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"
NEW = {"username": "grace", "password1": PASSWORD}


@pytest.fixture(autouse=True)
def _closed(settings):
    """Nobody signs up by themselves."""
    settings.ENV = dataclasses.replace(settings.ENV, open_registration=False)


@pytest.fixture
def root(client):
    return a_user("root", is_superuser=True, is_staff=True)


@pytest.fixture
def invited(django_capture_on_commit_callbacks):
    """Invites by the command; returns the path in the mail."""

    def invite(address: str = "grace@example.org", *groups: str) -> str:
        options = [word for name in groups for word in ("--group", name)]
        with django_capture_on_commit_callbacks(execute=True):
            call_command("invite", address, *options)
        return path_in(mail.outbox[-1])

    return invite


def path_in(message) -> str:
    (path,) = re.findall(r"http://\S+?(/accounts/invitation/\S+/)", message.body)
    return path


def test_an_invited_person_gets_an_account_with_address_and_groups(client, invited):
    assert client.get("/signup").status_code == 200
    assert not client.get("/signup").context.get("form"), "sign-up is closed"
    path = invited("Grace@Example.org", "Reviewers")
    assert mail.outbox[-1].to == ["grace@example.org"]
    page = client.get(path)
    assert page.status_code == 200
    assert "grace@example.org" in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert not User.objects.filter(username="grace").exists(), "opening the link changes nothing"
    answer = client.post(path, NEW)
    assert answer.status_code == 302
    grace = User.objects.get(username="grace")
    assert client.session["_auth_user_id"] == str(grace.pk)
    assert set(grace.groups.values_list("name", flat=True)) == {"Registrars", "Reviewers"}
    assert grace.email == "grace@example.org"
    assert EmailAddress.objects.filter(user=grace, verified=True, primary=True).count() == 1
    tags = AuditEntry.objects.filter(tag__startswith="accounts:invitation")
    assert list(tags.order_by("pk").values_list("tag", "actor_name", "data")) == [
        ("accounts:invitation:send", "", {"groups": ["Reviewers"]}),
        ("accounts:invitation:accept", "grace", {"groups": ["Reviewers"]}),
    ]
    client.logout()
    assert client.post("/signin", {"login": "grace", "password": PASSWORD}).status_code == 302


def test_a_link_works_once_whoever_has_it(client, invited):
    path = invited()
    assert client.post(path, NEW).status_code == 302
    client.logout()
    for method in ("get", "post"):
        answer = getattr(client, method)(path, NEW | {"username": "somebody"})
        assert answer.status_code == 404
        assert "This link does not work" in answer.content.decode()
    assert not User.objects.filter(username="somebody").exists()


def test_two_people_who_have_the_page_open_get_one_account(client, invited):
    key = invited().split("/")[-2]
    invitations.accept(key, User(username="first"))
    with pytest.raises(invitations.InvitationRefused):
        invitations.accept(key, User(username="second"))
    assert not User.objects.filter(username="second").exists()


def test_a_link_that_is_old_guessed_or_withdrawn_works_for_nobody(client, invited, root):
    path = invited()
    assert client.get(path.replace(path[-20:], "x" * 19 + "/")).status_code == 404
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert client.get(path).status_code == 404
    Invitation.objects.update(expires_at=timezone.now() + timedelta(days=1))
    assert client.get(path).status_code == 200
    invitations.withdraw(Invitation.objects.get(), by=root)
    assert client.post(path, NEW).status_code == 404
    assert Invitation.objects.get().digest not in path


def test_what_was_typed_wrongly_is_said_and_the_link_still_works(client, invited):
    path = invited()
    a_user("taken")
    for typed in (
        NEW | {"password1": "short"}, NEW | {"username": "taken"}, NEW | {"username": "no spaces"},
        NEW | {"password1": "grace@example.org"}, NEW | {"username": ""},
    ):  # fmt: skip
        answer = client.post(path, typed)
        assert answer.status_code == 422
        assert answer.context["form"].errors
    assert client.post(path, NEW).status_code == 302


def test_somebody_who_is_signed_in_does_not_use_the_link_up(client, invited):
    path = invited()
    client.force_login(a_user("ada"))
    assert "signed in as ada" in client.post(path, NEW).content.decode()
    client.logout()
    assert client.post(path, NEW).status_code == 302


def test_an_address_that_somebody_only_typed_goes_to_its_reader(client, invited, settings):
    closed = settings.ENV
    settings.ENV = dataclasses.replace(closed, open_registration=True)
    typed = {"username": "squatter", "email": "grace@example.org"}
    passwords = {"password1": PASSWORD, "password2": PASSWORD}
    assert client.post("/signup", typed | passwords).status_code == 302
    squatter = User.objects.get(username="squatter", email="grace@example.org")
    assert client.session["_auth_user_id"] == str(squatter.pk)
    client.logout()
    settings.ENV = closed
    path = invited()
    assert client.post(path, NEW).status_code == 302
    squatter.refresh_from_db()
    assert squatter.email == ""
    assert User.objects.get(username="grace").email == "grace@example.org"


def test_an_address_that_somebody_has_confirmed_is_not_invited(client, invited):
    path = invited()
    ada = a_user("ada", email="grace@example.org")
    EmailAddress.objects.create(user=ada, email="grace@example.org", verified=True)
    answer = client.post(path, NEW)
    assert answer.status_code == 422
    assert "has the e-mail address grace@example.org already" in answer.content.decode()
    with pytest.raises(CommandError, match="already"):
        call_command("invite", "grace@example.org")


def test_the_command_says_what_is_wrong(capsys):
    with pytest.raises(CommandError, match="not an e-mail address"):
        call_command("invite", "grace")
    with pytest.raises(CommandError, match="not an e-mail address"):
        call_command("invite", f"grace@{'a.' * 130}example.org")
    with pytest.raises(CommandError, match=r"no group Rulers\. There are: .*Reviewers"):
        call_command("invite", "grace@example.org", "--group", "Rulers")
    call_command("invite", "grace@example.org", "--link")
    assert "/accounts/invitation/" in capsys.readouterr().out
    assert not OutgoingMail.objects.exists()


def test_an_administrator_invites_sends_again_and_withdraws(
    client, root, django_capture_on_commit_callbacks
):
    client.force_login(root)
    reviewers = Group.objects.get(name="Reviewers")
    list_page = "/admin/accounts/invitation/"
    form = {"email": "grace@example.org", "groups": [reviewers.pk]}
    page = client.get(f"{list_page}add/").content.decode()
    assert "A mail with a link leaves at once" in page
    assert 'value="Send the invitation"' in page
    assert "_addanother" not in page
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(f"{list_page}add/", form).status_code == 302
    invitation = Invitation.objects.get()
    assert (invitation.invited_by, list(invitation.groups.all())) == (root, [reviewers])
    first = path_in(mail.outbox[-1])
    assert "root invites you" in mail.outbox[-1].body
    refused = client.post(f"{list_page}add/", form).content.decode()
    assert "was sent a moment ago" in refused
    assert client.get(f"{list_page}{invitation.pk}/change/").status_code == 200
    act = {"_selected_action": [invitation.pk], "action": "send_again"}
    assert "was sent a moment ago" in client.post(list_page, act, follow=True).content.decode()
    Invitation.objects.update(sent_at=timezone.now() - timedelta(minutes=2))
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(list_page, act, follow=True).content.decode()
    assert "gets a new link" in answer
    second = path_in(mail.outbox[-1])
    client.logout()
    assert client.get(first).status_code == 404
    assert client.get(second).status_code == 200
    client.force_login(root)
    client.post(list_page, act | {"action": "withdraw"})
    assert "withdrawn" in client.get(list_page).content.decode()
    client.logout()
    assert client.get(second).status_code == 404


@pytest.mark.parametrize("change", [{"is_superuser": False}, {"is_active": False}, None])
def test_an_invitation_ends_with_the_rights_of_who_sent_it(client, root, change):
    """Else somebody who was an administrator would make themselves a reviewer by an old link."""
    other = a_user("other", is_superuser=True, is_staff=True)
    _, key = invitations.invite("grace@example.org", [], by=root)
    path = f"/accounts/invitation/{key}/"
    assert client.get(path).status_code == 200
    if change is None:
        closing.close_account(root, by=other)
    else:
        User.objects.filter(pk=root.pk).update(**change)
    assert client.get(path).status_code == 404
    with pytest.raises(invitations.InvitationRefused):
        invitations.accept(key, User(username="grace"))
    client.force_login(other)
    page = client.get("/admin/accounts/invitation/").content.decode()
    assert "its sender is no administrator" in page
    Invitation.objects.update(sent_at=timezone.now() - timedelta(minutes=2))
    _, key = invitations.send_again(Invitation.objects.get(), by=other)
    assert invitations.find(key), "who sends it again answers for it"


def test_only_superusers_invite(client):
    staff = a_user("staff", is_staff=True)
    client.force_login(staff)
    assert client.get("/admin/accounts/invitation/add/").status_code == 403
    with pytest.raises(invitations.PermissionDenied):
        invitations.invite("grace@example.org", [], by=staff)


def test_many_tries_from_one_address_are_limited(client, invited):
    path = invited()
    answers = [client.post(path, NEW | {"password1": "short"}) for _ in range(12)]
    assert "Too many attempts" in answers[-1].content.decode()
    assert "Too many attempts" in client.post(path, NEW).content.decode()
