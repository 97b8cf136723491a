"""Three-way merge of a definition: what we changed and what they changed, joined on the JSON tree.

Records, specs and sources are matched by what they are, not by where they stand. The result is
their text with our changes spliced in, so that nothing but our changes differs from theirs.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import takewhile
from typing import Any, Final, Literal, TypeVar

from .identity import (
    UPDATED_AT,
    Role,
    additions,
    canonical,
    pairs,
    pairs_by,
    record_content,
    role_of,
    set_key,
)
from .nodes import Member, Node
from .problems import make_pointer
from .stamp import is_timestamp
from .styles import Entry, Sheet, new_entry, rebuilt, replacement
from .text import parse

Side = Literal["ours", "theirs"]
_T = TypeVar("_T", bound=Hashable)

_KEYED: Final[Mapping[Role, Role]] = {
    "records": "record",
    "specs": "spec",
    "controlnets": "controlnet",
}


@dataclass(frozen=True, slots=True)
class Conflict:
    """One value that both sides changed, each in its own way.

    `pointer` is where it stands in the merged text, or what held it where it is gone from there.
    `base`, `ours` and `theirs` are the JSON sources of the value, None where a side has none.
    `key` names the conflict for `merge(..., choices=...)`; it is the same in every merge of the
    same three texts, whatever was chosen elsewhere.
    """

    pointer: str
    base: str | None
    ours: str | None
    theirs: str | None
    key: str


@dataclass(frozen=True, slots=True)
class Merge:
    """The merged text and the conflicts in it, in its order; at each, the text has their value."""

    text: str
    conflicts: list[Conflict]


def merge(base: str, ours: str, theirs: str, *, choices: Mapping[str, Side] | None = None) -> Merge:
    """Join two versions of a definition that both come from `base`.

    In: three texts, and for conflicts of an earlier merge of them, by `Conflict.key`, which side
    is right. Out: their text with our changes in it, spelled as the side that made them spells
    them; where only they changed something, their very bytes. Lists of abilities, languages, stop
    tokens, quantizations and packages are joined entry by entry. `updated_at` is never a conflict:
    the newest wins. A part that one side removed and the other changed is a conflict, as is a list
    or object that would end up empty. What fits together here may still be refused as a whole (two
    specs of one kind), so check the merged text. Raises DefinitionTextError where a text is no
    definition.
    """
    if ours in (base, theirs):
        return Merge(theirs, [])
    before, mine, other = (parse(text) for text in (base, ours, theirs))
    merger = _Merger(
        Sheet.of(base, before.root),
        Sheet.of(ours, mine.root),
        Sheet.of(theirs, other.root),
        choices or {},
    )
    return merger.run()


@dataclass(slots=True)
class _Step:
    """One step of a path in the merged text: a key or a place, None for what is gone from it."""

    value: str | int | None = None


@dataclass(frozen=True, slots=True)
class _Spot:
    """One place of the definition in all three versions; None where a version has nothing there."""

    base: Node | None
    ours: Node | None
    theirs: Node | None
    role: Role
    # The key of the member that the value is, or that the list around it is.
    name: str | None = None
    path: tuple[_Step, ...] = ()
    key: str = ""

    @property
    def sides(self) -> tuple[Node | None, Node | None, Node | None]:
        """The three versions."""
        return self.base, self.ours, self.theirs


# What stands at a spot of the merged text: the text of theirs as edited, a value of ours that is
# yet to be laid out, or nothing.
_Result = str | Node | None


@dataclass(slots=True)
class _Merger:
    base: Sheet
    ours: Sheet
    theirs: Sheet
    choices: Mapping[str, Side]
    found: list[tuple[_Spot, Conflict]] = field(default_factory=list)
    known: dict[tuple[int, bool], str] = field(default_factory=dict)

    def run(self) -> Merge:
        root = self.theirs.root
        spot = _Spot(self.base.root, self.ours.root, root, "records")
        merged = self._placed(root, self._merged(spot))
        text = self.theirs.text[: root.start] + merged + self.theirs.text[root.end :]
        conflicts = [replace(one, pointer=_pointer(spot.path)) for spot, one in self.found]
        return Merge(text, conflicts)

    def _content(self, node: Node | None, role: Role) -> str | None:
        """Return a text that is equal for values that say the same, but for `updated_at`."""
        if node is None:
            return None
        key = (id(node), role == "record")
        if key not in self.known:
            content = record_content if role == "record" else canonical
            self.known[key] = content(node.value)
        return self.known[key]

    def _merged(self, spot: _Spot) -> _Result:
        base, ours, theirs = spot.sides
        was, mine, other = (self._content(one, spot.role) for one in spot.sides)
        # Whatever else happened to a record, the newer of its time stamps must come through.
        if (mine == other or mine == was) and not (spot.role == "record" and ours and theirs):
            return None if theirs is None else self.theirs.source(theirs)
        if ours is not None and theirs is not None and _kind(ours) == _kind(theirs) != "scalar":
            joint = base is None or _kind(base) == _kind(ours)
            if other == was or (joint and self._is_joinable(spot)):
                return self._container(spot, ours, theirs)
        return ours if other == was else self._conflict(spot)

    def _is_joinable(self, spot: _Spot) -> bool:
        return (
            _kind(spot.theirs) == "object"
            or spot.role in _KEYED
            or set_key(spot.name, _lists(spot)) is not None
        )

    def _conflict(self, spot: _Spot) -> _Result:
        chosen = self.choices.get(spot.key)
        if chosen is None:
            sheets = (self.base, self.ours, self.theirs)
            base, ours, theirs = (
                None if node is None else sheet.source(node)
                for sheet, node in zip(sheets, spot.sides, strict=True)
            )
            self.found.append((spot, Conflict("", base, ours, theirs, spot.key)))
        if chosen == "ours":
            return spot.ours
        return None if spot.theirs is None else self.theirs.source(spot.theirs)

    def _container(self, spot: _Spot, ours: Node, theirs: Node) -> _Result:
        """Merge two objects or two arrays, entry by entry."""
        start = len(self.found)
        if ours.members is not None and theirs.members is not None:
            entries = list(self._members(spot, ours.members, theirs, theirs.members))
        else:
            entries = self._items(spot, theirs)
        if not entries and ours.value and theirs.value:
            del self.found[start:]
            return self._conflict(spot)
        return rebuilt(self.theirs, theirs, entries)

    def _placed(self, old: Node, result: _Result) -> str:
        """Return the text of a result that takes the place of a value of theirs."""
        if isinstance(result, Node):
            return replacement(self.theirs, old, self.ours, result)
        return result or ""

    def _members(
        self, spot: _Spot, ours: dict[str, Member], holder: Node, theirs: dict[str, Member]
    ) -> Iterator[Entry]:
        base = (spot.base.members if spot.base is not None else None) or {}
        places = {key: place for place, key in enumerate(theirs)}
        for key in _joined(list(theirs), list(ours)):
            step = _Step()
            was, mine, other = (
                one[key].node if key in one else None for one in (base, ours, theirs)
            )
            role, path = role_of(spot.role, key), (*spot.path, step)
            inner = _Spot(was, mine, other, role, key, path, f"{spot.key}/{len(key)}:{key}")
            is_stamp = spot.role == "record" and key == UPDATED_AT
            result = self._stamp(inner) if is_stamp else self._merged(inner)
            if result is not None:
                step.value = key
            if key in theirs and result is not None:
                member = theirs[key]
                lead = self.theirs.text[member.key_start : member.node.start]
                yield places[key], lead + self._placed(member.node, result)
            elif isinstance(result, Node):
                source = self.ours.text[ours[key].key_start : ours[key].key_end]
                yield None, new_entry(self.theirs, holder, source, self.ours, result)

    def _stamp(self, spot: _Spot) -> _Result:
        stamps = [one.value for one in spot.sides if one and is_timestamp(one.value)]
        if spot.theirs is None:
            return spot.ours
        if not stamps or spot.theirs.value == max(stamps):
            return self.theirs.source(spot.theirs)
        return str(max(stamps))

    def _items(self, spot: _Spot, holder: Node) -> list[Entry]:
        groups = _groups(spot)
        item_role = role_of(spot.role, None)
        entries: dict[_Group, tuple[_Step, Entry]] = {}
        for group in groups:
            was, mine, other = (
                None if node is None or place is None else (node.items or [])[place]
                for node, place in zip(spot.sides, group, strict=True)
            )
            step = _Step()
            places = ".".join("-" if one is None else str(one) for one in group)
            path, key = (*spot.path, step), f"{spot.key}/{places}"
            inner = _Spot(was, mine, other, item_role, spot.name, path, key)
            result = self._merged(inner)
            if inner.theirs is not None and result is not None:
                entries[group] = step, (group[2], self._placed(inner.theirs, result))
            elif isinstance(result, Node):
                text = new_entry(self.theirs, holder, None, self.ours, result)
                entries[group] = step, (None, text)
        ordered = [entries[group] for group in _ordered(groups) if group in entries]
        for place, (step, _) in enumerate(ordered):
            step.value = place
        return [entry for _, entry in ordered]


# The places of one entry in the three versions of its list.
_Group = tuple[int | None, int | None, int | None]


def _groups(spot: _Spot) -> list[_Group]:
    """Return which entries of the three versions of a list are one entry."""
    base, ours, theirs = (node.value if node is not None else [] for node in spot.sides)
    if spot.role in _KEYED:
        same = partial(pairs, _KEYED[spot.role])
        new = partial(additions, _KEYED[spot.role])
    else:
        same = new = partial(pairs_by, set_key(spot.name, _lists(spot)) or canonical)
    to_ours, to_theirs = same(base, ours), same(base, theirs)
    groups: list[_Group] = [
        (place, to_ours.get(place), to_theirs.get(place)) for place in range(len(base))
    ]
    new_ours = sorted(set(range(len(ours))) - set(to_ours.values()))
    new_theirs = sorted(set(range(len(theirs))) - set(to_theirs.values()))
    to_new = new([ours[place] for place in new_ours], [theirs[place] for place in new_theirs])
    for one, place in enumerate(new_ours):
        groups.append((None, place, new_theirs[to_new[one]] if one in to_new else None))
    joined = set(to_new.values())
    groups += [(None, None, at) for one, at in enumerate(new_theirs) if one not in joined]
    return groups


def _ordered(groups: Sequence[_Group]) -> list[_Group]:
    """Return the entries in their order, but ours where we alone changed it."""
    ours, theirs = (
        sorted((one for one in groups if one[side] is not None), key=lambda one: one[side] or 0)
        for side in (1, 2)
    )
    if _is_moved(ours) and not _is_moved(theirs):
        return _joined(ours, theirs)
    return _joined(theirs, ours)


def _is_moved(groups: Sequence[_Group]) -> bool:
    """Say whether entries that a side kept from the base stand in another order there."""
    places = [one[0] for one in groups if one[0] is not None]
    return places != sorted(places)


def _joined(main: Sequence[_T], other: Sequence[_T]) -> list[_T]:
    """Return `main` with what only `other` has, after the one that it comes after there.

    What only `main` has at that place comes first, so that additions of both sides to one end
    stand there as two runs.
    """
    known, shared = set(main), set(other)
    following: dict[_T | None, list[_T]] = {}
    last: _T | None = None
    for one in other:
        if one in known:
            last = one
        else:
            following.setdefault(last, []).append(one)
    result: list[_T] = []
    waiting = following.get(None, [])
    for one in main:
        if one in shared:
            result += waiting
            waiting = following.get(one, [])
        result.append(one)
    return result + waiting


def _lists(spot: _Spot) -> list[Any]:
    return [node.value for node in spot.sides if node is not None]


def _kind(node: Node | None) -> str:
    if node is None or (node.members is None and node.items is None):
        return "scalar"
    return "array" if node.members is None else "object"


def _pointer(path: Sequence[_Step]) -> str:
    """Return the pointer of a path, or of the last value on it that is still there."""
    steps = takewhile(lambda one: one is not None, (step.value for step in path))
    return make_pointer(one for one in steps if one is not None)
