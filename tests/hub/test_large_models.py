"""Every page of the largest models stays quick and short.

The addresses come from the URL configuration, so a new page is covered without a line here.
"""

from __future__ import annotations

import json

import pytest
from django.core.cache import cache

from models_registry import publication
from models_registry.models import Draft, RegisteredModel
from tests.factories import a_model, a_user
from tests.hub import hostile
from tests.hub.hostile import ROUTES, address
from tests.hub.large import MOST_BYTES, MOST_SECONDS, cost, many_specs

pytestmark = pytest.mark.django_db


# Sent where the page reads them.
QUERIES = ("?tab=specs", "?tab=definition", "?lines=all", "?part=definition")


@pytest.fixture(scope="module")
def large_world(module_db):
    """One of everything, where the model and what is proposed for it are as large as may be."""
    with module_db.unblock():
        return build_large_world()


def build_large_world() -> hostile.World:
    world = hostile.build_world()
    readme = (
        "# Large\n\n" + "Some *words* with `code` and [a link](https://example.org).\n\n" * 14_000
    )
    record = json.loads(many_specs())[0]
    record["model_name"] = "m-public"
    model = RegisteredModel.objects.get(pk=world.numbers["models/"])
    content = publication.Content(definition=json.dumps([record]), readme=readme[:900_000])
    publication.publish(model, content, by=world.user)
    author = a_user("eve")
    other = a_model("m-also-large", owner=author)
    record = {**record, "model_name": "m-also-large"}
    content = publication.Content(definition=json.dumps([record]), readme=readme[:900_000])
    proposal = publication.propose(other, content, by=author, visibility="public")
    world.numbers["admin/reviews/"] = proposal.pk
    Draft.objects.filter(pk=world.numbers["model-registration/"]).update(definition=many_specs())
    return world


# Half of the pages in each test, so that two workers share them.
@pytest.mark.parametrize("share", [0, 1])
def test_every_page_of_a_large_model_is_bounded(share, client, large_world, monkeypatch):
    client.raise_request_exception = False
    learn = hostile.learning(monkeypatch)
    for route in ROUTES[share::2]:
        learn()
        queries = [""]
        for query in queries:
            path = address(route, large_world) + query
            cache.clear()
            client.force_login(large_world.user)
            answer, seconds = cost(lambda: client.get(path))  # noqa: B023
            body = b"".join(answer) if answer.streaming else answer.content
            assert answer.status_code < 500, path
            assert seconds < MOST_SECONDS, path
            assert len(body) < MOST_BYTES, path
            if not query:
                read = learn()
                queries += [more for more in QUERIES if more[1:].partition("=")[0] in read]
