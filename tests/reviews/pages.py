"""The pages of the reviews, as reviewers and authors open them."""

from __future__ import annotations

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from models_registry.models import Revision
from reviews.models import Proposal

QUEUE = "/admin/reviews/"


def aged(proposal: Proposal, days: float) -> Proposal:
    Revision.objects.filter(pk=proposal.pk).update(created_at=timezone.now() - timedelta(days=days))
    return Proposal.objects.get(pk=proposal.pk)


def page(client, proposal: Proposal, query: str = "") -> str:
    return client.get(reverse("reviews:proposal", args=[proposal.pk]) + query).content.decode()


def status(client, proposal: Proposal) -> str:
    return client.get(reverse("reviews:status", args=[proposal.model_id])).content.decode()
