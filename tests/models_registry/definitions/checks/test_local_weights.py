"""Weights at a path: for private models only, and only where servers load them."""

from __future__ import annotations

import html

import pytest

from accounts import tokens
from accounts.models import Scope
from models_registry.models import Draft, RegisteredModel
from tests.factories import a_model, a_person, llm_record, written
from tests.models_registry.drafting.forms import a_draft, address, member

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(client):
    """A registrar, signed in."""
    user = member("ada", "Registrars")
    client.force_login(user)
    return user


def with_path(uri, name="at-a-path"):
    record = llm_record(name)
    source = {"quantizations": ["none"], "model_uri": uri}
    record["model_specs"][0]["model_src"] = {"huggingface": source}
    return written(record)


def register(client, user, text, visibility):
    _, raw = tokens.issue(by=user, name=visibility, scope=Scope.WRITE, expires_at=None)
    body = {"model_type": "llm", "definition": text, "visibility": visibility}
    return client.post(
        "/api/models", body, content_type="application/json",
        headers={"Authorization": f"Bearer {raw}"},
    )  # fmt: skip


@pytest.mark.parametrize("uri", ["/data/m", "file:///data/m", "oci://registry/m:1", "C:\\m"])
def test_a_private_model_may_name_weights_at_a_path(client, uri):
    answer = register(client, a_person("ada", "Registrars"), with_path(uri), "private")
    assert answer.status_code == 201, answer.content
    model = RegisteredModel.objects.get()
    assert model.published_revision.loading_problems == []
    client.force_login(model.owner)
    page = client.get(model.get_absolute_url(), {"tab": "specs"}).content.decode()
    assert html.escape(uri) in page
    assert f"huggingface.co/{uri}" not in page
    assert client.get(f"/launch_model/{model.pk}/launch").status_code == 200


def test_the_draft_of_a_model_at_a_path_shows_the_path_and_follows_its_visibility(client, ada):
    draft = a_draft(ada, with_path("/data/m"), visibility="private")
    page = client.get(address(draft)).content.decode()
    assert "/data/m" in page
    assert "names weights that only some machines have" not in page
    Draft.objects.update(visibility="public")
    page = client.get(address(draft)).content.decode()
    assert "names weights that only some machines have" in page


@pytest.mark.parametrize("uri", ["s3://bucket/m", "data/m", "file://host/m", "https://x.org/m", ""])
def test_a_path_that_no_server_loads_is_refused(client, uri):
    answer = register(client, a_person("ada", "Registrars"), with_path(uri), "private")
    assert answer.status_code == 422
    [error] = answer.json()["errors"]
    assert "Servers can't load weights from" in error["message"]
    assert error["pointer"] == "/0/model_specs/0/model_src/huggingface/model_uri"


def test_a_public_model_may_not_name_a_path_nor_become_public_with_one(client):
    ada = a_person("ada", "Registrars")
    answer = register(client, ada, with_path("/data/m"), "public")
    assert answer.status_code == 422
    [error] = answer.json()["errors"]
    assert "A public model names its repository" in error["message"]
    model = a_model("mine", visibility="private", owner=ada, definition=with_path("/m", "mine"))
    _, raw = tokens.issue(by=ada, name="more", scope=Scope.WRITE, expires_at=None)
    answer = client.put(
        f"/api/models/{model.pk}", {"visibility": "public", "base_revision": 1},
        content_type="application/json", headers={"Authorization": f"Bearer {raw}"},
    )  # fmt: skip
    assert answer.status_code == 422
    assert "A public model names its repository" in answer.json()["errors"][0]["message"]
