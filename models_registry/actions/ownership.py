"""Gives a model to somebody else, who accepts it."""

from __future__ import annotations

from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import User
from hub.audit import Tag, record
from models_registry import policy, publication
from models_registry.actions.submission import locked
from models_registry.changes import changing
from models_registry.definitions.json_text.problems import quoted
from models_registry.errors import (
    InvalidParameter,
    NameTaken,
    NotAllowed,
    OfferNotFound,
    StaleState,
)
from models_registry.models import Draft, OwnershipOffer, RegisteredModel, Visibility

# So many may wait for an answer: each is a notification to somebody.
MAX_OFFERS: Final = 20


def offer(model: RegisteredModel, username: str, *, by: User) -> OwnershipOffer:
    """Offer a model to a person; it stays as it is until they accept. A new offer replaces an
    earlier one to somebody else.

    Raises NotAllowed, InvalidParameter if no active account has that name or too many offers wait,
    and StaleState while a proposal of the owner is open.
    """
    username = username.strip()
    with changing([model]) as change:
        model = locked(change, model)
        _require_giver(model, by)
        found = User.objects.called(username).first() if username.isascii() else None
        if found is None or not found.is_active:
            raise InvalidParameter("no_such_account", username=quoted(username))
        if found.pk == model.owner_id:
            raise InvalidParameter("already_the_owner", username=quoted(username))
        _require_no_proposal(model)
        earlier = OwnershipOffer.objects.filter(model=model).first()
        if earlier is not None and (earlier.offered_to_id, earlier.offered_by_id) == (
            found.pk,
            by.pk,
        ):
            return earlier
        OwnershipOffer.objects.filter(model=model).delete()
        if OwnershipOffer.objects.filter(offered_by=by).count() >= MAX_OFFERS:
            raise InvalidParameter("too_many_offers", max_offers=MAX_OFFERS)
        made = OwnershipOffer.objects.create(model=model, offered_to=found, offered_by=by)
        record(Tag.MODEL_OFFER, by=by, target=model, to=found.username)
    return made


def offers_of(user: User) -> QuerySet[OwnershipOffer]:
    """The offers to the person, and those that they have made, the oldest first.

    SECURITY: without those of models that were made enterprise models since, which they do not see.
    """
    seen = RegisteredModel.objects.visible_to(user).order_by()
    shown = ~Q(model__visibility=Visibility.ENTERPRISE) | Q(model__in=seen.values("pk"))
    theirs = Q(offered_to=user) & shown | Q(offered_by=user, model__owner=user)
    return OwnershipOffer.objects.filter(theirs).select_related("model", "offered_to", "offered_by")


def take_back(model: RegisteredModel, *, by: User) -> None:
    """Withdraw the offer of a model. Raises NotAllowed, and OfferNotFound without one."""
    with changing([model]) as change:
        model = locked(change, model)
        _require_giver(model, by)
        if not OwnershipOffer.objects.filter(model=model).delete()[0]:
            raise OfferNotFound
        record(Tag.MODEL_OFFER, by=by, target=model, to="")


def answer(pk: int, *, accepts: bool, by: User) -> RegisteredModel:
    """Accept or decline a model that is offered to the person; returns it.

    Raises OfferNotFound if the offer is gone or its maker does not own the model any more,
    StaleState if a proposal is open, and NameTaken if the person has a private model with its name.
    """
    row = OwnershipOffer.objects.select_related("model").filter(pk=pk, offered_to=by).first()
    if row is None:
        raise OfferNotFound
    with changing([row.model]) as change:
        model = locked(change, row.model)
        row = OwnershipOffer.objects.filter(pk=pk, offered_to=by).first()
        if row is None or not policy.may_give(row.offered_by, model):
            raise OfferNotFound
        # SECURITY: it may have been made an enterprise model after the offer.
        if model.visibility == Visibility.ENTERPRISE and not _sees(by, model):
            raise OfferNotFound
        row.delete()
        if not accepts:
            giver = row.offered_by_id
            record(Tag.MODEL_OFFER, by=by, target=model, to="", declined=True, giver=giver)
            return model
        _require_no_proposal(model)
        former = model.owner
        before = former.username if former is not None else ""
        try:
            with transaction.atomic():
                model.owner, model.changed_at = by, timezone.now()
                model.save(update_fields=["owner", "changed_at"])
        except IntegrityError as error:
            raise NameTaken(model.model_type, model.name) from error
        # SECURITY: their draft would follow what becomes of a model that they no longer see.
        if former is not None and not _sees(former, model):
            Draft.objects.filter(model=model, owner=former).update(model=None, base_revision=None)
        record(
            Tag.MODEL_TRANSFER,
            by=by,
            target=model,
            before=before,
            after=by.username,
            giver=row.offered_by_id,
        )
    return model


def _sees(person: User, model: RegisteredModel) -> bool:
    return RegisteredModel.objects.visible_to(person).filter(pk=model.pk).exists()


def _require_giver(model: RegisteredModel, by: User) -> None:
    if not policy.may_give(by, model):
        raise NotAllowed("may_not_give_model")


def _require_no_proposal(model: RegisteredModel) -> None:
    """Raise StaleState if a proposal is open that belongs to the owner, whose model it would be."""
    proposal = publication.open_proposal(model)
    is_shared = model.visibility != Visibility.PRIVATE and model.published_revision_id is not None
    if proposal is not None and not (is_shared and proposal.author_id != model.owner_id):
        raise StaleState("proposal_in_the_way")
