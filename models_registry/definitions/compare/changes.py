"""The semantic difference between two versions of a definition, in sentences.

Records, specs, sources and the entries of lists are matched by identity, so a spec that moved is
listed as moved, and not as a rewritten definition.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from models_registry.definitions.compare import change_texts
from models_registry.definitions.compare.lines import Hunk, line_counts, rising, text_diff
from models_registry.definitions.facts.identity import (
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
from models_registry.definitions.facts.kinds import record_name
from models_registry.definitions.facts.wording import (
    entry_shown,
    entry_title,
    key_title,
    record_title,
    shown,
    source_id,
    sources_title,
    spec_title,
)
from models_registry.definitions.json_text.document import Definition
from models_registry.definitions.json_text.messages import (
    NOTHING,
    Message,
    capitalised,
    gettext_noop,
    verbatim,
)
from models_registry.definitions.json_text.problems import make_pointer

__all__ = ["DefinitionChange", "Hunk", "changes", "text_diff"]

DifferenceKind = Literal["added", "removed", "changed", "moved", "stamp"]
Path = tuple[str | int, ...]

# Of a longer text, only the number of changed lines is shown.
_LONG: Final = 80
_FEW: Final = 4


@dataclass(frozen=True, slots=True)
class DefinitionChange:
    """One change: a sentence without a full stop, and its place in the new version.

    `kind` is "stamp" for `updated_at`, which the hub itself sets. The pointer is RFC 6901; for a
    removed value it leads to its parent. `before` and `after` are plain values, None without a
    value.
    """

    kind: DifferenceKind
    new_pointer: str
    label: Message
    before: Any = None
    after: Any = None


@dataclass(frozen=True, slots=True)
class _Place:
    """The place of a value in the new version, and the titles for a sentence about it."""

    new: Path = ()
    role: Role = "records"
    keys: tuple[str, ...] = ()
    spec: str = ""
    hub: str = ""
    variant: str = ""

    def at(self, key: str) -> "_Place":
        """Return the place of a member."""
        return replace(self, new=(*self.new, key), role=role_of(self.role, key))

    def entry(self, index: int | None) -> "_Place":
        """Return the place of an entry of a list; the list's place for a removed entry."""
        new = self.new if index is None else (*self.new, index)
        return replace(self, new=new, role=role_of(self.role, None))

    def where(self, *, is_source: bool = False) -> Message:
        """Return the end of a sentence: "of AWQ 7B on modelscope"; "from" for a source."""
        spec = gettext_noop("of %(spec)s", spec=self.spec) if self.spec else NOTHING
        if not self.hub:
            return spec
        hub = (
            gettext_noop("from %(hub)s", hub=self.hub)
            if is_source
            else gettext_noop("on %(hub)s", hub=self.hub)
        )
        return gettext_noop("%(spec)s %(hub)s", spec=spec, hub=hub) if spec else hub

    def title(self, key: str) -> Message:
        """Return the title of a member, after the keys of the settings that it is in."""
        return change_texts.nested([key_title(outer) for outer in (*self.keys, key)])


@dataclass(frozen=True, slots=True)
class _Difference:
    """A change, before it is known whether all records have it."""

    kind: DifferenceKind
    place: _Place
    head: Message
    where: Message = NOTHING
    values: Message = NOTHING
    before: Any = None
    after: Any = None

    def change(self, *, everywhere: bool = False) -> DefinitionChange:
        """Return the change; it names its record unless it is the same everywhere."""
        label, is_placed = self.head, False
        variant = NOTHING
        if self.place.variant and not everywhere:
            variant = gettext_noop("in variant %(variant)s", variant=self.place.variant)
        for where in filter(None, (self.where, variant)):
            label = gettext_noop("%(change)s %(where)s", change=label, where=where)
            is_placed = True
        if self.values:
            parts = {"change": label, "values": self.values}
            label = (
                gettext_noop("%(change)s: %(values)s", **parts)
                if is_placed and not self.values.startswith("(")
                else gettext_noop("%(change)s %(values)s", **parts)
            )
        pointer = make_pointer(self.place.new)
        return DefinitionChange(self.kind, pointer, capitalised(label), self.before, self.after)

    def content(self) -> tuple[str, ...]:
        """Return a key that is equal for the same change of two records."""
        values = canonical([self.before, self.after])
        return self.kind, self.head, self.where, self.values, values


def changes(old: Definition | None, new: Definition) -> list[DefinitionChange]:
    """Return the changes from one version to the next, in the order of the new one.

    Without an old version: the new model, and its specs or variants. Changes of layout,
    key order and spelling are not listed. The same change of all records is listed once.
    """
    if old is None:
        return [note.change() for note in _all_new(new.records)]
    notes = list(_list("variant", old.records, new.records, _Place()))
    matched = len(pairs("record", old.records, new.records))
    counts = (
        Counter(note.content() for note in notes) if matched > 1 else Counter[tuple[str, ...]]()
    )
    listed: dict[tuple[str, ...] | int, DefinitionChange] = {}
    for number, note in enumerate(notes):
        if counts and counts[note.content()] == matched:
            listed.setdefault(note.content(), note.change(everywhere=True))
        else:
            listed[number] = note.change()
    return list(listed.values())


def _all_new(records: Sequence[Mapping[str, Any]]) -> Iterator[_Difference]:
    name = next(filter(None, map(record_name, records)), "")
    head = gettext_noop("new model %(name)s", name=shown(name))
    yield _Difference("added", _Place(), head, after=list(records))
    for index, record in enumerate(records):
        specs, place = record.get("model_specs"), _Place(new=(index,))
        if isinstance(specs, list):
            inner = replace(place, new=(index, "model_specs"), role="specs")
            for number, spec in enumerate(specs):
                yield _entry_note("format", inner.entry(number), spec)
        elif len(records) > 1:
            yield _entry_note("variant", place, record)
        elif sources := sources_title(record):
            inner = replace(place, new=(index, "model_src"))
            head = gettext_noop("added sources %(sources)s", sources=sources)
            yield _Difference("added", inner, head, after=record.get("model_src"))


def _title(what: str, value: Any) -> str:
    if what == "controlnet":
        return shown(value.get("model_name") if isinstance(value, Mapping) else value)
    return spec_title(value) if what == "format" else record_title(value)


def _entry_note(what: str, place: _Place, value: Any, *, is_new: bool = True) -> _Difference:
    """Return the note of a whole record, spec or controlnet that was added or removed."""
    named = change_texts.named(what, _title(what, value))
    if sources := sources_title(value):
        named = gettext_noop("%(entry)s (%(sources)s)", entry=named, sources=sources)
    if is_new:
        return _Difference("added", place, change_texts.added(named), after=value)
    return _Difference("removed", place, change_texts.removed(named), before=value)


def _list(
    what: str, old: Sequence[Any], new: Sequence[Any], place: _Place
) -> Iterator[_Difference]:
    """Compare two lists of records, specs or controlnets."""
    role = role_of(place.role, None)
    matched = pairs(role, old, new)
    back = {after: before for before, after in matched.items()}
    titles = [_title(what, value) for value in new]
    repeated = {title for title, count in Counter(titles).items() if count > 1}
    for index, value in enumerate(new):
        before = back.get(index)
        inner = place.entry(index)
        if before is None or not (isinstance(value, dict) and isinstance(old[before], dict)):
            yield _entry_note(what, inner, value)
            continue
        title = titles[index]
        if title in repeated and (
            kinds := sorted({quantization for _, quantization in offers(value)})
        ):
            title += f" ({', '.join(map(shown, kinds[:3]))}{', …' if kinds[3:] else ''})"
        if what != "variant":
            inner = replace(inner, spec=title)
        elif len(old) > 1 or len(new) > 1:
            inner = replace(inner, variant=title)
        yield from _object(old[before], value, inner)
    for index, value in enumerate(old):
        if index not in matched:
            yield _entry_note(what, place.entry(None), value, is_new=False)
    yield from _moved(what, titles, [(back[after], after) for after in sorted(back)], place)


def _moved(
    what: str, titles: Sequence[str], matched: Sequence[tuple[int, int]], place: _Place
) -> Iterator[_Difference]:
    """Yield a note for the fewest entries whose moves explain the new order."""
    kept = set(rising([before for before, _ in matched]))
    moved = [pair for index, pair in enumerate(matched) if index not in kept]
    if len(moved) > _FEW:
        yield _Difference("moved", place, change_texts.REORDERED[what], place.where())
        return
    for before, after in moved:
        named = change_texts.named(what, titles[after])
        head = (
            gettext_noop("moved %(entry)s", entry=named)
            if before == after
            else gettext_noop(
                "moved %(entry)s from place %(old)s to %(new)s",
                entry=named,
                old=before + 1,
                new=after + 1,
            )
        )
        yield _Difference("moved", place.entry(after), head, place.where())


def _object(old: dict[str, Any], new: dict[str, Any], place: _Place) -> Iterator[_Difference]:
    """Compare two objects by member: in the order of the new one, then removed members."""
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
) -> _Difference:
    gone = kind == "removed"
    where = place.where(is_source=gone)
    before, after = (value, None) if gone else (None, value)
    if place.role == "record" and key == UPDATED_AT:
        head = gettext_noop("removed time stamp") if gone else gettext_noop("added time stamp")
        values = change_texts.time_stamp(value)
        return _Difference("stamp", inner, head, where, values, before, after)
    title = place.title(key)
    head = change_texts.removed(title) if gone else change_texts.added(title)
    values = _brief(value)
    if gone and values:
        values = gettext_noop("(it was %(value)s)", value=values)
    return _Difference(kind, inner, head, where, values, before, after)


def _brief(value: Any) -> Message:
    """Return a short value, or a list of a few, for a sentence; NOTHING for any other."""
    values = value if isinstance(value, list) else [value]
    if any(isinstance(item, (dict, list)) for item in values) or len(values) > _FEW:
        return NOTHING
    text = ", ".join(map(shown, values))
    return verbatim(text) if text and len(text) <= _LONG else NOTHING


def _member(key: str, old: Any, new: Any, inner: _Place, place: _Place) -> Iterator[_Difference]:
    """Compare two different values of the same key."""
    both = [old, new]
    if place.role == "record" and key == UPDATED_AT:
        head = gettext_noop("time stamp")
        values = change_texts.arrow(change_texts.time_stamp(old), change_texts.time_stamp(new))
        yield _Difference("stamp", inner, head, place.where(), values, old, new)
    elif inner.role in ("specs", "controlnets") and all(
        isinstance(version, list) for version in both
    ):
        yield from _list("format" if inner.role == "specs" else "controlnet", old, new, inner)
    elif key == "model_src" and all(isinstance(version, dict) for version in both):
        yield from _sources(old, new, inner)
    elif all(isinstance(version, dict) for version in both):
        yield from _object(old, new, replace(inner, keys=(*place.keys, key)))
    elif entry_key := set_key(key, both):
        yield from _entries(key, old, new, inner, entry_key)
    elif all(isinstance(version, str) for version in both) and max(map(len, both)) > _LONG:
        added, removed = line_counts(old, new)
        head = change_texts.changed(place.title(key))
        values = NOTHING
        if "\n" in old + new:
            values = gettext_noop("(+%(added)s −%(removed)s lines)", added=added, removed=removed)
        yield _Difference("changed", inner, head, place.where(), values, old, new)
    elif any(isinstance(version, (dict, list)) for version in both):
        head = change_texts.changed(place.title(key))
        yield _Difference("changed", inner, head, place.where(), NOTHING, old, new)
    else:
        values = change_texts.arrow(shown(old), shown(new))
        yield _Difference("changed", inner, place.title(key), place.where(), values, old, new)


def _sources(old: dict[str, Any], new: dict[str, Any], place: _Place) -> Iterator[_Difference]:
    for hub in [*new, *(hub for hub in old if hub not in new)]:
        inner = replace(place.at(hub), hub=shown(hub))
        before, after = old.get(hub), new.get(hub)
        if isinstance(before, dict) and isinstance(after, dict):
            yield from _object(before, after, inner)
        elif hub not in old or hub not in new:
            gone = hub in old
            source = gettext_noop(
                "%(hub)s source %(id)s", hub=shown(hub), id=source_id(before if gone else after)
            )
            head = change_texts.removed(source) if gone else change_texts.added(source)
            kind: DifferenceKind = "removed" if gone else "added"
            yield _Difference(kind, inner, head, place.where(), NOTHING, before, after)
        elif canonical(before) != canonical(after):
            head = gettext_noop("changed source")
            yield _Difference("changed", inner, head, inner.where(), NOTHING, before, after)


def _entries(
    key: str, old: list[Any], new: list[Any], place: _Place, same: Key
) -> Iterator[_Difference]:
    """Compare two lists that are sets in an order."""
    matched = pairs_by(same, old, new)
    back = {after: before for before, after in matched.items()}
    title = entry_title(key)
    if key != "packages":
        title = change_texts.nested([*map(key_title, place.keys), title])
    for index, value in enumerate(new):
        if index not in back:
            head = change_texts.added(change_texts.list_entry(title, key, value))
            inner = place.entry(index)
            yield _Difference("added", inner, head, place.where(), after=value)
        elif value != old[back[index]]:
            before, inner = old[back[index]], place.entry(index)
            values = change_texts.arrow(entry_shown(key, before), entry_shown(key, value))
            yield _Difference("changed", inner, title, place.where(), values, before, value)
    for index, value in enumerate(old):
        if index not in matched:
            head = change_texts.removed(change_texts.list_entry(title, key, value))
            inner = place.entry(None)
            yield _Difference("removed", inner, head, place.where(is_source=True), before=value)
    order = [back[after] for after in sorted(back)]
    if order != sorted(order):
        head = gettext_noop("reordered %(what)s", what=place.title(key))
        yield _Difference("moved", place, head, place.where(), NOTHING, old, new)
