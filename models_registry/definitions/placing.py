"""Puts definitions into upstream's files, in either layout, and touches nothing else there.

Split: the file is the definition. Aggregate: a record is replaced where it stands, a removed one
goes, a new one is appended; every other byte of the file stays as it is.
"""

from collections.abc import Collection, Mapping
from typing import Final

from .identity import pairs
from .kinds import record_name
from .layouts import AGGREGATE_PATHS, MAX_AGGREGATE_BYTES, Layout, split_path
from .nodes import Node
from .problems import DefinitionTextError
from .styles import Entry, Sheet, Style, laid_out, new_entry, rebuilt, replacement
from .text import join_records, join_slices, parse, scan_text

_STANDARD: Final = Style()


def path_of(layout: Layout, model_type: str, name: str) -> str:
    """Return the path of the file that holds a model's definition in this layout."""
    return split_path(model_type, name) if layout == "split" else AGGREGATE_PATHS[model_type]


def definitions_in(file_text: str, names: Collection[str]) -> dict[str, str]:
    """Return the definitions of these models out of an aggregate; a model that is not there lacks.

    Each is an array with the exact source of the model's records. Raises DefinitionTextError where
    the file can't be read.
    """
    found: dict[str, list[str]] = {}
    for one in _read(file_text).items or ():
        name = _name_of(one)
        if name is not None and name in names:
            found.setdefault(name, []).append(file_text[one.start : one.end])
    return {name: join_slices(records) for name, records in found.items()}


def with_definitions(file_text: str | None, wanted: Mapping[str, str | None]) -> str:
    """Return the text of an aggregate with these definitions in it; None takes a model out.

    In: the file's text, None where there is no such file; name → definition. A record that says
    what it said before keeps its bytes, a changed one is laid out as the file is. Raises
    DefinitionTextError where the file or a definition can't be read.
    """
    text = "[]\n" if file_text is None else file_text
    root = _read(text)
    records = root.items or []
    if not records:
        joined = join_records(one for one in wanted.values() if one is not None)
        return standard(joined) if any(wanted.values()) else text
    sheet = Sheet.of(text, root)
    own: dict[str, list[int]] = {name: [] for name in wanted}
    for place, one in enumerate(records):
        name = _name_of(one)
        if name in own:
            own[name].append(place)
    sources: dict[int, str | None] = {}
    appended: list[Entry] = []
    for name, definition in wanted.items():
        source = Sheet.of(definition, parse(definition).root) if definition is not None else sheet
        new = source.root.items or [] if definition is not None else []
        old = [records[place] for place in own[name]]
        partners = pairs("record", [one.value for one in old], [one.value for one in new])
        for at, place in enumerate(own[name]):
            taken = partners.get(at)
            sources[place] = (
                None if taken is None else _replaced(sheet, old[at], source, new[taken])
            )
        kept = set(partners.values())
        appended += [
            (None, new_entry(sheet, root, None, source, one))
            for at, one in enumerate(new)
            if at not in kept
        ]
    entries: list[Entry] = []
    for place, one in enumerate(records):
        written = sources.get(place, sheet.source(one))
        if written is not None:
            entries.append((place, written))
    return text[: root.start] + rebuilt(sheet, root, [*entries, *appended]) + text[root.end :]


def with_definition(file_text: str | None, name: str, definition: str) -> str:
    """Return the text of a split file with a definition in it, in the layout that the file has."""
    if file_text is None:
        return standard(definition)
    present = Sheet.of(file_text, parse(file_text).root)
    if Sheet.of(definition, parse(definition).root).style == present.style:
        return definition
    return with_definitions(file_text, {name: definition})


def standard(definition: str) -> str:
    """Return a definition in upstream's layout: as it is where it has it, else laid out anew.

    Keys, their order and the spelling of every value stay.
    """
    sheet = Sheet.of(definition, parse(definition).root)
    if sheet.style == _STANDARD and definition.endswith("]\n") and definition.startswith("[\n  {"):
        return definition
    return laid_out(sheet, sheet.root, _STANDARD, "") + "\n"


def _replaced(sheet: Sheet, old: Node, source: Sheet, new: Node) -> str:
    """Return the source of a record that takes the place of another; the old one if it says so."""
    if repr(old.value) == repr(new.value):
        return sheet.source(old)
    return replacement(sheet, old, source, new)


def _name_of(node: Node) -> str | None:
    return record_name(node.value) if node.members is not None else None


def _read(file_text: str) -> Node:
    scan = scan_text(file_text, max_bytes=MAX_AGGREGATE_BYTES)
    if scan.problems or scan.root is None or scan.root.items is None:
        raise DefinitionTextError(scan.problems)
    return scan.root
