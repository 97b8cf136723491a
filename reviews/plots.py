"""Geometry of the plots: coordinates in an SVG, which a template draws.

Coordinates are in units of the plot's viewBox; the style sheet sets colours and fonts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil, floor, log10

WIDTH, WIDE, HEIGHT = 640, 1300, 240
LEFT, RIGHT, TOP, BOTTOM = 40, 8, 12, 30
TICKS = 4


@dataclass(frozen=True, slots=True)
class Bar:
    """One rectangle; `css` is the class of its series, `title` its tooltip."""

    x: float
    y: float
    width: float
    height: float
    css: str
    title: str


@dataclass(frozen=True, slots=True)
class Label:
    """A text at a position."""

    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot ready to draw."""

    bars: list[Bar] = field(default_factory=list)
    dots: list[Bar] = field(default_factory=list)
    line: str = ""
    x_labels: list[Label] = field(default_factory=list)
    y_labels: list[Label] = field(default_factory=list)
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT

    @property
    def right(self) -> int:
        """The right end of the grid's lines."""
        return self.width - RIGHT


def bars(
    groups: Sequence[tuple[str, Sequence[tuple[str, str, int]]]],
    *,
    every: int = 1,
    width: int = WIDTH,
) -> Plot:
    """Stacked bars.

    `groups` has for each bar its label and its parts from below as (css, name, number); only each
    `every`-th label is drawn.
    """
    top = _rounded_up(max((sum(n for _c, _t, n in parts) for _l, parts in groups), default=0))
    step = (width - LEFT - RIGHT) / max(1, len(groups))
    rectangles, labels = [], []
    for index, (label, parts) in enumerate(groups):
        base = float(HEIGHT - BOTTOM)
        for css, what, number in parts:
            if number:
                height = _height(number, top)
                title = f"{label}: {number} {what}"
                x = LEFT + index * step + step * 0.18
                base -= height
                rectangles.append(
                    Bar(round(x, 1), round(base, 1), round(step * 0.64, 1), height, css, title)
                )
        if index % every == 0:
            x = round(LEFT + (index + 0.5) * step, 1)
            labels.append(Label(x, HEIGHT - BOTTOM + 18, label))
    return Plot(rectangles, x_labels=labels, y_labels=_axis(top, whole=True), width=width)


def curve(points: Sequence[tuple[str, float | None, str]], *, every: int = 1) -> Plot:
    """A line through points, with gaps for missing values.

    Each point is (label, value or None, tooltip).
    """
    top = _rounded_up(max((value for _l, value, _t in points if value is not None), default=0))
    step = (WIDTH - LEFT - RIGHT) / max(1, len(points))
    dots, labels, path = [], [], []
    is_open = False
    for index, (label, value, title) in enumerate(points):
        x = round(LEFT + (index + 0.5) * step, 1)
        if index % every == 0:
            labels.append(Label(x, HEIGHT - BOTTOM + 18, label))
        if value is None:
            is_open = False
            continue
        y = round(HEIGHT - BOTTOM - _height(value, top), 1)
        path.append(f"{'L' if is_open else 'M'}{x} {y}")
        dots.append(Bar(x, y, 0, 0, "", f"{label}: {title}"))
        is_open = True
    return Plot(dots=dots, line=" ".join(path), x_labels=labels, y_labels=_axis(top, whole=False))


def _height(value: float, top: float) -> float:
    return round(value / top * (HEIGHT - TOP - BOTTOM), 1)


def _rounded_up(value: float) -> float:
    """The end of an axis (4, 8, 20, 40, 80, 200 …), so that its quarters are round numbers."""
    if value <= TICKS:
        return float(TICKS)
    power: float = 10 ** floor(log10(value))
    for factor in (1, 2, 4, 6, 8, 10):
        if value <= factor * power and (factor * power) % TICKS == 0:
            return factor * power
    return ceil(value / TICKS) * float(TICKS)


def _axis(top: float, *, whole: bool) -> list[Label]:
    labels = []
    for tick in range(TICKS + 1):
        value = top * tick / TICKS
        y = round(HEIGHT - BOTTOM - _height(value, top), 1)
        text = f"{value:.0f}" if whole or value >= 10 or value == int(value) else f"{value:.1f}"
        labels.append(Label(LEFT - 8, y, text))
    return labels
