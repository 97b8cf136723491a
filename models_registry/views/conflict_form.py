"""The form to resolve a conflict with the source or with upstream."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.http import HttpRequest
from django.utils.translation import gettext as _

from models_registry.conflict_sides import Sides, field_of, is_whole
from models_registry.definitions.compare.merge import Conflict
from models_registry.definitions.facts.wording import value_text
from models_registry.pages import history

MAX_SHOWN = 200
MAX_SHORT = 300


@dataclass(frozen=True, slots=True)
class ConflictPlace:
    """A place in conflict, as the page shows it.

    Short values are shown side by side; values with several lines are compared with the merge base.
    `is_new` marks a place that has changed since the person chose.
    """

    conflict: Conflict
    field: str
    chosen: str
    is_new: bool
    is_short: bool
    base: str
    ours: str
    theirs: str

    def compared_ours(self) -> history.TextComparison:
        """The hub's change of the value."""
        return history.compared(self.base, self.ours)

    def compared_theirs(self) -> history.TextComparison:
        """The other side's change of the value."""
        return history.compared(self.base, self.theirs)


@dataclass(frozen=True, slots=True)
class Names:
    """Labels of the other side, and explanations of choosing a whole definition."""

    theirs: str
    all_theirs: str
    take_theirs: str
    ours_means: str
    theirs_means: str
    whole_title: str


def source_names() -> Names:
    """The labels for the source of an update."""
    return Names(
        theirs=_("The source's"),
        all_theirs=_("All of the source's"),
        take_theirs=_("Take the source's"),
        ours_means=_(
            "The model stays unchanged here; later changes at the source are merged into it."
        ),
        theirs_means=_(
            "The source's version is published here; the hub's version stays in the history."
        ),
        whole_title=_("From the hub's definition to the source's"),
    )


def upstream_names(sides: Sides) -> Names:
    """The labels for upstream."""
    ours_means = _("The model stays unchanged here, and a pull request sends it to upstream.")
    theirs_means = _("Upstream's version is published here; nothing is sent.")
    if not sides.ours:
        ours_means = _("A pull request proposes the removal to upstream.")
        theirs_means = _("Nothing is sent: upstream keeps the model.")
    elif not sides.theirs:
        ours_means = _("A pull request adds the model to upstream again.")
        theirs_means = _("Nothing is sent: the model stays here, but not at upstream.")
    return Names(
        theirs=_("Upstream's"),
        all_theirs=_("All of upstream's"),
        take_theirs=_("Take upstream's"),
        ours_means=ours_means,
        theirs_means=theirs_means,
        whole_title=_("From the hub's definition to upstream's"),
    )


@dataclass(frozen=True, slots=True)
class ConflictForm:
    """What the template shows: places with the chosen sides; for a whole model, both texts."""

    action: str
    version: str
    shown: str
    model_type: str
    names: Names
    refusal: str = ""
    is_whole: bool = False
    whole_place: ConflictPlace | None = None
    whole: history.TextComparison | None = None
    joined: history.TextComparison | None = None
    places: list[ConflictPlace] = field(default_factory=list)


def conflict_form(
    request: HttpRequest, sides: Sides, action: str, names: Names, *, refusal: str = ""
) -> ConflictForm:
    """The form for these sides; after a refusal with what the person had chosen.

    A place is marked as new if the sent form did not have it, or had other values there.
    """
    posted = {key: str(value) for key, value in request.POST.items() if key != "all"}
    is_stale = "seen" in posted and posted["seen"] != sides.version
    before = set(posted.get("shown", "").split())
    choices = sides.choices(posted)
    conflicts = sides.places(choices)
    places = [
        _place(
            conflict,
            choices.get(conflict.key, ""),
            is_new=is_stale and field_of(conflict) not in before,
        )
        for conflict in conflicts[:MAX_SHOWN]
    ]
    whole = is_whole(conflicts)
    return ConflictForm(
        action=action,
        version=sides.version,
        shown=" ".join(place.field for place in places),
        model_type=sides.model_type,
        names=names,
        refusal=refusal,
        is_whole=whole,
        whole_place=places[0] if whole else None,
        whole=history.compared(sides.ours, sides.theirs) if whole else None,
        joined=None if conflicts else history.compared(sides.ours, sides.joint.here),
        places=[] if whole else places,
    )


def _place(conflict: Conflict, chosen: str, *, is_new: bool) -> ConflictPlace:
    texts = [value_text(side) for side in (conflict.base, conflict.ours, conflict.theirs)]
    is_short = all("\n" not in text and len(text) <= MAX_SHORT for text in texts)
    return ConflictPlace(conflict, field_of(conflict), chosen, is_new, is_short, *texts)
