"""Draws how figures grow, as an SVG with logarithmic axes that follows the reader's colours."""

from __future__ import annotations

import math
from collections.abc import Mapping
from html import escape

WIDTH, HEIGHT = 760, 420
LEFT, TOP, RIGHT, BOTTOM = 64, 40, 250, 44
COLOURS = ("#2563eb", "#d97706", "#059669", "#db2777", "#7c3aed", "#64748b")
STYLE = """text { font: 12px system-ui, sans-serif; fill: #334155 }
.title { font-size: 14px; font-weight: 600 }
.grid { stroke: #cbd5e1 } .bar { stroke: #dc2626; stroke-dasharray: 4 4 }
@media (prefers-color-scheme: dark) { text { fill: #e2e8f0 } .grid { stroke: #475569 } }"""


def drawn(title: str, series: Mapping[str, Mapping[int, float]], *, bar: float) -> str:
    """An SVG of milliseconds by number of models; `bar` is the most that a figure should be."""
    counts = sorted({count for line in series.values() for count in line})
    every = [value for line in series.values() for value in line.values()] + [bar]
    low, high = math.floor(math.log10(min(every))), math.ceil(math.log10(max(every)))
    first, last = math.log10(counts[0]), math.log10(counts[-1])

    def x(count: float) -> float:
        share = (math.log10(count) - first) / ((last - first) or 1)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def y(value: float) -> float:
        share = (math.log10(value) - low) / ((high - low) or 1)
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)

    end = WIDTH - RIGHT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
        f"<title>{escape(title)}</title><style>{STYLE}</style>",
        f'<text class="title" x="{LEFT}" y="22">{escape(title)}</text>',
    ]
    for power in range(low, high + 1):
        at = y(10.0**power)
        parts.append(f'<path class="grid" d="M{LEFT} {at:.1f}H{end}"/>')
        label = f"{10.0**power:g} ms"
        parts.append(f'<text x="{LEFT - 8}" y="{at + 4:.1f}" text-anchor="end">{label}</text>')
    for count in counts:
        label = f"{count:,}"
        parts.append(
            f'<text x="{x(count):.1f}" y="{HEIGHT - 20}" text-anchor="middle">{label}</text>'
        )
    parts.append(f'<path class="bar" d="M{LEFT} {y(bar):.1f}H{end}"/>')
    parts.append(f'<text x="{LEFT + 8}" y="{y(bar) - 6:.1f}">goal: {bar:g} ms</text>')
    for place, (label, line) in enumerate(series.items()):
        colour = COLOURS[place % len(COLOURS)]
        points = [(x(count), y(value)) for count, value in sorted(line.items())]
        path = "L".join(f"{across:.1f} {up:.1f}" for across, up in points)
        parts.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for across, up in points:
            parts.append(f'<circle cx="{across:.1f}" cy="{up:.1f}" r="3" fill="{colour}"/>')
        top = TOP + 20 * place
        parts.append(f'<circle cx="{end + 18}" cy="{top - 4}" r="5" fill="{colour}"/>')
        parts.append(f'<text x="{end + 30}" y="{top}">{escape(label)}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"
