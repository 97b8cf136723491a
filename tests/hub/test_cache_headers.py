"""What may be kept by caches: only what is the same for everybody.

The addresses come from the URL configuration, so a new one is covered without a line here.
"""

from __future__ import annotations

import pytest
from django.core.cache import cache

from accounts import tokens
from accounts.models import Scope
from tests.factories import a_model, a_user
from tests.hub import hostile
from tests.hub.hostile import ROUTES, address

pytestmark = pytest.mark.django_db


# Pages and files that are the same for everybody, or for everybody without an account.
PAGES = {
    "",
    "^models/?$",
    "models/compare",
    "models/detail/<path:name_or_id>",
    "help",
    "help/<slug:name>",
    "sitemap.xml",
    "sitemap-<slug:section>.xml",
    "feeds/new.atom",
    "feeds/updated.atom",
    "feeds/<slug:model_type>/new.atom",
    "feeds/<slug:model_type>/updated.atom",
}
PUBLIC = {
    "avatars/<str:username>",
    "robots.txt",
    "site.webmanifest",
    "opensearch.xml",
    "favicon.ico",
    "model-registration/completions/<str:model_type>.json",
    "models/detail/<int:pk>/picture.png",
    "api/models",
    "api/models/download",
    "api/models/<name_or_id>",
    "api/models/lists",
    "api/models/lists/key.pem",
    "api/models/lists/<model_type>",
    "api/models/lists/<model_type>/repositories",
}


@pytest.fixture
def world() -> hostile.World:
    return hostile.build_world()


@pytest.mark.parametrize("caller", ["anonymous", "signed in", "token"])
def test_only_what_is_the_same_for_everybody_may_be_kept_by_caches(client, world, caller):
    client.raise_request_exception = False
    headers = {}
    if caller == "signed in":
        client.force_login(world.user)
    elif caller == "token":
        _, raw = tokens.issue(by=world.user, name="t", scope=Scope.WRITE, expires_at=None)
        headers = {"X-Models-Token": raw}
    for number, route in enumerate(ROUTES):
        cache.clear()
        path = address(route, world)
        path += "?model_type=llm" if route == "api/models/download" else ""
        # The API has operations for each method; pages answer the others all in one way.
        others = route.startswith("api/") or number % 8 == 0
        for method in ("get", "post", *(("head", "put", "delete", "options") if others else ())):
            answer = getattr(client, method)(path, headers=headers)
            if caller == "signed in" and "_auth_user_id" not in client.session:
                client.force_login(world.user)
            said = answer.headers.get("Cache-Control", "")
            assert "private" in said or "no-store" in said or "public" in said, (method, path, said)
            if "public" in said:
                pages = PAGES if caller == "anonymous" else set()
                assert route in PUBLIC | pages, (method, path)
                assert caller != "token", (method, path)
            if route.startswith("api/"):
                vary = answer.headers.get("Vary", "").lower()
                assert "authorization" in vary, (method, path, vary)
                assert "x-models-token" in vary, (method, path, vary)


def test_what_a_token_reads_of_a_private_model_is_kept_by_nobody(client):
    owner = a_user()
    model = a_model("m-secret", visibility="private", owner=owner)
    _, raw = tokens.issue(by=owner, name="t", scope=Scope.READ, expires_at=None)
    for path in ("", "/revisions", "/changes"):
        for headers in ({"X-Models-Token": raw}, {"Authorization": f"Bearer {raw}"}):
            answer = client.get(f"/api/models/{model.pk}{path}", headers=headers)
            assert answer.status_code == 200
            assert "private" in answer.headers["Cache-Control"], path
            assert "X-Models-Token" in answer.headers["Vary"], path
