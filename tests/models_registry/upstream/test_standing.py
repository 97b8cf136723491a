"""Where a model stands at upstream, on its pages and in My Models."""

from __future__ import annotations

import re

import pytest

from models_registry.outbox_tables import ChangeState, PullRequest, UpstreamChange
from models_registry.upstream import outbox
from models_registry.upstream.standing import latest, standing, standing_of
from tests.factories import a_model, a_person, a_user

pytestmark = pytest.mark.django_db
PULL = "https://github.com/xorbitsai/inference/pull/7"


@pytest.fixture
def owner():
    return a_user("owner")


@pytest.fixture
def model(owner):
    return a_model("alpha", owner=owner)


def a_change(model, state: str = "waiting", *, pull_state: str = "open", **fields):
    pull = PullRequest.objects.create(
        branch=f"hub/{PullRequest.objects.count()}", state=pull_state, number=7, url=PULL
    )
    return UpstreamChange.objects.create(
        model=model, model_type="llm", name=model.name, name_key=model.name_key, kind="update",
        state=state, pull_request=pull, **fields,
    )  # fmt: skip


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode()))


def card(client, model) -> str:
    """The text of the card on the Settings tab, empty where there is none."""
    page = client.get(f"/models/detail/{model.pk}/settings").content.decode()
    found = re.search(r'<section id="upstream".*?</section>', page, re.DOTALL)
    return found.group() if found else ""


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


def test_every_state_has_words():
    tested = {state for state, *_rest in STATES} | {"cancelled", "nothing"}
    assert tested == set(ChangeState)


@pytest.mark.parametrize(("state", "pull_state", "label", "needs_person"), STATES)
def test_each_state_is_told_in_words_wherever_it_is_shown(
    client, model, owner, state, pull_state, label, needs_person
):
    change = a_change(model, state, pull_state=pull_state, last_error="")
    found = standing(change)
    assert (str(found.label), found.needs_person) == (label, needs_person)
    client.force_login(owner)
    listed = client.get("/my-models").content.decode()
    assert re.search(
        rf'href="/models/detail/{model.pk}/upstream" title="[^"]+">.*#7 {label}</a>', listed
    )
    client.force_login(a_person("mia", "Maintainers"))
    shown = card(client, model)
    assert label in shown
    assert f'href="{PULL}"' in shown
    assert str(found.next_step) in shown
    assert f'href="/models/detail/{model.pk}/upstream"' in shown
    marked = f">{label}</span>" in tabs(client, model)
    assert marked is needs_person, "the tab is marked where a person must act"


@pytest.mark.parametrize("state", ["cancelled", "nothing"])
def test_what_came_to_nothing_is_no_mark_in_my_models(client, model, owner, state):
    a_change(model, state)
    client.force_login(owner)
    assert f"/models/detail/{model.pk}/upstream" not in client.get("/my-models").content.decode()


def test_a_change_on_its_way_is_told_before_a_newer_one_that_came_to_nothing(model):
    sent = a_change(model, "open")
    a_change(model, "cancelled")
    assert standing_of(model).change == sent
    newest = a_change(model, "merged")
    assert standing_of(model).change == newest


def test_the_newest_change_counts(model):
    a_change(model, "conflict")
    newest = a_change(model, "waiting")
    assert standing_of(model).change == newest


def test_a_model_without_changes_has_no_card(client, model, owner):
    client.force_login(owner)
    assert standing_of(model) is None
    assert card(client, model) == ""


def test_without_a_token_the_card_says_what_a_person_can_do(client, model, owner):
    a_change(model, "waiting", last_error=outbox.NOBODY_TO_SEND)
    client.force_login(owner)
    shown = card(client, model)
    assert "Save a GitHub token" in shown
    assert "neither its author nor the hub has one" in shown


def test_a_vain_attempt_is_told_with_its_error(client, model, owner):
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
        latest([])


def test_standings_of_many_models_take_one_query(django_assert_num_queries):
    models = [a_model(f"m{number}") for number in range(5)]
    for model in models:
        a_change(model, "open")
        a_change(model, "failed", pull_state="stopped")
    with django_assert_num_queries(1):
        found = latest(models)
    assert {str(one.label) for one in found.values()} == {"Stopped"}
