from __future__ import annotations
from datetime import timedelta
import pytest
from django.utils import timezone
from hub.models import Webhook, WebhookDelivery
from models_registry.actions import ownership
from models_registry.actions.edit import edit
from models_registry.actions.rename import rename
from models_registry.actions.submission import Submission
from models_registry.drafting import drafts
from models_registry.errors import StaleState
from models_registry.models import Draft, Visibility
from reviews import webhooks
from tests.factories import a_model, a_person, a_user, changed
from tests.reviews.conftest import an_author
from tests.reviews.test_webhooks import Receiver, receiver, hook_of  # noqa
pytestmark = pytest.mark.django_db


def test_merge_leak(client, author):
    root = a_user("root", is_superuser=True)
    model = a_model(owner=a_user("olga"))
    client.force_login(author)
    client.post(f"/models/detail/{model.pk}/edit")
    draft = Draft.objects.get(owner=author)
    edit(model, Submission(visibility=Visibility.ENTERPRISE, readme="# TOP SECRET"), by=root, base_revision=model.published_revision.number)
    client.get(f"/model-registration/{draft.pk}/merge", follow=True)
    draft.refresh_from_db()
    assert "SECRET" not in draft.readme


def test_rename(client):
    olga, uma = a_person("olga", "Registrars"), a_person("uma", "Registrars")
    model = a_model(owner=olga, visibility="private")
    draft = drafts.open_for(model, by=olga)
    offer = ownership.offer(model, "uma", by=olga)
    ownership.answer(offer.pk, accepts=True, by=uma)
    model.refresh_from_db()
    rename(model, "secret-name", by=uma)
    client.force_login(olga)
    assert "secret-name" not in client.get(f"/model-registration/{draft.pk}/json").content.decode()
    assert "secret-name" not in client.get("/my-models").content.decode()


def test_rename_base(client):
    olga = a_person("olga", "Registrars")
    model = a_model(owner=olga, visibility="private")
    draft = drafts.open_for(model, by=olga)
    old = model.published_revision
    edit(model, Submission(definition=changed(old, context_length=7777)), by=olga, base_revision=old.number)
    model.refresh_from_db()
    rename(model, "other-name", by=olga)
    draft.refresh_from_db()
    with pytest.raises(StaleState):
        drafts.submit(draft, by=olga)


def test_starve(author, receiver):
    dead = Webhook.objects.create(user=author, url="http://127.0.0.1:1/", events=[], sealed_secret=webhooks.vault.seal("x"))
    good, _ = hook_of(an_author("bob"), receiver)
    WebhookDelivery.objects.bulk_create(WebhookDelivery(webhook=dead, event="x", body="{}") for _ in range(600))
    webhooks.ping(good, by=good.user)
    for _ in range(2):
        webhooks.send_due()
    assert receiver.events == ["ping"]


def test_devices():
    from django.test import Client
    ada = a_user("ada"); ada.set_password("Right-horse-9"); ada.save()
    one, two = Client(), Client()
    for c in (one, two):
        c.post("/signin", {"login": "ada", "password": "Right-horse-9"})
        c.cookies.pop("sessionid")
    for _ in range(6):
        answer = one.post("/signin", {"login": "ada", "password": "wrong"})
    assert b"Too many" in answer.content
    assert two.post("/signin", {"login": "ada", "password": "Right-horse-9"}).status_code == 302


def test_enterprise(client):
    root = a_user("root", is_superuser=True)
    olga, uma = a_person("olga", "Registrars"), a_user("uma")
    model = a_model(owner=olga)
    offer = ownership.offer(model, "uma", by=olga)
    edit(model, Submission(visibility=Visibility.ENTERPRISE), by=root, base_revision=model.published_revision.number)
    with pytest.raises(StaleState):
        ownership.answer(offer.pk, accepts=True, by=uma)
