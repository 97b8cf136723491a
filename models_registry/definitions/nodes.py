"""What a scan of JSON text yields: values that know where they stand, and the faults found."""

from dataclasses import dataclass, field
from typing import Any

from .problems import LineIndex, Problem


@dataclass(slots=True)
class Node:
    """One value in the text: `text[start:end]` is its source, `value` what it says in plain Python.

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
    """A problem that still knows its offset in the text."""

    offset: int
    problem: Problem


@dataclass(slots=True)
class Scan:
    """What was read: `root` is None where a fault made it pointless to go on."""

    root: Node | None
    lines: LineIndex
    faults: list[Fault] = field(default_factory=list)

    @property
    def problems(self) -> list[Problem]:
        """All problems, in the order of the text."""
        return [fault.problem for fault in self.faults]
