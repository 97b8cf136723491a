"""What is kept for how long: old rows and files go, and every table has a bound."""

from __future__ import annotations

import dataclasses
import os
import time
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import DatabaseError
from django.utils import timezone

from accounts import closing, invitations, tokens
from accounts.models import AccessToken, ApiSession, Scope
from hub import audit, retention
from hub.models import AuditEntry
from hub.tasks import tidy
from models_registry.models import RegisteredModel, Revision, UpdateRun
from reviews.models import Comment, Notification, Review
from tests.environment import ROOT
from tests.factories import a_model, a_user

pytestmark = pytest.mark.django_db


def days_ago(days: float):
    return timezone.now() - timedelta(days=days)


def test_every_table_has_a_rule_or_a_bound():
    labels = {
        model._meta.label
        for model in apps.get_models(include_auto_created=True)
        if not model._meta.proxy
    }
    assert labels == retention.RULED | set(retention.BOUNDED)
    assert retention.RULED.isdisjoint(retention.BOUNDED)


def test_the_guide_names_every_rule_and_setting():
    guide = (ROOT / "docs/guides/operate.md").read_text()
    for name in ("AUDIT", "PERSONAL", "NOTIFICATION", "RUN"):
        assert f"HUB_KEEP_{name}_DAYS" in guide
    for rule in retention.RULES:
        assert rule.__name__.replace("_", " ") in guide.lower()


def test_expired_sessions_go_and_live_ones_stay(client):
    ada = a_user("ada")
    client.force_login(ada)
    live = client.session.session_key
    Session.objects.create(session_key="old", session_data="", expire_date=days_ago(1))
    for key in ("old", live):
        row = {"session_key": key, "ip": "127.0.0.1", "user_agent": "x"}
        UserSession.objects.get_or_create(session_key=key, defaults={"user": ada, **row})
    tidy()
    assert list(Session.objects.values_list("pk", flat=True)) == [live]
    assert list(UserSession.objects.values_list("session_key", flat=True)) == [live]
    assert client.get("/user-center").status_code == 200


def test_tokens_and_links_that_ended_long_ago_go():
    ada = a_user("ada")
    tokens.sign_in(ada, ip_address=None, user_agent="old")
    ApiSession.objects.update(expires_at=days_ago(31))
    AccessToken.objects.update(expires_at=days_ago(31))
    pair = tokens.sign_in(a_user("bob"), ip_address=None, user_agent="live")
    for name, ended in {"revoked": days_ago(31), "lately": days_ago(1), "live": None}.items():
        token, _ = tokens.issue(by=ada, name=name, scope=Scope.READ, expires_at=None)
        AccessToken.objects.filter(pk=token.pk).update(revoked_at=ended)
    address = EmailAddress.objects.create(user=ada, email="new@example.org")
    for key, moment in {"old": days_ago(30), "new": days_ago(0)}.items():
        EmailConfirmation.objects.create(email_address=address, key=key, sent=moment)
    tidy()
    assert ApiSession.objects.get().user_agent == "live"
    assert tokens.resolve(pair.access)
    names = AccessToken.objects.filter(user=ada).values_list("name", flat=True)
    assert set(names) == {"lately", "live"}
    assert EmailConfirmation.objects.get().key == "new"


def entry(days: float, **fields) -> AuditEntry:
    origin = audit.RequestOrigin(channel="web", ip_address="192.0.2.7")
    with audit.acting_from(origin):
        made = audit.record(audit.Tag.PROFILE_CHANGE, **{"by": None, **fields})
    AuditEntry._base_manager.filter(pk=made.pk).update(created_at=days_ago(days))
    return made


def test_the_audit_log_ends_where_the_setting_says(settings, monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 2)
    for days in (2000, 1999, 1998, 1997, 1):
        entry(days)
    settings.ENV = dataclasses.replace(settings.ENV, keep_audit_days=0)
    tidy()
    assert AuditEntry.objects.count() == 5
    settings.ENV = dataclasses.replace(settings.ENV, keep_audit_days=1095)
    tidy()
    assert AuditEntry.objects.count() == 1


def test_addresses_and_the_names_of_closed_accounts_leave_the_audit_log():
    ada, bob, root = a_user("ada"), a_user("bob"), a_user("root", is_superuser=True)
    old = entry(200, by=ada, target=ada, email="ada@example.org")
    young = entry(10, by=ada, target=ada, email="ada@example.org")
    of_bob = entry(200, by=bob, target=bob, email="bob@example.org")
    closing.close_account(ada, by=root)
    tidy()
    for row in (old, young, of_bob):
        row.refresh_from_db()
    assert (old.actor_name, old.target_label, old.data, old.ip_address) == ("", "", {}, None)
    assert (young.actor_name, young.target_label, young.ip_address) == ("ada", "ada", "192.0.2.7")
    assert (of_bob.actor_name, of_bob.data["email"]) == ("bob", "bob@example.org")
    assert of_bob.ip_address is None


def test_old_notifications_go_and_what_was_told_once_is_not_told_again():
    ada = a_user("ada")
    for title, key, days in [("a", "", 200), ("b", "once", 200), ("c", "", 1)]:
        row = Notification.objects.create(
            recipient=ada, title=title, url="/", key=key, kind="comment"
        )
        Notification.objects.filter(pk=row.pk).update(created_at=days_ago(days))
    tidy()
    assert Notification.objects.on_bell_of(ada).get().title == "c"
    kept = Notification.objects.get(key="once")
    assert (kept.title, kept.by_mail, kept.on_bell) == ("", False, False)
    assert retention.notifications() == 0


def test_of_old_updates_the_last_one_of_each_type_stays():
    done = UpdateRun.State.DONE
    for number in range(3):
        UpdateRun.objects.create(
            model_type="llm", source=str(number), state=done, finished_at=days_ago(100)
        )
    UpdateRun.objects.create(model_type="image", source="i", state=UpdateRun.State.QUEUED)
    tidy()
    assert set(UpdateRun.objects.values_list("source", flat=True)) == {"2", "i"}


def test_old_files_of_broker_and_mail_go(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    old, young = time.time() - 40 * 86_400, time.time() - 3600
    for folder in ("broker/celery/unreadable", "broker/celery/new", "mail"):
        (tmp_path / folder).mkdir(parents=True)
        for name, moment in {"old": old, "young": young}.items():
            (tmp_path / folder / name).write_text("")
            os.utime(tmp_path / folder / name, (moment, moment))
    tidy()
    left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {
        "broker/celery/unreadable/young", "mail/young",
        "broker/celery/new/old", "broker/celery/new/young",
    }  # fmt: skip


def test_a_rule_that_fails_does_not_keep_the_others(monkeypatch, caplog):
    def fails() -> int:
        raise DatabaseError("locked")

    Session.objects.create(session_key="old", session_data="", expire_date=days_ago(1))
    monkeypatch.setattr(retention, "RULES", (fails, retention.sessions))
    tidy()
    assert not Session.objects.exists()
    assert "The rule fails failed" in caplog.text


def test_the_name_of_a_closed_account_leaves_what_it_did(settings):
    ada, root = a_user("ada"), a_user("root", is_superuser=True)
    model = a_model("qwen3", owner=root)
    revision = model.published_revision
    others = Revision.objects.exclude(pk=revision.pk).count()
    Revision.objects.filter(pk=revision.pk).update(author=ada, author_name="ada")
    Comment.objects.create(revision=revision, author=ada, author_name="ada", text="Fine.")
    Review.objects.create(revision=revision, reviewer=ada, reviewer_name="ada", decision="approve")
    RegisteredModel.objects.filter(pk=model.pk).update(expiry_by="ada")
    imported = a_model("bge", owner=None).published_revision
    Revision.objects.filter(pk=imported.pk).update(author=None, author_name="Xinference 4.1.0")
    closing.close_account(ada, by=root)

    def names():
        return (
            Revision.objects.get(pk=revision.pk).author_name,
            Comment.objects.get().author_name,
            Review.objects.get().reviewer_name,
            RegisteredModel.objects.get(pk=model.pk).expiry_by,
        )

    tidy()
    assert names() == ("ada", "ada", "ada", "ada")
    closed = AuditEntry.objects.filter(tag="accounts:account:close")
    AuditEntry._base_manager.filter(pk__in=closed).update(
        created_at=timezone.now() - timedelta(days=181)
    )
    settings.ENV = dataclasses.replace(settings.ENV, keep_personal_days=0)
    tidy()
    assert names() == ("ada", "ada", "ada", "ada")
    settings.ENV = dataclasses.replace(settings.ENV, keep_personal_days=180)
    tidy()
    assert names() == ("", "", "", "somebody")
    assert Revision.objects.get(pk=imported.pk).author_name == "Xinference 4.1.0"
    assert Revision.objects.exclude(pk=revision.pk).count() == others + 1


def test_an_address_that_was_invited_leaves_the_audit_log(settings):
    invitations.invite("grace@example.org", [], by=None)
    invitations.invite("ada@example.org", [], by=None)
    AuditEntry._base_manager.filter(target_label="grace@example.org").update(
        created_at=days_ago(181)
    )
    tidy()
    labels = AuditEntry.objects.filter(target_type="accounts.invitation").order_by("pk")
    assert list(labels.values_list("target_label", flat=True)) == ["", "ada@example.org"]


def test_a_name_that_somebody_has_again_stays():
    ada, root = a_user("ada"), a_user("root", is_superuser=True)
    model = a_model("qwen3", owner=root)
    RegisteredModel.objects.filter(pk=model.pk).update(expiry_by="ada")
    closing.close_account(ada, by=root)
    AuditEntry._base_manager.update(created_at=timezone.now() - timedelta(days=181))
    a_user("ada")
    tidy()
    assert RegisteredModel.objects.get(pk=model.pk).expiry_by == "ada"
