"""Faults of GitHub: limits are waited for."""

from __future__ import annotations

import pytest
from django.utils import timezone

from accounts.models import GitHubQuota
from models_registry import tasks
from models_registry.models import (
    PullRequest,
)
from models_registry.sync.sources.github import read_github
from models_registry.upstream import polling
from tests.factories import a_user
from tests.models_registry.upstream.deliveries import edit, send

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("imported")]


def test_a_rate_limit_holds_for_everything_of_the_account(github, maintainer):
    edit("alpha", maintainer, context_length=4096)
    send()
    edit("beta", a_user("bob", is_superuser=True), context_length=4096)
    github.asks_to_wait = 600
    github.fault = lambda verb, address: "secondary"
    polling.poll()
    github.fault = None
    github.log.clear()
    send()
    polling.poll()
    tasks.follow_upstream()
    with pytest.raises(Exception, match="asks to wait"):
        read_github("xorbitsai/inference@main")
    assert github.log == []
    GitHubQuota.objects.update(not_before=None)
    PullRequest.objects.update(not_before=None)
    send()
    assert len(github.pulls) == 2


@pytest.mark.parametrize("kind", ["primary", "secondary", "429"])
def test_rate_limits_are_waited_for(github, maintainer, kind):
    github.asks_to_wait = 60
    github.fault = lambda verb, address: kind
    edit("alpha", maintainer, context_length=4096)
    send()
    github.log.clear()
    send()
    assert github.log == []
    assert "wait" in PullRequest.objects.get().error_text
    github.fault = None
    PullRequest.objects.update(not_before=None)
    GitHubQuota.objects.update(not_before=None)
    send()
    assert len(github.pulls) == 1


@pytest.mark.parametrize("kind", ["primary", "secondary", "429"])
def test_a_rate_limit_is_waited_for_until_the_very_moment_that_github_names(
    github, maintainer, kind
):
    github.asks_to_wait = 1234
    github.fault = lambda verb, address: kind
    edit("alpha", maintainer, context_length=4096)
    before = timezone.now()
    send()
    until = PullRequest.objects.get().not_before
    assert 1233 <= (until - before).total_seconds() <= 1300
    edit("beta", maintainer, context_length=4096)
    github.log.clear()
    send()
    assert PullRequest.objects.count() == 2
    assert [request for request in github.log if request[0] != "GET"] == []
