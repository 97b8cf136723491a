"""The fleet page: which server holds which revision of which list, and how far behind it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from models_registry.catalogue.fleet import MAX_AGE, MAX_ROWS
from models_registry.catalogue_tables import ServerList
from models_registry.models import CatalogueList, ModelType

STATES: Final = ("current", "behind", "unknown")


@dataclass(frozen=True, slots=True)
class Choices:
    """The filters: words in place, client and user; a type; a state."""

    text: str = ""
    model_type: str = ""
    state: str = ""

    @property
    def narrows(self) -> bool:
        """Whether anything is filtered away."""
        return bool(self.text or self.model_type or self.state)


@dataclass(frozen=True, slots=True)
class Cell:
    """What a server holds of one type; `state` is one of STATES."""

    revision: int | None
    state: str
    kind: str
    label: str
    seen_at: datetime


@dataclass(slots=True)
class Server:
    """One row: somebody who holds lists. `cells` has a place for every column."""

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
        """The states of all that it holds."""
        return {cell.state for cell in self.held.values()}


@dataclass(frozen=True, slots=True)
class Fleet:
    """The rows that fit the filters, the columns (type, label, served revision), and how many of
    all servers lack the served revision of some list."""

    servers: list[Server]
    columns: list[tuple[str, str, int]]
    behind: int


def parse(sent: Mapping[str, str]) -> Choices:
    """The filters of a query; what is none is passed over."""
    model_type, state = sent.get("type", ""), sent.get("state", "")
    return Choices(
        text=sent.get("q", "").replace("\x00", "").strip()[:200],
        model_type=model_type if model_type in ModelType.values else "",
        state=state if state in STATES else "",
    )


def read(choices: Choices) -> Fleet:
    """Everybody seen in the last 90 days, those who were seen last first."""
    served = dict(CatalogueList.objects.values_list("model_type", "revision"))
    since = timezone.now() - MAX_AGE
    rows = ServerList.objects.filter(seen_at__gt=since).order_by("-seen_at")[:MAX_ROWS]
    servers = list(_grouped(rows, served))
    columns = [
        (value, str(label), served.get(value, 0))
        for value, label in ModelType.choices
        if choices.model_type in ("", value)
    ]
    shown = [one for one in servers if _fits(one, choices)]
    for one in shown:
        one.cells = [one.held.get(model_type) for model_type, _label, _number in columns]
    return Fleet(
        servers=shown,
        columns=columns,
        behind=sum("behind" in one.states for one in servers),
    )


def _grouped(rows: Iterable[ServerList], served: Mapping[str, int]) -> Iterable[Server]:
    found: dict[tuple[str, ...], Server] = {}
    for row in rows:
        key = (row.how, row.place, row.agent, row.user_name)
        server = found.get(key)
        if server is None:
            server = found[key] = Server(
                how=row.how,
                how_label=str(row.get_how_display()),
                place=row.place,
                agent=row.agent,
                user_name=row.user_name,
                seen_at=row.seen_at,
            )
        server.held[row.model_type] = _cell(row, served.get(row.model_type, 0))
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
        # Somebody rolled back, and this one has not asked since.
        ahead = row.revision - served
        state, kind = "behind", "bad"
        label = ngettext("%(n)s ahead", "%(n)s ahead", ahead) % {"n": ahead}
    if row.share is not None and row.share < 1:
        kind = "warn" if state == "current" else kind
        label = _("%(state)s, %(percent)s %%") % {
            "state": label,
            "percent": min(int(row.share * 100), 99),
        }
    return Cell(row.revision, state, kind, label, row.seen_at)


def _fits(server: Server, choices: Choices) -> bool:
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
