"""Sets the two fields that the hub manages in a definition: `updated_at` and `featured`.

A server takes the record with the newest `updated_at`: an edit that does not raise it is invisible,
and a newer value without an edit makes the server distrust its built-in record.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from models_registry.definitions.json_text.document import Definition, parse
from models_registry.definitions.json_text.edit import set_members

MANAGED: Final = "updated_at"


def stamp(definition: Definition, previous: Definition | None, *, now: int) -> str:
    """Return the text with the managed fields as they must be when it is published.

    `previous` is the definition published before (None for a new model), `now` in Unix seconds. A
    record that differs from all previous ones gets a newer `updated_at` than any of them, every
    other one keeps its value; a missing `featured` becomes false. Keys keep their places, a
    missing one goes to the record's end; nothing else changes.
    """
    before = previous.records if previous is not None else []
    stamps = [record[MANAGED] for record in before if is_timestamp(record.get(MANAGED))]
    fresh = max([now, *(value + 1 for value in stamps)])
    unchanged = {_content(record): record.get(MANAGED) for record in before}
    text = definition.text
    for index, record in enumerate(definition.records):
        kept = unchanged.get(_content(record))
        members: dict[str, Any] = {}
        wanted = kept if is_timestamp(kept) else fresh
        if not is_timestamp(record.get(MANAGED)) or record[MANAGED] != wanted:
            members[MANAGED] = wanted
        if "featured" not in record:
            members["featured"] = False
        if members:
            text = set_members(text, index, members)
    return text


def set_featured(text: str, featured: bool) -> str:
    """Return the text with `featured` set in every record; nothing else changes."""
    for index, record in enumerate(parse(text).records):
        if record.get("featured") is not featured:
            text = set_members(text, index, {"featured": featured})
    return text


def is_timestamp(value: object) -> bool:
    """True for a whole number, as `updated_at` must be; false for booleans."""
    return isinstance(value, int) and not isinstance(value, bool)


def _content(record: Mapping[str, Any]) -> str:
    """A record without its time stamp, as text: 3 and 3.0, and other key orders, differ.

    A missing `featured` counts as false, since publishing adds it.
    """
    content = {key: value for key, value in record.items() if key != MANAGED}
    content.setdefault("featured", False)
    return json.dumps(content)
