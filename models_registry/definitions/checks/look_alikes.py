"""Characters and names that look like others. SECURITY: so no model can imitate another."""

import unicodedata
from collections.abc import Iterator
from typing import Final

from models_registry.definitions.json_text.messages import Message, gettext_noop

# Letters of other alphabets that are drawn like ASCII ones, from the "confusables" of Unicode
# Technical Standard 39; compatibility forms (full width, mathematical) are found by NFKC.
_CONFUSABLES: Final = {
    **dict(zip("АВЕЅІЈКМНОРСТХУаеѕіјорсхуԛԝһԁ", "ABESIJKMHOPCTXYaesijopcxyqwhd", strict=True)),
    **dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαορικνυ", "ABEZHIKMNOPTYXaopikvu", strict=True)),
    **dict(zip("ıȷɑɡɩʏլոսօցհ", "ijagiylnuogh", strict=True)),
    **dict(zip("‐‑‒–—―−․‧∙", "-------...", strict=True)),
}
# What looks alike in lower case, to be replaced in this order. The database has an index of it.
ALIKE: Final = (
    ("0", "o"), ("1", "l"), ("i", "l"), ("_", "-"), (".", "-"), ("rn", "m"), ("vv", "w"),
)  # fmt: skip


def look_alike(character: str) -> str | None:
    """Return the ASCII character that a character looks like, or None."""
    if character in _CONFUSABLES:
        return _CONFUSABLES[character]
    plain = unicodedata.normalize("NFKC", character)
    return plain if plain.isascii() and len(plain) == 1 and plain.isprintable() else None


def strange_characters(name: str) -> Iterator[Message]:
    """Yield a message for each character of a name that is not ASCII, each character once."""
    for character in dict.fromkeys(letter for letter in name if not letter.isascii()):
        code = f"U+{ord(character):04X}, {unicodedata.name(character, '?')}"
        shown = f"“{character}” ({code})" if character.isprintable() else f"({code})"
        twin = look_alike(character)
        if twin is None:
            yield gettext_noop(
                "The character %(character)s is not allowed in a name. Remove it.", character=shown
            )
        else:
            yield gettext_noop(
                "The character %(character)s looks like “%(twin)s”, but is another one. "
                "Type “%(twin)s” instead.",
                character=shown,
                twin=twin,
            )


def skeleton(name: str) -> str:
    """Return a name with look-alike characters made equal: equal results look alike."""
    plain = "".join(look_alike(letter) or letter for letter in name).casefold()
    for letters, twin in ALIKE:
        plain = plain.replace(letters, twin)
    return plain
