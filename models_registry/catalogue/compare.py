"""In what the list here differs from that of another hub with the same catalogue, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from models_registry.catalogue import build, history
from models_registry.catalogue.selection import select
from models_registry.models import CatalogueList

_NAMED: Final = 5


def with_theirs(model_type: str, theirs: Mapping[str, str], sha256: str) -> str | None:
    """Compare the list that was built last with another hub's.

    In: the type, the names in the other list with the text of each, and its digest. Out: None where
    the bytes are the same; else what differs, in sentences.
    """
    newest = history.newest(model_type)
    if newest is not None and newest.sha256 == sha256:
        listing = CatalogueList.objects.only("pinned").get(model_type=model_type)
        if listing.pinned in (None, newest.number):
            return None
        return (
            f"Built as the hub has it that exported it, but revision {listing.pinned} is pinned "
            f"here. To serve it: manage.py roll_back {model_type} --release"
        )
    selection = select(model_type, build.models_of(model_type))
    ours = {m.name: m.published_revision.definition for m in selection.kept if m.published_revision}
    left_out = {model.name for model, _ in selection.left_out}
    parts = [
        _part("edited here", (n for n, text in theirs.items() if ours.get(n, text) != text)),
        _part("left out here", theirs.keys() & left_out),
        _part("not public here", theirs.keys() - ours.keys() - left_out),
        _part("only here", ours.keys() - theirs.keys()),
    ]
    told = "; ".join(part for part in parts if part) or "the same models, in another order"
    return f"It is not the one of the hub that exported it ({sha256[:12]}…): {told}."


def _part(label: str, names: Iterable[str]) -> str:
    found = sorted(names)
    more = f" +{len(found) - _NAMED} more" if len(found) > _NAMED else ""
    return f"{label}: {', '.join(found[:_NAMED])}{more}" if found else ""
