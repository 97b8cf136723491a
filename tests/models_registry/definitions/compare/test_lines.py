import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models_registry.definitions.compare.lines import line_counts, rising, text_diff

TEXTS = st.lists(st.sampled_from(["a", "b", "c", ""]), max_size=30).map("\n".join)


def marks(hunk):
    sign = {"same": " ", "added": "+", "removed": "-"}
    return [sign[row.kind] + row.text for row in hunk.rows]


def applied(old, hunks, kinds):
    """The lines of one side that hunks without folding leave."""
    return "".join(
        row.text + row.ending for hunk in hunks for row in hunk.rows if row.kind in kinds
    )


@given(TEXTS, TEXTS)
@settings(max_examples=300, deadline=None)
def test_the_rows_hold_both_texts(old, new):
    hunks = text_diff(old, new, context=10_000)
    assert bool(hunks) == (old != new)
    if hunks:
        assert applied(old, hunks, {"same", "removed"}) == old
        assert applied(old, hunks, {"same", "added"}) == new
        assert line_counts(old, new)[0] == sum(row.kind == "added" for row in hunks[0].rows)


@given(TEXTS, TEXTS)
@settings(max_examples=200, deadline=None)
def test_no_line_is_told_as_changed_that_need_not_be(old, new):
    rows = [row for hunk in text_diff(old, new, context=10_000) for row in hunk.rows]
    numbers = [row.old for row in rows if row.old is not None]
    assert numbers == sorted(numbers)
    for one, two in pairwise(rows):
        swapped = {one.kind, two.kind} == {"removed", "added"}
        assert not (swapped and (one.text, one.ending) == (two.text, two.ending))


def test_hunks_have_line_numbers_and_the_lines_around():
    old = "\n".join(f"line {number}" for number in range(1, 31)) + "\n"
    new = old.replace("line 5\n", "line five\n").replace("line 20\n", "")
    first, second = text_diff(old, new)
    assert marks(first) == [
        " line 2",
        " line 3",
        " line 4",
        "-line 5",
        "+line five",
        " line 6",
        " line 7",
        " line 8",
    ]
    assert first.header == "@@ -2,7 +2,7 @@"
    assert second.header == "@@ -17,7 +17,6 @@"
    assert (first.folded_before, second.folded_before, second.folded_after) == (1, 8, 7)


def test_places_that_are_near_are_one_hunk():
    assert len(text_diff("a\nb\nc\nd\ne\n", "A\nb\nc\nd\nE\n", context=2)) == 1


def test_columns_put_what_was_removed_beside_what_came_for_it():
    [hunk] = text_diff("a\nb\nc\n", "a\nx\ny\nc\n")
    texts = [tuple(None if one is None else one.text for one in pair) for pair in hunk.pairs()]
    assert texts == [("a", "a"), ("b", "x"), (None, "y"), ("c", "c")]


@pytest.mark.parametrize(("old", "new"), [("a\n", "a"), ("a\n", "a\r\n"), ("a\r", "a\n")])
def test_a_line_end_alone_is_a_change(old, new):
    [hunk] = text_diff(old, new)
    assert [row.text for row in hunk.rows] == ["a", "a"]
    assert hunk.rows[0].ending != hunk.rows[1].ending


def test_the_longest_rising_run_is_found():
    assert rising([3, 0, 1, 4, 2, 5]) == [1, 2, 4, 5] or rising([3, 0, 1, 4, 2, 5]) == [1, 2, 3, 5]
    assert rising([]) == []
    assert rising([2, 1, 0]) in ([0], [1], [2])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\n" * 200_000, "\n" * 100_000 + "x\n" + "\n" * 100_000),
        ("ab\n" * 60_000, "b\na\n" * 50_000),
        ("\n".join(map(str, range(50_000))), "\n".join(map(str, range(50_000, 0, -1)))),
        ("x" * 1_000_000, "y" * 1_000_000),
        (
            "\n".join(str(i % 997) for i in range(50_000)),
            "\n".join(str(i % 991) for i in range(50_000)),
        ),
    ],
)
def test_texts_that_are_hard_to_compare_are_compared_in_time(old, new):
    start = time.process_time()
    assert text_diff(old, new)
    assert time.process_time() - start < 60


def test_few_changes_of_a_long_text_stay_few():
    lines = [f'"quantization {number}",\n"none",\n' for number in range(2000)]
    changed = [*lines]
    changed[10] = changed[10].replace("none", "int4")
    changed[1990:1992] = []
    assert line_counts("".join(lines), "".join(changed)) == (1, 5)
    assert len(text_diff("".join(lines), "".join(changed))) == 2
