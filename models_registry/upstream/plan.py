"""What a pull request must do: upstream as it is now, joined with what the hub wants.

No network and no database: what is there comes in through `Upstream`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from models_registry.definitions.kinds import MODEL_TYPES
from models_registry.definitions.layouts import Layout, layout_of
from models_registry.definitions.merge import Conflict
from models_registry.definitions.placing import (
    definitions_in,
    path_of,
    with_definition,
    with_definitions,
)
from models_registry.definitions.problems import DefinitionTextError
from models_registry.definitions.reconcile import reconcile, same_content


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
    """One model of a pull request: texts of definitions, the empty one where it is not there.

    With `is_guess`, the base is what another hub had, which upstream may never have had.
    """

    model_type: str
    name: str
    base: str
    wanted: str
    is_guess: bool = False


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
    # Joined from a base that upstream never had, upstream's own would look like somebody's edit,
    # and what it never had like a removal.
    base = "" if item.is_guess and not _says_the_same(item.base, theirs) else item.base
    joint = reconcile(item.model_type, base, item.wanted, theirs, now=now)
    problem = joint.why("upstream")
    return Result(item, theirs, joint.here, joint.there, problem, joint.conflicts)


def _says_the_same(one: str, other: str) -> bool:
    try:
        return same_content(one, other)
    except DefinitionTextError:
        return False
