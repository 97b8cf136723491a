"""Writes definitions into upstream's files, in either layout, and changes nothing else there.

Split: the file is the definition. Aggregate: a changed record is replaced in place, a removed one
is deleted, a new one is appended; every other byte of the file stays.
"""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Final

from models_registry.definitions.facts.identity import pairs
from models_registry.definitions.facts.kinds import record_name
from models_registry.definitions.json_text.document import (
    join_records,
    join_slices,
    parse,
    scan_text,
)
from models_registry.definitions.json_text.edit import (
    Entry,
    Sheet,
    Style,
    laid_out,
    new_entry,
    rebuilt,
    replacement,
)
from models_registry.definitions.json_text.nodes import Node
from models_registry.definitions.json_text.problems import DefinitionTextError
from models_registry.definitions.upstream_files.layouts import (
    AGGREGATE_PATHS,
    MAX_AGGREGATE_BYTES,
    Layout,
    split_path,
)

_STANDARD: Final = Style()


def path_of(layout: Layout, model_type: str, name: str) -> str:
    """Return the path of the file that holds a model's definition in this layout."""
    return split_path(model_type, name) if layout == "split" else AGGREGATE_PATHS[model_type]


def definitions_in(file_text: str, names: Collection[str]) -> dict[str, str]:
    """Return the definitions of those of these models that an aggregate has.

    Each is an array with the exact source of the model's records. Raises DefinitionTextError if the
    file can't be read.
    """
    sources: dict[str, list[str]] = {}
    for record in _read(file_text).items or ():
        name = _name_of(record)
        if name is not None and name in names:
            sources.setdefault(name, []).append(file_text[record.start : record.end])
    return {name: join_slices(records) for name, records in sources.items()}


def with_definitions(
    file_text: str | None,
    wanted: Mapping[str, str | None],
    *,
    renamed: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """Return the text of an aggregate with these definitions, name → text; None removes a model.

    `file_text` is None if there is no file; `renamed` maps names in it to those in `wanted`. A
    record with unchanged values keeps its bytes, a changed one gets the layout of the file. Raises
    DefinitionTextError if the file or a definition can't be read.
    """
    text = "[]\n" if file_text is None else file_text
    root = _read(text)
    records = root.items or []
    if not records:
        joined = join_records(
            definition for definition in wanted.values() if definition is not None
        )
        return standard(joined) if any(wanted.values()) else text
    sheet = Sheet.of(text, root)
    places: dict[str, list[int]] = {name: [] for name in wanted}
    for place, record in enumerate(records):
        name = _name_of(record)
        name = renamed.get(name or "", name)
        if name in places:
            places[name].append(place)
    sources: dict[int, str | None] = {}
    appended: list[Entry] = []
    for name, definition in wanted.items():
        source = Sheet.of(definition, parse(definition).root) if definition is not None else sheet
        new = source.root.items or [] if definition is not None else []
        old = [records[place] for place in places[name]]
        partners = pairs(
            "record", [record.value for record in old], [record.value for record in new]
        )
        for at, place in enumerate(places[name]):
            taken = partners.get(at)
            sources[place] = (
                None if taken is None else _replaced(sheet, old[at], source, new[taken])
            )
        kept = set(partners.values())
        appended += [
            (None, new_entry(sheet, root, None, source, record))
            for at, record in enumerate(new)
            if at not in kept
        ]
    entries: list[Entry] = []
    for place, record in enumerate(records):
        written = sources.get(place, sheet.source(record))
        if written is not None:
            entries.append((place, written))
    return sheet.with_value(root, rebuilt(sheet, root, [*entries, *appended]))


def with_definition(
    file_text: str | None, name: str, definition: str, *, former_name: str = ""
) -> str:
    """Return the text of a split file with a definition, in the layout of the file.

    `former_name` is the name of the records in the file, if it is another one.
    """
    if file_text is None:
        return standard(definition)
    present = Sheet.of(file_text, parse(file_text).root)
    if Sheet.of(definition, parse(definition).root).style == present.style:
        return definition
    renamed = {former_name: name} if former_name else {}
    return with_definitions(file_text, {name: definition}, renamed=renamed)


def standard(definition: str) -> str:
    """Return a definition in upstream's layout: unchanged if it has it, else reformatted.

    Keys, their order and the spelling of every value stay.
    """
    sheet = Sheet.of(definition, parse(definition).root)
    if sheet.style == _STANDARD and definition.endswith("]\n") and definition.startswith("[\n  {"):
        return definition
    return laid_out(sheet, sheet.root, _STANDARD, "") + "\n"


def _replaced(sheet: Sheet, old: Node, source: Sheet, new: Node) -> str:
    """Return the source of a record that replaces another; the old one if the values are equal."""
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
