"""Name, description and languages of a model, from its card and the repository's name."""

import re
from typing import Final

from models_registry.definitions.facts.kinds import MAX_NAME_LENGTH, is_valid_name
from models_registry.definitions.json_text.messages import Message, gettext_noop
from models_registry.definitions.prefill.facts import RepositoryFacts
from models_registry.definitions.prefill.format import base_name

MAX_DESCRIPTION: Final = 400
MAX_LANGUAGES: Final = 60
# Only so many characters of a card are read: descriptions are at the beginning.
_READ: Final = 30_000
_SHORTEST: Final = 40

_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z]{2,4})?|multilingual", re.IGNORECASE)
_HAN: Final = re.compile(r"[\u4e00-\u9fff]")
_FENCE: Final = re.compile(r"^ {0,3}(```|~~~).*?(?:^ {0,3}\1|\Z)", re.MULTILINE | re.DOTALL)
_COMMENT: Final = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
# Headings, list items, table rows, quotations, rules and setext underlines are not prose.
_NO_PROSE: Final = re.compile(r"\s*(?:#|[-*+] |\d+[.)] |\||>|(?:-{3,}|={3,}|\*{3,})\s*$)")
_IMAGE: Final = re.compile(r"!\[[^\]\n]{0,500}\]\([^)\n]{0,2000}\)")
_LINK: Final = re.compile(r"\[([^\]\n]{0,500})\]\([^)\n]{0,2000}\)")
_TAG: Final = re.compile(r"</?[A-Za-z][^<>]{0,2000}>")
_SENTENCE: Final = re.compile(r"[.!?](?=\s)|[。！？]")


def name_of(facts: RepositoryFacts) -> str | None:
    """Return a valid model name made of the repository's name, or None."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", base_name(facts.name))
    name = name.strip("._-")[:MAX_NAME_LENGTH]
    return name if is_valid_name(name) else None


def description_of(facts: RepositoryFacts) -> str | None:
    """Return the first paragraph of prose in a model card, as plain text, cut at a sentence."""
    text = _FENCE.sub("\n", _COMMENT.sub("", facts.card_text[:_READ]))
    for block in re.split(r"\n[ \t]*\n", text):
        lines = [line for line in block.split("\n") if not _NO_PROSE.match(line)]
        prose = _plain(" ".join(lines))
        if len(prose) >= _SHORTEST and (" " in prose or _HAN.search(prose)):
            return _shortened(prose)
    return None


def _plain(text: str) -> str:
    text = _LINK.sub(r"\1", _IMAGE.sub("", text))
    text = _TAG.sub("", text)
    text = re.sub(r"[*`]+|(?<!\w)_+|_+(?!\w)", "", text)
    return " ".join(text.split()).strip()


def _shortened(text: str) -> str:
    if len(text) <= MAX_DESCRIPTION:
        return text
    ends = [match.end() for match in _SENTENCE.finditer(text, 0, MAX_DESCRIPTION)]
    if ends and ends[-1] >= _SHORTEST:
        return text[: ends[-1]].strip()
    return text[: MAX_DESCRIPTION - 1].rsplit(" ", 1)[0].strip() + "…"


def languages_of(facts: RepositoryFacts) -> tuple[list[str], Message | None]:
    """Return the languages of a model, and a reason if the card does not name them."""
    given = facts.card.get("language")
    listed = given if isinstance(given, list) else [given]
    # In YAML 1.1 the language code `no` is the value false.
    named = ["no" if code is False else str(code).strip() for code in listed if code is not None]
    codes = [code.lower().replace("_", "-") for code in named if _LANGUAGE.fullmatch(code)]
    if codes:
        return list(dict.fromkeys(codes))[:MAX_LANGUAGES], None
    if len(_HAN.findall(facts.card_text[:_READ])) > 50:
        return ["en", "zh"], gettext_noop("The card names no language, but is written in Chinese.")
    return ["en"], gettext_noop("The card names no language.")
