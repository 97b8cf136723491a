"""Upstream's text of a model when the hub last read it."""

from __future__ import annotations

from models_registry.models import RegisteredModel, UpstreamChange, UpstreamFile, Visibility


def upstream_text(model: RegisteredModel) -> str:
    """Upstream's text of a model when it was last read, or the empty text.

    For a public model also the text of a deleted model of that name, which outlives the model.
    """
    row = last_seen(model)
    return row.text if row is not None else ""


def last_seen(model: RegisteredModel) -> UpstreamFile | None:
    """The row with upstream's text of a model, or of a deleted model with its name."""
    row = UpstreamFile.objects.filter(model=model).first()
    if row is None and model.visibility == Visibility.PUBLIC:
        row = UpstreamFile.objects.filter(
            model=None, model_type=model.model_type, name_key=model.name_key
        ).first()
    return row


def is_guessed(change: UpstreamChange) -> bool:
    """Whether the base of a change came from another hub, since this hub has not read upstream yet.

    That hub may have another text by now, but the older one remains a guess.
    """
    unseen = UpstreamFile.objects.filter(is_seen=False)
    if change.model_id is not None:
        return unseen.filter(model=change.model_id).exists()
    named = {"model_type": change.model_type, "name_key": change.name_key}
    return unseen.filter(model=None, **named).exists()
