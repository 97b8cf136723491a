"""Titles and notices of pull requests."""

from __future__ import annotations

import re

import pytest

from models_registry.definitions.upstream_files.layouts import split_path
from models_registry.upstream import texts
from models_registry.upstream.description import ChangeOrigin
from models_registry.upstream.plan import Item, make_plan
from tests.factories import llm_record, written
from tests.models_registry.upstream.plans import HOSTILE, NOW, Files, plan_one


def test_long_names_fit_into_a_title():
    files = Files({split_path("llm", "z"): written(llm_record("z"))})
    names = [letter * 200 for letter in "abcd"]
    items = [Item("llm", name, "", written(llm_record(name))) for name in names]
    title = texts.title(make_plan(items, files, now=1))
    assert title == f'ENH: update 4 models JSON ("{"a" * 200}", ... +3 more)'


def test_a_notice_never_makes_a_text_longer_than_github_takes():
    models = [texts.ModelInConflict("a", "llm", "r" * 500, "http://hub")] * 40
    notice = texts.conflict_notice(models, is_only=True)
    for length in (100, 60_000, 65_536):
        text = texts.with_notice("x" * length, notice)
        assert len(text) <= 65_536
        assert texts.without_notice(text) == "x" * length


@pytest.mark.parametrize("text", HOSTILE)
def test_what_people_wrote_is_neutralised(text):
    record = llm_record("a", context_length=1)
    record["model_specs"][0]["model_src"]["huggingface"]["model_id"] = text
    record["model_specs"][0]["model_format"] = text
    plan, _ = plan_one(written(llm_record("a")), written(record))
    body = texts.body(plan, {("llm", "a"): ChangeOrigin("", text)}, hub="http://hub")
    outside = re.sub(r"`[^`\n]*`", "", body)
    assert "`" not in outside
    for part in ("@octocat", "#1", "#2", "<script", "example.org", "](http://x", "\u202e"):
        assert part not in outside
    assert not re.search(r"@\w|#\d", body)


def test_titles_are_those_that_upstream_knows():
    files = Files({split_path("llm", "z"): written(llm_record("z"))})
    items = [Item("llm", name, "", written(llm_record(name))) for name in "abcde"]
    plan = make_plan(items, files, now=NOW)
    assert texts.title(plan) == 'ENH: update 5 models JSON ("a", "b", "c", ... +2 more)'
    assert texts.title(plan, is_sync=True) == "ENH: update models JSON [llm]"
    plan = make_plan(items[:2], files, now=NOW)
    assert texts.title(plan) == 'ENH: update 2 models JSON ("a", "b")'


def test_a_person_with_brackets_in_the_name_signs_without_them():
    assert texts.plain_name("A <b@c.d>\n") == "A b@c.d"
