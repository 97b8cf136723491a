"""Versions in forms, against lost updates: what a person saw when they decided.

A version has the name of each part that the page showed and a digest of its value, so that a
refusal can say which parts have changed. It is not a secret and not signed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_lazy

from accounts.errors import StaleState

# The name of the hidden field.
FIELD: Final = "seen"
_LABELS: Final = {
    "account": gettext_lazy("what closing the account does"),
    "address": gettext_lazy("the address"),
    "api_key": gettext_lazy("the API key"),
    "avatar": gettext_lazy("the picture"),
    "bio": gettext_lazy("the text about you"),
    "display_name": gettext_lazy("the display name"),
    "github_token": gettext_lazy("the GitHub token"),
    "links": gettext_lazy("the links"),
    "organisation": gettext_lazy("the organisation"),
    "password": gettext_lazy("the password"),
    "username": gettext_lazy("the user name"),
}


def digest(*values: object) -> str:
    """A digest that is equal for equal values, and short enough for a hidden field."""
    text = "\x00".join(str(value) for value in values)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:20]


def version(**parts: object) -> str:
    """The version of something with these parts, as a form carries it."""
    return " ".join(f"{name}:{digest(value)}" for name, value in parts.items())


def changes(sent: str, now: str, *names: str) -> list[str]:
    """The names of the parts that differ from what the form has seen; only of `names`, if given.

    A form without a version, such as a script's, is never stale.
    """
    if not sent:
        return []
    before, after = _parts(sent), _parts(now)
    looked_at = names or (*after, *(name for name in before if name not in after))
    return [name for name in looked_at if before.get(name) != after.get(name)]


def require(sent: str, now: str, *names: str, labels: Mapping[str, object] | None = None) -> None:
    """Raise StaleState, which names what has changed, unless the form has seen the present state.

    `names` are the parts that matter (all, if none is given), and `labels` what people call them.
    """
    changed = changes(sent, now, *names)
    if changed:
        called = {**_LABELS, **(labels or {})}
        what = ", ".join(str(called.get(name, name.replace("_", " "))) for name in changed)
        raise StaleState("stale_page", what=what)


def _parts(text: str) -> dict[str, str]:
    return {
        name: value
        for name, colon, value in (part.partition(":") for part in text[:4000].split())
        if colon
    }
