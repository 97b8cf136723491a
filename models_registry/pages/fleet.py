"""The fleet page: which server uses which revision of which list, and how far behind it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple

from django.db.models import Case, Count, F, Max, Q, QuerySet, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from models_registry.catalogue.fleet import MAX_AGE
from models_registry.catalogue.list_effects import Effect, effect_of
from models_registry.models import CatalogueList, ModelType, ReleaseList, ServerList

STATES: Final = ("current", "behind", "unknown")
# What tells servers apart.
_SERVER: Final = ("how", "place", "agent", "user_name")


@dataclass(frozen=True, slots=True)
class FleetFilters:
    """The filters: words in place, client and user; a type; a state."""

    text: str = ""
    model_type: str = ""
    state: str = ""

    @property
    def narrows(self) -> bool:
        """True if any filter is set."""
        return bool(self.text or self.model_type or self.state)


@dataclass(frozen=True, slots=True)
class Cell:
    """What a server holds of one type; `state` is one of STATES.

    With `is_guess`, the revision is the one that most of what the server knows comes from.
    """

    revision: int | None
    state: str
    kind: str
    label: str
    seen_at: datetime
    is_guess: bool = False


class HeldList(NamedTuple):
    """A record of a list that a server holds, and the revision that is served to it now."""

    how: str
    place: str
    agent: str
    user_name: str
    model_type: str
    revision: int | None
    release: str
    version: str
    share: float | None
    seen_at: datetime
    served: int

    @property
    def state(self) -> str:
        """One of STATES."""
        if self.revision is None:
            return "unknown"
        return "current" if self.revision == self.served else "behind"


@dataclass(slots=True)
class FleetServer:
    """One row: a server that has downloaded lists, with what it holds in each column."""

    how_label: str
    place: str
    agent: str
    user_name: str
    seen_at: datetime
    cells: list[Cell | None] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Fleet:
    """The columns (type, label, served revision), how many servers match the filters, and how many
    of them are behind with some list.

    There may be 10,000 servers with seven lists each, and a page shows 50: the database counts
    them, and only the lists of the shown ones are read.
    """

    columns: list[tuple[str, str, int]]
    count: int
    behind: int
    # Rows with what is counted of them have no type of their own.
    _matching: Any
    _served: Mapping[tuple[str, str], int]

    def rows(self, start: int, end: int) -> list[FleetServer]:
        """The matching servers from one place to another, those seen last first."""
        found: list[dict[str, Any]] = list(self._matching.order_by("-last", *_SERVER)[start:end])
        keys = [tuple(values[name] for name in _SERVER) for values in found]
        held: dict[tuple[str, ...], dict[str, HeldList]] = {key: {} for key in keys}
        those = _seen_lately().filter(
            how__in={key[0] for key in keys}, place__in={key[1] for key in keys}
        )
        for values in those.order_by().values_list(*HeldList._fields[:-1]):
            if (lists := held.get(values[:4])) is not None:
                served = self._served.get((values[4], values[6]), 0)
                lists[values[4]] = HeldList._make((*values, served))
        labels = {value: str(label) for value, label in ServerList.How.choices}
        return [
            FleetServer(
                how_label=labels[key[0]],
                place=key[1],
                agent=key[2],
                user_name=key[3],
                seen_at=values["last"],
                cells=[
                    _cell(held[key][model_type]) if model_type in held[key] else None
                    for model_type, _label, _number in self.columns
                ],
            )
            for key, values in zip(keys, found, strict=True)
        ]


def read(choices: FleetFilters) -> Fleet:
    """All servers that match, seen in the last 90 days."""
    # By type and release; without a release, the list that names no version.
    served = {
        (model_type, ""): revision
        for model_type, revision in CatalogueList.objects.values_list("model_type", "revision")
    } | {
        (model_type, release): revision
        for model_type, release, revision in ReleaseList.objects.values_list(
            "model_type", "release", "revision"
        )
    }
    matching = _matching(choices, served)
    counted = matching.aggregate(count=Count("*"), behind=Count("place", filter=Q(n_behind__gt=0)))
    return Fleet(
        columns=[
            (value, str(label), served.get((value, ""), 0))
            for value, label in ModelType.choices
            if choices.model_type in ("", value)
        ],
        count=counted["count"],
        behind=counted["behind"],
        _matching=matching,
        _served=served,
    )


def _seen_lately() -> QuerySet[ServerList]:
    return ServerList.objects.filter(seen_at__gt=timezone.now() - MAX_AGE)


def _matching(choices: FleetFilters, served: Mapping[tuple[str, str], int]) -> Any:
    """One row for each server, with the time when it was last seen, and counts of its lists."""
    rows = _seen_lately().order_by()
    labels = {value: str(label).casefold() for value, label in ServerList.How.choices}
    for word in choices.text.casefold().split():
        hows = [value for value, label in labels.items() if word in label]
        rows = rows.filter(
            Q(place__icontains=word) | Q(agent__icontains=word) | Q(user_name__icontains=word)
            | Q(how__in=hows)
        )  # fmt: skip
    # A list that nobody serves has the revision 0, which no server holds.
    current = Q(pk=None)
    for (model_type, release), revision in served.items():
        current |= Q(model_type=model_type, release=release, revision=revision)
    state = Case(
        When(revision=None, then=Value("unknown")),
        When(current, then=Value("current")),
        default=Value("behind"),
    )
    rows = rows.annotate(state=state)
    of_type = Q(model_type=choices.model_type) if choices.model_type else Q()
    servers = rows.values(*_SERVER).annotate(
        last=Max("seen_at"),
        n_behind=Count("pk", filter=Q(state="behind")),
        n_lists=Count("pk", filter=of_type),
    )
    if choices.model_type:
        servers = servers.filter(n_lists__gt=0)
    if choices.state:
        servers = servers.annotate(n_state=Count("pk", filter=Q(state=choices.state) & of_type))
        # "Current" is a server all of whose lists are.
        wanted = F("n_lists") if choices.state == "current" else 1
        servers = servers.filter(n_state__gte=wanted)
    return servers


def _cell(row: HeldList) -> Cell:
    state, kind, label = row.state, "", _("unknown")
    if state == "current":
        kind, label = "good", _("current")
    elif row.revision is not None and row.revision < row.served:
        behind, kind = row.served - row.revision, "warn"
        label = ngettext("%(n)s behind", "%(n)s behind", behind) % {"n": behind}
    elif row.revision is not None:
        # The list was rolled back, and this server has not asked since.
        ahead, kind = row.revision - row.served, "bad"
        label = ngettext("%(n)s ahead", "%(n)s ahead", ahead) % {"n": ahead}
    is_guess = row.share is not None and row.share < 1
    if row.share is not None and is_guess:
        kind = "warn" if state == "current" else kind
        label = _("%(state)s, %(percent)s %%") % {
            "state": label,
            "percent": min(int(row.share * 100), 99),
        }
    effect_kind, text = _effect(row)
    # Of an older list, only what is wrong with it matters.
    if text and (effect_kind or state == "current"):
        kind = "bad" if "bad" in (kind, effect_kind) else effect_kind or kind
        label = _("%(state)s, %(taken)s") % {"state": label, "taken": text}
    return Cell(row.revision, state, kind, label, row.seen_at, is_guess)


def _effect(row: HeldList) -> tuple[str, str]:
    """How a server takes the list that it holds: the kind of its badge ("": any), and in words.

    Without words if its version, or what it holds, is not known.
    """
    if row.revision is None:
        return "", ""
    if row.release:
        return "", _("taken in full")
    effect = effect_of(row.model_type, row.revision, row.version) if row.version else None
    if effect is None:
        return "", ""
    if effect.effect == Effect.STOPS:
        return "bad", _("stops it")
    if effect.effect == Effect.PART:
        values = {"taken": effect.taken, "total": effect.total}
        return "warn", _("taken in part (%(taken)s of %(total)s)") % values
    return "", _("taken in full")
