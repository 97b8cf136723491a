"""The fleet page: which server uses which revision of which list, and how far behind it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from models_registry.catalogue.fleet import MAX_AGE, MAX_ROWS
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


@dataclass(slots=True)
class FleetServer:
    """One row: a server that has downloaded lists. `cells` has an entry for every column."""

    how: str
    how_label: str
    place: str
    agent: str
    user_name: str
    seen_at: datetime
    held: dict[str, Cell] = field(default_factory=dict)
    cells: list[Cell | None] = field(default_factory=list)

    @property
    def states(self) -> set[str]:
        """The states of all its lists."""
        return {cell.state for cell in self.held.values()}


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
    rows = ServerList.objects.filter(seen_at__gt=since).order_by("-seen_at")[:MAX_ROWS]
    servers = list(_grouped(rows, served))
    columns = [
        (value, str(label), served.get(value, 0))
        for value, label in ModelType.choices
        if choices.model_type in ("", value)
    ]
    matching = [server for server in servers if _fits(server, choices)]
    for server in matching:
        server.cells = [server.held.get(model_type) for model_type, _label, _number in columns]
    return Fleet(
        servers=matching,
        columns=columns,
        behind=sum("behind" in server.states for server in servers),
    )


def _grouped(rows: Iterable[ServerList], served: Mapping[str, int]) -> Iterable[FleetServer]:
    found: dict[tuple[str, ...], FleetServer] = {}
    for_releases = {
        (model_type, release): revision
        for model_type, release, revision in ReleaseList.objects.values_list(
            "model_type", "release", "revision"
        )
    }
    for row in rows:
        key = (row.how, row.place, row.agent, row.user_name)
        server = found.get(key)
        if server is None:
            server = found[key] = FleetServer(
                how=row.how,
                how_label=str(row.get_how_display()),
                place=row.place,
                agent=row.agent,
                user_name=row.user_name,
                seen_at=row.seen_at,
            )
        number = served.get(row.model_type, 0)
        if row.release:
            number = for_releases.get((row.model_type, row.release), 0)
        server.held[row.model_type] = _cell(row, number)
    return found.values()


def _cell(row: ServerList, served: int) -> Cell:
    state, kind, label = "unknown", "", _("unknown")
    if row.revision is not None and row.revision == served:
        state, kind, label = "current", "good", _("current")
    elif row.revision is not None and row.revision < served:
        behind = served - row.revision
        state, kind = "behind", "warn"
        label = ngettext("%(n)s behind", "%(n)s behind", behind) % {"n": behind}
    elif row.revision is not None:
        # The list was rolled back, and this server has not asked since.
        ahead = row.revision - served
        state, kind = "behind", "bad"
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


def _effect(row: ServerList) -> tuple[str, str]:
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
