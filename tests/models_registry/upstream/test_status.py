"""Where a model stands at upstream, on its pages and in My Models."""

from __future__ import annotations

import re

import pytest

from models_registry.models import ChangeState
from models_registry.upstream import worker
from models_registry.upstream.status import latest_status, latest_statuses, status_of
from tests.factories import a_model, a_person, a_user
from tests.models_registry.upstream.waiting_changes import PULL, a_change

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner():
    return a_user("owner")


@pytest.fixture
def model(owner):
    return a_model("alpha", owner=owner)


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode()))


def card(client, model) -> str:
    """The text of the card on the Settings tab, empty without one."""
    page = client.get(f"/models/detail/{model.pk}/settings").content.decode()
    match = re.search(r'<section id="upstream".*?</section>', page, re.DOTALL)
    return match.group() if match else ""


def tabs(client, model, page: str = "") -> str:
    shown = client.get(f"/models/detail/{model.pk}{page}").content.decode()
    return re.search(r'<nav class="tabs".*?</nav>', shown, re.DOTALL).group()


STATES = [
    ("waiting", "open", "Waiting", False),
    ("sending", "open", "Being sent", False),
    ("open", "open", "In a pull request", False),
    ("merged", "merged", "Merged", False),
    ("closed", "closed", "Closed by upstream", False),
    ("conflict", "open", "In conflict with upstream", True),
    ("failed", "open", "Failed", True),
    ("failed", "stopped", "Stopped", True),
]


def test_every_state_has_a_label():
    tested = {state for state, *_rest in STATES} | {"cancelled", "nothing"}
    assert tested == set(ChangeState)


@pytest.mark.parametrize(("state", "pull_state", "label", "needs_person"), STATES)
def test_each_state_has_a_label_wherever_it_is_shown(
    client, model, owner, state, pull_state, label, needs_person
):
    change = a_change(model, state, pull_state=pull_state, last_error="")
    status = status_of(change)
    assert (str(status.label), status.needs_person) == (label, needs_person)
    client.force_login(owner)
    listed = client.get("/my-models").content.decode()
    assert re.search(
        rf'href="/models/detail/{model.pk}/upstream"\s+title="[^"]+">.*?#7 {label}\s*</a>',
        listed,
        re.DOTALL,
    )
    client.force_login(a_person("mia", "Maintainers"))
    shown = card(client, model)
    assert label in shown
    assert f'href="{PULL}"' in shown
    assert str(status.next_step) in shown
    assert f'href="/models/detail/{model.pk}/upstream"' in shown
    marked = f">{label}</span>" in tabs(client, model)
    assert marked is needs_person, "the tab is marked where a person must act"


@pytest.mark.parametrize("state", ["cancelled", "nothing"])
def test_a_change_without_effect_has_no_mark_in_my_models(client, model, owner, state):
    a_change(model, state)
    client.force_login(owner)
    assert f"/models/detail/{model.pk}/upstream" not in client.get("/my-models").content.decode()


def test_a_change_on_its_way_comes_before_a_newer_one_without_effect(model):
    sent = a_change(model, "open")
    a_change(model, "cancelled")
    assert latest_status(model).change == sent
    newest = a_change(model, "merged")
    assert latest_status(model).change == newest


def test_the_newest_change_counts(model):
    a_change(model, "conflict")
    newest = a_change(model, "waiting")
    assert latest_status(model).change == newest


def test_a_model_without_changes_has_no_card(client, model, owner):
    client.force_login(owner)
    assert latest_status(model) is None
    assert card(client, model) == ""


def test_without_a_token_the_card_says_what_a_person_can_do(client, model, owner):
    a_change(model, "waiting", last_error=worker.NOBODY_TO_SEND)
    client.force_login(owner)
    shown = card(client, model)
    assert "Save a GitHub token" in shown
    assert "neither its author nor the hub has one" in shown


def test_a_failed_attempt_is_shown_with_its_error(client, model, owner):
    a_change(model, "waiting", last_error="<i>No connection</i>.")
    client.force_login(owner)
    shown = card(client, model)
    assert "&lt;i&gt;No connection&lt;/i&gt;." in shown
    assert "The hub tries again by itself." in shown


def test_an_owner_who_may_not_decide_is_told_that_somebody_must(client, model, owner):
    a_change(model, "conflict")
    client.force_login(owner)
    assert "Somebody who may edit this model must decide about it." in card(client, model)
    assert "In conflict" not in tabs(client, model)


def test_a_visitor_sees_no_mark_and_costs_no_query(client, model, django_assert_num_queries):
    a_change(model, "conflict")
    assert "In conflict" not in tabs(client, model)
    with django_assert_num_queries(0):
        latest_statuses([])


def test_the_status_of_many_models_take_one_query(django_assert_num_queries):
    models = [a_model(f"m{number}") for number in range(5)]
    for model in models:
        a_change(model, "open")
        a_change(model, "failed", pull_state="stopped")
    with django_assert_num_queries(1):
        statuses = latest_statuses(models)
    assert {str(status.label) for status in statuses.values()} == {"Stopped"}
