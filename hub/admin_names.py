"""The names of tables and fields that the administration shows, in the reader's language.

Django makes these names of the names in the code, in English. A `verbose_name` for each field
would be a migration of each app for every label; so the made names are translated instead.
"""

from __future__ import annotations

from typing import Any, Final

from django.apps import apps
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, gettext_noop

APPS: Final = ("accounts", "hub", "models_registry", "reviews")
# As Django makes them; makemessages finds them here.
NAMES: Final = (
    # Django's own, whose translations have spaces between Chinese words, or mean something else.
    gettext_noop("Add %s"),
    gettext_noop("Add another %(verbose_name)s"),
    gettext_noop("Change %s"),
    gettext_noop("Change history: %s"),
    gettext_noop("None available"),
    gettext_noop("Select %s to change"),
    gettext_noop("Select %s to view"),
    gettext_noop("View"),
    gettext_noop("View %s"),
    gettext_noop("SHA-256"),
    gettext_noop("actor name"),
    gettext_noop("attempts"),
    gettext_noop("audit entry"),
    gettext_noop("audit log"),
    gettext_noop("author name"),
    gettext_noop("branch"),
    gettext_noop("by"),
    gettext_noop("catalogue list"),
    gettext_noop("catalogue lists"),
    gettext_noop("changed at"),
    gettext_noop("channel"),
    gettext_noop("comment"),
    gettext_noop("comments"),
    gettext_noop("commit"),
    gettext_noop("created at"),
    gettext_noop("decision"),
    gettext_noop("description"),
    gettext_noop("examination"),
    gettext_noop("feedback"),
    gettext_noop("head repository"),
    gettext_noop("ip address"),
    gettext_noop("is sync"),
    gettext_noop("key"),
    gettext_noop("kind"),
    gettext_noop("leased until"),
    gettext_noop("line"),
    gettext_noop("list revision"),
    gettext_noop("list revisions"),
    gettext_noop("merged at"),
    gettext_noop("model count"),
    gettext_noop("model type"),
    gettext_noop("next attempt at"),
    gettext_noop("not before"),
    gettext_noop("opened at"),
    gettext_noop("part"),
    gettext_noop("published revision"),
    gettext_noop("pull request"),
    gettext_noop("pull requests"),
    gettext_noop("record count"),
    gettext_noop("registered model"),
    gettext_noop("registered models"),
    gettext_noop("repository"),
    gettext_noop("request id"),
    gettext_noop("review"),
    gettext_noop("reviews"),
    gettext_noop("reviewer name"),
    gettext_noop("revision"),
    gettext_noop("saved replies"),
    gettext_noop("saved reply"),
    gettext_noop("sent version"),
    gettext_noop("severity"),
    gettext_noop("state"),
    gettext_noop("state of this hub"),
    gettext_noop("tag"),
    gettext_noop("target id"),
    gettext_noop("target label"),
    gettext_noop("target type"),
    gettext_noop("text"),
    gettext_noop("title"),
    gettext_noop("upstream change"),
    gettext_noop("upstream changes"),
    gettext_noop("version"),
    gettext_noop("wanted version"),
    # Groups and permissions that come with the hub.
    gettext_noop("Enterprise maintainers"),
    gettext_noop("Enterprise registrars"),
    gettext_noop("Enterprise viewers"),
    gettext_noop("Maintainers"),
    gettext_noop("Public registrars"),
    gettext_noop("Registrars"),
    gettext_noop("Reviewers"),
    gettext_noop("Can add user"),
    gettext_noop("Can change user"),
    gettext_noop("Can view audit entry"),
    gettext_noop("Can view user"),
)


def translate_names() -> None:
    """Make the names of the hub's tables and fields lazy translations of what they are."""
    for model in apps.get_models():
        if model._meta.app_label in APPS:
            if "verbose_name_plural" not in model._meta.original_attrs:
                model._meta.verbose_name_plural = str(model._meta.verbose_name_plural)
            for named in (model._meta, *model._meta.fields):
                _translate(named)


def _translate(named: Any) -> None:
    for attribute in ("verbose_name", "verbose_name_plural"):
        name = getattr(named, attribute, None)
        if isinstance(name, str) and not isinstance(name, Promise):
            setattr(named, attribute, gettext_lazy(name))
