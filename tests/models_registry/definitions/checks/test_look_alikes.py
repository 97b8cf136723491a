import pytest

from models_registry.definitions.checks.look_alikes import (
    look_alike,
    skeleton,
    strange_characters,
)


@pytest.mark.parametrize(
    ("character", "twin"),
    [("а", "a"), ("Ο", "O"), ("ｑ", "q"), ("𝗊", "q"), ("‑", "-"), ("é", None), ("模", None)],
)
def test_a_character_that_is_drawn_like_an_ascii_one_has_that_as_its_twin(character, twin):
    assert look_alike(character) == twin


def test_ascii_characters_are_not_strange():
    assert list(strange_characters("Qwen3-0.6B_x")) == []


def test_each_strange_character_is_told_once_with_what_to_do():
    assert list(strange_characters("é\u200béа")) == [
        "The character “é” (U+00E9, LATIN SMALL LETTER E WITH ACUTE) is not allowed in a name. "
        "Remove it.",
        "The character (U+200B, ZERO WIDTH SPACE) is not allowed in a name. Remove it.",
        "The character “а” (U+0430, CYRILLIC SMALL LETTER A) looks like “a”, but is another one. "
        "Type “a” instead.",
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [("qwen3-O.5", "Qwen3_0-5"), ("Ilama", "llama"), ("gernma", "gemma"), ("ԛwen", "qwen")],
)
def test_names_that_look_alike_have_one_skeleton(one, other):
    assert skeleton(one) == skeleton(other)


def test_other_names_have_other_skeletons():
    assert len({skeleton(one) for one in ("qwen2.5", "qwen25", "qwen3", "glm-4", "glm-4v")}) == 5
