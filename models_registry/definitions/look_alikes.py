"""Characters and names that look like others, so that nobody passes for another's model."""

import unicodedata
from collections.abc import Iterator
from typing import Final

# Letters of other alphabets that are drawn like ASCII ones, from the "confusables" of Unicode
# Technical Standard 39; compatibility forms (full width, mathematical) are found by NFKC.
_CONFUSABLES: Final = {
    **dict(zip("АВЕЅІЈКМНОРСТХУаеѕіјорсхуԛԝһԁ", "ABESIJKMHOPCTXYaesijopcxyqwhd", strict=True)),
    **dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαορικνυ", "ABEZHIKMNOPTYXaopikvu", strict=True)),
    **dict(zip("ıȷɑɡɩʏլոսօցհ", "ijagiylnuogh", strict=True)),
    **dict(zip("‐‑‒–—―−․‧∙", "-------...", strict=True)),
}
_SKELETON: Final = str.maketrans({"0": "o", "1": "l", "i": "l", "_": "-", ".": "-"})


def look_alike(character: str) -> str | None:
    """Return the ASCII character that another one is drawn like, or None."""
    if character in _CONFUSABLES:
        return _CONFUSABLES[character]
    plain = unicodedata.normalize("NFKC", character)
    return plain if plain.isascii() and len(plain) == 1 and plain.isprintable() else None


def strange_characters(name: str) -> Iterator[str]:
    """Yield a sentence for each character of a name that is not ASCII, each character once."""
    for character in dict.fromkeys(one for one in name if not one.isascii()):
        code = f"U+{ord(character):04X}"
        title = unicodedata.name(character, "a character without a name")
        twin = look_alike(character)
        shown = f"“{character}” " if character.isprintable() else ""
        if twin is None:
            yield f"The character {shown}({code}, {title}) is not allowed in a name. Remove it."
        else:
            yield (
                f"The character {shown}({code}, {title}) looks like “{twin}”, but is another one. "
                f"Type “{twin}” in its place."
            )


def skeleton(name: str) -> str:
    """Return what is left of a name when characters that look alike are made the same."""
    plain = "".join(look_alike(one) or one for one in name).casefold().translate(_SKELETON)
    return plain.replace("rn", "m").replace("vv", "w")
