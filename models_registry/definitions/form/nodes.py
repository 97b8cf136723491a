"""The parts of a definition's form: inputs, groups of them, and lists of groups."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from ..problems import Problem
from ..text import Definition
from .field_help import SUGGESTIONS
from .field_texts import Help
from .schema import Kind
from .values import Shown


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a field: what is sent, what is shown, whether it holds."""

    value: str
    label: str
    chosen: bool


@dataclass(slots=True)
class Field:
    """One input. `name` holds the kind and the pointer; `value` is what it shows.

    `problems` and `guessed` (why the hub filled it in) are for the page to set.
    """

    node: Literal["field"]
    name: str
    element_id: str
    pointer: str
    key: str
    kind: Kind
    shown: Shown
    help: Help
    required: bool
    present: bool
    known: bool = True
    options: list[Option] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    guessed: str = ""

    @property
    def value(self) -> str:
        """What the input shows."""
        return self.shown.text

    @property
    def suggestions(self) -> tuple[str, ...]:
        """What the field may be filled with, for a list of suggestions."""
        return SUGGESTIONS.get(self.help.suggestions, ())


@dataclass(slots=True)
class Group:
    """Fields that belong together: a record, an object, an entry of a list or of a map."""

    node: Literal["group"]
    role: Literal["record", "object", "entry", "source"]
    pointer: str
    element_id: str
    key: str
    help: Help
    value: Mapping[str, Any] = field(default_factory=dict)
    index: int = 0
    count: int = 1
    present: bool = True
    required: bool = False
    essential: "list[Item]" = field(default_factory=list)
    advanced: "list[Item]" = field(default_factory=list)
    unknown: "list[Item]" = field(default_factory=list)
    order: Sequence[str] = ()
    problems: list[Problem] = field(default_factory=list)

    @property
    def items(self) -> "Iterator[Item]":
        """All that is in the group, in the order of the form."""
        yield from self.essential
        yield from self.advanced
        yield from self.unknown

    @property
    def first(self) -> bool:
        """Whether it can't move up."""
        return self.index == 0

    @property
    def last(self) -> bool:
        """Whether it can't move down."""
        return self.index == self.count - 1

    @property
    def problem_count(self) -> int:
        """How much is wrong with it and inside it."""
        return len(self.problems) + sum(_problem_count(item) for item in self.items)

    @property
    def advanced_problem_count(self) -> int:
        """How much is wrong in the part that is folded away."""
        return sum(_problem_count(item) for item in self.advanced)


@dataclass(slots=True)
class Listing:
    """A list of groups that can be added to: variants, sources, ControlNets."""

    node: Literal["listing"]
    kind: Literal["list", "map"]
    pointer: str
    element_id: str
    key: str
    help: Help
    present: bool
    required: bool
    groups: list[Group] = field(default_factory=list)
    addable: list[Option] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def problem_count(self) -> int:
        """How much is wrong with it and inside it."""
        return len(self.problems) + sum(group.problem_count for group in self.groups)


Item = Field | Group | Listing


@dataclass
class Form:
    """The form of a definition: one group for each record."""

    model_type: str
    definition: Definition
    records: list[Group]

    def fields(self) -> Iterator[Field]:
        """Yield every input of the form."""
        for record in self.records:
            yield from (item for item in all_items(record) if isinstance(item, Field))

    @cached_property
    def _places(self) -> dict[str, Item]:
        return {item.pointer: item for one in self.records for item in all_items(one)}

    def item_at(self, pointer: str) -> Item | None:
        """Return the innermost item that a pointer leads to or through; None for the whole."""
        while pointer and pointer not in self._places:
            pointer = pointer.rpartition("/")[0]
        return self._places.get(pointer)

    def attach(self, problems: Sequence[Problem]) -> list[tuple[Problem, Item | None]]:
        """Put problems to the innermost item that they speak of; return each with its item.

        What is wrong with the definition as a whole has no item.
        """
        placed = [(problem, self.item_at(problem.pointer)) for problem in problems]
        for problem, item in placed:
            if item is not None:
                item.problems.append(problem)
        return placed

    def mark_guessed(self, reasons: Mapping[str, str]) -> None:
        """Note why fields were filled in: pointer → sentence."""
        for one in self.fields():
            one.guessed = reasons.get(one.pointer, "")


def all_items(item: Item) -> Iterator[Item]:
    """Yield an item and everything inside it, outer ones first."""
    yield item
    if isinstance(item, Group):
        for inner in item.items:
            yield from all_items(inner)
    elif isinstance(item, Listing):
        for group in item.groups:
            yield from all_items(group)


def _problem_count(item: Item) -> int:
    return len(item.problems) if isinstance(item, Field) else item.problem_count
