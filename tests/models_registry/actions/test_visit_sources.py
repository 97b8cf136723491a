"""Asking for a visit: repositories of private models are visited only then."""

from __future__ import annotations

import pytest

from models_registry import tasks
from models_registry.actions.edit import edit
from models_registry.actions.submission import Submission
from models_registry.pages.sources import sources_on_page
from tests.factories import a_model, a_person, a_user
from tests.models_registry.visits.visit_fixtures import (
    a_repository,
    definition_of,
    hubs,  # noqa: F401 - a fixture
    pass_time,
    record_of,
    visits_on,  # noqa: F401 - a fixture
)

pytestmark = pytest.mark.django_db


def ask(client, model):
    return client.post(f"/models/detail/{model.pk}/settings/visit-sources")


def test_a_private_models_repository_is_visited_only_when_its_owner_asks(client, visits_on):  # noqa: F811
    visits_on.hugging_face["mine/secret"] = a_repository()
    owner = a_user()
    definition = definition_of("mine", ["mine/secret"])
    model = a_model("mine", visibility="private", owner=owner, definition=definition)
    tasks.visit_sources()
    client.force_login(a_person("keeper", "Maintainers"))
    assert ask(client, model).status_code == 403
    tasks.visit_sources()
    assert visits_on.requests == []
    client.force_login(owner)
    assert ask(client, model).status_code == 302
    tasks.visit_sources()
    assert record_of("mine/secret").status == "found"
    visits_on.requests.clear()
    assert ask(client, model).status_code == 429, "asked a moment ago"
    pass_time(days=30)
    tasks.visit_sources()
    assert visits_on.requests == [], "asked once, visited once"


def test_what_the_owner_names_after_asking_is_not_visited(client, visits_on):  # noqa: F811
    visits_on.hugging_face["mine/secret"] = a_repository()
    visits_on.hugging_face["mine/other"] = a_repository()
    owner = a_user()
    definition = definition_of("mine", ["mine/secret"])
    model = a_model("mine", visibility="private", owner=owner, definition=definition)
    client.force_login(owner)
    ask(client, model)
    tasks.visit_sources()
    visits_on.requests.clear()
    changed = Submission(definition=definition_of("mine", ["mine/secret", "mine/other"]))
    edit(model, changed, by=owner, base_revision=1)
    tasks.visit_sources()
    assert visits_on.requests == []
    assert [link.repository.repository_id for link in model.sources.all()] == [
        "mine/secret",
        "mine/other",
    ]


def test_a_private_model_shows_nothing_that_only_an_enterprise_model_brought(visits_on):  # noqa: F811
    visits_on.hugging_face["inside/one"] = a_repository()
    definition = definition_of("inside", ["inside/one"])
    inside = a_model("inside", visibility="enterprise", definition=definition)
    tasks.visit_sources()
    assert inside.sources.get().repository.status == "found"
    definition = definition_of("mine", ["inside/one"])
    mine = a_model("mine", visibility="private", owner=a_user(), definition=definition)
    assert mine.source_summary.seen_at is None
    assert list(sources_on_page(mine).links) == []
    a_model("open", definition=definition_of("open", ["inside/one"]))
    assert len(sources_on_page(mine).links) == 1


@pytest.mark.parametrize("name", ["a/" + "b" * 300, "模型/名", "a/b--c", "a/b..c"])
def test_an_id_that_no_hub_has_is_published_and_never_visited(visits_on, name):  # noqa: F811
    model = a_model("odd", definition=definition_of("odd", [name]))
    tasks.visit_sources()
    assert visits_on.requests == []
    assert not model.sources.exists()


def test_a_repository_that_a_public_model_names_too_is_visited_for_that_one(visits_on):  # noqa: F811
    visits_on.hugging_face["shared/one"] = a_repository()
    definition = definition_of("mine", ["shared/one"])
    a_model("mine", visibility="private", owner=a_user(), definition=definition)
    public = a_model("ours", definition=definition_of("ours", ["shared/one"]))
    tasks.visit_sources()
    assert len(public.sources.get().repository.files) == 2


def test_a_visit_of_a_public_model_may_be_asked_for_before_its_time(client, visits_on):  # noqa: F811
    visits_on.hugging_face["example/tiny-llm"] = a_repository()
    model = a_model()
    tasks.visit_sources()
    pass_time(hours=1)
    visits_on.requests.clear()
    client.force_login(a_person("keeper", "Maintainers"))
    assert "Visit them now" in client.get(f"/models/detail/{model.pk}/settings").content.decode()
    assert ask(client, model).status_code == 302
    tasks.visit_sources()
    assert len(visits_on.requests) == 1
