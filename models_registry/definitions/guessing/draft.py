"""A record while it is being guessed: its values, what is only guessed, and what is missing."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ..problems import make_pointer


class Note(NamedTuple):
    """A remark on one value of the definition: its RFC 6901 pointer, and a sentence."""

    pointer: str
    why: str


@dataclass(slots=True)
class Draft:
    """The one record of a guessed definition, filled key after key in the order of the file."""

    record: dict[str, Any] = field(default_factory=dict)
    guessed: list[Note] = field(default_factory=list)
    missing: list[Note] = field(default_factory=list)

    def put(self, key: str, value: Any, why: str | None = None) -> None:
        """Set a key; `why` is given where the repository does not say it in so many words."""
        self.record[key] = value
        if why is not None:
            self.note(why, key)

    def note(self, why: str, *path: str | int) -> None:
        """Say that a value, given by its path in the record, is only guessed."""
        self.guessed.append(Note(make_pointer((0, *path)), why))

    def lacks(self, what: str, *path: str | int) -> None:
        """Say that a value could not be found, and where a person may look."""
        self.missing.append(Note(make_pointer((0, *path)), what))
