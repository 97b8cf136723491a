"""What owners ask of reviewers about models that they have made public."""

from __future__ import annotations

import pytest

from models_registry.errors import NotAllowed, StaleState
from models_registry.models import RegisteredModel, UpstreamChange
from reviews import owner_requests, use_cases
from reviews.models import Notification, OwnerRequest
from tests.factories import a_model, a_person, entries, served
from tests.reviews.conftest import a_proposal, a_reviewer
from tests.reviews.notices import told
from tests.reviews.pages import QUEUE

pytestmark = pytest.mark.django_db


def asked(client, model: RegisteredModel, owner, kind: str) -> OwnerRequest:
    """A request that was made on the page."""
    client.force_login(owner)
    path = f"/models/detail/{model.pk}/review"
    assert "Ask for expiry or removal" in client.get(path).content.decode()
    reason = "The licence does not allow it."
    client.post(f"{path}/request", {"kind": kind, "reason": reason})
    assert "A reviewer decides." in client.get(path).content.decode()
    return OwnerRequest.objects.get()


@pytest.mark.parametrize("kind", ["expire", "remove"])
def test_a_reviewer_grants_it_and_upstream_reads_the_reason(client, author, reviewer, kind):
    proposal = a_proposal(author)
    use_cases.approve(proposal, by=a_reviewer("judge"))
    model = RegisteredModel.objects.get()
    Notification.objects.all().delete()
    wanted = asked(client, model, author, kind)
    client.force_login(reviewer)
    assert "What owners ask for" in client.get(QUEUE).content.decode()
    page = client.get(wanted.get_absolute_url()).content.decode()
    assert "The licence does not allow it." in page
    answer = client.post(wanted.get_absolute_url(), {"decision": "grant"}, follow=True)
    assert answer.status_code == 200
    assert "What owners ask for" not in answer.content.decode()
    wanted.refresh_from_db()
    assert (wanted.state, wanted.decided_by_name) == ("granted", "rita")
    assert served() == []
    change = UpstreamChange.objects.first()
    assert (change.kind, change.created_by) == ("remove", author)
    assert (change.message, change.is_cause) == ("The licence does not allow it.", False)
    found = RegisteredModel.objects.filter(pk=model.pk).first()
    if kind == "expire":
        assert found.is_expired()
        assert told(author) == [("decision", "tiny-llm has expired, as you asked")]
        assert "reviews:request:decide" in entries(found)
    else:
        assert found is None
        assert told(author) == [("decision", "tiny-llm was removed, as you asked")]


def test_a_refusal_needs_a_reason_and_changes_nothing(client, author, reviewer):
    model = a_model(owner=author)
    wanted = asked(client, model, author, "expire")
    client.force_login(reviewer)
    assert client.post(wanted.get_absolute_url(), {"decision": "refuse"}).status_code == 400
    posted = {"decision": "refuse", "feedback": "Many use it."}
    client.post(wanted.get_absolute_url(), posted)
    assert told(author) == [("decision", "tiny-llm does not expire: your request was refused")]
    assert len(served()) == 1
    with pytest.raises(StaleState):
        owner_requests.decide(wanted, grants=True, by=reviewer)


def test_only_the_owner_who_may_not_do_it_asks_and_once(client, author):
    model = a_model(owner=author)
    keeper = a_person("kim", "Maintainers")
    for person in (keeper, a_person("uma", "Registrars")):
        with pytest.raises(NotAllowed):
            owner_requests.ask(model, "remove", reason="Because.", by=person)
    wanted = owner_requests.ask(model, "remove", reason="Because.", by=author)
    with pytest.raises(StaleState):
        owner_requests.ask(model, "expire", reason="Because.", by=author)
    client.force_login(keeper)
    assert client.post(f"/models/detail/review/requests/{wanted.pk}/withdraw").status_code == 404
    client.force_login(author)
    client.post(f"/models/detail/review/requests/{wanted.pk}/withdraw")
    wanted.refresh_from_db()
    assert wanted.state == "withdrawn"
    private = a_model("mine", owner=author, visibility="private")
    with pytest.raises(NotAllowed):
        owner_requests.ask(private, "remove", reason="Because.", by=author)


def test_nobody_decides_on_their_own_request(client):
    owner = a_reviewer("olga")
    wanted = owner_requests.ask(a_model(owner=owner), "expire", reason="Old.", by=owner)
    with pytest.raises(NotAllowed):
        owner_requests.decide(wanted, grants=True, by=owner)
    client.force_login(owner)
    assert "not decide on this one" in client.get(wanted.get_absolute_url()).content.decode()


def test_a_model_that_has_another_owner_now_stays(author, reviewer):
    model = a_model(owner=author)
    wanted = owner_requests.ask(model, "remove", reason="Old.", by=author)
    RegisteredModel.objects.filter(pk=model.pk).update(owner=a_person("olga"))
    with pytest.raises(StaleState):
        owner_requests.decide(wanted, grants=True, by=reviewer)
    assert len(served()) == 1


def test_a_request_of_the_former_owner_does_not_stop_the_new_one(client, author):
    model = a_model(owner=author)
    owner_requests.ask(model, "remove", reason="Old.", by=author)
    olga = a_person("olga", "Registrars")
    RegisteredModel.objects.filter(pk=model.pk).update(owner=olga)
    wanted = owner_requests.ask(model, "expire", reason="New.", by=olga)
    assert [row.reason for row in OwnerRequest.objects.filter(state="open")] == ["New."]
    client.force_login(olga)
    client.post(f"/models/detail/review/requests/{wanted.pk}/withdraw")
    assert not OwnerRequest.objects.filter(state="open").exists()


def test_a_new_owner_may_withdraw_what_the_former_one_asked(client, author):
    model = a_model(owner=author)
    wanted = owner_requests.ask(model, "remove", reason="Old.", by=author)
    olga = a_person("olga", "Registrars")
    RegisteredModel.objects.filter(pk=model.pk).update(owner=olga)
    client.force_login(olga)
    page = client.get(f"/models/detail/{model.pk}/review").content.decode()
    assert f"/models/detail/review/requests/{wanted.pk}/withdraw" in page
    client.post(f"/models/detail/review/requests/{wanted.pk}/withdraw")
    assert not OwnerRequest.objects.filter(state="open").exists()
