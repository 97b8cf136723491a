"""Calculates what the list orders models by: the order "Recommended", and recent uses.

Only public models have a rank, and only what everybody may know of them decides about it, so the
order tells nothing of hidden models. Each model has points (see POINTS). The models of each type
stand in the order of their points, and the types are mixed.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from models_registry import usage
from models_registry.models import ListingFigures, RegisteredModel, SourceSummary

# How much each of these counts; each is between 0 and 1.
POINTS: Final = {"featured": 1.0, "recent": 1.0, "popular": 1.0}
# After so many days, a definition counts half as recent.
HALF_LIFE_DAYS: Final = 180.0
IN_A_ROW: Final = 2
_BATCH: Final = 200
_LETTERS: Final = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class RankedModel:
    """What the rank of a public model depends on."""

    pk: int
    model_type: str
    name_key: str
    featured: bool
    updated_at: datetime | None
    # Downloads at the source, and uses of this hub.
    popularity: int


def recommend() -> int:
    """Calculate ranks and recent uses, and write those that changed; return how many did."""
    uses = usage.recent_uses() if settings.ENV.use_counts else {}
    public = list(
        RegisteredModel.objects.public()
        .order_by("pk")
        .values_list("pk", "model_type", "name_key", "featured", "definition_updated_at")
    )
    popular = source_popularity()
    candidates = [
        RankedModel(*row, popular.get(row[0], 0) + sum(uses.get(row[0], {}).values()))
        for row in public
    ]
    ranks = {pk: rank for rank, pk in enumerate(ranking(candidates, timezone.now()))}
    wanted = {
        pk: ListingFigures(
            model_id=pk,
            recommended_rank=ranks.get(pk),
            uses=sum(uses.get(pk, {}).values()),
            **uses.get(pk, {}),
        )
        for pk in ranks.keys() | uses.keys()
    }
    return _write(wanted)


def recommend_new() -> None:
    """Calculate ranks if a public model has none: one that was published a moment ago."""
    ranked = ListingFigures.objects.filter(model=OuterRef("pk"), recommended_rank__isnull=False)
    if RegisteredModel.objects.public().filter(~Exists(ranked)).exists():
        recommend()


def source_popularity() -> Mapping[int, int]:
    """The downloads of public models at their sources, by primary key, as far as they are known."""
    public = RegisteredModel.objects.public().order_by().values("pk")
    summaries = SourceSummary.objects.filter(model__in=public, downloads__isnull=False)
    return {pk: count or 0 for pk, count in summaries.values_list("model_id", "downloads")}


def ranking(candidates: Iterable[RankedModel], now: datetime) -> list[int]:
    """Return the primary keys in the recommended order; the same for the same models and day."""
    candidates = list(candidates)
    most: dict[str, int] = defaultdict(int)
    for model in candidates:
        most[model.model_type] = max(most[model.model_type], model.popularity)
    ordered = sorted(
        candidates,
        key=lambda model: (
            -_points(model, most[model.model_type], now),
            model.name_key,
            model.model_type,
            model.pk,
        ),
    )
    return [model.pk for model in _mixed(ordered)]


def family_of(name_key: str) -> str:
    """The first word of a name: `qwen` for both qwen3-next and Qwen2.5-VL."""
    match = _LETTERS.search(name_key)
    return match[0] if match else name_key


def _points(model: RankedModel, most: int, now: datetime) -> float:
    """The points of a model; popularity compares it with the most popular of its type."""
    recent = 0.0
    if model.updated_at is not None:
        # Whole days: the order does not change from minute to minute.
        days = max((now.date() - model.updated_at.date()).days, 0)
        recent = 0.5 ** (days / HALF_LIFE_DAYS)
    popular = math.log1p(model.popularity) / math.log1p(most) if most else 0.0
    points = POINTS["featured"] * model.featured
    points += POINTS["recent"] * recent + POINTS["popular"] * popular
    # Logarithms differ in their last digits between platforms.
    return round(points, 6)


Queue = tuple[str, str]


@dataclass(slots=True)
class _Mix:
    """The models that have no place yet, in queues by type and family, and the last places."""

    total: int
    shares: Counter[str]
    queues: dict[Queue, deque[tuple[int, RankedModel]]]
    placed: Counter[str] = field(default_factory=Counter)
    last: deque[Queue] = field(default_factory=lambda: deque(maxlen=IN_A_ROW))

    def take(self) -> RankedModel:
        """Remove the model that comes next."""
        queue = min(self.queues, key=self._priority)
        _place, model = self.queues[queue].popleft()
        if not self.queues[queue]:
            del self.queues[queue]
        self.last.append(queue)
        self.placed[model.model_type] += 1
        return model

    def _priority(self, queue: Queue) -> tuple[bool, bool, int, int]:
        """A sort key: first what breaks no rule, then the type that is owed most, then points."""
        model_type, family = queue
        is_full = len(self.last) == IN_A_ROW
        too_many_of_family = is_full and all(family == before[1] for before in self.last)
        too_many_of_type = is_full and all(model_type == before[0] for before in self.last)
        owed = self.shares[model_type] * (self.placed.total() + 1)
        owed -= self.placed[model_type] * self.total
        return too_many_of_family, too_many_of_type, -owed, self.queues[queue][0][0]


def _mixed(ordered: Sequence[RankedModel]) -> list[RankedModel]:
    """The models in the order of their points, each type as often as it has models.

    No more than two of a family or type follow each other while others are left; the family matters
    more.
    """
    mix = _Mix(len(ordered), Counter(model.model_type for model in ordered), defaultdict(deque))
    for place, model in enumerate(ordered):
        mix.queues[model.model_type, family_of(model.name_key)].append((place, model))
    return [mix.take() for _place in ordered]


def _write(wanted: Mapping[int, ListingFigures]) -> int:
    """Write the figures that changed; models that have neither rank nor uses lose theirs."""
    names = ("recommended_rank", *(use.value for use in usage.Use), "uses")
    there = ListingFigures.objects.values_list("model_id", *names)
    held = {pk: tuple(values) for pk, *values in there}
    changed = [
        figures
        for pk, figures in sorted(wanted.items())
        if held.get(pk) != tuple(getattr(figures, name) for name in names)
    ]
    gone = held.keys() - wanted.keys()
    for start in range(0, len(changed), _BATCH):
        batch = changed[start : start + _BATCH]
        with transaction.atomic():
            alive = RegisteredModel.objects.filter(pk__in=[row.model_id for row in batch])
            keys = set(alive.values_list("pk", flat=True))
            ListingFigures.objects.bulk_create(
                [row for row in batch if row.model_id in keys],
                update_conflicts=True,
                unique_fields=["model"],
                update_fields=list(names),
            )
    if gone:
        ListingFigures.objects.filter(model_id__in=gone).delete()
    return len(changed) + len(gone)
