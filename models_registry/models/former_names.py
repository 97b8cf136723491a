"""The names that public and enterprise models had before they were renamed."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import User
from models_registry.definitions.facts.kinds import name_key
from models_registry.models.registry import ModelType, RegisteredModel


class FormerNameQuerySet(models.QuerySet["FormerName"]):
    """Former names, the last given up first."""

    def answering(self) -> FormerNameQuerySet:
        """Those that the API and downloads still take."""
        return self.filter(answers_until__gt=timezone.now())

    def reserved(self, model_type: str, key: str, visibility: str) -> FormerNameQuerySet:
        """Those that keep a name from other models with that visibility: while they answer, and
        while upstream still has the model under that name."""
        is_upstream = Q(model__upstream_file__name_key=F("name_key"))
        named = self.filter(model_type=model_type, name_key=key, model__visibility=visibility)
        return named.filter(Q(answers_until__gt=timezone.now()) | is_upstream)

    def named_for(self, user: User | AnonymousUser, name: str) -> FormerNameQuerySet:
        """The rows with exactly this name, of models whose present names the user may be told."""
        models = RegisteredModel.objects.named_for(user).order_by()
        return self.filter(name_key=name_key(name), name=name, model__in=models.values("pk"))

    def renamed(
        self, model_type: str, names: Iterable[str], visibility: str
    ) -> dict[str, RegisteredModel]:
        """Former name → the model that has given it up, of models with that visibility."""
        rows = self.filter(
            name_key__in={name_key(name) for name in names},
            model_type=model_type,
            model__visibility=visibility,
        ).select_related("model__published_revision", "model__upstream_file")
        return {row.name: row.model for row in rows.order_by("renamed_at", "pk")}


class FormerName(models.Model):
    """A name that a model had while others could see it.

    Pages redirect from it until another model gets the name; the API and downloads take it for a
    time, in which no other model gets it.
    """

    model = models.ForeignKey(
        RegisteredModel, on_delete=models.CASCADE, related_name="former_names"
    )
    model_type = models.CharField(max_length=12, choices=ModelType)
    name = models.CharField(max_length=200)
    name_key = models.CharField(max_length=200)
    renamed_at = models.DateTimeField(default=timezone.now)
    answers_until = models.DateTimeField()

    objects = FormerNameQuerySet.as_manager()

    class Meta:
        ordering = ["-renamed_at", "-pk"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["model", "name"], name="one_former_name_per_model")
        ]
        indexes = [models.Index(fields=["name_key", "model_type"], name="former_name_key")]

    def __str__(self) -> str:
        return f"{self.name}, now {self.model}"
