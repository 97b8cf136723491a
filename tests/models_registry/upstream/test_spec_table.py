"""The table of specs in a pull request: only rows that changed, and hostile values stay in code."""

from __future__ import annotations

import re

import pytest

from models_registry.upstream import texts
from models_registry.upstream.description import ChangeOrigin, Remark
from tests.factories import llm_record, written
from tests.models_registry.upstream.plans import HOSTILE, plan_one, spec


def body_of(before: list, after: list, **changes) -> str:
    base = written(llm_record("a", model_specs=before)) if before else ""
    plan, _ = plan_one(base, written(llm_record("a", model_specs=after, **changes)))
    return texts.body(plan, {}, hub="http://hub")


def rows_of(body: str) -> list[str]:
    return [line for line in body.splitlines() if line.startswith("| ")]


def test_a_changed_description_lists_no_spec_and_both_values():
    specs = [spec(size) for size in (1, 2, 3)]
    old = "It answers questions " * 8
    base = written(llm_record("a", model_specs=specs, model_description=old + "slowly."))
    new = written(llm_record("a", model_specs=specs, model_description=old + "quickly."))
    body = texts.body(plan_one(base, new)[0], {}, hub="http://hub")
    assert rows_of(body) == []
    assert re.search(r"slowly\.` → `.*quickly\.`", body)


def test_only_the_rows_that_changed_are_listed_with_what_changed_in_them():
    before = [spec(1), spec(2, ["Int4", "Int8"]), spec(3), spec(4, model_id="org/old")]
    after = [spec(1), spec(2, ["Int8", "fp8"]), spec(4, model_id="org/new"), spec("0_6")]
    rows = rows_of(body_of(before, after))[2:]
    assert [row.split("|")[1].strip() for row in rows] == [
        "changed", "changed", "added", "removed",
    ]  # fmt: skip
    assert "+ `fp8` − `Int4`" in rows[0]
    assert rows[1].index("org/old") < rows[1].index("→") < rows[1].index("org/new")
    assert "`0.6B`" in rows[2]
    assert "`3B`" in rows[3]


def test_sources_are_links_and_columns_without_a_value_are_left_out():
    source = {"huggingface": {"model_id": "org/m"}, "modelscope": {"model_id": "org/n"}}
    body = body_of([], [{"model_format": "pytorch", "model_src": source}])
    rows = rows_of(body)
    assert rows[0] == "| format | source |"
    assert "[`org/m`](https://huggingface.co/org/m)" in rows[2]
    assert "[`org/n`](https://www.modelscope.cn/models/org/n)" in rows[3]


@pytest.mark.parametrize("text", [*HOSTILE, "a/b](http://evil)", "a/b|c", "../..", "a/..\n@x/y"])
def test_hostile_sources_sizes_and_names_of_hubs_stay_in_code(text):
    hostile = spec(text, [text], text)
    hostile["model_src"][text] = {"model_id": text}
    origin = ChangeOrigin("", text, messages=[Remark(text, text)], verdicts=[Remark(text, text)])
    base = written(llm_record("a", model_description="x" * 100))
    record = llm_record("a", model_specs=[hostile], model_description=text * 20, model_lang=[text])
    for before in (base, ""):
        plan, _ = plan_one(before, written(record))
        body = texts.body(plan, {("llm", "a"): origin}, hub="http://hub")
        outside = re.sub(r"`[^`\n]*`", "", body)
        for part in ("@octocat", "#1", "<script", "evil", "](http://x", "\u202e", "closes"):
            assert part not in outside
        assert not re.search(r"@\w|#\d", body)
