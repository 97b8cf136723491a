"""Sets the two fields that the hub manages in a definition: `updated_at` and `featured`.

A server takes the record with the newest `updated_at`: an edit that does not raise it is invisible,
and a raise without an edit takes the trust from a built-in record.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from .text import Definition, parse, set_members

MANAGED: Final = "updated_at"


def stamp(definition: Definition, previous: Definition | None, *, now: int) -> str:
    """Return the text with the managed fields as they must be when it is published.

    In: the definition, the one published before (None for a new model), the time in Unix seconds.
    Out: the text in which every record that differs from all previous ones has a newer `updated_at`
    than they had, every other one keeps the value it had, and `featured` is there (false where it
    was missing). Keys keep their places, a missing one goes to the record's end; nothing else is
    touched.
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
    """Return the text with `featured` set in every record; nothing else is touched."""
    for index, record in enumerate(parse(text).records):
        if record.get("featured") is not featured:
            text = set_members(text, index, {"featured": featured})
    return text


def is_timestamp(value: object) -> bool:
    """Say whether a value may stand as `updated_at`: a whole number, so neither true nor false."""
    return isinstance(value, int) and not isinstance(value, bool)


def _content(record: Mapping[str, Any]) -> str:
    """A record without its time stamp, as text: 3 and 3.0, and other key orders, stay apart.

    A missing `featured` reads as false, since publishing adds it.
    """
    content = {key: value for key, value in record.items() if key != MANAGED}
    content.setdefault("featured", False)
    return json.dumps(content)
