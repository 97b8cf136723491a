"""Tells people of models that are offered to them; an offer is its own outbox row."""

from __future__ import annotations

from django.db import transaction
from django.urls import reverse

from models_registry.definitions.json_text.messages import gettext_noop
from models_registry.models import OwnershipOffer
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
