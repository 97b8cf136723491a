"""The result of scanning JSON text: values with their offsets, and the faults found."""

from dataclasses import dataclass, field
from typing import Any

from models_registry.definitions.json_text.problems import LineIndex, Problem


@dataclass(slots=True)
class Node:
    """One value in the text: `text[start:end]` is its source, `value` the Python value.

    `members` is filled for objects, `items` for arrays; keys and order are those of the text.
    """

    start: int
    end: int
    value: Any
    members: "dict[str, Member] | None" = None
    items: "list[Node] | None" = None


@dataclass(slots=True)
class Member:
    """One key of an object, with the span of the key (quotes included), and its value."""

    key_start: int
    key_end: int
    node: Node


@dataclass(frozen=True, slots=True)
class Fault:
    """A problem with its offset in the text."""

    offset: int
    problem: Problem


@dataclass(slots=True)
class Scan:
    """The value that was read; `root` is None if a fault stopped the scan."""

    root: Node | None
    lines: LineIndex
    faults: list[Fault] = field(default_factory=list)

    @property
    def problems(self) -> list[Problem]:
        """All problems, in the order of the text."""
        return [fault.problem for fault in self.faults]
