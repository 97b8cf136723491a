"""The picture that other sites show beside a link to a model: name, type and facts (Open Graph)."""

from __future__ import annotations

import io
import re
from functools import lru_cache
from typing import Final

from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 1200, 630
_MARGIN: Final = 88
_BACKGROUND, _TEXT, _QUIET, _ACCENT = "#0f1d21", "#ffffff", "#a9bcc2", "#4fc4cf"
_WIDEST: Final = WIDTH - 2 * _MARGIN
_PARTS: Final = re.compile(r"[^-_. ]*[-_. ]?")
_MOST_NAME: Final = 120
_MOST_LINES: Final = 3


def draw(name: str, kind: str, facts: list[str], site: str) -> bytes:
    """A PNG. The font has Latin letters only; others are drawn as question marks."""
    image = Image.new("RGB", (WIDTH, HEIGHT), _BACKGROUND)
    canvas = ImageDraw.Draw(image)
    canvas.rectangle((0, 0, 16, HEIGHT), fill=_ACCENT)
    canvas.text((_MARGIN, 84), _latin(kind).upper(), font=_font(34), fill=_ACCENT)
    size, lines = _fitted(_latin(name)[:_MOST_NAME])
    top = 150
    for line in lines:
        canvas.text((_MARGIN, top), line, font=_font(size), fill=_TEXT)
        top += int(size * 1.15)
    shown = _latin("  ·  ".join(facts))
    canvas.text((_MARGIN, HEIGHT - 190), shown, font=_font(38), fill=_QUIET)
    canvas.text((_MARGIN, HEIGHT - 104), _latin(site), font=_font(32), fill=_QUIET)
    out = io.BytesIO()
    image.quantize(64).save(out, format="PNG", optimize=True)
    return out.getvalue()


def _fitted(name: str) -> tuple[int, list[str]]:
    """The largest size at which the name fits, and its lines."""
    for size in (96, 80, 66, 54, 44):
        lines = _lines(name, size)
        if len(lines) <= _MOST_LINES and len(lines) * size * 1.15 < HEIGHT - 360:
            return size, lines
    return size, lines[:_MOST_LINES]


def _lines(name: str, size: int) -> list[str]:
    """The name in lines: broken behind a hyphen, or anywhere if a part is too wide."""
    lines, line = [], ""
    for part in _PARTS.findall(name):
        pieces = [part] if _font(size).getlength(part) <= _WIDEST else list(part)
        for piece in pieces:
            if line and _font(size).getlength(line + piece) > _WIDEST:
                lines.append(line)
                line = ""
            line += piece
    return [*lines, line]


def _latin(text: str) -> str:
    plain = "".join(letter for letter in text.replace("–", "-") if letter.isprintable())
    return plain.encode("latin-1", "replace").decode("latin-1")


@lru_cache(maxsize=16)
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
