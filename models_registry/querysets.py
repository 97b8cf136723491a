"""Which models somebody may see, and how they are searched. Querysets never import models."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.utils import timezone
from guardian.shortcuts import get_objects_for_user

if TYPE_CHECKING:
    from accounts.models import User
    from models_registry.models import RegisteredModel, Revision  # noqa: F401 - the base's name
    from models_registry.update_tables import SourceMark  # noqa: F401 - the same

APP = "models_registry"
PUBLIC_MAINTENANCE = ("change_public_model", "delete_public_model", "expire_public_model")
ENTERPRISE_MAINTENANCE = (
    "change_enterprise_model",
    "delete_enterprise_model",
    "expire_enterprise_model",
)
OBJECT_RIGHTS = ("view_model", "change_model", "delete_model", "expire_model")


def holds_any(user: User | AnonymousUser, codenames: tuple[str, ...]) -> bool:
    """Whether the user holds at least one of those rights, for all models."""
    return any(user.has_perm(f"{APP}.{codename}") for codename in codenames)


class RegisteredModelQuerySet(models.QuerySet["RegisteredModel"]):
    """Models by visibility, ownership and words."""

    def visible_to(self, user: User | AnonymousUser) -> RegisteredModelQuerySet:
        """The models that the user may see at all; everything else does not exist for him.

        SECURITY: the only place that decides visibility. Pages, API, downloads, counts start here.
        """
        if user.is_authenticated and user.is_active and user.is_superuser:
            return self
        live = Q(published_revision__isnull=False) & (
            Q(expires_at__isnull=True) | Q(expires_at__gt=timezone.now())
        )
        may = Q(visibility="public") & live
        if isinstance(user, AnonymousUser) or not user.is_active:
            return self.filter(may)
        may |= Q(owner=user)
        if holds_any(user, ("view_enterprise_model",)):
            may |= Q(visibility="enterprise") & live
        if holds_any(user, ENTERPRISE_MAINTENANCE):
            may |= Q(visibility="enterprise", published_revision__isnull=False)
        if holds_any(user, PUBLIC_MAINTENANCE):
            may |= Q(visibility="private") | Q(
                visibility="public", published_revision__isnull=False
            )
        if holds_any(user, ("review_model", "view_review_list")):
            may |= Q(visibility__in=["public", "enterprise"], published_revision__isnull=True)
        granted = get_objects_for_user(
            user,
            [f"{APP}.{codename}" for codename in OBJECT_RIGHTS],
            klass=self.model,
            any_perm=True,
            accept_global_perms=False,
        )
        return self.filter(may | Q(pk__in=granted.values("pk")))

    def published(self) -> RegisteredModelQuerySet:
        """Models with a published revision that are not expired."""
        return self.filter(published_revision__isnull=False).filter(
            Q(expires_at__isnull=True) | Q(expires_at__gt=timezone.now())
        )

    def public(self) -> RegisteredModelQuerySet:
        """Published, unexpired public models: what everybody may see and servers download."""
        return self.published().filter(visibility="public")

    def search(self, text: str) -> RegisteredModelQuerySet:
        """Models in whose name, description, abilities, languages, formats, engines or source
        repositories every word of the text occurs."""
        found: RegisteredModelQuerySet = self
        for word in search_words(text):
            found = found.filter(search_text__contains=word)
        return found


class RevisionQuerySet(models.QuerySet["Revision"]):
    """Revisions; changes of their state go through `publication` alone."""

    def history_of(self, model: RegisteredModel) -> RevisionQuerySet:
        """What everybody who sees the model may see of its past: what was published as it is now.

        SECURITY: proposals, and revisions of the time when a public model was private, are hidden.
        """
        return self.filter(
            model=model, published_at__isnull=False, visibility=model.visibility
        ).order_by("-number")

    def with_model(self) -> RevisionQuerySet:
        """With the model of each, in the same query."""
        return self.select_related("model")


class SourceMarkQuerySet(models.QuerySet["SourceMark"]):
    """What updates left for a person to decide."""

    def differing(self) -> SourceMarkQuerySet:
        """Models that were changed here and at the source, so that they do not fit together."""
        return self.exclude(their_text="")

    def gone(self) -> SourceMarkQuerySet:
        """Models that the source no longer has, and that nobody chose to keep all the same."""
        return self.filter(missing_since__isnull=False, kept_since__isnull=True)

    def undecided(self) -> SourceMarkQuerySet:
        """Both of these."""
        return self.differing() | self.gone()

    def light(self) -> SourceMarkQuerySet:
        """Without the texts; `differs` says whether there is one to decide about."""
        differs = models.ExpressionWrapper(~Q(their_text=""), models.BooleanField())
        return self.annotate(differs=differs).defer("their_text", "conflicts")

    def for_maintainer(self, user: User) -> SourceMarkQuerySet:
        """Those on which the user may decide: he may edit the model, and a public one takes the
        right to update, too. It asks what `policy.verbs` answers for one model."""
        live = self.filter(
            model__visibility__in=["public", "enterprise"], model__published_revision__isnull=False
        )
        if user.is_superuser:
            return live
        granted = get_objects_for_user(
            user,
            f"{APP}.change_model",
            klass=self.model._meta.get_field("model").related_model,
            accept_global_perms=False,
        )
        is_granted = Q(model__in=granted.values("pk"))
        may = Q(pk__in=[])
        if holds_any(user, ("update_catalogue",)):
            all_public = holds_any(user, ("change_public_model",))
            may |= Q(model__visibility="public") & (Q() if all_public else is_granted)
        all_enterprise = holds_any(user, ("change_enterprise_model",))
        may |= Q(model__visibility="enterprise") & (Q() if all_enterprise else is_granted)
        return live.filter(may)


def normalised(text: str) -> str:
    """Text as it is compared in searches: compatibility forms folded, lower case."""
    return unicodedata.normalize("NFKC", text).casefold()


def search_words(text: str) -> list[str]:
    """The words of a search, normalised; at most eight, NUL removed (PostgreSQL refuses it)."""
    return normalised(text.replace("\x00", " ")).split()[:8]
