"""What a bare name means: own private, enterprise, public; never somebody else's private."""

from __future__ import annotations

import dataclasses
import json

import pytest

from accounts import tokens
from accounts.models import Scope, User
from models_registry import policy, publication
from models_registry.models import Draft, RegisteredModel, Visibility
from models_registry.sync.sources import hub as hub_source
from tests.factories import a_model, a_person, llm_record, written
from tests.standins.hub import SourceHub, send
from tests.standins.xinference import XinferenceServer

pytestmark = pytest.mark.django_db
NAME = "qwen3"


@pytest.fixture
def superuser():
    user = a_person("root")
    User.objects.filter(pk=user.pk).update(is_superuser=True, is_staff=True)
    return User.objects.get(pk=user.pk)


PEOPLE = {
    "superuser": [],
    "maintainer": ["Maintainers"],
    "staff": ["change_public_model", "review_model", "view_review_list"],
    "granted": ["Registrars"],
}


@pytest.fixture(params=PEOPLE)
def person(request):
    """Somebody who may see the stranger's private model by its number."""
    user = a_person("person", *PEOPLE[request.param])
    User.objects.filter(pk=user.pk).update(
        is_superuser=request.param == "superuser", is_staff=request.param in ("superuser", "staff")
    )
    return User.objects.get(pk=user.pk)


@pytest.fixture
def stranger():
    return a_person("stranger", "Registrars")


def of(owner, *, name=NAME, visibility="private", source="evil/weights", **fields):
    record = llm_record(name, model_description=f"by {owner or 'everybody'}")
    record["model_specs"][0]["model_src"]["huggingface"]["model_id"] = source
    return a_model(
        name, visibility=visibility, owner=owner, definition=written(record),
        readme=f"# of {owner or 'everybody'}\n", **fields,
    )  # fmt: skip


def asks(client, user):
    """Ask the API as that user."""
    _, raw = tokens.issue(by=user, name="t", scope=Scope.READ, expires_at=None)

    def get(path):
        return client.get(path, headers={"Authorization": f"Bearer {raw}"})

    return get


BY_NAME = [
    f"/api/models/download?model_name={NAME}",
    f"/api/models/download?model_type=llm&model_name={NAME}&include_readme=true",
    f"/api/models/{NAME}",
    f"/api/models/{NAME}?model_type=llm",
]


def test_a_strangers_private_model_never_answers_to_the_public_models_name(
    client, person, stranger
):
    private, public = of(stranger), of(None, visibility="public", source="Qwen/Qwen3")
    policy.grant_maintainer(person, private)
    get = asks(client, person)
    for path in BY_NAME:
        answer = get(path)
        assert answer.status_code == 200, path
        assert b"evil" not in answer.content, path
        assert b"stranger" not in answer.content, path
    assert get(f"/api/models/{NAME}").json()["data"]["id"] == public.pk
    assert b"evil/weights" in get(f"/api/models/download?model_id={private.pk}").content
    assert get(f"/api/models/{private.pk}").json()["data"]["id"] == private.pk


def test_a_strangers_private_model_never_answers_where_there_is_no_other(client, person, stranger):
    private = of(stranger)
    policy.grant_maintainer(person, private)
    get = asks(client, person)
    for path in BY_NAME:
        assert get(path).status_code == 404, path
    client.force_login(person)
    assert client.get(f"/models/detail/{NAME}").status_code == 404
    assert client.get(f"/models/detail/{private.pk}").status_code == 200


def test_a_strangers_model_of_another_type_makes_no_name_ambiguous(client, person, stranger):
    private = a_model(NAME, model_type="image", visibility="private", owner=stranger)
    public = of(None, visibility="public")
    policy.grant_maintainer(person, private)
    assert asks(client, person)(f"/api/models/{NAME}").json()["data"]["id"] == public.pk


def test_the_first_in_the_order_answers(client, stranger):
    user = a_person("user", "Registrars", "view_enterprise_model")
    get = asks(client, user)
    of(stranger)
    expected = of(None, visibility="public")
    for visibility in ("public", "enterprise", "private"):
        if visibility != "public":
            expected = of(user if visibility == "private" else None, visibility=visibility)
        assert get(f"/api/models/{NAME}").json()["data"]["id"] == expected.pk
        listed = json.loads(get("/api/models/download?model_type=llm").content)
        record = json.loads(get(BY_NAME[0]).content)
        assert listed == record
    assert client.get(f"/api/models/{NAME}").json()["data"]["visibility"] == "public"


@pytest.mark.parametrize("name", [NAME, "QWEN3"])
def test_the_page_of_a_name_is_the_public_models(client, person, stranger, name):
    private, public = of(stranger), of(None, visibility="public")
    policy.grant_maintainer(person, private)
    client.force_login(person)
    page = client.get(f"/models/detail/{name}")
    assert page.context["model"].pk == public.pk
    # It needs no number in its address, since its name means one model only.
    assert page.context["address"] == f"/models/detail/{NAME}"


def test_a_private_models_address_is_its_number(client, superuser, stranger):
    private = of(stranger)
    for user in (stranger, superuser):
        client.force_login(user)
        assert client.get(f"/models/detail/{private.pk}").context["address"] == (
            f"/models/detail/{private.pk}"
        )
        page = client.get("/models", {"private": "1"}).content.decode()
        assert f'href="/models/detail/{private.pk}"' in page


def test_a_choice_offers_no_strangers_private_model(client, superuser, stranger):
    private = of(stranger)
    public, enterprise = of(None, visibility="public"), of(None, visibility="enterprise")
    client.force_login(superuser)
    page = client.get(f"/models/detail/{NAME}")
    assert [model.pk for model in page.context["models"]] == [enterprise.pk, public.pk]
    assert f"/models/detail/{private.pk}" not in page.content.decode()


def test_a_similar_name_is_not_a_strangers(client, superuser, stranger):
    of(stranger, name="qwen3-instruct")
    client.force_login(superuser)
    assert "qwen3-instruct" not in client.get("/models/detail/qwen3-instruc").content.decode()


def test_a_copy_is_of_the_public_model(client, superuser, stranger):
    of(stranger), of(None, visibility="public", source="Qwen/Qwen3")
    client.force_login(superuser)
    sent = {"start": "copy", "model_type": "llm", "copy_of": NAME}
    assert client.post("/model-registration", sent).status_code == 302
    assert "Qwen/Qwen3" in Draft.objects.get().definition


def test_no_copy_of_a_strangers_private_model_by_name_but_by_number(client, superuser, stranger):
    private = of(stranger)
    client.force_login(superuser)
    sent = {"start": "copy", "model_type": "llm", "copy_of": NAME}
    assert client.post("/model-registration", sent).status_code == 400
    assert client.post("/model-registration", sent | {"copy_of": private.pk}).status_code == 302


def test_a_copy_of_a_name_in_another_case_is_of_the_asked_type(client):
    user = a_person("user", "Registrars")
    a_model("Qwen3", model_type="image")
    of(None, visibility="public")
    client.force_login(user)
    sent = {"start": "copy", "model_type": "llm", "copy_of": "Qwen3"}
    assert client.post("/model-registration", sent).status_code == 302


def test_suggested_names_are_no_strangers(client, superuser, stranger):
    of(stranger), of(superuser, name="qwen3-own")
    client.force_login(superuser)
    options = client.get("/model-registration/names?copy_of=qwen3").content.decode()
    assert "qwen3-own" in options
    assert f'"{NAME}"' not in options


def test_a_programs_suggestions_are_no_strangers(client, superuser, stranger):
    private = of(stranger)
    get = asks(client, superuser)
    assert [model["id"] for model in get("/api/models?query=qwen3").json()["data"]] == [private.pk]
    assert get("/api/models?query=qwen3&named=true").json()["total"] == 0


def test_findings_name_no_strangers_private_model(client, stranger):
    """A reviewer who may see private models learns of no clash with one of them."""
    reviewer = a_person("reviewer", "Reviewers", "Maintainers")
    author = a_person("author", "Registrars")
    of(stranger, source="Qwen/Qwen3")
    proposed = RegisteredModel.objects.create(
        model_type="llm", name=NAME, name_key=NAME, visibility="public", owner=author
    )
    record = llm_record(NAME)
    record["model_specs"][0]["model_src"]["huggingface"]["model_id"] = "Qwen/Qwen3"
    revision = publication.propose(
        proposed,
        publication.Content(definition=written(record), readme="# Q\n"),
        by=author,
        visibility=Visibility.PUBLIC,
    )
    client.force_login(reviewer)
    page = client.get(f"/admin/reviews/{revision.pk}/").content.decode()
    assert "A model named" not in page
    assert "has the same source" not in page


def test_a_draft_learns_of_no_strangers_private_model(client, superuser, stranger):
    of(stranger, name="qwen3-secret", source="Qwen/Qwen3")
    record = llm_record("mine")
    record["model_specs"][0]["model_src"]["huggingface"]["model_id"] = "Qwen/Qwen3"
    draft = Draft.objects.create(owner=superuser, model_type="llm", definition=written(record))
    client.force_login(superuser)
    page = client.get(f"/model-registration/{draft.pk}/json")
    assert page.status_code == 200
    assert "qwen3-secret" not in page.content.decode()


def test_a_server_is_compared_with_the_models_that_names_mean(client, settings, stranger):
    """A stranger's private model of a name that the server has is not that model."""
    started = XinferenceServer()
    started.known["LLM"] = [{"model_name": NAME, "is_builtin": True, "updated_at": 1}]
    settings.ENV = dataclasses.replace(settings.ENV, xinference_endpoint=started.url)
    of(stranger)
    client.force_login(a_person("keeper", "Maintainers"))
    try:
        context = client.get("/launch_model/there/llm?ids=").context
        page = client.get("/launch_model/server?type=llm").context
    finally:
        started.stop()
    assert (context["total"], context["known"]) == (0, 0)
    assert page["comparison"].rows == ()
    assert [known.name for known in page["comparison"].only_on_server] == [NAME]


def test_another_hub_is_asked_for_the_model_of_the_number_that_it_named():
    """By number, a source may show a private model whose name means a public one there."""
    private = llm_record(NAME, model_description="private")

    def answer(request):
        if "download" not in request.path:
            data = {"id": 7, "model_name": NAME, "model_type": "llm", "visibility": "private"}
            send(request, json.dumps({"data": data}))
        elif "model_id=7" in request.path:
            send(request, written(private))
        else:
            send(request, written(llm_record(NAME, model_description="public")))

    hub = SourceHub()
    hub.answer = answer
    try:
        fetched = hub_source.fetch_model(hub.url, "7")
    finally:
        hub.stop()
    assert (fetched.visibility, '"private"' in fetched.model.text) == ("private", True)
