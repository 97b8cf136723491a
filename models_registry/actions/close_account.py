"""What becomes of a person's models when the account is closed."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.closing import Consequence, Notice
from accounts.models import User
from models_registry.models import RegisteredModel, RegisteredModelQuerySet, Visibility


def describe(user: User) -> list[Notice]:
    """Which models go with the account, and which stay without an owner."""
    gone = _names(_private(user))
    staying = _names(_shared(user))
    notices = []
    if gone:
        text = ngettext(
            "%(count)d private model is deleted, with all its revisions.",
            "%(count)d private models are deleted, with all their revisions.",
            len(gone),
        )
        notices.append(Notice(text % {"count": len(gone)}, gone))
    if staying:
        text = ngettext(
            "%(count)d public or enterprise model stays in the hub, without an owner.",
            "%(count)d public or enterprise models stay in the hub, without an owner.",
            len(staying),
        )
        notices.append(Notice(text % {"count": len(staying)}, staying))
    if not notices:
        notices.append(Notice(_("You own no models, so no model is touched.")))
    return notices


def carry_out(user: User) -> None:
    """Delete the private models; the owner of the others goes with the account."""
    private = _private(user)
    # The published revision is protected from deletion for as long as a model names it.
    private.update(published_revision=None)
    private.delete()


CONSEQUENCE = Consequence(describe=describe, carry_out=carry_out)


def _private(user: User) -> RegisteredModelQuerySet:
    return RegisteredModel.objects.filter(owner=user, visibility=Visibility.PRIVATE)


def _shared(user: User) -> RegisteredModelQuerySet:
    return RegisteredModel.objects.filter(owner=user).exclude(visibility=Visibility.PRIVATE)


def _names(models: RegisteredModelQuerySet) -> tuple[str, ...]:
    found = models.order_by("name_key", "model_type").values_list("model_type", "name")
    return tuple(f"{model_type}/{name}" for model_type, name in found)
