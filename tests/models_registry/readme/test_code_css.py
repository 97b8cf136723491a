"""Coloured code can be read in both themes, and every colour belongs to a token."""

import re

import pytest

from models_registry.readme.code import TOKEN_CLASSES
from tests.environment import ROOT

CSS = (ROOT / "static/css/code.css").read_text(encoding="utf-8")
PAIRS = re.findall(
    r"([^{}]*)\{[^{}]*?(?<!-)color: light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", CSS
)
# A little harder than --sunken of tokens.css and the marked line of code.css.
DAY_BACKGROUNDS = ["#eff2f3", "#fff3c4"]
NIGHT_BACKGROUNDS = ["#1c2226", "#3a3212"]


def luminance(colour):
    """Relative luminance, https://www.w3.org/TR/WCAG21/#dfn-relative-luminance."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(color, background):
    light, dark = sorted([luminance(color), luminance(background)], reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(("selector", "day", "night"), PAIRS)
def test_colour_has_enough_contrast_in_both_themes(selector, day, night):
    assert all(contrast(day, background) >= 4.5 for background in DAY_BACKGROUNDS)
    assert all(contrast(night, background) >= 4.5 for background in NIGHT_BACKGROUNDS)


def test_all_groups_of_tokens_are_coloured():
    assert len(PAIRS) >= 10


def test_every_class_with_a_colour_is_a_token_of_pygments():
    named = set(re.findall(r"\.codehilite \.([a-z0-9]+)", CSS))
    assert named - {"line"} <= TOKEN_CLASSES
