"""Atom feeds of the models that visitors without an account see: the new ones and the updated ones,
of all types or of one."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.syndication.views import Feed
from django.db.models import Min, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from hub.anonymous_pages import same_for_everybody
from hub.context import SITE_NAME
from models_registry.models import ModelType, RegisteredModel, RegisteredModelQuerySet, Visibility
from models_registry.models.model_urls import model_address

if TYPE_CHECKING:
    _Feed = Feed[RegisteredModel, str]
else:
    _Feed = Feed

ENTRIES: Final = 50
_MOST_CHARACTERS: Final = 1000
# XML has no way to write these.
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class _ModelFeed(_Feed):
    """What both feeds have. The object of a feed is its type of models, "" for all."""

    feed_type = Atom1Feed
    author_name = SITE_NAME
    name: str

    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> str:
        model_type = str(kwargs.get("model_type", ""))
        if model_type and model_type not in ModelType.values:
            raise Http404
        return model_type

    def link(self, model_type: str) -> str:
        query = f"?type={model_type}" if model_type else ""
        return f"{settings.SITE_URL}{reverse('models_registry:model_list')}{query}"

    def feed_url(self, model_type: str) -> str:
        arguments = [model_type] if model_type else []
        return f"{settings.SITE_URL}{reverse(f'models_registry:{self.name}', args=arguments)}"

    def feed_guid(self, model_type: str) -> str:
        return self.feed_url(model_type)

    def title(self, model_type: str) -> str:
        kind = f" · {ModelType(model_type).label}" if model_type else ""
        return f"{self.heading()}{kind} · {SITE_NAME}"

    def heading(self) -> str:
        raise NotImplementedError

    def models(self, model_type: str) -> RegisteredModelQuerySet:
        """The models of the feed, with their revision but without its texts."""
        visible = RegisteredModel.objects.visible_to(AnonymousUser())
        if model_type:
            visible = visible.filter(model_type=model_type)
        return visible.select_related("published_revision").only(
            "model_type", "name", "name_key", "visibility", "description",
            "published_revision__number", "published_revision__published_at",
        )  # fmt: skip

    def item_title(self, item: RegisteredModel) -> str:
        return _plain(item.name)

    def item_description(self, item: RegisteredModel) -> str:
        return _plain(item.description)[:_MOST_CHARACTERS]

    def item_link(self, item: RegisteredModel) -> str:
        query = f"?type={item.model_type}"
        return f"{settings.SITE_URL}{model_address(item)}{query}"

    def item_updateddate(self, item: RegisteredModel) -> datetime | None:
        return item.published_revision.published_at if item.published_revision else None

    def item_categories(self, item: RegisteredModel) -> list[str]:
        return [item.model_type]


class NewModelsFeed(_ModelFeed):
    """The models that became public last."""

    name = "new_models_feed"

    def heading(self) -> str:
        return gettext("New models")

    def items(self, model_type: str) -> RegisteredModelQuerySet:
        # SECURITY: not the time of a revision from when the model was private.
        public = Q(revisions__visibility=Visibility.PUBLIC)
        since = Min("revisions__published_at", filter=public)
        return self.models(model_type).annotate(since=since).order_by("-since", "-pk")[:ENTRIES]

    def item_pubdate(self, item: RegisteredModel) -> datetime | None:
        since: datetime | None = getattr(item, "since", None)
        return since

    def item_guid(self, item: RegisteredModel) -> str:
        return f"{settings.SITE_URL}{item.get_absolute_url()}"


class UpdatedModelsFeed(_ModelFeed):
    """The models with the newest revisions; each revision is an entry of its own for readers."""

    name = "updated_models_feed"

    def heading(self) -> str:
        return gettext("Updated models")

    def items(self, model_type: str) -> RegisteredModelQuerySet:
        newest = self.models(model_type).order_by("-published_revision__published_at", "-pk")
        return newest[:ENTRIES]

    def item_guid(self, item: RegisteredModel) -> str:
        number = item.published_revision.number if item.published_revision else 0
        return f"{settings.SITE_URL}{item.get_absolute_url()}#revision-{number}"


@require_safe
def new_models_feed(request: HttpRequest, model_type: str = "") -> HttpResponse:
    """The feed of new models."""
    return _answer(NewModelsFeed(), request, model_type)


@require_safe
def updated_models_feed(request: HttpRequest, model_type: str = "") -> HttpResponse:
    """The feed of updated models."""
    return _answer(UpdatedModelsFeed(), request, model_type)


def _answer(feed: _ModelFeed, request: HttpRequest, model_type: str) -> HttpResponse:
    response = feed(request, model_type=model_type)
    same_for_everybody(request, response)
    return response


def _plain(text: str) -> str:
    return _NOT_IN_XML.sub(" ", text)
