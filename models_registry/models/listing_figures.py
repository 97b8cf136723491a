"""What the list orders models by: their memory, the hub's own counters, and their rank.

The counters hold numbers only: nobody's name, address or cookie.
"""

from __future__ import annotations

from django.db import models


class SmallestNeed(models.Model):
    """The memory that the smallest variant of a model needs on a GPU, derived by `memory_needs`.

    `need` is in bytes, null if unknown; `choice` says which variant it is. They stand in a table of
    their own, so that visits of source repositories lock no model.
    """

    model = models.OneToOneField(
        "models_registry.RegisteredModel", on_delete=models.CASCADE, related_name="memory"
    )
    need = models.BigIntegerField(null=True, blank=True)
    choice = models.JSONField(default=dict)

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["need"], name="smallest_need")]

    def __str__(self) -> str:
        return f"memory of {self.model_id}"


class ModelUse(models.Model):
    """The counts of one model on one day, in UTC."""

    model = models.ForeignKey(
        "models_registry.RegisteredModel", on_delete=models.CASCADE, related_name="uses"
    )
    day = models.DateField()
    views = models.PositiveIntegerField(default=0)
    downloads = models.PositiveIntegerField(default=0)
    launches = models.PositiveIntegerField(default=0)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["model", "day"], name="one_count_per_model_and_day")
        ]
        indexes = [models.Index(fields=["day"], name="model_use_day")]

    def __str__(self) -> str:
        return f"{self.model_id} on {self.day}"


class ListingFigures(models.Model):
    """What the list orders one model by; a task calculates it (`actions.recommend`).

    `views`, `downloads` and `launches` count the last 30 days, `uses` is their sum. The rank is the
    place in the order "Recommended"; null for models that are not public. These are columns of a
    table of their own, so that the task locks no model.
    """

    model = models.OneToOneField(
        "models_registry.RegisteredModel", on_delete=models.CASCADE, related_name="figures"
    )
    recommended_rank = models.PositiveIntegerField(null=True, blank=True)
    views = models.PositiveIntegerField(default=0)
    downloads = models.PositiveIntegerField(default=0)
    launches = models.PositiveIntegerField(default=0)
    uses = models.PositiveIntegerField(default=0)

    class Meta:
        default_permissions = ()
        indexes = [
            models.Index(fields=["recommended_rank"], name="figures_recommended_rank"),
            models.Index(fields=["uses"], name="figures_uses"),
        ]

    def __str__(self) -> str:
        return f"figures of {self.model_id}"
