"""Renaming a model that others see: what answers to the former name, and for how long."""

from __future__ import annotations

import dataclasses
import json
from datetime import timedelta

import pytest
from django.utils import timezone

from models_registry import publication
from models_registry.actions.edit import edit
from models_registry.actions.register import register
from models_registry.actions.rename import rename
from models_registry.actions.restore import restore
from models_registry.actions.submission import Submission
from models_registry.drafting import drafts
from models_registry.errors import NameTaken, NotAllowed, StaleState
from models_registry.models import FormerName, RegisteredModel, Visibility
from reviews import use_cases
from reviews.models import Proposal
from tests.factories import a_model, a_person, a_user, changed, entries, llm_record, served, written
from tests.models_registry.api.bodies import key_of
from tests.reviews.conftest import a_reviewer

pytestmark = pytest.mark.django_db
NAME, NEW = "tiny-llm", "Better-1"


@pytest.fixture
def keeper():
    return a_person("kim", "Maintainers")


@pytest.fixture
def renamed(client, keeper) -> RegisteredModel:
    """A public model that was renamed on its Settings page."""
    model = a_model(owner=a_user("olga"))
    client.force_login(keeper)
    path = f"/models/detail/{model.pk}/settings"
    seen = client.get(path).context["seen"]
    answer = client.post(f"{path}/rename", {"new_name": NEW, "seen": seen})
    assert answer.status_code == 422, "it was not confirmed"
    client.post(f"{path}/rename", {"new_name": NEW, "confirmed": "on", "seen": seen})
    client.logout()
    return RegisteredModel.objects.get()


def names_in(response) -> set[str]:
    return {record["model_name"] for record in response.json()}


def test_pages_redirect_and_the_lists_have_only_the_new_name(client, renamed):
    assert (renamed.name, renamed.published_revision.number) == (NEW, 2)
    assert [record["model_name"] for record in served()] == [NEW]
    assert client.get(f"/models/detail/{NEW}").status_code == 200
    for query, to in (("", ""), ("?tab=specs&type=llm", "?tab=specs")):
        answer = client.get(f"/models/detail/{NAME}{query}")
        assert (answer.status_code, answer.url) == (302, f"/models/detail/{NEW}{to}")
    assert entries(renamed)[0] == "registry:model:rename"
    records = json.loads(renamed.published_revision.definition)
    assert records[0]["updated_at"] > 1_700_000_000, "servers must take it"


def test_downloads_and_the_api_take_the_former_name_for_its_time(client, renamed):
    """A server refuses records with another name than the one that it asked for."""
    download = f"/api/models/download?model_name={NAME}"
    for query in ("", "&model_type=llm&include_readme=true", "&xinference_version=2.0.0"):
        answer = client.get(download + query)
        assert names_in(answer) == {NAME}, query
        assert answer.headers["Sunset"].endswith("GMT")
        assert "public" not in answer.headers["Cache-Control"]
    assert names_in(client.get(f"/api/models/download?model_id={renamed.pk}")) == {NEW}
    about = client.get(f"/api/models/{NAME}")
    assert about.json()["data"]["model_name"] == NEW
    assert f"/api/models/{renamed.pk}>" in about.headers["Link"]
    text = client.get(f"/api/models/llm/{NAME}").json()["data"]
    assert (text["model_name"], NEW in text["definition"]) == (NEW, True)
    FormerName.objects.update(answers_until=timezone.now())
    for path in (download, f"/api/models/{NAME}", f"/api/models/llm/{NAME}"):
        assert client.get(path).status_code == 404, path
    assert client.get(f"/models/detail/{NAME}").status_code == 302


def test_nobody_else_gets_the_name_while_it_answers(client, keeper, renamed):
    root = a_user("root", is_superuser=True)
    public = Submission(written(llm_record(NAME.upper())), visibility=Visibility.PUBLIC)
    ada = a_person("ada", "Registrars")
    for person in (root, ada):
        with pytest.raises(NameTaken, match=NEW) as refused:
            register("llm", public, by=person)
        assert refused.value.details["model_id"] == renamed.pk
    private = a_model(NAME, owner=root, visibility="private")
    with pytest.raises(NameTaken):
        edit(private, Submission(visibility=Visibility.PUBLIC), by=root, base_revision=1)
    other = a_model("other")
    with pytest.raises(NameTaken):
        rename(other, NAME, by=keeper)
    text = written(llm_record(NAME))
    answer = client.put(
        f"/api/models/llm/{NAME}", {"definition": text, "visibility": "public"},
        content_type="application/json", headers=key_of(ada),
    )  # fmt: skip
    assert (answer.status_code, answer.json()["model_id"]) == (409, renamed.pk)
    FormerName.objects.update(answers_until=timezone.now())
    assert rename(other, NAME, by=keeper).model.name == NAME
    assert client.get(f"/models/detail/{NAME}").status_code == 200


def test_a_name_that_only_somebody_else_knows_is_free(keeper):
    """SECURITY: a refusal would tell of the private model."""
    a_model("secret", owner=a_user("eve"), visibility="private")
    a_model("inner", visibility="enterprise")
    model = a_model()
    rename(model, "secret", by=keeper)
    rename(model, "inner", by=keeper)
    a_model("taken")
    with pytest.raises(NameTaken, match="already used"):
        rename(model, "TAKEN", by=keeper)
    assert RegisteredModel.objects.get(pk=model.pk).name == "inner"


def test_renaming_back_and_in_letter_case_only(client, keeper, renamed):
    rename(renamed, NAME, by=keeper)
    assert client.get(f"/models/detail/{NAME}").status_code == 200
    assert client.get(f"/models/detail/{NEW}").url == f"/models/detail/{NAME}"
    assert [row.name for row in FormerName.objects.all()] == [NEW]
    rename(renamed, NAME.upper(), by=keeper)
    assert names_in(client.get(f"/api/models/download?model_name={NAME}")) == {NAME}
    assert RegisteredModel.objects.get().name == NAME.upper()


def test_drafts_and_the_proposal_get_the_new_name(keeper):
    owner, reviewer = a_person("olga", "Registrars"), a_reviewer()
    model = a_model(owner=owner)
    draft = drafts.open_for(model, by=a_person("ada", "Registrars"))
    text = changed(model.published_revision, context_length=4096)
    edit(model, Submission(text, message="Shorter"), by=owner, base_revision=1)
    rename(model, NEW, by=keeper)
    draft.refresh_from_db()
    assert f'"{NEW}"' in draft.definition
    waiting = Proposal.objects.waiting().get()
    assert (waiting.author, waiting.message) == (owner, "Shorter")
    use_cases.approve(waiting, by=reviewer)
    [record] = served()
    assert (record["model_name"], record["context_length"]) == (NEW, 4096)


def test_a_proposal_that_is_out_of_date_stays_so(keeper):
    owner = a_person("olga", "Registrars")
    model = a_model(owner=owner)
    text = changed(model.published_revision, context_length=4096)
    proposal = edit(model, Submission(text), by=owner, base_revision=1)
    newer = Submission(changed(model.published_revision, context_length=8192))
    edit(model, newer, by=keeper, base_revision=1)
    rename(model, NEW, by=keeper)
    assert publication.open_proposal(model) == proposal
    with pytest.raises(StaleState):
        use_cases.approve(Proposal.objects.get(pk=proposal.pk), by=a_reviewer())


@pytest.mark.parametrize("is_returned", [True, False])
def test_a_proposal_with_the_former_name_goes_on_under_the_new_one(client, keeper, is_returned):
    """Its author had to work on it when the model was renamed, or it was out of date already."""
    owner, reviewer = a_person("olga", "Registrars"), a_reviewer()
    model = a_model(owner=owner)
    published = model.published_revision
    proposal = edit(
        model, Submission(changed(published, context_length=4096)), by=owner, base_revision=1
    )
    if is_returned:
        waiting = Proposal.objects.get(pk=proposal.pk)
        use_cases.request_changes(waiting, by=reviewer, feedback="Say why.")
    else:
        newer = Submission(changed(published, context_length=8192))
        edit(model, newer, by=keeper, base_revision=1)
    rename(model, NEW, by=keeper)
    model.refresh_from_db()
    assert f'"{NEW}"' in drafts.open_for(model, by=owner).definition
    answer = client.put(
        f"/api/models/{model.pk}",
        {"readme": "# Why\n", "base_revision": proposal.number},
        content_type="application/json",
        headers=key_of(owner),
    )
    assert answer.status_code == 200, answer.content
    use_cases.approve(Proposal.objects.waiting().get(), by=reviewer)
    [record] = served()
    assert (record["model_name"], record["context_length"]) == (NEW, 4096)


def test_a_text_with_another_name_is_never_approved(keeper):
    owner = a_person("olga", "Registrars")
    model = a_model(owner=owner)
    text = changed(model.published_revision, context_length=4096)
    proposal = edit(model, Submission(text), by=owner, base_revision=1)
    Proposal.objects.filter(pk=proposal.pk).update(definition=text.replace(NAME, "other"))
    with pytest.raises(StaleState):
        use_cases.approve(Proposal.objects.waiting().get(), by=a_reviewer())


def test_a_name_from_the_enterprise_time_is_not_told(client):
    """SECURITY: nor does it keep the name from public models, which would tell of it."""
    root = a_user("root", is_superuser=True)
    model = a_model("inner-name", visibility="enterprise")
    rename(model, NEW, by=root)
    edit(model, Submission(visibility=Visibility.PUBLIC), by=root, base_revision=2)
    for path in ("/models/detail/inner-name", "/api/models/inner-name"):
        assert client.get(path).status_code == 404, path
    download = "/api/models/download?model_name=inner-name"
    assert client.get(download).status_code == 404
    client.force_login(a_person("kim", "Maintainers"))
    assert (
        b"<code>inner-name</code>" not in client.get(f"/models/detail/{model.pk}/settings").content
    )
    viewer = key_of(a_person("vera", "Enterprise viewers"))
    assert client.get("/api/models/inner-name", headers=viewer).status_code == 200
    assert names_in(client.get(f"/api/models/download?model_id={model.pk}")) == {NEW}
    public = Submission(written(llm_record("inner-name")), visibility=Visibility.PUBLIC)
    assert register("llm", public, by=root).model.name == "inner-name"


def test_a_declared_former_name_makes_no_private_copy(client, renamed):
    body = {"definition": written(llm_record(NAME))}
    headers = key_of(a_person("ada", "Registrars"))

    def put(**more):
        return client.put(
            f"/api/models/llm/{NAME}", body | more,
            content_type="application/json", headers=headers,
        )  # fmt: skip

    answer = put()
    assert (answer.status_code, answer.json()["model_id"]) == (409, renamed.pk)
    assert NEW in answer.json()["message"]
    assert put(visibility="private").status_code == 201
    assert put().status_code == 200


def test_an_older_revision_is_restored_under_the_present_name(keeper, renamed):
    longer = changed(renamed.published_revision, context_length=4096)
    edit(renamed, Submission(longer), by=keeper, base_revision=2)
    restore(renamed, 1, by=keeper, base_revision=3)
    [record] = served()
    assert (record["model_name"], record["context_length"]) == (NEW, 32768)


def test_a_text_from_before_todays_rules_is_restored_under_the_present_name(keeper, renamed):
    old = renamed.revisions.get(number=1)
    old.definition = old.definition.replace('"version": 2', '"version": "two"')
    old.save()
    [record] = json.loads(restore(renamed, 1, by=keeper, base_revision=2).definition)
    assert (record["model_name"], record["version"]) == (NEW, "two")


def test_an_enterprise_model_answers_only_to_those_who_see_it(client):
    root = a_user("root", is_superuser=True)
    rename(a_model(visibility="enterprise"), NEW, by=root)
    assert client.get(f"/models/detail/{NAME}").status_code == 404
    assert client.get(f"/api/models/{NAME}").status_code == 404
    viewer = key_of(a_person("vera", "Enterprise viewers"))
    assert client.get(f"/api/models/{NAME}", headers=viewer).status_code == 200
    public = Submission(written(llm_record(NAME)), visibility=Visibility.PUBLIC)
    register("llm", public, by=root)
    assert client.get(f"/models/detail/{NAME}").status_code == 200


def test_what_was_made_private_since_tells_nothing(client, renamed):
    root = a_user("root", is_superuser=True)
    edit(renamed, Submission(visibility=Visibility.PRIVATE), by=root, base_revision=2)
    assert client.get(f"/models/detail/{NAME}").status_code == 404
    public = Submission(written(llm_record(NAME)), visibility=Visibility.PUBLIC)
    assert register("llm", public, by=root).model.name == NAME


def test_the_time_is_a_setting_and_the_rename_is_about_what_was_seen(client, keeper, settings):
    settings.ENV = dataclasses.replace(settings.ENV, former_name_days=2)
    model = a_model()
    path, headers = f"/api/models/{model.pk}/name", key_of(keeper)

    def put(body, **more):
        options = {"content_type": "application/json", "headers": {**headers, **more}}
        return client.put(path, body, **options)

    assert put({"name": NEW}, **{"If-Match": f'"{model.pk}.9"'}).status_code == 412
    assert put({"name": "not a name"}).status_code == 400
    assert put({"name": NEW}, **{"If-Match": f'"{model.pk}.1"'}).status_code == 200
    for again in (
        put({"name": NEW}),
        put({"name": NEW, "base_revision": 1}),
        put({"name": NEW}, **{"If-Match": f'"{model.pk}.1"'}),
    ):
        assert (again.status_code, again.json()["data"]["revision"]) == (200, 2)
    left = FormerName.objects.get().answers_until - timezone.now()
    assert timedelta(days=1) < left <= timedelta(days=2)
    with pytest.raises(NotAllowed):
        rename(model, "x", by=a_person("olga", "Registrars"))
