"""The names that public and enterprise models had before they were renamed."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import User
from models_registry.definitions.facts.kinds import name_key
from models_registry.models.registry import ModelType, RegisteredModel, Visibility
from models_registry.permissions import ENTERPRISE_MAINTENANCE, Right, holds_any


class FormerNameQuerySet(models.QuerySet["FormerName"]):
    """Former names, the last given up first."""

    def answering(self) -> FormerNameQuerySet:
        """Those that the API and downloads still take."""
        return self.filter(answers_until__gt=timezone.now())

    def reserved(self, model_type: str, key: str, visibility: str) -> FormerNameQuerySet:
        """Those that keep a name from other models with that visibility: while they answer, and
        while upstream still has the model under that name."""
        is_upstream = Q(model__upstream_file__name_key=F("name_key"))
        named = self._known(visibility).filter(model_type=model_type, name_key=key)
        return named.filter(Q(answers_until__gt=timezone.now()) | is_upstream)

    def told_to(self, user: User | AnonymousUser) -> FormerNameQuerySet:
        """The rows of models whose present names the user may be told, without the names that they
        could not see then.

        SECURITY: an enterprise model that was made public had its former name among those who see
        enterprise models.
        """
        models = RegisteredModel.objects.named_for(user).order_by()
        rows = self.filter(model__in=models.values("pk"))
        if holds_any(user, (Right.VIEW_ENTERPRISE_MODEL, *ENTERPRISE_MAINTENANCE)):
            return rows
        told = Q(visibility=Visibility.PUBLIC) | ~Q(model__visibility=Visibility.PUBLIC)
        return rows.filter(told | Q(model__owner=user.pk or 0))

    def named_for(self, user: User | AnonymousUser, name: str) -> FormerNameQuerySet:
        """The rows with exactly this name that the user may be told."""
        return self.told_to(user).filter(name_key=name_key(name), name=name)

    def renamed(
        self, model_type: str, names: Iterable[str], visibility: str
    ) -> dict[str, RegisteredModel]:
        """Former name → the model that has given it up, of models with that visibility."""
        rows = (
            self._known(visibility)
            .filter(name_key__in={name_key(name) for name in names}, model_type=model_type)
            .select_related("model__published_revision", "model__upstream_file")
        )
        return {row.name: row.model for row in rows.order_by("renamed_at", "pk")}

    def _known(self, visibility: str) -> FormerNameQuerySet:
        """Those of models with that visibility that whoever sees them could see then."""
        known = {Visibility.PUBLIC, visibility}
        return self.filter(model__visibility=visibility, visibility__in=known)


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
    visibility = models.CharField(max_length=12, choices=Visibility)
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
