"""Plans a pull request: merges what the hub wants into upstream's current files.

No network and no database: upstream's files come in through `Upstream`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from models_registry.definitions.compare.merge import Conflict
from models_registry.definitions.compare.reconcile import (
    reconcile,
    same_but_for_layout,
    same_content,
)
from models_registry.definitions.facts.kinds import MODEL_TYPES
from models_registry.definitions.facts.naming import name_in
from models_registry.definitions.json_text.document import parse
from models_registry.definitions.json_text.problems import DefinitionTextError
from models_registry.definitions.upstream_files.layouts import Layout, layout_of
from models_registry.definitions.upstream_files.placing import (
    definitions_in,
    path_of,
    with_definition,
    with_definitions,
)
from models_registry.stored_reasons import reason, reason_of, reason_of_conflict
from models_registry.upstream.errors import NotText


class Upstream(Protocol):
    """The files of upstream at one commit."""

    def paths(self) -> Iterable[str]:
        """All paths of model files."""
        ...

    def text(self, path: str) -> str | None:
        """The text of a file; None if it does not exist."""
        ...


@dataclass(frozen=True, slots=True)
class Item:
    """One model of a pull request: texts of definitions, empty if the model does not exist.

    The base has the name that upstream knows: another one than `name` if the model was renamed.
    With `is_guess`, the base is another hub's text, which upstream may never have had.
    """

    model_type: str
    name: str
    base: str
    wanted: str
    is_guess: bool = False

    @property
    def former_name(self) -> str:
        """The name at upstream when it was last read, if it is another one; else empty."""
        name = name_in(self.base)
        return name if name != self.name else ""


@dataclass(frozen=True, slots=True)
class Result:
    """The plan for one model.

    `theirs` is upstream's text, under `name_there`. `hub` is the text that the hub must have (more
    than was wanted if upstream was edited by hand), `sent` the branch's. With `problem`, a
    sentence, nothing can be sent; `conflicts` are the places where the two sides differ.
    """

    item: Item
    theirs: str
    hub: str
    sent: str
    problem: str = ""
    conflicts: Sequence[Conflict] = ()
    name_there: str = ""

    @property
    def former_name(self) -> str:
        """The name that this change takes from upstream's model; empty if it keeps its name."""
        is_renamed = self.name_there and self.name_there != self.item.name
        return self.name_there if is_renamed and self.theirs and self.sent else ""

    @property
    def kind(self) -> str:
        """The effect on the model upstream: add, update, remove, or nothing."""
        if self.problem or self.sent == self.theirs or same_content(self.sent, self.theirs):
            return "nothing"
        if not self.sent:
            return "remove"
        return "update" if self.theirs else "add"


@dataclass(slots=True)
class Plan:
    """Path → new text (None: the file is removed), the result of each model, and (type, name) →
    (layout, path).

    `waiting` maps (type, name) of models whose upstream file can't be read to the reason; they have
    no result.
    """

    files: dict[str, str | None] = field(default_factory=dict)
    results: list[Result] = field(default_factory=list)
    waiting: dict[tuple[str, str], str] = field(default_factory=dict)
    places: dict[tuple[str, str], tuple[Layout, str]] = field(default_factory=dict)

    @property
    def changes(self) -> list[Result]:
        """The models that change upstream."""
        return [result for result in self.results if result.kind != "nothing"]


def make_plan(items: Iterable[Item], upstream: Upstream, *, now: int) -> Plan:
    """Merge the wanted definitions into upstream's files.

    `now` is in Unix seconds. The plan has no files if upstream has everything already, or if
    nothing can be merged. An unreadable file of upstream makes only its own models wait.
    """
    plan = Plan()
    layouts = layouts_of(upstream)
    by_file: dict[tuple[Layout, str], list[tuple[str, Item]]] = {}
    for item in items:
        layout = layouts[item.model_type]
        try:
            item, name = _with_name_there(item, layout, upstream)
        except (DefinitionTextError, NotText) as error:
            path = path_of(layout, item.model_type, item.name)
            plan.waiting[item.model_type, item.name] = _unreadable(path, error)
            continue
        path = path_of(layout, item.model_type, name)
        by_file.setdefault((layout, path), []).append((name, item))
        plan.places[item.model_type, item.name] = layout, path
    for (layout, path), models in by_file.items():
        try:
            text = upstream.text(path)
            theirs = _present(layout, text, [name for name, _item in models])
        except (DefinitionTextError, NotText) as error:
            why = _unreadable(path, error)
            plan.waiting |= {(item.model_type, item.name): why for _name, item in models}
            continue
        results = [
            replace(merge_item(item, theirs.get(name, ""), now=now), name_there=name)
            for name, item in models
        ]
        plan.results += results
        changed = [result for result in results if result.kind != "nothing"]
        if not changed:
            continue
        if layout == "aggregate":
            wanted = {_written_name(result): result.sent or None for result in changed}
            renamed = {r.former_name: r.item.name for r in changed if r.former_name}
            after: str | None = with_definitions(text, wanted, renamed=renamed)
            if after != text:
                plan.files[path] = after
        else:
            _write_split(plan, path, text, changed[0])
    return plan


def _with_name_there(item: Item, layout: Layout, upstream: Upstream) -> tuple[Item, str]:
    """The item, and the name under which upstream has the model: either side may have renamed it.

    Raises DefinitionTextError and NotText.
    """
    former = item.former_name
    if not former:
        return item, item.name
    if layout == "split":
        paths = set(upstream.paths())
        has_former = path_of(layout, item.model_type, former) in paths
        has_new = path_of(layout, item.model_type, item.name) in paths
    else:
        text = upstream.text(path_of(layout, item.model_type, former))
        names = definitions_in(text, {former, item.name}) if text is not None else {}
        has_former, has_new = former in names, item.name in names
    if has_former and has_new and item.wanted:
        # Upstream has another model under the new name: without a base, the two are in conflict.
        return replace(item, base=""), item.name
    return item, item.name if has_new and not has_former else former


def _written_name(result: Result) -> str:
    """The name of the records to replace, once they are renamed."""
    return result.item.name if result.former_name or result.sent else result.name_there


def _write_split(plan: Plan, path: str, text: str | None, result: Result) -> None:
    name = result.item.name
    if not result.sent:
        plan.files[path] = None
        return
    after = with_definition(text, name, result.sent, former_name=result.former_name)
    new_path = path_of("split", result.item.model_type, name)
    if new_path != path and text is not None:
        plan.files[path] = None
    if after != text or new_path != path:
        plan.files[new_path] = after


def layouts_of(upstream: Upstream) -> dict[str, Layout]:
    """Return the layout of each type; a type without files gets the layout of the others, or else
    the newest."""
    paths = list(upstream.paths())
    layouts = {model_type: layout_of(model_type, paths) for model_type in MODEL_TYPES}
    only_old = "aggregate" in layouts.values() and "split" not in layouts.values()
    usual: Layout = "aggregate" if only_old else "split"
    return {model_type: layout or usual for model_type, layout in layouts.items()}


def _present(layout: Layout, text: str | None, names: Sequence[str]) -> dict[str, str]:
    """Return the definitions of these models in their file. Raises DefinitionTextError."""
    if text is None:
        return {}
    if layout == "aggregate":
        return definitions_in(text, set(names))
    parse(text)
    return {names[0]: text}


def _unreadable(path: str, error: DefinitionTextError | NotText) -> str:
    """Say which file is broken and where, and that the change did not cause it."""
    detail = reason_of(error)
    if isinstance(error, DefinitionTextError) and error.problems:
        first = error.problems[0]
        detail = reason(
            "problem_at_place", line=first.line, column=first.column, message=first.message
        )
    return reason("upstream_file_unreadable", path=path, detail=detail)


def merge_item(item: Item, theirs: str, *, now: int) -> Result:
    """Merge one model with upstream's definition of it; three-way if both sides were changed.

    If only the layout differs after that, each side keeps its own.
    """
    # With a base that upstream never had, upstream's own values would look like an edit, and values
    # that it never had like a removal.
    base = "" if item.is_guess and not _is_same(item.base, theirs) else item.base
    merged = reconcile(item.model_type, base, item.wanted, theirs, now=now)
    problem = reason_of_conflict(merged, "side_upstream")
    here = item.wanted if same_but_for_layout(merged.here, item.wanted) else merged.here
    return Result(item, theirs, here, merged.there, problem, merged.conflicts)


def _is_same(text: str, other: str) -> bool:
    try:
        return same_content(text, other)
    except DefinitionTextError:
        return False
