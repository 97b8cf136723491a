"""The page of upstream's state: a maintainer decides about removals, about what the page showed."""

from __future__ import annotations

import re

import pytest

from hub.models import AuditEntry
from hub.version import VERSION
from models_registry.sync.follow_upstream import follow_upstream
from models_registry.upstream import removals
from tests.factories import llm_record, written
from tests.models_registry.upstream.removed_models import (
    decide,
    expired,
    nothing_is_asked_of_upstream,
    waiting_page,
)
from tests.models_registry.upstream_fixtures import path

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("imported")]


@pytest.fixture
def many(github) -> list[str]:
    """Upstream has removed 21 of 24 models at once, and the hub has looked."""
    names = [f"m-{number:02}" for number in range(22)]
    github.commit({path(name): written(llm_record(name)) for name in names})
    follow_upstream()
    github.commit({path(name): None for name in names[:21]})
    follow_upstream()
    return names[:21]


def test_a_maintainer_lets_removals_happen_and_they_come_back_with_upstream(
    client, github, maintainer, many
):
    page, version = waiting_page(client, maintainer)
    assert all(f"llm / {name}" in page for name in many)
    assert not re.search(r'name="removal" value="\d+"\s+checked', page), (
        "nothing is chosen for them"
    )
    assert decide(client, "approve", version).status_code == 302
    assert expired() == set(many)
    assert removals.waiting().count() == 0
    entry = AuditEntry.objects.filter(tag="registry:upstream:removal").first()
    assert (entry.actor_name, entry.data["decision"]) == ("ada", "expire")
    assert nothing_is_asked_of_upstream(github)
    github.commit({path(name): written(llm_record(name)) for name in many})
    follow_upstream()
    assert expired() == set()


def test_a_maintainer_keeps_some_models_and_is_not_asked_again(client, github, maintainer, many):
    _page, version = waiting_page(client, maintainer)
    assert decide(client, "reject", version, removals.waiting()[:2]).status_code == 302
    assert removals.waiting().count() == 19
    github.commit({path("beta"): written(llm_record("beta", context_length=5))})
    follow_upstream()
    assert removals.waiting().count() == 19
    _page, version = waiting_page(client, maintainer)
    assert decide(client, "approve", version).status_code == 302
    assert expired() == set(many[2:])
    assert nothing_is_asked_of_upstream(github)


def test_the_foot_of_the_page_has_the_hubs_version(client, maintainer):
    client.force_login(maintainer)
    page = client.get("/upstream").content.decode()
    assert f"<span>Xinference Models Hub {VERSION}</span>" in page


@pytest.mark.parametrize("action", ["approve", "reject"])
def test_a_stale_page_decides_nothing_and_keeps_what_was_ticked(
    client, github, maintainer, many, action
):
    _page, version = waiting_page(client, maintainer)
    first, second = removals.waiting()[:2]
    github.commit({path(second.model.name): written(llm_record(second.model.name))})
    follow_upstream()
    answer = decide(client, action, version, [first])
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "The list has changed" in page
    assert len(re.findall(r'name="removal" value="\d+"\s+checked', page)) == 1
    assert removals.waiting().count() == 20
    assert expired() == set()


@pytest.mark.parametrize(
    "posted", [{}, {"action": "burn"}, {"action": "approve"}, {"removal": "9" * 5000}]
)
def test_nonsense_decides_nothing(client, maintainer, many, posted):
    _page, version = waiting_page(client, maintainer)
    answer = client.post("/upstream/removals", {"version": version, **posted})
    assert answer.status_code == 400
    assert removals.waiting().count() == 21
