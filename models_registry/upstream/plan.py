"""What a pull request must do: upstream as it is now, joined with what the hub wants.

No network and no database: what is there comes in through `Upstream`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from models_registry.definitions.identity import record_content
from models_registry.definitions.kinds import MODEL_TYPES
from models_registry.definitions.layouts import Layout, layout_of
from models_registry.definitions.merge import Conflict, merge
from models_registry.definitions.placing import (
    definitions_in,
    path_of,
    with_definition,
    with_definitions,
)
from models_registry.definitions.problems import DefinitionTextError
from models_registry.definitions.stamp import MANAGED, is_timestamp, stamp
from models_registry.definitions.text import Definition, join_records, parse, set_members


class Upstream(Protocol):
    """The files of upstream at one commit."""

    def paths(self) -> Iterable[str]:
        """All paths of model files."""
        ...

    def text(self, path: str) -> str | None:
        """The text of a file, None where there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Item:
    """One model of a pull request: texts of definitions, the empty one where it is not there."""

    model_type: str
    name: str
    base: str
    wanted: str


@dataclass(frozen=True, slots=True)
class Result:
    """What comes of one model.

    `theirs` is what upstream has now. `hub` is what the hub must have (more than was wanted where
    upstream was edited by hand), `sent` what the branch has. With `problem`, a sentence, nothing
    can be sent; `conflicts` are the places where the two sides differ.
    """

    item: Item
    theirs: str
    hub: str
    sent: str
    problem: str = ""
    conflicts: Sequence[Conflict] = ()

    @property
    def kind(self) -> str:
        """What happens to the model upstream: add, update, remove, or nothing."""
        if self.problem or self.sent == self.theirs or same_content(self.sent, self.theirs):
            return "nothing"
        if not self.sent:
            return "remove"
        return "update" if self.theirs else "add"


@dataclass(slots=True)
class Plan:
    """Path → new text (None: the file goes), what comes of each model, and where each one stands:
    (type, name) → (layout, path)."""

    files: dict[str, str | None] = field(default_factory=dict)
    results: list[Result] = field(default_factory=list)
    places: dict[tuple[str, str], tuple[Layout, str]] = field(default_factory=dict)

    @property
    def changes(self) -> list[Result]:
        """The models that change upstream."""
        return [one for one in self.results if one.kind != "nothing"]


def make_plan(items: Iterable[Item], upstream: Upstream, *, now: int) -> Plan:
    """Join what is wanted with what is there.

    In: the models, upstream's files, the time in Unix seconds. Out: the plan; it has no file where
    upstream has everything already, or where nothing can be joined. Raises DefinitionTextError
    where an aggregate of upstream can't be read.
    """
    plan = Plan()
    layouts = layouts_of(upstream)
    by_file: dict[tuple[Layout, str], list[Item]] = {}
    for item in items:
        layout = layouts[item.model_type]
        path = path_of(layout, item.model_type, item.name)
        by_file.setdefault((layout, path), []).append(item)
        plan.places[item.model_type, item.name] = layout, path
    for (layout, path), models in by_file.items():
        text = upstream.text(path)
        theirs = present(layout, text, models)
        results = [join(item, theirs.get(item.name, ""), now=now) for item in models]
        plan.results += results
        moved = {one.item.name: one.sent or None for one in results if one.kind != "nothing"}
        if not moved:
            continue
        if layout == "aggregate":
            after: str | None = with_definitions(text, moved)
        else:
            ((name, wanted),) = moved.items()
            after = None if wanted is None else with_definition(text, name, wanted)
        if after != text:
            plan.files[path] = after
    return plan


def same_content(one: str, other: str) -> bool:
    """Whether two definitions say the same but for `updated_at`; empty ones are no model."""
    if not one or not other or one == other:
        return one == other
    contents = [[record_content(record) for record in parse(text).records] for text in (one, other)]
    return contents[0] == contents[1]


def layouts_of(upstream: Upstream) -> dict[str, Layout]:
    """Return the layout of each type; one without files gets that of the others, else the new."""
    paths = list(upstream.paths())
    found = {model_type: layout_of(model_type, paths) for model_type in MODEL_TYPES}
    only_old = "aggregate" in found.values() and "split" not in found.values()
    usual: Layout = "aggregate" if only_old else "split"
    return {model_type: layout or usual for model_type, layout in found.items()}


def present(layout: Layout, text: str | None, models: Sequence[Item]) -> dict[str, str]:
    """Return the definitions of these models in their file."""
    if text is None:
        return {}
    if layout == "aggregate":
        return definitions_in(text, {item.name for item in models})
    return {models[0].name: text}


def join(item: Item, theirs: str, *, now: int) -> Result:
    """Join one model with what upstream has of it: a three-way merge where both were changed."""
    try:
        return _join(item, theirs, now=now)
    except DefinitionTextError as error:
        first = error.problems[0]
        told = f"Upstream's file can't be read (line {first.line}): {first.message}"
        return Result(item, theirs, item.wanted, theirs, problem=told)


def _join(item: Item, theirs: str, *, now: int) -> Result:
    wanted, base = item.wanted, item.base
    if same_content(wanted, theirs) or (not wanted and not theirs):
        return Result(item, theirs, wanted, theirs)
    if not theirs and same_content(wanted, base):
        # Upstream removed what nobody has changed here.
        return Result(item, theirs, "", "")
    if not same_content(theirs, base) and not (wanted and base and theirs):
        return Result(item, theirs, wanted, theirs, problem=_disagreement(item, theirs))
    if not wanted or not theirs or theirs == base:
        return Result(item, theirs, wanted, _with_their_stamps(wanted, theirs))
    merged = merge(base, wanted, theirs)
    if merged.conflicts:
        problem = _disagreement(item, theirs)
        return Result(item, theirs, wanted, theirs, problem=problem, conflicts=merged.conflicts)
    if same_content(merged.text, wanted):
        return Result(item, theirs, wanted, _with_their_stamps(merged.text, theirs))
    text = stamp(parse(merged.text), _both(theirs, wanted), now=now)
    return Result(item, theirs, text, _with_their_stamps(text, theirs))


def _both(*texts: str) -> Definition:
    """All records of several versions, whose time stamps a new one must pass."""
    return parse(join_records(texts))


def _disagreement(item: Item, theirs: str) -> str:
    if not item.wanted:
        return "It is to be removed, but upstream has another definition by now than the hub knew."
    if not theirs:
        return "Upstream has removed it, while it was changed here."
    if not item.base:
        return "Upstream has a model of this name by now, with another definition."
    return "The same part was changed here and upstream, each in its own way."


def _with_their_stamps(text: str, theirs: str) -> str:
    """Return the text with `updated_at` as upstream has it in the records that say what they say
    there: it moves only where something else does."""
    if not text or not theirs:
        return text
    stamps = {
        record_content(record): record[MANAGED]
        for record in parse(theirs).records
        if is_timestamp(record.get(MANAGED))
    }
    for place, record in enumerate(parse(text).records):
        kept = stamps.get(record_content(record))
        if kept is not None and record.get(MANAGED) != kept:
            text = set_members(text, place, {MANAGED: kept})
    return text
