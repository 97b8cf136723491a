"""Compares a list with the list of another hub that has the same catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from models_registry.catalogue import history
from models_registry.catalogue.selection import models_of, select
from models_registry.models import CatalogueList

_NAMED: Final = 5


def with_theirs(model_type: str, theirs: Mapping[str, str], sha256: str) -> str | None:
    """The differences between the newest list here and another hub's, in sentences.

    `theirs` maps the names in the other list to their texts, `sha256` is its digest. None if the
    bytes are the same.
    """
    newest = history.newest(model_type)
    if newest is not None and newest.sha256 == sha256:
        listing = CatalogueList.objects.only("pinned").get(model_type=model_type)
        if listing.pinned in (None, newest.number):
            return None
        return (
            f"It is the same as on the exporting hub, but revision {listing.pinned} is pinned "
            f"here. To serve it: manage.py roll_back {model_type} --release"
        )
    selection = select(model_type, models_of(model_type))
    ours = {m.name: m.published_revision.definition for m in selection.kept if m.published_revision}
    left_out = {model.name for model, _ in selection.left_out}
    parts = [
        _part("edited here", (n for n, text in theirs.items() if ours.get(n, text) != text)),
        _part("left out here", theirs.keys() & left_out),
        _part("not public here", theirs.keys() - ours.keys() - left_out),
        _part("only here", ours.keys() - theirs.keys()),
    ]
    differences = "; ".join(filter(None, parts)) or "the same models, in another order"
    return f"It differs from the list of the exporting hub ({sha256[:12]}…): {differences}."


def _part(label: str, names: Iterable[str]) -> str:
    listed = sorted(names)
    more = f" +{len(listed) - _NAMED} more" if len(listed) > _NAMED else ""
    return f"{label}: {', '.join(listed[:_NAMED])}{more}" if listed else ""
