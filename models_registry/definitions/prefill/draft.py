"""A record that is being filled: its values, which ones are guesses, and what is missing."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from models_registry.definitions.json_text.messages import Message
from models_registry.definitions.json_text.problems import make_pointer


class ValueNote(NamedTuple):
    """A remark on one value of the definition: its RFC 6901 pointer, and a sentence."""

    pointer: str
    why: Message


@dataclass(slots=True)
class RecordDraft:
    """The one record of a guessed definition, filled in the order of the file."""

    record: dict[str, Any] = field(default_factory=dict)
    guessed: list[ValueNote] = field(default_factory=list)
    missing: list[ValueNote] = field(default_factory=list)

    def put(self, key: str, value: Any, why: Message | None = None) -> None:
        """Set a key; `why` is the reason for a value that the repository does not state."""
        self.record[key] = value
        if why is not None:
            self.note(why, key)

    def note(self, why: Message, *path: str | int) -> None:
        """Mark a value, given by its path in the record, as a guess."""
        self.guessed.append(ValueNote(make_pointer((0, *path)), why))

    def lacks(self, what: Message, *path: str | int) -> None:
        """Record that a value could not be found, and where a person may look."""
        self.missing.append(ValueNote(make_pointer((0, *path)), what))
