"""The fleet page: which server uses which revision of which list, and how far behind it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from models_registry.catalogue.fleet import MAX_AGE, max_rows
from models_registry.catalogue.list_effects import Effect, effect_of
from models_registry.models import CatalogueList, ModelType, ReleaseList, ServerList

STATES: Final = ("current", "behind", "unknown")


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
    """One row: a server that has downloaded lists.

    There may be 10,000 of them, and a page shows 50: only what filters need is read at once.
    """

    how: str
    how_label: str
    place: str
    agent: str
    user_name: str
    seen_at: datetime
    columns: list[tuple[str, str, int]]
    held: dict[str, HeldList] = field(default_factory=dict)

    @property
    def cells(self) -> list[Cell | None]:
        """What it holds, with an entry for every column."""
        found = (self.held.get(model_type) for model_type, _label, _number in self.columns)
        return [_cell(holding) if holding else None for holding in found]

    @property
    def states(self) -> set[str]:
        """The states of all its lists."""
        return {holding.state for holding in self.held.values()}


@dataclass(frozen=True, slots=True)
class Fleet:
    """The rows that match the filters, the columns (type, label, served revision), and how many of
    all servers are behind with some list."""

    servers: list[FleetServer]
    columns: list[tuple[str, str, int]]
    behind: int


def read(choices: FleetFilters) -> Fleet:
    """All servers seen in the last 90 days, the most recent first."""
    served = dict(CatalogueList.objects.values_list("model_type", "revision"))
    since = timezone.now() - MAX_AGE
    rows = ServerList.objects.filter(seen_at__gt=since).order_by("-seen_at")[: max_rows()]
    columns = [
        (value, str(label), served.get(value, 0))
        for value, label in ModelType.choices
        if choices.model_type in ("", value)
    ]
    servers = list(_grouped(rows, served, columns))
    matching = [server for server in servers if _fits(server, choices)]
    return Fleet(
        servers=matching,
        columns=columns,
        behind=sum("behind" in server.states for server in servers),
    )


def _grouped(
    rows: QuerySet[ServerList], served: Mapping[str, int], columns: list[tuple[str, str, int]]
) -> Iterable[FleetServer]:
    found: dict[tuple[str, ...], FleetServer] = {}
    for_releases = {
        (model_type, release): revision
        for model_type, release, revision in ReleaseList.objects.values_list(
            "model_type", "release", "revision"
        )
    }
    labels = {value: str(label) for value, label in ServerList.How.choices}
    for values in rows.values_list(*HeldList._fields[:-1]).iterator(chunk_size=5_000):
        key, model_type, release = values[:4], values[4], values[6]
        number = for_releases.get((model_type, release), 0) if release else served.get(model_type)
        row = HeldList._make((*values, number or 0))
        server = found.get(key)
        if server is None:
            server = found[key] = FleetServer(
                how=row.how,
                how_label=labels[row.how],
                place=row.place,
                agent=row.agent,
                user_name=row.user_name,
                seen_at=row.seen_at,
                columns=columns,
            )
        server.held[model_type] = row
    return found.values()


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


def _fits(server: FleetServer, choices: FleetFilters) -> bool:
    words = f"{server.place} {server.agent} {server.user_name} {server.how_label}".casefold()
    if not all(word in words for word in choices.text.casefold().split()):
        return False
    states = server.states
    if choices.model_type:
        if choices.model_type not in server.held:
            return False
        states = {server.held[choices.model_type].state}
    if choices.state == "current":
        return states == {"current"}
    return not choices.state or choices.state in states
