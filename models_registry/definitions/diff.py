"""What changed between two versions of a definition, in sentences; and line by line.

Records, specs, sources and the entries of lists are matched by what they are, so that a spec that
moved is one that moved, and not a rewritten definition.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from .identity import (
    UPDATED_AT,
    Key,
    Role,
    canonical,
    offers,
    pairs,
    pairs_by,
    role_of,
    set_key,
)
from .kinds import record_name
from .line_diff import Hunk, Row, line_counts, rising, text_diff
from .problems import make_pointer
from .text import Definition
from .wording import (
    entry_shown,
    entry_title,
    key_title,
    record_title,
    shown,
    source_id,
    sources_title,
    spec_title,
)

__all__ = ["Change", "Hunk", "Row", "changes", "text_diff"]

Kind = Literal["added", "removed", "changed", "moved", "stamp"]
Path = tuple[str | int, ...]

# Beyond this, a text is told by how many of its lines changed.
_LONG: Final = 80
_FEW: Final = 4


@dataclass(frozen=True, slots=True)
class Change:
    """One change: a sentence without a full stop, and where it is in both versions.

    `kind` is "stamp" for `updated_at`, which the hub sets by itself. The pointers are RFC 6901;
    a version that lacks the value has that of what would hold it. `before` and `after` are plain
    values, None where there is none.
    """

    kind: Kind
    old_pointer: str
    new_pointer: str
    label: str
    before: Any = None
    after: Any = None


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a value is in both versions, and how a sentence says so."""

    old: Path = ()
    new: Path = ()
    role: Role = "records"
    keys: tuple[str, ...] = ()
    spec: str = ""
    hub: str = ""
    variant: str = ""

    def at(self, key: str) -> "_Place":
        """Return the place of a member."""
        old, new = (*self.old, key), (*self.new, key)
        return replace(self, old=old, new=new, role=role_of(self.role, key))

    def entry(self, old: int | None, new: int | None) -> "_Place":
        """Return the place of an entry of a list; a version that lacks it keeps the list's."""
        return replace(
            self,
            old=self.old if old is None else (*self.old, old),
            new=self.new if new is None else (*self.new, new),
            role=role_of(self.role, None),
        )

    def where(self, preposition: str = "on") -> str:
        """Return the end of a sentence: " of AWQ 7B on modelscope"."""
        spec = f" of {self.spec}" if self.spec else ""
        return spec + (f" {preposition} {self.hub}" if self.hub else "")

    def title(self, key: str) -> str:
        """Return what a member is called, after the keys of the settings that it is in."""
        return " › ".join(map(key_title, (*self.keys, key)))


@dataclass(frozen=True, slots=True)
class _Note:
    """A change before it is known whether all records have it."""

    kind: Kind
    place: _Place
    head: str
    where: str = ""
    values: str = ""
    before: Any = None
    after: Any = None

    def change(self, *, everywhere: bool = False) -> Change:
        """Return the change; it names its record unless it is the same everywhere."""
        variant = f" in variant {self.place.variant}" if self.place.variant else ""
        where = self.where + ("" if everywhere else variant)
        colon = ":" if where and not self.values.startswith("(") else ""
        values = f"{colon} {self.values}" if self.values else ""
        old, new = make_pointer(self.place.old), make_pointer(self.place.new)
        label = self.head[:1].upper() + self.head[1:] + where + values
        return Change(self.kind, old, new, label, self.before, self.after)

    def told(self) -> tuple[str, ...]:
        """Return what is equal for the same change of two records."""
        content = canonical([self.before, self.after])
        return self.kind, self.head, self.where, self.values, content


def changes(old: Definition | None, new: Definition) -> list[Change]:
    """Return what changed from one version to the next, in the order of the new one.

    Without an old version: that the model is new, and its specs or variants. Changes of layout,
    key order and spelling are none. What changed alike in all records is told once.
    """
    if old is None:
        return [note.change() for note in _all_new(new.records)]
    notes = list(_list("variant", old.records, new.records, _Place()))
    matched = len(pairs("record", old.records, new.records))
    counts = Counter(note.told() for note in notes) if matched > 1 else Counter[tuple[str, ...]]()
    found: dict[tuple[str, ...] | int, Change] = {}
    for number, note in enumerate(notes):
        if counts and counts[note.told()] == matched:
            found.setdefault(note.told(), note.change(everywhere=True))
        else:
            found[number] = note.change()
    return list(found.values())


def _all_new(records: Sequence[Mapping[str, Any]]) -> Iterator[_Note]:
    name = next(filter(None, map(record_name, records)), "")
    yield _Note("added", _Place(), f"new model {shown(name)}", after=list(records))
    for index, record in enumerate(records):
        specs, place = record.get("model_specs"), _Place(new=(index,))
        if isinstance(specs, list):
            inner = replace(place, new=(index, "model_specs"), role="specs")
            for number, spec in enumerate(specs):
                yield _entry_note("format", inner.entry(None, number), spec)
        elif len(records) > 1:
            yield _entry_note("variant", place, record)
        elif sources := sources_title(record):
            inner = replace(place, new=(index, "model_src"))
            yield _Note("added", inner, f"added sources {sources}", after=record.get("model_src"))


def _title(what: str, value: Any) -> str:
    if what == "controlnet":
        return shown(value.get("model_name") if isinstance(value, Mapping) else value)
    return spec_title(value) if what == "format" else record_title(value)


def _entry_note(what: str, place: _Place, value: Any, *, is_new: bool = True) -> _Note:
    """Return the note of a whole record, spec or controlnet that was added or removed."""
    sources = sources_title(value)
    named = f"{what} {_title(what, value)}" + (f" ({sources})" if sources else "")
    if is_new:
        return _Note("added", place, f"added {named}", after=value)
    return _Note("removed", place, f"removed {named}", before=value)


def _list(what: str, old: Sequence[Any], new: Sequence[Any], place: _Place) -> Iterator[_Note]:
    """Compare two lists of records, specs or controlnets."""
    role = role_of(place.role, None)
    matched = pairs(role, old, new)
    back = {after: before for before, after in matched.items()}
    titles = [_title(what, value) for value in new]
    repeated = {title for title, count in Counter(titles).items() if count > 1}
    for index, value in enumerate(new):
        before = back.get(index)
        inner = place.entry(before, index)
        if before is None or not (isinstance(value, dict) and isinstance(old[before], dict)):
            yield _entry_note(what, inner, value)
            continue
        title = titles[index]
        if title in repeated and (kinds := sorted({one for _, one in offers(value)})):
            title += f" ({', '.join(map(shown, kinds[:3]))}{', …' if kinds[3:] else ''})"
        if what != "variant":
            inner = replace(inner, spec=title)
        elif len(old) > 1 or len(new) > 1:
            inner = replace(inner, variant=title)
        yield from _object(old[before], value, inner)
    for index, value in enumerate(old):
        if index not in matched:
            yield _entry_note(what, place.entry(index, None), value, is_new=False)
    yield from _moved(what, titles, [(back[after], after) for after in sorted(back)], place)


def _moved(
    what: str, titles: Sequence[str], matched: Sequence[tuple[int, int]], place: _Place
) -> Iterator[_Note]:
    """Yield a note for the fewest entries whose moves explain the new order."""
    kept = set(rising([before for before, _ in matched]))
    moved = [pair for index, pair in enumerate(matched) if index not in kept]
    if len(moved) > _FEW:
        yield _Note("moved", place, f"reordered {what}s", place.where())
        return
    for before, after in moved:
        places = "" if before == after else f" from place {before + 1} to {after + 1}"
        head = f"moved {what} {titles[after]}{places}"
        yield _Note("moved", place.entry(before, after), head, place.where())


def _object(old: dict[str, Any], new: dict[str, Any], place: _Place) -> Iterator[_Note]:
    """Compare two objects, member by member: in the order of the new one, then what is gone."""
    for key in [*new, *(key for key in old if key not in new)]:
        inner = place.at(key)
        if key not in old:
            yield _member_note("added", key, new[key], inner, place)
        elif key not in new:
            yield _member_note("removed", key, old[key], inner, place)
        elif canonical(old[key]) != canonical(new[key]):
            yield from _member(key, old[key], new[key], inner, place)


def _member_note(
    kind: Literal["added", "removed"], key: str, value: Any, inner: _Place, place: _Place
) -> _Note:
    gone = kind == "removed"
    where = place.where("from" if gone else "on")
    told = _brief(value)
    head = f"{kind} {place.title(key)}"
    values = f"(it was {told})" if gone and told else told
    before, after = (value, None) if gone else (None, value)
    if place.role == "record" and key == UPDATED_AT:
        return _Note("stamp", inner, f"{kind} time stamp", where, told, before, after)
    return _Note(kind, inner, head, where, values, before, after)


def _brief(value: Any) -> str:
    """Return a value if a sentence can hold it: a short one, or a list of a few."""
    values = value if isinstance(value, list) else [value]
    if any(isinstance(one, (dict, list)) for one in values) or len(values) > _FEW:
        return ""
    told = ", ".join(map(shown, values))
    return told if len(told) <= _LONG else ""


def _member(key: str, old: Any, new: Any, inner: _Place, place: _Place) -> Iterator[_Note]:
    """Compare a value that both versions have and that is not the same in them."""
    both = [old, new]
    if place.role == "record" and key == UPDATED_AT:
        values = f"{shown(old)} → {shown(new)}"
        yield _Note("stamp", inner, "time stamp", place.where(), values, old, new)
    elif inner.role in ("specs", "controlnets") and all(isinstance(one, list) for one in both):
        yield from _list("format" if inner.role == "specs" else "controlnet", old, new, inner)
    elif key == "model_src" and all(isinstance(one, dict) for one in both):
        yield from _sources(old, new, inner)
    elif all(isinstance(one, dict) for one in both):
        yield from _object(old, new, replace(inner, keys=(*place.keys, key)))
    elif entry_key := set_key(key, both):
        yield from _entries(key, old, new, inner, entry_key)
    elif all(isinstance(one, str) for one in both) and max(map(len, both)) > _LONG:
        added, removed = line_counts(old, new)
        head = f"changed {place.title(key)}"
        values = f"(+{added} −{removed} lines)" if "\n" in old + new else ""
        yield _Note("changed", inner, head, place.where(), values, old, new)
    elif any(isinstance(one, (dict, list)) for one in both):
        yield _Note("changed", inner, f"changed {place.title(key)}", place.where(), "", old, new)
    else:
        values = f"{shown(old)} → {shown(new)}"
        yield _Note("changed", inner, place.title(key), place.where(), values, old, new)


def _sources(old: dict[str, Any], new: dict[str, Any], place: _Place) -> Iterator[_Note]:
    for hub in [*new, *(hub for hub in old if hub not in new)]:
        inner = replace(place.at(hub), hub=shown(hub))
        before, after = old.get(hub), new.get(hub)
        if isinstance(before, dict) and isinstance(after, dict):
            yield from _object(before, after, inner)
        elif hub not in old or hub not in new:
            kind: Kind = "removed" if hub in old else "added"
            source = f"{shown(hub)} source {source_id(before if hub in old else after)}"
            yield _Note(kind, inner, f"{kind} {source}", place.where(), "", before, after)
        elif canonical(before) != canonical(after):
            yield _Note("changed", inner, "changed source", inner.where(), "", before, after)


def _entries(key: str, old: list[Any], new: list[Any], place: _Place, same: Key) -> Iterator[_Note]:
    """Compare two lists that are sets in an order."""
    matched = pairs_by(same, old, new)
    back = {after: before for before, after in matched.items()}
    title = entry_title(key)
    if key != "packages":
        title = " › ".join((*map(key_title, place.keys), title))
    for index, value in enumerate(new):
        if index not in back:
            head = f"added {title} {entry_shown(key, value)}"
            inner = place.entry(None, index)
            yield _Note("added", inner, head, place.where(), after=value)
        elif value != old[back[index]]:
            before, inner = old[back[index]], place.entry(back[index], index)
            values = f"{entry_shown(key, before)} → {entry_shown(key, value)}"
            yield _Note("changed", inner, title, place.where(), values, before, value)
    for index, value in enumerate(old):
        if index not in matched:
            head = f"removed {title} {entry_shown(key, value)}"
            inner = place.entry(index, None)
            yield _Note("removed", inner, head, place.where("from"), before=value)
    order = [back[after] for after in sorted(back)]
    if order != sorted(order):
        yield _Note("moved", place, f"reordered {place.title(key)}", place.where(), "", old, new)
