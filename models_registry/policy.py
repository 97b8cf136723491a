"""Who may do what to a model: one table, read by pages, API and use cases alike.

The rules are those of the page "who may do what": rights for all models are Django permissions, a
right on one model is given through django-guardian.
"""

from __future__ import annotations

from enum import StrEnum

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from guardian.shortcuts import assign_perm, get_perms, get_users_with_perms, remove_perm

from accounts.models import User
from models_registry.models import RegisteredModel, Revision, Visibility
from models_registry.querysets import (
    APP,
    ENTERPRISE_MAINTENANCE,
    OBJECT_RIGHTS,
    PUBLIC_MAINTENANCE,
    RevisionQuerySet,
    holds_any,
)

Person = User | AnonymousUser


class ModelVerb(StrEnum):
    """What can be done to one model."""

    EDIT = "edit"
    PROPOSE = "propose"
    DELETE = "delete"
    EXPIRE = "expire"
    FEATURE = "feature"
    # Giving other people rights on this one model.
    APPOINT = "appoint"


class Outcome(StrEnum):
    """What becomes of a submission."""

    PRIVATE = "private"
    PUBLISHED = "published"
    REVIEW = "review"


def holds(user: Person, codename: str) -> bool:
    """Whether the user has a right for all models."""
    return user.has_perm(f"{APP}.{codename}")


def may_see_outbox(user: Person) -> bool:
    """Whether the user may look at everything that goes to upstream, and at the hub's figures.

    Staff that maintain public models; which rows, `visible_to` decides as everywhere.
    """
    is_staff = bool(user.is_authenticated and user.is_active and user.is_staff)
    return is_staff and (user.is_superuser or holds_any(user, PUBLIC_MAINTENANCE))


def verbs(user: Person, model: RegisteredModel) -> frozenset[ModelVerb]:
    """What the user may do to a model that he may see; empty for everybody else."""
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
        # A proposal is its author's until somebody approves it.
        return frozenset({ModelVerb.PROPOSE, ModelVerb.DELETE}) if owns else frozenset()
    return _on_published(user, model, owns=owns)


def _on_private(user: User, model: RegisteredModel, *, owns: bool) -> frozenset[ModelVerb]:
    """The owner's own; as the user guide says, any right to maintain public models opens it too."""
    if owns or holds_any(user, PUBLIC_MAINTENANCE):
        return frozenset({ModelVerb.EDIT, ModelVerb.DELETE, ModelVerb.EXPIRE}) | _appoints(
            user, PUBLIC_MAINTENANCE
        )
    return _granted(user, model)


def _on_published(user: User, model: RegisteredModel, *, owns: bool) -> frozenset[ModelVerb]:
    kind = model.visibility  # "public" or "enterprise", as the codenames have it
    found = set(_granted(user, model))
    if holds(user, f"change_{kind}_model"):
        found |= {ModelVerb.EDIT, ModelVerb.FEATURE}
    if holds(user, f"delete_{kind}_model"):
        found.add(ModelVerb.DELETE)
    if holds(user, f"expire_{kind}_model"):
        found.add(ModelVerb.EXPIRE)
    if owns and ModelVerb.EDIT not in found:
        found.add(ModelVerb.PROPOSE)
    public = kind == Visibility.PUBLIC
    return frozenset(found) | _appoints(
        user, PUBLIC_MAINTENANCE if public else ENTERPRISE_MAINTENANCE
    )


def _appoints(user: User, rights: tuple[str, ...]) -> frozenset[ModelVerb]:
    """Nobody gives away what he does not hold: it takes each of the rights, for all models."""
    holds_all = all(user.has_perm(f"{APP}.{codename}") for codename in rights)
    return frozenset({ModelVerb.APPOINT}) if holds_all else frozenset()


def _granted(user: User, model: RegisteredModel) -> frozenset[ModelVerb]:
    """What rights on this one model allow."""
    table = {
        "change_model": ModelVerb.EDIT,
        "delete_model": ModelVerb.DELETE,
        "expire_model": ModelVerb.EXPIRE,
    }
    held = get_perms(user, model)
    return frozenset(verb for codename, verb in table.items() if codename in held)


def may_register(user: Person, visibility: str) -> Outcome | None:
    """What a new model of that visibility would become; None where the user may not register it."""
    if visibility == Visibility.PRIVATE:
        return Outcome.PRIVATE if holds(user, "register_model") else None
    if visibility == Visibility.ENTERPRISE:
        return Outcome.PUBLISHED if holds(user, "register_enterprise_model") else None
    if holds(user, "register_public_model"):
        return Outcome.PUBLISHED
    return Outcome.REVIEW if holds(user, "register_model") else None


def may_change_to(user: Person, model: RegisteredModel, visibility: str) -> Outcome | None:
    """What an edit of the model becomes that gives it that visibility; None where it is refused.

    Leaving the public takes a model from everybody, so it needs the right to delete it; entering
    needs the right to register there.
    """
    allowed = verbs(user, model)
    if not allowed & {ModelVerb.EDIT, ModelVerb.PROPOSE}:
        return None
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

    Who works with the model sees them all, and who may see a proposal at all sees what it proposes.
    Of a published model reviewers see what everybody sees and the proposals, but
    not what was published while the model was private.
    """
    if verbs(user, model) or model.published_revision_id is None:
        return Revision.objects.filter(model=model).order_by("-number")
    if holds_any(user, ("review_model", "view_review_list")):
        shown = Q(published_at__isnull=True) | Q(visibility=model.visibility)
        return Revision.objects.filter(shown, model=model).order_by("-number")
    return Revision.objects.history_of(model)


def _owns(user: Person, model: RegisteredModel) -> bool:
    return model.owner_id == user.pk or bool(user.is_superuser)


def maintainers_of(model: RegisteredModel) -> list[User]:
    """The people who hold rights on this one model, by user name; not those of groups."""
    found = get_users_with_perms(
        model, only_with_perms_in=list(OBJECT_RIGHTS), with_group_users=False
    )
    return list(found.order_by("username"))


def grant_maintainer(user: User, model: RegisteredModel) -> None:
    """Give a user the rights to see, change, delete and expire one model."""
    for codename in OBJECT_RIGHTS:
        assign_perm(f"{APP}.{codename}", user, model)


def revoke_maintainer(user: User, model: RegisteredModel) -> None:
    """Take those rights away again."""
    for codename in OBJECT_RIGHTS:
        remove_perm(f"{APP}.{codename}", user, model)
