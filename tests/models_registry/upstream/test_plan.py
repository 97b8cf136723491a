"""Plans of pull requests: every real change in both layouts, and files that are odd."""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from pathlib import Path

from models_registry.definitions.upstream_files.layouts import split_path
from models_registry.definitions.upstream_files.placing import definitions_in, standard
from models_registry.stored_reasons import shown
from models_registry.upstream import texts
from models_registry.upstream.plan import Item, make_plan
from tests.factories import llm_record, written
from tests.models_registry.replay import cases
from tests.models_registry.upstream.plans import NOW, Files, plan_one
from tests.thorough import some_or_all


def without_stamps(text: str | None) -> str:
    return re.sub(r'"updated_at": \d+', '"updated_at": 0', text or "")


@some_or_all
def test_real_changes_are_planned_exactly_in_both_layouts(upstream_dir, thorough):
    aggregates = []
    for case in cases(upstream_dir)[:: 1 if thorough else 12]:
        before = case.before
        wanted = case.wanted(before)
        old, new, items = Files(before), Files(), []
        for path, definitions in wanted.items():
            model_type = path.split("/")[2]
            present = definitions_in(before[path], definitions)
            for name, definition in definitions.items():
                base = present.get(name, "")
                items.append(Item(model_type, name, base, definition or ""))
                if base:
                    new[split_path(model_type, name)] = standard(base)
                else:
                    new.setdefault(split_path(model_type, "z"), written(llm_record("z")))
        plan = make_plan(items, old, now=NOW)
        aggregates += [
            (case.facts["id"][:3], path.split("/")[2])
            for path, text in plan.files.items()
            if without_stamps(text) != without_stamps(_made(case, path, before[path]))
        ]
        split = make_plan(items, new, now=NOW)
        for result in split.changes:
            path = split_path(result.item.model_type, result.item.name)
            made = split.files[path]
            assert without_stamps(made) == without_stamps(result.item.wanted or None)
    # Of these, case.json says that people edited the branch by hand, or a file had been.
    assert set(aggregates) <= {
        ("028", "audio"), ("030", "audio"), ("054", "rerank"),
        ("090", "audio"), ("092", "audio"), ("154", "audio"),
    }  # fmt: skip


def _made(case, path: str, before: str) -> str:
    """What the real commit made of a file, by its diff."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / path
        file.parent.mkdir(parents=True)
        file.write_bytes(before.encode())
        diff = (case.folder / "expected.diff").read_bytes()
        command = ["git", "apply", "-p1", f"--include={path}"]
        subprocess.run(command, cwd=folder, input=diff, check=True)
        return file.read_bytes().decode()


def test_a_time_stamp_moves_only_where_something_else_does():
    base = written(llm_record("a", engine="x"), llm_record("a", engine="y"))
    wanted = written(
        llm_record("a", engine="x", updated_at=1_800_000_000),
        llm_record("a", engine="y", updated_at=1_800_000_000, context_length=1),
    )
    plan, path = plan_one(base, wanted)
    stamps = [record["updated_at"] for record in json.loads(plan.files[path])]
    assert stamps == [1_780_000_000, 1_800_000_000]


def test_a_raised_time_stamp_only_is_not_a_change():
    base = written(llm_record("a"))
    plan, _ = plan_one(base, written(llm_record("a", updated_at=1_800_000_000)))
    assert (plan.files, plan.changes) == ({}, [])


def test_a_removal_does_not_take_a_hand_edit_along():
    base = written(llm_record("a"))
    plan, _ = plan_one(base, "", written(llm_record("a", context_length=1)))
    assert plan.files == {}
    assert "has changed in upstream" in shown(plan.results[0].problem)


def test_what_upstream_removed_while_it_was_changed_here_is_left_to_a_person():
    files = Files({split_path("llm", "z"): written(llm_record("z"))})
    item = Item("llm", "a", written(llm_record("a")), written(llm_record("a", context_length=1)))
    plan = make_plan([item], files, now=NOW)
    assert "removed in upstream" in shown(plan.results[0].problem)


def test_a_model_of_the_same_name_that_somebody_added_upstream_is_not_overwritten():
    plan, _ = plan_one("", written(llm_record("a")), written(llm_record("a", context_length=1)))
    assert plan.files == {}
    assert plan.results[0].problem


def test_a_broken_file_upstream_is_not_touched():
    theirs = {split_path("llm", "a"): "[{", split_path("llm", "b"): written(llm_record("b"))}
    items = [
        Item("llm", name, written(llm_record(name)), written(llm_record(name, context_length=1)))
        for name in ("a", "b")
    ]
    plan = make_plan(items, Files(theirs), now=NOW)
    assert list(plan.files) == [split_path("llm", "b")]
    why = shown(plan.waiting["llm", "a"])
    assert f"Upstream's file {split_path('llm', 'a')} can't be read" in why


def test_the_checks_say_what_the_schema_says_of_what_is_sent():
    fine = make_plan([Item("llm", "a", "", written(llm_record("a")))], Files({}), now=1)
    assert "- [x] every definition is valid" in texts.body(fine, {}, hub="http://hub")
    odd = written(llm_record("a", context_length="much"))
    wrong = texts.body(make_plan([Item("llm", "a", "", odd)], Files({}), now=1), {}, hub="http://h")
    assert "every definition is valid" not in wrong
    assert "- [ ] `a`: `" in wrong
    removal = make_plan([Item("llm", "a", odd, "")], Files({split_path("llm", "a"): odd}), now=1)
    assert "valid" not in texts.body(removal, {}, hub="http://hub")
