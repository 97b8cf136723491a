"""Two versions of a model that can't be merged automatically: the places where a person chooses.

Used for conflicts with the update source and with upstream. A form names each place by its values
and carries a version of all of them, so that a choice is never applied to other values.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from accounts.form_version import digest, version
from models_registry.definitions.compare.merge import Conflict, Side
from models_registry.definitions.compare.reconcile import (
    WHOLE,
    MergeOutcome,
    Reconciliation,
    decided,
    places,
    reconcile,
)
from models_registry.errors import InvalidParameter, StaleState

MAX_TOLD: Final = 40


@dataclass(frozen=True)
class Sides:
    """The hub's version of a model, the other side's, and their merge base.

    All are texts; an empty one stands for a model that does not exist. With `is_open`, a person
    must choose even if the two could be merged by now.
    """

    subject: str
    model_type: str
    base: str
    ours: str
    theirs: str
    is_open: bool = False

    @property
    def version(self) -> str:
        """The version that a form carries: it changes whenever one of the sides changes."""
        return version(model=self.subject, base=self.base, ours=self.ours, theirs=self.theirs)

    @cached_property
    def joint(self) -> Reconciliation:
        """The merge of the two sides as they are now; one of them may have been edited since the
        conflict."""
        return reconcile(self.model_type, self.base, self.ours, self.theirs, now=int(time.time()))

    def places(self, choices: Mapping[str, Side] | None = None) -> list[Conflict]:
        """The places to choose at; empty if the two sides can be merged by now."""
        if not self.is_open and self.joint.kind is not MergeOutcome.CONFLICT:
            return []
        return places(self.base, self.ours, self.theirs, choices)

    def choices(self, posted: Mapping[str, str]) -> dict[str, Side]:
        """The choices of a form: key of the place → side.

        The form has one field for each place (see `field_of`), or "all" for every place. Values
        that name neither side are ignored.
        """
        chosen: dict[str, Side] = {}
        while True:
            more: dict[str, Side] = {}
            for place in self.places(chosen):
                side = posted.get("all") or posted.get(field_of(place))
                if place.key not in chosen and side in ("ours", "theirs"):
                    more[place.key] = "ours" if side == "ours" else "theirs"
            if not more:
                return chosen
            chosen |= more

    def require_seen(self, sent: str) -> None:
        """Raise StaleState unless the form was made from exactly these sides.

        A form without a version is refused, too, since its choices may be about other values.
        """
        if sent != self.version:
            raise StaleState("resolution_is_stale")

    def chosen_text(self, choices: Mapping[str, Side]) -> str:
        """The definition made of the choices. Raises InvalidParameter if one is missing."""
        if not self.is_open and self.joint.kind is not MergeOutcome.CONFLICT:
            return self.joint.here
        decision = decided(self.base, self.ours, self.theirs, choices, now=int(time.time()))
        if is_whole(decision.undecided):
            raise InvalidParameter("no_definition_chosen")
        if decision.undecided:
            pointers = [place.pointer or "/" for place in decision.undecided[:MAX_TOLD]]
            raise InvalidParameter("side_not_chosen", places=", ".join(pointers))
        return decision.text

    def summary(self, choices: Mapping[str, Side]) -> dict[str, Any]:
        """Pointer → side, for the audit log."""
        shown = self.places(choices)[:MAX_TOLD]
        return {place.pointer or "/": choices[place.key] for place in shown if place.key in choices}


def field_of(place: Conflict) -> str:
    """The form field of a place. The name depends on the values, so that a choice survives changes
    elsewhere."""
    return f"side-{digest(place.key, place.base or '', place.ours or '', place.theirs or '')}"


def is_whole(places: Sequence[Conflict]) -> bool:
    """Whether the only choice is between the two models as a whole."""
    return [place.key for place in places] == [WHOLE]
