"""Withdraws a proposal."""

from __future__ import annotations

from accounts.models import User
from hub.audit import Tag, record
from models_registry import policy, publication
from models_registry.actions.submission import locked
from models_registry.changes import changing
from models_registry.errors import NotAllowed, StaleState
from models_registry.models import RegisteredModel, Revision


def withdraw(model: RegisteredModel, *, by: User) -> Revision:
    """Take back the open proposal of one's own. Raises NotAllowed and StaleState."""
    with changing([model]) as change:
        model = locked(change, model)
        proposal = publication.open_proposal(model)
        if proposal is None:
            raise StaleState("no_open_proposal")
        is_theirs = model.owner_id == by.pk and not policy.is_suggestion(proposal)
        if proposal.author_id != by.pk and not is_theirs:
            raise NotAllowed("only_author_can_withdraw")
        revision = publication.withdraw(proposal)
        record(Tag.MODEL_WITHDRAW, by=by, target=model, revision=revision.number)
        return revision
