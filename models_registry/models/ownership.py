"""Offers to give a model to somebody else."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from models_registry.models.registry import RegisteredModel


class OwnershipOffer(models.Model):
    """The owner of a model offers it to somebody, who has not answered yet.

    The number of an offer never comes again, so a form about it can't be about another one.
    """

    model = models.OneToOneField(
        RegisteredModel, on_delete=models.CASCADE, related_name="ownership_offer"
    )
    offered_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="ownership_offers"
    )
    offered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["created_at", "pk"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.model} for {self.offered_to}"
