"""The geometry of plots."""

from __future__ import annotations

from itertools import pairwise

import pytest

from reviews import plots


@pytest.mark.parametrize("top", [0, 1, 3, 5, 7, 11, 99, 100, 101, 12345])
def test_bars_stay_inside_the_plot(top):
    plot = plots.bars([("x", [("good", "things", top)]), ("y", [("good", "things", 1)])])
    for bar in plot.bars:
        assert plots.TOP - 0.2 <= bar.y
        assert bar.y + bar.height <= plots.HEIGHT - plots.BOTTOM + 0.2
        assert plots.LEFT <= bar.x <= bar.x + bar.width <= plot.right
    assert next(label.text for label in plot.y_labels) == "0"
    assert all("." not in label.text for label in plot.y_labels)


def test_stacked_bars_do_not_overlap():
    plot = plots.bars([("x", [("good", "a", 3), ("warn", "b", 2), ("bad", "c", 1)])])
    edges = [(bar.y, bar.y + bar.height) for bar in plot.bars]
    for (top, _), (_, bottom) in pairwise(edges):
        assert bottom == pytest.approx(top, abs=0.2)


def test_a_curve_is_broken_where_nothing_is():
    plot = plots.curve([("a", 1.0, "1"), ("b", None, "–"), ("c", 3.0, "3"), ("d", 2.0, "2")])
    assert plot.line.count("M") == 2
    assert len(plot.dots) == 3
