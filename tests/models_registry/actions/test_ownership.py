"""Giving a model to somebody else, and renaming what only its owner sees."""

from __future__ import annotations

import json

import pytest

from models_registry.actions import ownership
from models_registry.actions.edit import edit
from models_registry.actions.rename import rename
from models_registry.actions.submission import Submission
from models_registry.drafting import drafts
from models_registry.errors import (
    InvalidParameter,
    ModelNotFound,
    NameTaken,
    NotAllowed,
    StaleState,
)
from models_registry.models import (
    ChangeState,
    OwnershipOffer,
    RegisteredModel,
    UpstreamChange,
    UpstreamFile,
    Visibility,
)
from reviews import ownership_news, tasks
from tests.factories import a_model, a_person, a_user, changed, entries
from tests.models_registry.api.bodies import key_of
from tests.reviews.notices import told

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("visibility", ["private", "public"])
def test_a_model_is_given_when_the_other_person_accepts(client, visibility):
    owner, other = a_person("olga", "Registrars"), a_user("uma")
    model = a_model(owner=owner, visibility=visibility)
    client.force_login(owner)
    settings = f"/models/detail/{model.pk}/settings"
    client.post(f"{settings}/give", {"username": "uma"})
    assert "They have not answered yet." in client.get(settings).content.decode()
    assert RegisteredModel.objects.get().owner == owner
    tasks.tell_of_suggestions()
    tasks.tell_of_suggestions()
    assert told(other) == [("ownership", "olga offers you the model tiny-llm")]
    client.force_login(other)
    page = client.get("/my-models").content.decode()
    assert "offers you the model <b>tiny-llm</b>" in page
    offer = OwnershipOffer.objects.get()
    client.post(f"/my-models/offers/{offer.pk}/accept")
    assert RegisteredModel.objects.get().owner == other
    assert not OwnershipOffer.objects.exists()
    assert entries(model)[0] == "registry:model:transfer"
    assert told(owner) == [("ownership", "uma has accepted tiny-llm")]
    client.force_login(owner)
    assert client.get(settings).status_code == 404
    assert client.get(model.get_absolute_url()).status_code == (
        404 if visibility == "private" else 200
    )


def test_an_offer_is_declined_or_taken_back(client):
    owner, other = a_user("olga"), a_user("uma")
    model = a_model(owner=owner, visibility="private")
    offer = ownership.offer(model, "uma", by=owner)
    assert ownership.offer(model, "uma", by=owner) == offer, "the same again is no news"
    client.force_login(other)
    client.post(f"/my-models/offers/{offer.pk}/decline")
    assert RegisteredModel.objects.get().owner == owner
    assert told(owner) == [("ownership", "uma has declined tiny-llm")]
    offer = ownership.offer(model, "UMA", by=owner)
    client.force_login(owner)
    client.post(f"/models/detail/{model.pk}/settings/take-back")
    with pytest.raises(StaleState):
        ownership.answer(offer.pk, accepts=True, by=other)


def test_an_offer_is_for_one_person_and_of_the_present_owner():
    owner, other = a_user("olga"), a_user("uma")
    model = a_model(owner=owner)
    offer = ownership.offer(model, "uma", by=owner)
    with pytest.raises(StaleState):
        ownership.answer(offer.pk, accepts=True, by=a_user("thief"))
    RegisteredModel.objects.update(owner=a_user("kim"))
    with pytest.raises(StaleState):
        ownership.answer(offer.pk, accepts=True, by=other)
    for username, error in (("nobody", InvalidParameter), ("kim", NotAllowed)):
        with pytest.raises((error, NotAllowed)):
            ownership.offer(model, username, by=other)


def test_a_name_that_the_other_person_has_already_stops_it():
    owner, other = a_user("olga"), a_user("uma")
    a_model(owner=other, visibility="private")
    model = a_model(owner=owner, visibility="private")
    offer = ownership.offer(model, "uma", by=owner)
    with pytest.raises(NameTaken):
        ownership.answer(offer.pk, accepts=True, by=other)
    assert OwnershipOffer.objects.exists()


def test_a_private_model_is_renamed_with_its_definition_and_drafts(client):
    owner = a_person("olga", "Registrars")
    model = a_model(owner=owner, visibility="private")
    drafts.open_for(model, by=owner)
    client.force_login(owner)
    path = f"/models/detail/{model.pk}/settings"
    client.post(f"{path}/rename", {"new_name": "Better-1"})
    model.refresh_from_db()
    assert (model.name, model.name_key) == ("Better-1", "better-1")
    [record] = json.loads(model.published_revision.definition)
    assert record["model_name"] == "Better-1"
    assert client.get("/models/detail/Better-1").status_code == 200
    assert client.get("/models/detail/tiny-llm").status_code == 404
    draft = model.drafts.get()
    assert '"Better-1"' in draft.definition
    assert draft.base_revision == model.published_revision
    assert "registry:model:rename" in entries(model)


def test_what_may_not_be_renamed():
    owner = a_person("olga", "Registrars")
    public = a_model(owner=owner)
    private = a_model("mine", owner=owner, visibility="private")
    a_model("taken", owner=owner, visibility="private")
    with pytest.raises(NotAllowed):
        rename(public, "other", by=owner)
    with pytest.raises(NotAllowed):
        rename(private, "other", by=a_person("kim", "Maintainers"))
    with pytest.raises(InvalidParameter):
        rename(private, "not a name", by=owner)
    with pytest.raises(NameTaken):
        rename(private, "TAKEN", by=owner)
    edit(private, Submission(visibility=Visibility.PUBLIC), by=owner, base_revision=1)
    with pytest.raises(StaleState):
        rename(private, "other", by=owner)
    with pytest.raises(StaleState):
        ownership.offer(private, "kim", by=owner)
    RegisteredModel.objects.filter(pk=private.pk).update(published_revision=None)
    private.delete()
    with pytest.raises(ModelNotFound):
        rename(public.__class__(pk=10**6), "other", by=owner)


def test_an_enterprise_model_is_not_accepted_by_somebody_who_can_not_see_it(client):
    root = a_user("root", is_superuser=True)
    owner, other = a_person("olga", "Registrars"), a_user("uma")
    model = a_model(owner=owner)
    offer = ownership.offer(model, "uma", by=owner)
    enterprise = Submission(visibility=Visibility.ENTERPRISE)
    edit(model, enterprise, by=root, base_revision=model.published_revision.number)
    for accepts in (True, False):
        with pytest.raises(StaleState):
            ownership.answer(offer.pk, accepts=accepts, by=other)
    # SECURITY: the offer would tell its name.
    assert client.get("/api/me/offers", headers=key_of(other)).json()["data"] == []
    assert client.get("/api/me/offers", headers=key_of(owner)).json()["total"] == 1


def test_a_draft_of_the_former_owner_does_not_follow_the_model(client):
    owner, other = a_person("olga", "Registrars"), a_person("uma", "Registrars")
    model = a_model(owner=owner, visibility="private")
    draft = drafts.open_for(model, by=owner)
    offer = ownership.offer(model, "uma", by=owner)
    ownership.answer(offer.pk, accepts=True, by=other)
    rename(RegisteredModel.objects.get(), "secret-name", by=other)
    client.force_login(owner)
    for path in (f"/model-registration/{draft.pk}/json", "/my-models"):
        assert b"secret-name" not in client.get(path).content


def test_a_draft_of_an_older_revision_stays_one_when_the_model_is_renamed():
    owner = a_person("olga", "Registrars")
    model = a_model(owner=owner, visibility="private")
    draft = drafts.open_for(model, by=owner)
    old = model.published_revision
    newer = Submission(definition=changed(old, context_length=7777))
    edit(model, newer, by=owner, base_revision=old.number)
    rename(RegisteredModel.objects.get(), "other-name", by=owner)
    draft.refresh_from_db()
    with pytest.raises(StaleState):
        drafts.submit(draft, by=owner)


def test_what_upstream_has_under_the_old_name_is_not_the_renamed_model():
    root = a_user("root", is_superuser=True)
    model = a_model(owner=root)
    UpstreamFile.objects.update_or_create(
        model_type="llm", name_key="tiny-llm", layout="split", path="llm/tiny-llm.json",
        defaults={"model": model, "text": model.published_revision.definition},
    )  # fmt: skip
    private = Submission(visibility=Visibility.PRIVATE)
    edit(model, private, by=root, base_revision=model.published_revision.number)
    model.refresh_from_db()
    with pytest.raises(StaleState):
        rename(model, "other-name", by=root)
    UpstreamChange.objects.update(state=ChangeState.CLOSED)
    rename(model, "other-name", by=root)
    assert UpstreamFile.objects.get(name_key="tiny-llm").model is None


def test_so_many_offers_may_wait(monkeypatch):
    monkeypatch.setattr(ownership, "MAX_OFFERS", 2)
    owner, other = a_person("olga", "Registrars"), a_user("uma")
    models = [a_model(f"m{number}", owner=owner, visibility="private") for number in range(3)]
    for model in models[:2]:
        ownership.offer(model, "uma", by=owner)
    with pytest.raises(InvalidParameter, match="Withdraw one first"):
        ownership.offer(models[2], "uma", by=owner)
    for _ in range(3):
        ownership.offer(models[0], "uma", by=owner)
        ownership_news.notify_of_offers()
    assert len(told(other)) == 2, "one for each model, however often it is offered"
