"""The rights over models, by their codenames, and whether somebody holds one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.utils.translation import gettext_noop as _

if TYPE_CHECKING:
    from accounts.models import User

APP = "models_registry"


class Right(models.TextChoices):
    """What people and groups may be allowed to do; the last four also for one model only."""

    REGISTER_MODEL = (
        "register_model",
        _("Can register private models and submit public ones for review"),
    )
    REGISTER_PUBLIC_MODEL = (
        "register_public_model",
        _("Can publish public models without review"),
    )
    REGISTER_ENTERPRISE_MODEL = (
        "register_enterprise_model",
        _("Can register enterprise models"),
    )
    VIEW_ENTERPRISE_MODEL = "view_enterprise_model", _("Can see enterprise models")
    CHANGE_PUBLIC_MODEL = "change_public_model", _("Can change public models")
    DELETE_PUBLIC_MODEL = "delete_public_model", _("Can delete public models")
    EXPIRE_PUBLIC_MODEL = "expire_public_model", _("Can set the expiry of public models")
    CHANGE_ENTERPRISE_MODEL = (
        "change_enterprise_model",
        _("Can change enterprise models"),
    )
    DELETE_ENTERPRISE_MODEL = (
        "delete_enterprise_model",
        _("Can delete enterprise models"),
    )
    EXPIRE_ENTERPRISE_MODEL = (
        "expire_enterprise_model",
        _("Can set the expiry of enterprise models"),
    )
    VIEW_REVIEW_LIST = "view_review_list", _("Can see the review queue")
    REVIEW_MODEL = "review_model", _("Can decide reviews")
    UPDATE_CATALOGUE = "update_catalogue", _("Can update the catalogue from its source")
    VIEW_MODEL = "view_model", _("Can see this model")
    CHANGE_MODEL = "change_model", _("Can change this model")
    DELETE_MODEL = "delete_model", _("Can delete this model")
    EXPIRE_MODEL = "expire_model", _("Can set the expiry of this model")


PUBLIC_MAINTENANCE = (
    Right.CHANGE_PUBLIC_MODEL,
    Right.DELETE_PUBLIC_MODEL,
    Right.EXPIRE_PUBLIC_MODEL,
)
ENTERPRISE_MAINTENANCE = (
    Right.CHANGE_ENTERPRISE_MODEL,
    Right.DELETE_ENTERPRISE_MODEL,
    Right.EXPIRE_ENTERPRISE_MODEL,
)
OBJECT_RIGHTS = (Right.VIEW_MODEL, Right.CHANGE_MODEL, Right.DELETE_MODEL, Right.EXPIRE_MODEL)


def holds_any(user: User | AnonymousUser, rights: tuple[str, ...]) -> bool:
    """Whether the user holds at least one of those rights, for all models."""
    return any(user.has_perm(f"{APP}.{right}") for right in rights)
