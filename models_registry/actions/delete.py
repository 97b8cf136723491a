"""Deletes a model."""

from __future__ import annotations

from accounts.models import User
from hub.audit import Tag, record
from models_registry.actions.submission import locked_for, storable
from models_registry.changes import Change, changing
from models_registry.models import RegisteredModel
from models_registry.policy import ModelVerb


def delete(model: RegisteredModel, *, by: User, reason: str = "") -> None:
    """Delete a model with all its revisions; the audit log keeps its last definition.

    Upstream's maintainers read the reason of a public model's removal.

    Raises NotAllowed.
    """
    reason = storable(reason)
    with changing([model]) as change:
        model = locked_for(change, model, ModelVerb.DELETE, by, "delete this model")
        delete_locked(change, model, by=by, author=by, reason=reason)


def delete_locked(
    change: Change, model: RegisteredModel, *, by: User, author: User, reason: str
) -> None:
    """Delete a model that `change` has locked; the caller has checked who may.

    The pull request is the author's, who may have asked somebody else to delete it.
    """
    last = model.published_revision or model.revisions.first()
    record(
        Tag.MODEL_DELETE,
        by=by,
        target=model,
        visibility=model.visibility,
        definition=last.definition if last else "",
        **({"reason": reason} if reason else {}),
    )
    change.delete(model, by=author, reason=reason)
