"""Webhooks: what they are told of, signed and tried again, and where the hub sends nothing."""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import json
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from accounts import sealed
from accounts.models import User
from hub.models import Webhook, WebhookDelivery
from models_registry.actions.expiry import set_expiry
from models_registry.errors import StaleState
from models_registry.models import ChangeState, PullRequest, RegisteredModel, UpstreamChange
from models_registry.upstream.github import Pull
from models_registry.upstream.pull_request_end import settle
from reviews import tasks, use_cases, webhooks
from reviews.webhooks import Event
from tests.factories import a_model, a_user
from tests.reviews.conftest import a_proposal, a_reviewer, an_author
from tests.standins.webhook_receiver import Receiver

pytestmark = pytest.mark.django_db


@pytest.fixture
def receiver(settings):
    settings.ENV = dataclasses.replace(settings.ENV, server_addresses=["127.0.0.1"])
    receiver = Receiver()
    yield receiver
    receiver.stop()


def hook_of(user, receiver, *events: str, of_site: bool = False) -> tuple[Webhook, str]:
    return webhooks.add(receiver.url, events or list(Event), by=user, of_site=of_site)


def due_again() -> None:
    WebhookDelivery.objects.update(next_attempt_at=timezone.now())


def test_a_person_adds_one_on_the_page_and_checks_what_it_gets(client, author, receiver):
    client.force_login(author)
    posted = {"url": receiver.url, "events": [event.value for event in Event]}
    page = client.post("/user-center/webhooks", posted).content.decode()
    secret = page.split('<code id="webhook-secret">')[1].split("</code>")[0]
    assert secret not in client.get("/user-center/webhooks").content.decode()
    assert secret not in Webhook.objects.get().sealed_secret
    a_proposal(author)
    assert receiver.got == [], "only a worker sends"
    tasks.send_webhooks()
    [(headers, body)] = receiver.got
    told = json.loads(body)
    assert (told["event"], told["model"]["model_name"]) == ("proposal.submitted", "tiny-llm")
    assert told["revision"] == {"number": 1, "author": "ada", "message": "First try"}
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    assert headers["X-Hub-Signature-256"] == f"sha256={digest}"
    assert headers["X-Models-Hub-Event"] == "proposal.submitted"
    tasks.send_webhooks()
    assert len(receiver.got) == 1


def test_every_event_is_told(author, receiver):
    hook_of(author, receiver)
    reviewer = a_reviewer()
    proposal = a_proposal(author)
    use_cases.approve(proposal, by=reviewer, feedback="Fine.")
    model = RegisteredModel.objects.get()
    pull_request = PullRequest.objects.create(branch="hub/tiny", number=7, url="https://x/7")
    change = UpstreamChange.objects.first()
    for state in (ChangeState.OPEN, ChangeState.MERGED, ChangeState.CLOSED):
        change.state, change.pull_request, change.opened_at = state, pull_request, timezone.now()
        change.save()
        tasks.send_webhooks()
        tasks.send_webhooks()
    set_expiry(model, timezone.now(), by=a_user("root", is_superuser=True))
    tasks.send_webhooks()
    assert sorted(receiver.events) == sorted(event.value for event in Event)
    decided = next(json.loads(body) for _h, body in receiver.got if b"proposal.decided" in body)
    assert (decided["decision"], decided["feedback"]) == ("approve", "Fine.")
    merged = next(json.loads(body) for _h, body in receiver.got if b"merged" in body)
    assert merged["pull_request"] == {"number": 7, "url": "https://x/7"}


def test_a_person_hears_of_their_own_models_and_the_site_of_public_ones(author, receiver):
    other, root = an_author("bob"), a_user("root", is_superuser=True)
    hook_of(author, receiver)
    of_site, _secret = hook_of(root, receiver, of_site=True)
    a_proposal(other, "of-bob")
    a_model("secret", visibility="private", owner=other)
    [delivery] = WebhookDelivery.objects.all()
    assert (delivery.webhook, json.loads(delivery.body)["model"]["model_name"]) == (
        of_site,
        "of-bob",
    )


def test_what_changes_back_tells_nothing(author, receiver):
    """The rows are written in the transaction of the change."""
    hook_of(author, receiver)

    def fails_after_the_proposal() -> None:
        with transaction.atomic():
            a_proposal(author)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails_after_the_proposal()
    assert not WebhookDelivery.objects.exists()


def test_a_deactivated_account_hears_nothing_more(author, receiver):
    hook_of(author, receiver)
    a_proposal(author, "before")
    User.objects.filter(pk=author.pk).update(is_active=False)
    a_proposal(author, "after")
    tasks.send_webhooks()
    assert receiver.got == []
    assert WebhookDelivery.objects.count() == 1


@pytest.mark.parametrize("status", [301, 400, 500])
def test_what_is_not_accepted_is_tried_again_and_given_up_after_a_day(author, receiver, status):
    hook_of(author, receiver)
    a_proposal(author)
    receiver.status = status
    tasks.send_webhooks()
    tasks.send_webhooks()
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.attempts, delivery.status) == ("waiting", 1, status)
    assert delivery.next_attempt_at > timezone.now()
    due_again()
    receiver.status = 200
    tasks.send_webhooks()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, delivery.last_error) == ("delivered", 2, "")
    long_ago = timezone.now() - timedelta(days=2)
    WebhookDelivery.objects.update(state="waiting", created_at=long_ago)
    due_again()
    receiver.status = status
    tasks.send_webhooks()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.last_error) == ("failed", f"HTTP {status}")


def test_a_receiver_that_is_away_holds_up_no_other(author, receiver):
    away = Receiver()
    away.server.shutdown()
    away.server.server_close()
    hook_of(author, away)
    hook_of(author, receiver)
    a_proposal(author, "one")
    a_proposal(author, "two")
    tasks.send_webhooks()
    assert receiver.events == ["proposal.submitted"] * 2
    states = list(
        WebhookDelivery.objects.filter(webhook__url=away.url).values_list("state", "attempts")
    )
    assert sorted(states) == [("waiting", 0), ("waiting", 1)]
    assert "can't be reached" in WebhookDelivery.objects.exclude(last_error="").get().last_error


def test_the_log_sends_again_and_a_stopped_one_is_silent(client, author, receiver):
    hook, _secret = hook_of(author, receiver)
    client.force_login(author)
    page = f"/user-center/webhooks/{hook.pk}"
    client.post(f"{page}/ping")
    tasks.send_webhooks()
    delivery = WebhookDelivery.objects.get()
    assert "ping" in client.get(page).content.decode()
    client.post(f"{page}/deliveries/{delivery.pk}")
    tasks.send_webhooks()
    assert receiver.events == ["ping", "ping"]
    client.post(f"{page}/stop")
    a_proposal(author)
    tasks.send_webhooks()
    assert receiver.events == ["ping", "ping"]
    client.force_login(a_user("eve"))
    for path in (page, f"{page}/remove", f"{page}/deliveries/{delivery.pk}"):
        assert client.post(path).status_code in {404, 405}
    assert client.get(page).status_code == 404
    client.force_login(author)
    client.post(f"{page}/remove")
    assert not Webhook.objects.exists()


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://169.254.169.254/",
        "ftp://example.org/",
        "http://a:b@x.org/",
        "x",
    ],
)
def test_the_hub_sends_nothing_into_its_own_network(client, author, url):
    client.force_login(author)
    answer = client.post("/user-center/webhooks", {"url": url, "events": ["model.published"]})
    if answer.status_code == 422:
        assert not Webhook.objects.exists()
        return
    # A name or an address may be found out when it is connected to.
    webhooks.ping(Webhook.objects.get(), by=author)
    tasks.send_webhooks()
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.status) == ("waiting", None)
    assert delivery.last_error


def test_only_administrators_add_webhooks_of_the_site(client, author, receiver):
    client.force_login(author)
    posted = {"url": receiver.url, "events": ["model.published"], "of_site": "on"}
    assert client.post("/user-center/webhooks", posted).status_code == 422
    assert not Webhook.objects.exists()


def test_the_secret_is_among_what_the_vault_seals_again(author, receiver):
    hook_of(author, receiver)
    assert any(secret.model is Webhook for secret in sealed.everything())


def test_a_receiver_that_fails_keeps_nobody_else_waiting(author, receiver):
    receiver_of_ada = Receiver()
    receiver_of_ada.status = 500
    dead, _secret = hook_of(author, receiver_of_ada)
    rows = (WebhookDelivery(webhook=dead, event="x", body=str(n)) for n in range(600))
    WebhookDelivery.objects.bulk_create(rows)
    bob = an_author("bob")
    webhooks.ping(hook_of(bob, receiver)[0], by=bob)
    for _ in range(2):
        tasks.send_webhooks()
    assert receiver.events == ["ping"]
    assert len(receiver_of_ada.got) == 1


def test_the_same_is_not_sent_again_while_it_waits(author, receiver):
    receiver.status = 500
    hook, _secret = hook_of(author, receiver)
    made = webhooks.ping(hook, by=author)
    with pytest.raises(StaleState):
        webhooks.ping(hook, by=author)
    WebhookDelivery.objects.update(state="failed")
    made.refresh_from_db()
    webhooks.redeliver(made, by=author)
    with pytest.raises(StaleState):
        webhooks.redeliver(made, by=author)


def test_a_round_asks_nothing_of_pull_requests_that_were_told(
    author, receiver, django_assert_max_num_queries
):
    """However many there are: each publication asks for a round."""
    hook_of(author, receiver)
    now = timezone.now()
    for number in range(5):
        model = a_model(f"model-{number}", owner=author if number < 3 else None)
        pull_request = PullRequest.objects.create(branch=f"hub/{number}", number=number, url="x")
        UpstreamChange.objects.create(
            model=model, kind="update", model_type="llm", name=model.name, name_key=model.name_key,
            state=ChangeState.OPEN, pull_request=pull_request, opened_at=now, changed_at=now,
        )  # fmt: skip
    assert webhooks.note_pull_requests() == 3
    with django_assert_max_num_queries(3):
        assert webhooks.note_pull_requests() == 0


def test_a_pull_request_that_ends_long_after_its_change_is_told(author, receiver):
    hook_of(author, receiver, Event.MERGED)
    pull_request = PullRequest.objects.create(branch="hub/tiny", number=7, url="https://x/7")
    change = UpstreamChange.objects.create(
        model=a_model(owner=author), kind="update", model_type="llm", name="tiny-llm",
        name_key="tiny-llm", state=ChangeState.OPEN, pull_request=pull_request,
        opened_at=timezone.now() - timedelta(days=20),
    )  # fmt: skip
    UpstreamChange.objects.filter(pk=change.pk).update(
        changed_at=timezone.now() - timedelta(days=20)
    )
    settle(pull_request, Pull(7, "https://x/7", "merged", "", "", "abc", None), None)
    tasks.send_webhooks()
    assert receiver.events == ["pull_request.merged"]
