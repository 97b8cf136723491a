"""The versions of a draft's texts, which the hidden fields of its pages carry."""

from __future__ import annotations

import hashlib

from models_registry.errors import StaleState
from models_registry.models import Draft


def version(text: str) -> str:
    """A short digest of a text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:20]


def whole_version(draft: Draft) -> str:
    """The version of everything that a submission contains, as the page before it shows it."""
    return version(f"{draft.definition}\x00{draft.readme}\x00{draft.readme_zh}")


def require_whole(draft: Draft, base: str) -> None:
    """Raise StaleState if the draft differs from what the page before a submission has shown."""
    if base and base != whole_version(draft):
        raise StaleState("submission_is_stale")


def require_any(draft: Draft, base: str) -> None:
    """Raise StaleState if the text that a page has shown is no longer the draft's."""
    if base and base not in (
        version(draft.definition),
        version(draft.readme),
        version(draft.readme_zh),
        whole_version(draft),
    ):
        raise StaleState("draft_discard_is_stale")
