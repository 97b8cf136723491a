from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.lines import MAX_LINE, MAX_ROWS, MIN_FOLD, compare, lines_of
from reviews.models import Comment, Part

LINES = st.lists(st.sampled_from(["a", "b", "c", "", " x", "long " * 9]), max_size=30)


def rows(comparison):
    return [row for block in comparison.blocks for row in block.rows]


@given(LINES, LINES)
def test_both_texts_can_be_read_out_of_a_comparison(old, new):
    before, after = "\n".join(old), "\n".join(new)
    found = rows(compare(before, after))
    assert [r.text for r in found if r.mark != "added"] == lines_of(before)
    assert [r.text for r in found if r.mark != "gone"] == lines_of(after)
    assert [r.old for r in found if r.old] == list(range(1, len(lines_of(before)) + 1))
    assert [r.new for r in found if r.new] == list(range(1, len(lines_of(after)) + 1))


@given(LINES, LINES)
def test_the_parts_of_a_line_make_the_line(old, new):
    for row in rows(compare("\n".join(old), "\n".join(new))):
        assert "".join(row.parts) == row.text


def test_what_differs_inside_a_line_is_marked():
    old, new = '"context_length": 4096,', '"context_length": 32768,'
    gone, added = rows(compare(old, new))
    assert gone.parts == ('"context_length": ', "4096", ",")
    assert added.parts == ('"context_length": ', "32768", ",")
    gone, added = rows(compare("entirely", "different"))
    assert (gone.inner, added.inner) == (None, None)


def test_unchanged_stretches_are_folded_and_changes_are_not():
    old = "\n".join(str(n) for n in range(100))
    new = old.replace("50", "fifty")
    blocks = compare(old, new).blocks
    assert [block.folded for block in blocks] == [True, False, True]
    assert [len(block.rows) for block in blocks] == [47, 8, 46]
    assert (compare(old, new).added, compare(old, new).gone) == (1, 1)


def test_a_line_that_somebody_commented_on_is_never_folded():
    text = "\n".join(str(n) for n in range(100))
    said = Comment(part=Part.DEFINITION, line=50, text="Hm.")
    comparison = compare(text, text, [said])
    shown = [row for block in comparison.blocks if not block.folded for row in block.rows]
    assert [row.new for row in shown if row.comments] == [50]
    assert shown[0].new == 47


def test_short_stretches_are_not_worth_a_fold():
    text = "\n".join(str(n) for n in range(MIN_FOLD - 1))
    assert [block.folded for block in compare(text, text).blocks] == [False]


@pytest.mark.parametrize("text", ["a\nb", "a\r\nb\r\n", "a\rb\n"])
def test_every_line_end_ends_a_line(text):
    assert lines_of(text) == ["a", "b"]


def test_long_texts_are_cut_and_counted():
    comparison = compare(None, "x\n" * (MAX_ROWS + 7))
    assert (len(rows(comparison)), comparison.cut) == (MAX_ROWS, 7)


def test_the_end_of_a_line_that_is_too_long_is_counted():
    [row] = rows(compare(None, "x" * (MAX_LINE + 7)))
    assert (len(row.text), row.hidden) == (MAX_LINE, 7)


def test_texts_that_are_made_to_be_slow_are_not():
    old = "\n".join("ab"[n % 2] for n in range(20_000))
    new = "\n".join("ba"[n % 3 % 2] for n in range(20_000))
    begun = time.process_time()
    compare(old, new)
    assert time.process_time() - begun < 5
