"""The limits of a GitHub account hold for all tokens of it and for all processes."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import threading
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts import github_quota, use_cases
from accounts.errors import GitHubUnreachable
from accounts.github_quota import Owner, RateLimited
from accounts.models import GitHubQuota, GitHubTokenOwner
from tests.factories import a_user
from tests.standins.github_api import GitHubApi

ONE = "ghp_" + "a" * 36
OTHER = "ghp_" + "b" * 36
FORWARD = Owner("id:1", "octocat", 1)


@pytest.fixture
def api(settings):
    standin = GitHubApi()
    settings.ENV = dataclasses.replace(settings.ENV, github_api_url=standin.url)
    yield standin
    standin.stop()


@pytest.mark.django_db
def test_two_tokens_of_an_account_share_its_limits(api):
    for token in (ONE, OTHER):
        api.knows(token, "octocat")
    owner = github_quota.owner_of(ONE)
    github_quota.observe(owner, 403, {"Retry-After": "60"}, "secondary rate limit")
    with pytest.raises(RateLimited), github_quota.turn(github_quota.owner_of(OTHER), writes=False):
        pytest.fail("no request may be sent")


@pytest.mark.django_db
def test_github_is_asked_once_whose_a_token_is_and_the_token_is_not_stored(api):
    api.knows(ONE, "octocat")
    assert github_quota.owner_of(ONE) == github_quota.owner_of(ONE)
    assert len(api.requests) == 1
    stored = str(list(GitHubTokenOwner.objects.values()))
    assert "octocat" in stored
    assert ONE not in stored


@pytest.mark.django_db
def test_nothing_of_a_token_that_its_owner_has_deleted_is_left(api):
    api.knows(ONE, "octocat")
    user = a_user("grace")
    use_cases.save_github_token(ONE, by=user)
    assert GitHubTokenOwner.objects.get().login == "octocat"
    use_cases.forget_github_token(by=user)
    assert not GitHubTokenOwner.objects.exists()


@pytest.mark.django_db
def test_a_token_of_an_account_that_must_wait_is_not_checked(api):
    api.knows(ONE, "octocat")
    github_quota.observe(github_quota.owner_of(ONE), 429, {"Retry-After": "60"}, "")
    with pytest.raises(GitHubUnreachable):
        use_cases.save_github_token(ONE, by=a_user("grace"))
    assert len(api.requests) == 1


@pytest.mark.django_db
def test_a_token_without_an_account_has_limits_of_its_own(api):
    api.answers[ONE] = (403, {}, {"message": "Resource not accessible by integration"})
    app = github_quota.owner_of(ONE)
    assert app == github_quota.owner_of(ONE)
    assert (app.login, len(api.requests)) == ("", 1)
    assert app.account != github_quota.owner_of("").account


@pytest.mark.django_db
def test_a_shorter_wait_does_not_end_a_longer_one():
    github_quota.observe(FORWARD, 429, {"retry-after": "600"}, "")
    github_quota.observe(FORWARD, 429, {"retry-after": "5"}, "")
    left = GitHubQuota.objects.get().not_before - timezone.now()
    assert left > timedelta(seconds=500)


@pytest.mark.django_db
@pytest.mark.parametrize("reset", ["", "soon", "9" * 5000])
def test_the_last_request_that_is_left_is_not_used_up(reset):
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}
    assert github_quota.observe(FORWARD, 200, headers, "") is None
    with pytest.raises(RateLimited), github_quota.turn(FORWARD, writes=False):
        pytest.fail("no request may be sent")


@pytest.mark.django_db
def test_at_most_eighty_writes_are_sent_within_a_minute(api, monkeypatch):
    monkeypatch.setattr(github_quota, "MINUTE_SECONDS", 3)
    sent = []
    for _ in range(170):
        with github_quota.turn(FORWARD, writes=True):
            sent.append(time.time())
    # A busy machine may stand still for a moment between the hub's note and this one.
    busiest = max(sum(at <= other < at + 1.5 for other in sent) for at in sent)
    assert busiest <= 80


@pytest.mark.django_db
def test_reading_goes_on_where_writes_are_used_up():
    now = time.time()
    GitHubQuota.objects.create(account="id:1", writes=[now] * 80)
    began = time.monotonic()
    with github_quota.turn(FORWARD, writes=False):
        assert time.monotonic() - began < 10
    with (
        pytest.raises(RateLimited),
        github_quota.turn(FORWARD, writes=True, patience=timedelta(seconds=1)),
    ):
        pytest.fail("no request may be sent")


@pytest.mark.skipif(
    connection.vendor == "sqlite", reason="threads can't write to one database in memory"
)
@pytest.mark.django_db(transaction=True)
def test_one_request_is_sent_at_a_time():
    running, most = [], []

    def ask() -> None:
        try:
            for _ in range(3):
                with github_quota.turn(FORWARD, writes=False):
                    running.append(1)
                    most.append(len(running))
                    time.sleep(0.02)
                    running.pop()
        finally:
            connection.close()

    workers = [threading.Thread(target=ask) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
    assert (len(most), max(most)) == (12, 1)


@pytest.mark.django_db
def test_the_turn_of_a_process_that_was_killed_is_over_at_once():
    ended = subprocess.Popen(["true"])
    ended.wait()
    later = timezone.now() + timedelta(hours=1)
    row = GitHubQuota.objects.create(account="id:1", held_until=later)
    host = github_quota._HOST
    GitHubQuota.objects.update(holder=f"{host}/{ended.pid}/x")
    with github_quota.turn(FORWARD, writes=False):
        row.refresh_from_db()
        assert row.holder.startswith(f"{host}/{os.getpid()}/")
    GitHubQuota.objects.update(holder=f"{host}/{os.getpid()}/x", held_until=later)
    with (
        pytest.raises(RateLimited),
        github_quota.turn(FORWARD, writes=False, patience=timedelta(seconds=1)),
    ):
        pytest.fail("a process that lives keeps its turn")
