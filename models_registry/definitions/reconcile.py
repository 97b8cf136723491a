"""Two versions of a model that come from one: what is to stand on each side afterwards.

The hub's version is "ours"; "theirs" is that of the other side: upstream, or the source of an
update or an import. Texts alone: the empty one is a model that is not there. All who join ask here,
so that a hand edit is judged in the same way on every road.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from .identity import record_content
from .loading import loading_problems
from .merge import Conflict, Side, merge
from .problems import DefinitionTextError, Problem
from .schema import validate
from .stamp import MANAGED, is_timestamp, stamp
from .text import Definition, join_records, parse, set_members

# The key of the one choice where a whole model, not a part of it, is in conflict.
WHOLE: Final = ""
# More places than this nobody decides one by one.
MAX_PLACES: Final = 200
_NAMED_PLACES: Final = 10


class Kind(StrEnum):
    """What comes of two versions."""

    UNCHANGED = "unchanged"
    THEIRS = "take theirs"
    OURS = "keep ours"
    JOINED = "joined"
    CONFLICT = "conflict"


class Reason(StrEnum):
    """Why two versions can't be joined by a program."""

    BOTH_CHANGED = "both changed"
    NO_BASE = "no base"
    REMOVED_HERE = "removed here"
    REMOVED_THERE = "removed there"
    UNREADABLE = "unreadable"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Joint:
    """What is to stand on each side; in a conflict, each side keeps what it has.

    `detail` says more of a reason, `conflicts` are the values that both sides changed.
    """

    kind: Kind
    here: str
    there: str
    reason: Reason | None = None
    detail: str = ""
    conflicts: Sequence[Conflict] = ()

    def why(self, other: str) -> str:
        """Say what is in conflict and why; `other` is what to call the other side."""
        if self.reason is None:
            return ""
        places = sorted({one.pointer or "/" for one in self.conflicts})
        shown = ", ".join(places[:_NAMED_PLACES])
        more = f" and {len(places) - _NAMED_PLACES} more" if len(places) > _NAMED_PLACES else ""
        said = _SENTENCES[self.reason].format(other=other, detail=self.detail, places=shown + more)
        return said[:1].upper() + said[1:]


_SENTENCES: Final = {
    Reason.BOTH_CHANGED: "{other} has changed what was changed here too, in another way: {places}.",
    Reason.NO_BASE: "{other} has another definition under the name of what was registered here.",
    Reason.REMOVED_HERE: (
        "it is to be removed, but {other} has another definition by now than the hub knew."
    ),
    Reason.REMOVED_THERE: "{other} has removed it, while it was changed here.",
    Reason.UNREADABLE: "{other} has a file that can't be read ({detail}).",
    Reason.INVALID: (
        "What was changed here and what {other} has changed are no valid definition together: "
        "{detail}"
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Decision:
    """A model as somebody decided; `undecided` are the places where a choice is lacking."""

    text: str
    undecided: Sequence[Conflict] = ()


def reconcile(model_type: str, base: str, ours: str, theirs: str, *, now: int) -> Joint:
    """Join two versions, as far as a program may.

    In: the model's type, the version that both come from (empty: none is known), ours, theirs, the
    time in Unix seconds. Out: what is to stand here and there. What only one side changed is taken
    from it; where both did, their values are joined, changed records get a newer `updated_at` than
    any side has, and the result must be no more invalid than its sides are. Raises nothing.
    """
    try:
        return _reconciled(model_type, base, ours, theirs, now=now)
    except DefinitionTextError as error:
        first = error.problems[0]
        detail = f"line {first.line}: {first.message.rstrip('.')}"
        return Joint(Kind.CONFLICT, ours, theirs, Reason.UNREADABLE, detail)


def _reconciled(model_type: str, base: str, ours: str, theirs: str, *, now: int) -> Joint:
    if ours == theirs:
        return Joint(Kind.UNCHANGED, ours, theirs)
    if theirs:
        # Also where nothing is to be joined: what can't be read must come into the hub by no road.
        parse(theirs)
    if base and ours == base and theirs:
        return Joint(Kind.THEIRS, theirs, theirs)
    if same_content(ours, theirs):
        return Joint(Kind.UNCHANGED, ours, theirs)
    if not theirs and same_content(ours, base):
        return Joint(Kind.THEIRS, "", "")
    if not same_content(theirs, base) and not (ours and base and theirs):
        reason = Reason.REMOVED_HERE if not ours else Reason.REMOVED_THERE
        return Joint(Kind.CONFLICT, ours, theirs, reason if base else Reason.NO_BASE)
    if not ours or not theirs or theirs == base:
        return Joint(Kind.OURS, ours, with_their_stamps(ours, theirs))
    merged = merge(base, ours, theirs)
    if merged.conflicts:
        reason = Reason.BOTH_CHANGED
        return Joint(Kind.CONFLICT, ours, theirs, reason, conflicts=merged.conflicts)
    if same_content(merged.text, ours):
        return Joint(Kind.OURS, ours, with_their_stamps(merged.text, theirs))
    text = stamped(merged.text, ours, theirs, now=now)
    if problems := new_problems(model_type, text, ours, theirs):
        return Joint(Kind.CONFLICT, ours, theirs, Reason.INVALID, problems[0].message)
    return Joint(Kind.JOINED, text, with_their_stamps(text, theirs))


def same_content(one: str, other: str) -> bool:
    """Whether two definitions say the same but for `updated_at`; empty ones are no model.

    Raises DefinitionTextError where a text is no definition.
    """
    if not one or not other or one == other:
        return one == other
    contents = [[record_content(record) for record in parse(text).records] for text in (one, other)]
    return contents[0] == contents[1]


def stamped(text: str, *sides: str, now: int) -> str:
    """Return a joined text with its time stamps: a record that a side has keeps the one that it has
    there, every other one gets a newer one than any side has."""
    return stamp(parse(text), parse(join_records(sides)), now=now)


def with_their_stamps(text: str, theirs: str) -> str:
    """Return the text with `updated_at` as they have it in the records that say what they say
    there: it moves only where something else does."""
    if not text or not theirs:
        return text
    stamps = {
        record_content(record): record[MANAGED]
        for record in parse(theirs).records
        if is_timestamp(record.get(MANAGED))
    }
    for place, record in enumerate(parse(text).records):
        kept = stamps.get(record_content(record))
        if kept is not None and record.get(MANAGED) != kept:
            text = set_members(text, place, {MANAGED: kept})
    return text


def new_problems(model_type: str, text: str, *sides: str) -> list[Problem]:
    """Return the errors of a definition that none of its sides has, by the schema and the loading
    rules: what was released with an error must not become unmendable by it."""
    if not text or text in sides:
        return []
    known = {
        (one.code, one.message)
        for side in sides
        if side
        for one in _errors(model_type, parse(side))
    }
    found = _errors(model_type, parse(text))
    return [one for one in found if (one.code, one.message) not in known]


def _errors(model_type: str, definition: Definition) -> list[Problem]:
    problems = [one for one in validate(model_type, definition) if one.severity == "error"]
    return problems + loading_problems(model_type, definition.records, definition=definition)


def places(
    base: str, ours: str, theirs: str, choices: Mapping[str, Side] | None = None
) -> list[Conflict]:
    """Return the places where a person must choose; a model as a whole is one place.

    With choices that were made already, also the places that come up by them: a list that would end
    up empty is to be chosen as a list.
    """
    if base and ours and theirs:
        found = _conflicts(base, ours, theirs, None)
        known = {one.key for one in found}
        more = _conflicts(base, ours, theirs, choices) if choices else []
        found += [one for one in more if one.key not in known]
        if 0 < len(found) <= MAX_PLACES:
            return found
    return [Conflict("", base or None, ours or None, theirs or None, key=WHOLE)]


def decided(
    base: str, ours: str, theirs: str, choices: Mapping[str, Side], *, now: int
) -> Decision:
    """Return what a person decided: `choices` has a side for the key of each of the `places`.

    The text is the very one of a side where it says the same as that.
    """
    found = places(base, ours, theirs, choices)
    undecided = [one for one in found if one.key not in choices]
    if undecided:
        return Decision("", undecided)
    sides = {choices[one.key] for one in found}
    if found[0].key == WHOLE:
        return Decision(ours if sides == {"ours"} else theirs)
    merged = merge(base, ours, theirs, choices=choices)
    if merged.conflicts:
        return Decision("", merged.conflicts)
    for side in (theirs, ours):
        if same_content(merged.text, side):
            return Decision(side)
    return Decision(stamped(merged.text, theirs, ours, now=now))


def _conflicts(
    base: str, ours: str, theirs: str, choices: Mapping[str, Side] | None
) -> list[Conflict]:
    try:
        return merge(base, ours, theirs, choices=choices).conflicts
    except DefinitionTextError:
        return []
