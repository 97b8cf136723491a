"""Who may do what to a model. Pages, API and use cases all read this one table.

Rights for all models are Django permissions; a right on one model is given through django-guardian.
Who sees a model is decided by `visible_to` in models/registry.py.
"""

from __future__ import annotations

from enum import StrEnum

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from guardian.shortcuts import assign_perm, get_users_with_perms, remove_perm

from accounts.models import User
from models_registry.models import RegisteredModel, Revision, RevisionQuerySet, Visibility
from models_registry.models.registry import rights_on_models
from models_registry.permissions import (
    APP,
    ENTERPRISE_MAINTENANCE,
    OBJECT_RIGHTS,
    PUBLIC_MAINTENANCE,
    Right,
    holds_any,
)

Person = User | AnonymousUser
# How many proposals for models of others a person may have open.
MAX_SUGGESTIONS = 20


class ModelVerb(StrEnum):
    """What can be done to one model."""

    EDIT = "edit"
    PROPOSE = "propose"
    DELETE = "delete"
    EXPIRE = "expire"
    FEATURE = "feature"
    # Give other people rights on this one model.
    APPOINT = "appoint"


class Outcome(StrEnum):
    """What a submission leads to."""

    PRIVATE = "private"
    PUBLISHED = "published"
    REVIEW = "review"


def holds(user: Person, codename: str) -> bool:
    """Whether the user has a right for all models."""
    return user.has_perm(f"{APP}.{codename}")


def may_see_outbox(user: Person) -> bool:
    """Whether the user may see everything that goes to upstream, and the hub's figures.

    True for staff who maintain public models. `visible_to` decides which rows they see.
    """
    is_staff = bool(user.is_authenticated and user.is_active and user.is_staff)
    return is_staff and (user.is_superuser or holds_any(user, PUBLIC_MAINTENANCE))


def verbs(user: Person, model: RegisteredModel) -> frozenset[ModelVerb]:
    """What the user may do to a model that they may see; empty for everybody else."""
    if not user.is_authenticated or not user.is_active:
        return frozenset()
    if user.is_superuser:
        if model.published_revision_id is None:
            return frozenset({ModelVerb.PROPOSE, ModelVerb.DELETE, ModelVerb.APPOINT})
        return frozenset(set(ModelVerb) - {ModelVerb.PROPOSE})
    owns = model.owner_id == user.pk
    if model.visibility == Visibility.PRIVATE:
        return _on_private(user, model, owns=owns)
    if model.published_revision_id is None:
        # Until somebody approves a proposal, it belongs to its author.
        return frozenset({ModelVerb.PROPOSE, ModelVerb.DELETE}) if owns else frozenset()
    return _on_published(user, model, owns=owns)


def _on_private(user: User, model: RegisteredModel, *, owns: bool) -> frozenset[ModelVerb]:
    """What the user may do to a private model.

    As the user guide says, any right to maintain public models also opens private ones.
    """
    if owns or holds_any(user, PUBLIC_MAINTENANCE):
        return frozenset({ModelVerb.EDIT, ModelVerb.DELETE, ModelVerb.EXPIRE}) | _appoints(
            user, PUBLIC_MAINTENANCE
        )
    return _granted(user, model)


def _on_published(user: User, model: RegisteredModel, *, owns: bool) -> frozenset[ModelVerb]:
    kind = model.visibility  # "public" or "enterprise", as the codenames have it
    allowed = set(_granted(user, model))
    if holds(user, f"change_{kind}_model"):
        allowed |= {ModelVerb.EDIT, ModelVerb.FEATURE}
    if holds(user, f"delete_{kind}_model"):
        allowed.add(ModelVerb.DELETE)
    if holds(user, f"expire_{kind}_model"):
        allowed.add(ModelVerb.EXPIRE)
    if owns and ModelVerb.EDIT not in allowed:
        allowed.add(ModelVerb.PROPOSE)
    public = kind == Visibility.PUBLIC
    return frozenset(allowed) | _appoints(
        user, PUBLIC_MAINTENANCE if public else ENTERPRISE_MAINTENANCE
    )


def _appoints(user: User, rights: tuple[str, ...]) -> frozenset[ModelVerb]:
    """APPOINT if the user holds each of these rights for all models, since nobody may grant a right
    that they lack."""
    holds_all = all(user.has_perm(f"{APP}.{codename}") for codename in rights)
    return frozenset({ModelVerb.APPOINT}) if holds_all else frozenset()


def _granted(user: User, model: RegisteredModel) -> frozenset[ModelVerb]:
    """What the user's rights on this one model allow."""
    table = {
        Right.CHANGE_MODEL: ModelVerb.EDIT,
        Right.DELETE_MODEL: ModelVerb.DELETE,
        Right.EXPIRE_MODEL: ModelVerb.EXPIRE,
    }
    held = {codename for _pk, codename in rights_on_models(user, model)}
    return frozenset(verb for codename, verb in table.items() if codename in held)


def may_suggest(user: Person, model: RegisteredModel) -> bool:
    """Whether the user may propose a change of a model that is not theirs.

    Everybody who may register models, for published public models. It is not a verb: whoever
    suggests does not work with the model, and sees neither its Settings nor what others have
    proposed.
    """
    if not user.is_authenticated or not user.is_active:
        return False
    is_open = model.visibility == Visibility.PUBLIC and model.published_revision_id is not None
    if not is_open or model.is_expired() or not holds(user, Right.REGISTER_MODEL):
        return False
    return not verbs(user, model) & {ModelVerb.EDIT, ModelVerb.PROPOSE}


def may_rename(user: Person, model: RegisteredModel) -> bool:
    """Whether the user may rename the model: their own, which nobody else can see, or one that
    others see and that they may change without a review."""
    if not user.is_authenticated or not user.is_active or model.published_revision_id is None:
        return False
    if model.visibility == Visibility.PRIVATE:
        return _owns(user, model)
    return ModelVerb.EDIT in verbs(user, model)


def may_give(user: Person, model: RegisteredModel) -> bool:
    """Whether the user may give the model to somebody else."""
    return user.is_authenticated and user.is_active and _owns(user, model)


def open_suggestions(user: User) -> int:
    """How many open proposals for published models of others the person has."""
    rows = Revision.objects.filter(author=user, state__in=("proposed", "changes_requested"))
    of_others = rows.exclude(model__owner=user).filter(model__published_revision__isnull=False)
    return of_others.count()


def has_proposed(user: Person, model: RegisteredModel) -> bool:
    """Whether the user has proposed a change of the model that was not published."""
    if not user.is_authenticated:
        return False
    return Revision.objects.filter(model=model, author=user, published_at=None).exists()


def is_suggestion(revision: Revision) -> bool:
    """True if somebody other than the owner proposes the change of a published public model."""
    model = revision.model
    if model.visibility != Visibility.PUBLIC or model.published_revision_id is None:
        return False
    return revision.author_id != model.owner_id


def may_register(user: Person, visibility: str) -> Outcome | None:
    """What a new model with that visibility becomes; None if the user may not register it."""
    if visibility == Visibility.PRIVATE:
        return Outcome.PRIVATE if holds(user, Right.REGISTER_MODEL) else None
    if visibility == Visibility.ENTERPRISE:
        return Outcome.PUBLISHED if holds(user, Right.REGISTER_ENTERPRISE_MODEL) else None
    if holds(user, Right.REGISTER_PUBLIC_MODEL):
        return Outcome.PUBLISHED
    return Outcome.REVIEW if holds(user, Right.REGISTER_MODEL) else None


def may_change_to(user: Person, model: RegisteredModel, visibility: str) -> Outcome | None:
    """What an edit that gives the model this visibility becomes; None if it is refused.

    Making a public model less visible takes it from everybody, so it needs the right to delete it.
    Any other visibility needs the right to register models with it.
    """
    allowed = verbs(user, model)
    if not allowed & {ModelVerb.EDIT, ModelVerb.PROPOSE}:
        suggests = visibility == model.visibility and may_suggest(user, model)
        return Outcome.REVIEW if suggests else None
    if visibility == model.visibility:
        if visibility == Visibility.PRIVATE:
            return Outcome.PRIVATE
        return Outcome.PUBLISHED if ModelVerb.EDIT in allowed else Outcome.REVIEW
    if model.visibility != Visibility.PRIVATE and ModelVerb.DELETE not in allowed:
        return None
    if model.visibility == Visibility.PRIVATE and not _owns(user, model):
        return None
    return may_register(user, visibility)


def revisions_for(user: Person, model: RegisteredModel) -> RevisionQuerySet:
    """The revisions of a visible model that the user may see, newest first.

    People who may act on the model see all of them, and so does everybody who may see a model that
    is still a proposal. Reviewers of a published model see its public history and the proposals,
    but not what was published while the model was private.
    """
    if verbs(user, model) or model.published_revision_id is None:
        return Revision.objects.filter(model=model).order_by("-number")
    if holds_any(user, (Right.REVIEW_MODEL, Right.VIEW_REVIEW_LIST)):
        shown = Q(published_at__isnull=True) | Q(visibility=model.visibility)
        return Revision.objects.filter(shown, model=model).order_by("-number")
    return Revision.objects.history_of(model)


def _owns(user: Person, model: RegisteredModel) -> bool:
    return model.owner_id == user.pk or bool(user.is_superuser)


def maintainers_of(model: RegisteredModel) -> list[User]:
    """The users who hold rights on this one model directly (not through a group), by user name."""
    users = get_users_with_perms(
        model, only_with_perms_in=list(OBJECT_RIGHTS), with_group_users=False
    )
    return list(users.order_by("username"))


def grant_maintainer(user: User, model: RegisteredModel) -> None:
    """Give a user the rights to see, change, delete and expire one model."""
    for codename in OBJECT_RIGHTS:
        assign_perm(f"{APP}.{codename}", user, model)


def revoke_maintainer(user: User, model: RegisteredModel) -> None:
    """Remove the rights that `grant_maintainer` gives."""
    for codename in OBJECT_RIGHTS:
        remove_perm(f"{APP}.{codename}", user, model)
