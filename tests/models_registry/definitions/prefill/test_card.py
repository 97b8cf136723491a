"""Description and languages, from the card of a repository."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tests.models_registry.definitions.prefill import repositories as known
from tests.models_registry.definitions.prefill.repositories import guessed


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ["en"]),
        (["zh", "EN", "zh"], ["zh", "en"]),
        ([False, "sv"], ["no", "sv"]),
        (["pt-BR", "zh_Hans"], ["pt-br", "zh-hans"]),
        ("multilingual", ["multilingual"]),
        (["x" * 50, 7, None, "<b>"], ["en"]),
        (None, ["en"]),
    ],
)
def test_languages_are_those_of_the_card(language, expected):
    facts = replace(known.QWEN3, card={"language": language}, card_text="")
    assert guessed(facts)[1]["model_lang"] == expected


def test_a_card_in_chinese_speaks_for_chinese():
    facts = replace(known.QWEN3, card_text="通义千问是阿里云研发的大语言模型。" * 5)
    assert guessed(facts)[1]["model_lang"] == ["en", "zh"]


@pytest.mark.parametrize(
    ("card", "expected"),
    [
        ("# Title\n\nToo short.\n\n" + "A model that does things. " * 2, "A model that does"),
        ("<!-- hidden " + "x " * 50 + "-->\n\n" + "Seen words. " * 5, "Seen words."),
        ("```\n" + "code " * 30 + "\n```\n\n| a | b |\n\n> quoted\n\n" + "Prose. " * 9, "Prose."),
        ("![badge](x.svg) [![b](c)](d)\n\n" + "Prose here. " * 5, "Prose here."),
        ('<p align="center"><b>' + "Bold claim. " * 5 + "</b></p>", "Bold claim."),
    ],
)
def test_the_description_is_the_first_prose_of_the_card(card, expected):
    record = guessed(replace(known.QWEN3, card_text=card))[1]
    assert record["model_description"].startswith(expected)
    assert not re.search(r"[<>`|]", record["model_description"])


def test_a_long_description_ends_with_a_sentence():
    facts = replace(known.QWEN3, card_text="This is one sentence of several. " * 100)
    description = guessed(facts)[1]["model_description"]
    assert len(description) <= 400
    assert description.endswith("several.")
