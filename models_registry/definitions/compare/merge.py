"""Three-way merge of definitions on the JSON tree.

Records, specs and sources are matched by identity, not by place. The result is their text with our
changes spliced in, so that it differs from theirs only in our changes.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import takewhile
from typing import Any, Final, Literal, TypeVar

from models_registry.definitions.facts.identity import (
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
from models_registry.definitions.json_text.document import parse
from models_registry.definitions.json_text.edit import (
    Entry,
    Sheet,
    new_entry,
    rebuilt,
    replacement,
)
from models_registry.definitions.json_text.nodes import Member, Node
from models_registry.definitions.json_text.problems import make_pointer
from models_registry.definitions.json_text.timestamps import is_timestamp

Side = Literal["ours", "theirs"]
_T = TypeVar("_T", bound=Hashable)

_KEYED: Final[Mapping[Role, Role]] = {
    "records": "record",
    "specs": "spec",
    "controlnets": "controlnet",
}


@dataclass(frozen=True, slots=True)
class Conflict:
    """One value that both sides changed in different ways.

    `pointer` is its place in the merged text, or its parent's if the value is not in that text.
    `base`, `ours` and `theirs` are the JSON sources of the value, None if a side has none. `key`
    names the conflict for `merge(..., choices=...)`; it is the same in every merge of the same
    three texts, whatever the other choices.
    """

    pointer: str
    base: str | None
    ours: str | None
    theirs: str | None
    key: str


@dataclass(frozen=True, slots=True)
class Merge:
    """The merged text and its conflicts in order; at a conflict, the text has their value."""

    text: str
    conflicts: list[Conflict]


def merge(base: str, ours: str, theirs: str, *, choices: Mapping[str, Side] | None = None) -> Merge:
    """Return two versions of a definition with the common base `base`, merged.

    `choices` has a side for the `Conflict.key` of conflicts of an earlier merge. The result is
    their text with our changes, each spelled as its side spells it; what only they changed keeps
    their bytes. Lists of abilities, languages, stop tokens, quantizations and packages are merged
    entry by entry. `updated_at` is never a conflict: the newest wins. A part that one side removed
    and the other changed is a conflict, as is a list or object that would end up empty. The merged
    definition may still be invalid (two specs of one kind), so check it. Raises
    DefinitionTextError if a text is not a definition.
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
    """One step of a path in the merged text: a key or an index, None for a removed value."""

    value: str | int | None = None


@dataclass(frozen=True, slots=True)
class _Spot:
    """One place of the definition in all three versions; None if a version has no value there."""

    base: Node | None
    ours: Node | None
    theirs: Node | None
    role: Role
    # The key of the value, or of the list around it.
    name: str | None = None
    path: tuple[_Step, ...] = ()
    key: str = ""

    @property
    def sides(self) -> tuple[Node | None, Node | None, Node | None]:
        """The three versions."""
        return self.base, self.ours, self.theirs


# The value at a spot of the merged text: their text as edited, a node of ours without layout yet,
# or nothing.
_Result = str | Node | None


@dataclass(slots=True)
class _Merger:
    base: Sheet
    ours: Sheet
    theirs: Sheet
    choices: Mapping[str, Side]
    conflicts: list[tuple[_Spot, Conflict]] = field(default_factory=list)
    known: dict[tuple[int, bool], str] = field(default_factory=dict)

    def run(self) -> Merge:
        root = self.theirs.root
        spot = _Spot(self.base.root, self.ours.root, root, "records")
        merged = self._placed(root, self._merged(spot))
        text = self.theirs.text[: root.start] + merged + self.theirs.text[root.end :]
        conflicts = [
            replace(conflict, pointer=_pointer(spot.path)) for spot, conflict in self.conflicts
        ]
        return Merge(text, conflicts)

    def _content(self, node: Node | None, role: Role) -> str | None:
        """Return a text that is equal for equal values; records count without `updated_at`."""
        if node is None:
            return None
        key = (id(node), role == "record")
        if key not in self.known:
            content = record_content if role == "record" else canonical
            self.known[key] = content(node.value)
        return self.known[key]

    def _merged(self, spot: _Spot) -> _Result:
        base, ours, theirs = spot.sides
        was, mine, other = (self._content(node, spot.role) for node in spot.sides)
        # The newer time stamp of a record always wins, whatever else changed.
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
            self.conflicts.append((spot, Conflict("", base, ours, theirs, spot.key)))
        if chosen == "ours":
            return spot.ours
        return None if spot.theirs is None else self.theirs.source(spot.theirs)

    def _container(self, spot: _Spot, ours: Node, theirs: Node) -> _Result:
        """Merge two objects or two arrays, entry by entry."""
        start = len(self.conflicts)
        if ours.members is not None and theirs.members is not None:
            entries = list(self._members(spot, ours.members, theirs, theirs.members))
        else:
            entries = self._items(spot, theirs)
        if not entries and ours.value and theirs.value:
            del self.conflicts[start:]
            return self._conflict(spot)
        return rebuilt(self.theirs, theirs, entries)

    def _placed(self, old: Node, result: _Result) -> str:
        """Return the text of a result that replaces a value of theirs."""
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
                members[key].node if key in members else None for members in (base, ours, theirs)
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
        stamps = [node.value for node in spot.sides if node and is_timestamp(node.value)]
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
            places = ".".join("-" if index is None else str(index) for index in group)
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


# The indexes of one entry in the three versions of its list.
_Group = tuple[int | None, int | None, int | None]


def _groups(spot: _Spot) -> list[_Group]:
    """Return which entries of the three versions of a list are the same entry."""
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
    for index, place in enumerate(new_ours):
        groups.append((None, place, new_theirs[to_new[index]] if index in to_new else None))
    joined = set(to_new.values())
    groups += [(None, None, at) for index, at in enumerate(new_theirs) if index not in joined]
    return groups


def _ordered(groups: Sequence[_Group]) -> list[_Group]:
    """Return the entries in their order, or in ours if only we changed the order."""
    ours, theirs = (
        sorted(
            (group for group in groups if group[side] is not None),
            key=lambda group: group[side] or 0,
        )
        for side in (1, 2)
    )
    if _is_moved(ours) and not _is_moved(theirs):
        return _joined(ours, theirs)
    return _joined(theirs, ours)


def _is_moved(groups: Sequence[_Group]) -> bool:
    """True if a side changed the order of the entries that it kept from the base."""
    places = [group[0] for group in groups if group[0] is not None]
    return places != sorted(places)


def _joined(main: Sequence[_T], other: Sequence[_T]) -> list[_T]:
    """Return `main` with the entries that only `other` has, each after its predecessor in `other`.

    Entries that only `main` has at that place come first, so that additions of both sides at the
    same end do not interleave.
    """
    known, shared = set(main), set(other)
    following: dict[_T | None, list[_T]] = {}
    last: _T | None = None
    for entry in other:
        if entry in known:
            last = entry
        else:
            following.setdefault(last, []).append(entry)
    result: list[_T] = []
    waiting = following.get(None, [])
    for entry in main:
        if entry in shared:
            result += waiting
            waiting = following.get(entry, [])
        result.append(entry)
    return result + waiting


def _lists(spot: _Spot) -> list[Any]:
    return [node.value for node in spot.sides if node is not None]


def _kind(node: Node | None) -> str:
    if node is None or (node.members is None and node.items is None):
        return "scalar"
    return "array" if node.members is None else "object"


def _pointer(path: Sequence[_Step]) -> str:
    """Return the pointer of a path, or of its last existing value."""
    steps = takewhile(lambda value: value is not None, (step.value for step in path))
    return make_pointer(value for value in steps if value is not None)
