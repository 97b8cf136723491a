"""Merges two versions of a model with a common base, and says what each side must have afterwards.

The hub's version is "ours"; "theirs" is the version of the other side: upstream, or the source of
an update or an import. All versions are texts; an empty one stands for a missing model. Every merge
uses this module, so that all sources treat an edit of the hub in the same way.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from models_registry.definitions.checks.schema import validate
from models_registry.definitions.checks.server_loading import loading_problems
from models_registry.definitions.compare.merge import Conflict, Side, merge
from models_registry.definitions.facts.identity import record_content
from models_registry.definitions.json_text.document import Definition, join_records, parse
from models_registry.definitions.json_text.edit import set_members
from models_registry.definitions.json_text.messages import (
    NOTHING,
    Message,
    capitalised,
    gettext_noop,
    verbatim,
)
from models_registry.definitions.json_text.problems import DefinitionTextError, Problem
from models_registry.definitions.json_text.timestamps import MANAGED, is_timestamp, stamp

# The key of the only choice if a whole model, not a part of it, is in conflict.
WHOLE: Final = ""
# Nobody decides more places one by one.
MAX_PLACES: Final = 200
_NAMED_PLACES: Final = 10
_STRING_OR_SPACE: Final = re.compile(r'("(?:[^"\\]|\\.)*")|\s+')


class MergeOutcome(StrEnum):
    """The result for two versions."""

    UNCHANGED = "unchanged"
    THEIRS = "take theirs"
    OURS = "keep ours"
    JOINED = "joined"
    CONFLICT = "conflict"


class Reason(StrEnum):
    """Why two versions can't be merged automatically."""

    BOTH_CHANGED = "both changed"
    NO_BASE = "no base"
    REMOVED_HERE = "removed here"
    REMOVED_THERE = "removed there"
    UNREADABLE = "unreadable"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """The text that each side must have; in a conflict, each side keeps its own.

    `detail` explains the reason, `conflicts` are the values that both sides changed.
    """

    kind: MergeOutcome
    here: str
    there: str
    reason: Reason | None = None
    detail: Message = NOTHING
    conflicts: Sequence[Conflict] = ()

    def why(self, other: str) -> Message:
        """Return what is in conflict and why; `other` names the other side."""
        if self.reason is None:
            return NOTHING
        return capitalised(self._sentence(self.reason, other))

    def _sentence(self, reason: Reason, other: str) -> Message:
        match reason:
            case Reason.BOTH_CHANGED:
                return gettext_noop(
                    "%(other)s and the hub changed the same values in different ways: %(places)s.",
                    other=other,
                    places=_shown({conflict.pointer or "/" for conflict in self.conflicts}),
                )
            case Reason.NO_BASE:
                return gettext_noop(
                    "%(other)s has another definition under the name of a model of the hub.",
                    other=other,
                )
            case Reason.REMOVED_HERE:
                return gettext_noop(
                    "The hub removed the model, but %(other)s has changed it since.", other=other
                )
            case Reason.REMOVED_THERE:
                return gettext_noop(
                    "%(other)s has removed the model, but the hub has changed it.", other=other
                )
            case Reason.UNREADABLE:
                return gettext_noop(
                    "%(other)s has a file that can't be read (%(detail)s).",
                    other=other,
                    detail=self.detail,
                )
            case Reason.INVALID:
                return gettext_noop(
                    "The changes of the hub and of %(other)s together are not a valid definition: "
                    "%(detail)s",
                    other=other,
                    detail=self.detail,
                )


def _shown(pointers: Collection[str]) -> Message:
    shown = ", ".join(sorted(pointers)[:_NAMED_PLACES])
    if len(pointers) <= _NAMED_PLACES:
        return verbatim(shown)
    return gettext_noop(
        "%(pointers)s and %(count)s more", pointers=shown, count=len(pointers) - _NAMED_PLACES
    )


@dataclass(frozen=True, slots=True)
class DecidedText:
    """The text that somebody decided on; `undecided` are the places without a choice."""

    text: str
    undecided: Sequence[Conflict] = ()


def reconcile(model_type: str, base: str, ours: str, theirs: str, *, now: int) -> Reconciliation:
    """Merge two versions, if it can be done automatically.

    `base` is the common base (empty if unknown), `now` in Unix seconds. A change of only one side
    is taken from it; changes of both sides are merged: changed records get a newer `updated_at`
    than any side has, and the result must have no error that neither side has. Never raises.
    """
    try:
        return _reconciled(model_type, base, ours, theirs, now=now)
    except DefinitionTextError as error:
        first = error.problems[0]
        detail = gettext_noop("line %(line)s: %(message)s", line=first.line, message=first.message)
        return Reconciliation(MergeOutcome.CONFLICT, ours, theirs, Reason.UNREADABLE, detail)


def _reconciled(model_type: str, base: str, ours: str, theirs: str, *, now: int) -> Reconciliation:
    if ours == theirs:
        return Reconciliation(MergeOutcome.UNCHANGED, ours, theirs)
    if theirs:
        # Even without a merge: an unreadable definition must never come into the hub.
        parse(theirs)
    if base and theirs and same_but_for_layout(ours, base):
        return Reconciliation(MergeOutcome.THEIRS, theirs, theirs)
    if same_content(ours, theirs):
        return Reconciliation(MergeOutcome.UNCHANGED, ours, theirs)
    if not theirs and same_content(ours, base):
        return Reconciliation(MergeOutcome.THEIRS, "", "")
    if not same_content(theirs, base) and not (ours and base and theirs):
        reason = Reason.REMOVED_HERE if not ours else Reason.REMOVED_THERE
        return Reconciliation(
            MergeOutcome.CONFLICT, ours, theirs, reason if base else Reason.NO_BASE
        )
    if not ours or not theirs or theirs == base:
        return Reconciliation(MergeOutcome.OURS, ours, with_their_stamps(ours, theirs))
    merged = merge(base, ours, theirs)
    if merged.conflicts:
        reason = Reason.BOTH_CHANGED
        return Reconciliation(
            MergeOutcome.CONFLICT, ours, theirs, reason, conflicts=merged.conflicts
        )
    if same_content(merged.text, ours):
        return Reconciliation(MergeOutcome.OURS, ours, with_their_stamps(merged.text, theirs))
    text = stamped(merged.text, ours, theirs, now=now)
    if problems := new_problems(model_type, text, ours, theirs):
        return Reconciliation(
            MergeOutcome.CONFLICT, ours, theirs, Reason.INVALID, problems[0].message
        )
    return Reconciliation(MergeOutcome.JOINED, text, with_their_stamps(text, theirs))


def same_content(text: str, other: str) -> bool:
    """True if two definitions differ at most in `updated_at`; an empty text is a missing model.

    Raises DefinitionTextError if a text is not a definition.
    """
    if not text or not other or text == other:
        return text == other
    contents = [
        [record_content(record) for record in parse(each).records] for each in (text, other)
    ]
    return contents[0] == contents[1]


def same_but_for_layout(one: str, other: str) -> bool:
    """Whether two texts of definitions differ in white space at most, and not within strings."""
    return one == other or _without_layout(one) == _without_layout(other)


def _without_layout(text: str) -> str:
    return _STRING_OR_SPACE.sub(lambda found: found[1] or "", text)


def stamped(text: str, *sides: str, now: int) -> str:
    """Return a merged text with its time stamps: a record of a side keeps that side's stamp, every
    other one gets a newer stamp than any side has."""
    return stamp(parse(text), parse(join_records(sides)), now=now)


def with_their_stamps(text: str, theirs: str) -> str:
    """Return the text with their `updated_at` in each record with the same content as theirs:
    a time stamp changes only with its record."""
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
    rules: a model that was released with an error must stay editable."""
    if not text or text in sides:
        return []
    known = {
        (problem.code, problem.message)
        for side in sides
        if side
        for problem in _errors(model_type, parse(side))
    }
    problems = _errors(model_type, parse(text))
    return [problem for problem in problems if (problem.code, problem.message) not in known]


def _errors(model_type: str, definition: Definition) -> list[Problem]:
    problems = [
        problem for problem in validate(model_type, definition) if problem.severity == "error"
    ]
    return problems + loading_problems(model_type, definition.records, definition=definition)


def places(
    base: str, ours: str, theirs: str, choices: Mapping[str, Side] | None = None
) -> list[Conflict]:
    """Return the places where a person must choose; a model as a whole is one place.

    With earlier choices, also the places that they create: if a list would end up empty, one side's
    whole list must be chosen.
    """
    if base and ours and theirs:
        conflicts = _conflicts(base, ours, theirs, None)
        known = {conflict.key for conflict in conflicts}
        more = _conflicts(base, ours, theirs, choices) if choices else []
        conflicts += [conflict for conflict in more if conflict.key not in known]
        if 0 < len(conflicts) <= MAX_PLACES:
            return conflicts
    return [Conflict("", base or None, ours or None, theirs or None, key=WHOLE)]


def decided(
    base: str, ours: str, theirs: str, choices: Mapping[str, Side], *, now: int
) -> DecidedText:
    """Return the text that a person decided on: `choices` maps the key of each place to a side.

    If the text has the same content as a side, that side's text is returned byte for byte.
    """
    conflicts = places(base, ours, theirs, choices)
    undecided = [conflict for conflict in conflicts if conflict.key not in choices]
    if undecided:
        return DecidedText("", undecided)
    sides = {choices[conflict.key] for conflict in conflicts}
    if conflicts[0].key == WHOLE:
        return DecidedText(ours if sides == {"ours"} else theirs)
    merged = merge(base, ours, theirs, choices=choices)
    if merged.conflicts:
        return DecidedText("", merged.conflicts)
    for side in (theirs, ours):
        if same_content(merged.text, side):
            return DecidedText(side)
    return DecidedText(stamped(merged.text, theirs, ours, now=now))


def _conflicts(
    base: str, ours: str, theirs: str, choices: Mapping[str, Side] | None
) -> list[Conflict]:
    try:
        return merge(base, ours, theirs, choices=choices).conflicts
    except DefinitionTextError:
        return []
