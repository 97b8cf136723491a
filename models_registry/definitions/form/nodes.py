"""The parts of a definition's form: inputs, groups of them, and lists of groups."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Literal

from models_registry.definitions.form.field_help import SUGGESTIONS
from models_registry.definitions.form.field_texts import Help
from models_registry.definitions.form.schema import InputKind
from models_registry.definitions.form.values import Shown
from models_registry.definitions.json_text.document import Definition
from models_registry.definitions.json_text.messages import gettext_noop
from models_registry.definitions.json_text.problems import DefinitionTextError, Problem

# Twice as many as in the largest definition of upstream.
MAX_FIELDS: Final = 3_000


class FormTooLarge(DefinitionTextError):
    """The definition has more than MAX_FIELDS fields: only the JSON editor can edit it."""

    def __init__(self) -> None:
        message = gettext_noop(
            "The form shows at most %(limit)s fields. Edit this definition as JSON.",
            limit=f"{MAX_FIELDS:,}",
        )
        super().__init__([Problem("", 1, 1, message, "form-size")])


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a field: its value, its label, and whether it is chosen."""

    value: str
    label: str
    chosen: bool


@dataclass(slots=True)
class Field:
    """One input. `name` holds the kind and the pointer; `value` is what it shows.

    The page sets `problems` and `guessed` (why the hub filled it in).
    """

    node: Literal["field"]
    name: str
    element_id: str
    pointer: str
    key: str
    kind: InputKind
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
        """The text that the input shows."""
        return self.shown.text

    @property
    def described_by(self) -> str:
        """The ids of its help, if it has one, and of its problems."""
        help_id = f"{self.element_id}-help " if self.help.help else ""
        return f"{help_id}{self.element_id}-problems"

    @property
    def suggestions(self) -> tuple[str, ...]:
        """Suggested values of the field."""
        return SUGGESTIONS.get(self.help.suggestions, ())


@dataclass(slots=True)
class FieldGroup:
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
        """All items of the group, in the order of the form."""
        yield from self.essential
        yield from self.advanced
        yield from self.unknown

    @property
    def first(self) -> bool:
        """True if it can't move up."""
        return self.index == 0

    @property
    def last(self) -> bool:
        """True if it can't move down."""
        return self.index == self.count - 1

    @property
    def problem_count(self) -> int:
        """The number of problems of it and inside it."""
        return len(self.problems) + sum(_problem_count(item) for item in self.items)

    @property
    def advanced_problem_count(self) -> int:
        """The number of problems in the folded part."""
        return sum(_problem_count(item) for item in self.advanced)


@dataclass(slots=True)
class GroupList:
    """A list of groups that can be added to: variants, sources, ControlNets."""

    node: Literal["listing"]
    kind: Literal["list", "map"]
    pointer: str
    element_id: str
    key: str
    help: Help
    present: bool
    required: bool
    groups: list[FieldGroup] = field(default_factory=list)
    addable: list[Option] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def problem_count(self) -> int:
        """The number of problems of it and inside it."""
        return len(self.problems) + sum(group.problem_count for group in self.groups)


Item = Field | FieldGroup | GroupList


@dataclass
class Form:
    """The form of a definition: one group for each record."""

    model_type: str
    definition: Definition
    records: list[FieldGroup]

    def fields(self) -> Iterator[Field]:
        """Yield every input of the form."""
        for record in self.records:
            yield from (item for item in all_items(record) if isinstance(item, Field))

    @cached_property
    def _places(self) -> dict[str, Item]:
        return {item.pointer: item for record in self.records for item in all_items(record)}

    def item_at(self, pointer: str) -> Item | None:
        """Return the innermost item that a pointer leads to or through; None for the whole."""
        while pointer and pointer not in self._places:
            pointer = pointer.rpartition("/")[0]
        return self._places.get(pointer)

    def attach(self, problems: Sequence[Problem]) -> list[tuple[Problem, Item | None]]:
        """Attach each problem to its innermost item; return each with its item.

        A problem of the definition as a whole has no item.
        """
        placed = [(problem, self.item_at(problem.pointer)) for problem in problems]
        for problem, item in placed:
            if item is not None:
                item.problems.append(problem)
        return placed

    def mark_guessed(self, reasons: Mapping[str, str]) -> None:
        """Set the reasons of guessed fields: pointer → sentence."""
        for item in self.fields():
            item.guessed = reasons.get(item.pointer, "")


def all_items(item: Item) -> Iterator[Item]:
    """Yield an item and everything inside it, outer ones first."""
    yield item
    if isinstance(item, FieldGroup):
        for inner in item.items:
            yield from all_items(inner)
    elif isinstance(item, GroupList):
        for group in item.groups:
            yield from all_items(group)


def _problem_count(item: Item) -> int:
    return len(item.problems) if isinstance(item, Field) else item.problem_count
