"""Tells people of models that are offered to them, and who offered one of the answer.

An offer is its own outbox row; an answer is told in its own transaction.
"""

from __future__ import annotations

from django.db import models, transaction
from django.urls import reverse

from accounts.models import User
from hub.audit import Tag
from hub.models import AuditEntry
from models_registry.definitions.json_text.messages import gettext_noop
from models_registry.models import OwnershipOffer, RegisteredModel
from reviews import notify
from reviews.models import Notification, NotificationKind


def notify_of_offers() -> int:
    """Notify people of offers, each once; returns the number of notifications."""
    offers = {
        _key(offer): offer
        for offer in OwnershipOffer.objects.select_related("model", "offered_to", "offered_by")
    }
    told = Notification.objects.filter(kind=NotificationKind.OWNERSHIP, key__in=offers)
    known = set(told.values_list("key", flat=True))
    return sum(_notify(offer, key) for key, offer in offers.items() if key not in known)


def note(entry: AuditEntry, target: models.Model | None) -> None:
    """Tell whoever has offered a model of the answer; see `hub.audit.on_record`."""
    is_accepted = entry.tag == Tag.MODEL_TRANSFER
    is_declined = entry.tag == Tag.MODEL_OFFER and bool(entry.data.get("declined"))
    if not (is_accepted or is_declined) or not isinstance(target, RegisteredModel):
        return
    giver = User.objects.filter(pk=entry.data.get("giver") or 0).first()
    if giver is None:
        return
    names = {"person": entry.actor_name, "model": target.name}
    if is_accepted:
        title = gettext_noop("%(person)s has accepted %(model)s", **names)
        text = gettext_noop("The model is theirs now.")
        # They may not see the model any more.
        url = reverse("models_registry:my_models")
    else:
        title = gettext_noop("%(person)s has declined %(model)s", **names)
        text = gettext_noop("The model stays as it was.")
        url = reverse("models_registry:model_settings", args=[target.pk])
    notify.send([giver], NotificationKind.OWNERSHIP, title=title, text=[text], url=url)


def _key(offer: OwnershipOffer) -> str:
    """At most one a day for a person and a model, however often it is offered."""
    return f"offer:{offer.model_id}:{offer.offered_to_id}:{offer.created_at:%Y-%m-%d}"


def _notify(offer: OwnershipOffer, key: str) -> int:
    title = gettext_noop(
        "%(person)s offers you the model %(model)s",
        person=offer.offered_by.username,
        model=offer.model.name,
    )
    with transaction.atomic():
        told = notify.send(
            [offer.offered_to],
            NotificationKind.OWNERSHIP,
            title=title,
            text=[gettext_noop("It stays as it is until you accept or decline it.")],
            url=reverse("models_registry:my_models"),
            key=key,
        )
    return len(told)
