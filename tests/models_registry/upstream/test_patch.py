"""Patches for people who send them by hand: `git apply` accepts each of them."""

from __future__ import annotations

import json
import subprocess

import pytest

from models_registry.definitions.upstream_files.layouts import split_path
from models_registry.definitions.upstream_files.placing import definitions_in, with_definitions
from models_registry.upstream.patch import file_patch
from tests.models_registry.replay import cases
from tests.thorough import some_or_all


def apply(folder, path, before, after) -> str | None:
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    if before is not None:
        file.write_bytes(before.encode())
    patch = file_patch(path, before, after)
    subprocess.run(["git", "apply", "-p1"], cwd=folder, input=patch.encode(), check=True)
    return file.read_bytes().decode() if file.exists() else None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a\nb\nc\n", "a\nB\nc\n"),
        ("a\nb\nc", "a\nb\nc\n"),
        ("a\nb\nc\n", "a\nb\nd"),
        (None, "a\nb\n"),
        ("a\nb\n", None),
        ("a\r\nb\r\n", "a\r\nc\r\n"),
        ("a\rb\nc\n", "a\rB\nc\n"),
        ("", "a\n"),
        ("a\n", ""),
        ("a\u2028b\nc\n", "a\u2028b\nd\n"),
        ("x\n" * 20, "x\n" * 21),
        ("x\n" * 5 + "y\n" * 5, "z\n" + "x\n" * 5 + "y\n" * 4),
    ],
)
def test_git_applies_the_patch_and_gets_the_very_bytes(tmp_path, before, after):
    assert apply(tmp_path, "folder/file.json", before, after) == after


@some_or_all
def test_git_applies_the_patches_of_real_changes_in_both_layouts(tmp_path, upstream_dir, thorough):
    for case in cases(upstream_dir)[:: 1 if thorough else 16]:
        before = case.before
        for path, definitions in case.wanted(before).items():
            after = with_definitions(before[path], definitions)
            assert apply(tmp_path, path, before[path], after) == after
            present = definitions_in(before[path], definitions)
            for name, wanted in list(definitions.items())[:5]:
                place = split_path("llm", name)
                (tmp_path / place).unlink(missing_ok=True)
                assert apply(tmp_path, place, present.get(name), wanted) == wanted
                assert wanted is None or json.loads(wanted)
