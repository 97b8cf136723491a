"""Marks models as featured."""

from __future__ import annotations

from accounts.models import User
from models_registry import publication, revision_messages
from models_registry.actions.submission import locked_for, publish_or_propose, stamped
from models_registry.changes import changing
from models_registry.definitions.json_text.timestamps import set_featured as with_featured
from models_registry.errors import NothingChanged
from models_registry.models import RegisteredModel, Revision, Visibility
from models_registry.policy import ModelVerb, Outcome


def set_featured(model: RegisteredModel, featured: bool, *, by: User) -> Revision:
    """Mark a model as featured, or not; the mark is part of its definition, so this publishes one.

    Raises NotAllowed and NothingChanged.
    """
    with changing([model]) as change:
        model = locked_for(change, model, ModelVerb.FEATURE, by, "feature this model")
        published = model.published_revision
        if published is None or model.featured == featured:
            raise NothingChanged
        text = with_featured(published.definition, featured)
        message = revision_messages.FEATURED if featured else revision_messages.NOT_FEATURED
        content = publication.with_readme_kept(model, stamped(text, published), message=message)
        outcome = Outcome.PUBLISHED
        return publish_or_propose(
            change, model, content, outcome, by=by, visibility=Visibility(model.visibility)
        )
