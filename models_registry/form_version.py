"""The version of a model that a page showed, so that an action applies only to what was seen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.form_version import require, version
from models_registry import policy, publication
from models_registry.errors import ModelNotFound
from models_registry.models import Draft, RegisteredModel

PARTS: Final = {
    "revision": _("the published revision"),
    "proposal": _("the proposal that waits for review"),
    "visibility": _("the visibility"),
    "expiry": _("the expiry"),
    "featured": _("the featured mark"),
    "maintainers": _("the maintainers"),
    "owner": _("the owner"),
    "draft": _("the draft"),
}


def model_version(model: RegisteredModel) -> str:
    """The version of a model in a form. An action compares only the parts that it depends on."""
    return version(
        revision=model.published_revision_id,
        proposal=_proposal(model),
        visibility=model.visibility,
        expiry=model.expires_at,
        featured=model.featured,
        owner=model.owner_id,
        maintainers=sorted(person.pk for person in policy.maintainers_of(model)),
    )


def proposal_version(number: int | None) -> str:
    """The version of a form about the open proposal only, by the number of its revision."""
    return version(proposal=number)


def revision_version(model: RegisteredModel) -> str:
    """The version of a form about the published definition of a model."""
    return version(revision=model.published_revision_id)


def require_revision(model: RegisteredModel, sent: str) -> None:
    """Raise StaleState if another definition was published after the form was shown."""
    require(sent, revision_version(model), labels=PARTS)


def draft_version(draft: Draft) -> str:
    """The version of a form about a whole draft."""
    return version(draft=draft.changed_at)


@contextmanager
def as_seen(model: RegisteredModel, sent: str, *parts: str) -> Iterator[RegisteredModel]:
    """Lock a model and run the block if these parts of it are as the form has seen them.

    Yields the model as it is now. Raises StaleState and ModelNotFound before the block runs.
    """
    with transaction.atomic():
        locked = RegisteredModel.objects.select_for_update().filter(pk=model.pk).first()
        if locked is None:
            raise ModelNotFound(model.pk)
        if sent:
            require(sent, model_version(locked), *parts, labels=PARTS)
        yield locked


def _proposal(model: RegisteredModel) -> int | None:
    proposal = publication.open_proposal(model)
    return proposal.number if proposal is not None else None
