"""Dates on pages: one way of writing them, in the reader's time zone and language."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.utils import timezone, translation

from accounts.models import User
from hub.templatetags.interface import distance
from tests.factories import a_model, a_person

pytestmark = pytest.mark.django_db
EXPIRY = datetime(2040, 1, 31, 20, tzinfo=UTC)


@pytest.fixture
def settings_page():
    return f"/models/detail/{a_model(owner=a_person('mia', 'Maintainers'), expires_at=EXPIRY).pk}"


def test_the_zone_of_the_cookie_is_the_one_of_the_dates(client, settings_page):
    client.force_login(User.objects.get(username="mia"))
    client.cookies["timezone"] = "Asia/Shanghai"
    page = client.get(f"{settings_page}/settings").content.decode()
    assert 'data-zone="Asia/Shanghai" data-zone-of="browser"' in " ".join(page.split())
    assert 'datetime="2040-02-01T04:00:00+08:00"' in page
    assert "Feb. 1, 2040, 4 a.m. UTC+08:00" in page
    # The form, too: what is sent again as it is shown changes nothing.
    assert 'value="2040-02-01T04:00"' in page
    assert '<option value="Asia/Shanghai" selected>' in page


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../../etc/passwd", "localtime"])
def test_another_cookie_leaves_the_dates_in_utc(client, settings_page, zone):
    client.force_login(User.objects.get(username="mia"))
    client.cookies["timezone"] = zone
    assert "Jan. 31, 2040, 8 p.m. UTC" in client.get(f"{settings_page}/settings").content.decode()


def test_a_visitor_without_an_account_gets_the_same_page_whatever_the_cookie(client, settings_page):
    plain = client.get(settings_page)
    client.cookies["timezone"] = "Asia/Shanghai"
    assert client.get(settings_page).content == plain.content
    assert 'data-zone="UTC" data-zone-of="visitor"' in " ".join(plain.content.decode().split())
    assert not plain.cookies


def test_a_zone_that_the_account_chooses_is_there_again_after_the_next_sign_in(client):
    ada = a_person("ada")
    client.force_login(ada)
    form = {"theme": "dark", "language": "", "time_zone": "Europe/Berlin"}
    assert client.post("/user-center/appearance", form).cookies["timezone"].value == "Europe/Berlin"
    assert 'data-zone-of="account"' in client.get("/user-center").content.decode()
    client.logout()
    client.cookies.clear()
    typed = {"login": "ada", "password": "correct horse battery"}
    assert client.post("/signin", typed).cookies["timezone"].value == "Europe/Berlin"
    client.post("/user-center/appearance", {**form, "time_zone": ""})
    assert not client.cookies["timezone"].value


def test_mails_are_written_in_the_zone_and_language_of_their_reader(client):
    a_person("ada")
    User.objects.update(time_zone="Asia/Shanghai", language="zh-hans")
    client.post("/signin", {"login": "ada", "password": "correct horse battery"})
    (message,) = mail.outbox
    assert "UTC+08:00" in message.body
    assert "时间：" in message.body


@pytest.mark.parametrize(
    ("before", "english", "chinese"),
    [
        (timedelta(seconds=20), "just now", "刚刚"),
        (timedelta(minutes=5), "5\xa0minutes ago", "5\xa0分钟前"),
        (timedelta(hours=1), "1\xa0hour ago", "1\xa0小时前"),
        (timedelta(days=3), "3\xa0days ago", "3\xa0天前"),
        (timedelta(days=95), "3\xa0months ago", "3\xa0个月前"),
        (timedelta(days=800), "2\xa0years ago", "2\xa0年前"),
        (-timedelta(days=3, minutes=1), "in 3\xa0days", "3\xa0天后"),
    ],
)
def test_a_distance_in_both_languages(before, english, chinese):
    moment = timezone.now() - before
    assert distance(moment).replace(" ", "\xa0") == english.replace(" ", "\xa0")
    with translation.override("zh-hans"):
        assert distance(moment).replace("\xa0", "").replace(" ", "") == chinese.replace("\xa0", "")
