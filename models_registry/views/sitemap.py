"""The sitemap: the help, and the pages of the models that visitors without an account see."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.sitemaps import Sitemap
from django.contrib.sitemaps import views as sitemaps
from django.db.models import Count, Max
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from hub import help_files
from hub.anonymous_pages import same_for_everybody
from models_registry.models import RegisteredModel, RegisteredModelQuerySet
from models_registry.models.model_urls import model_address

if TYPE_CHECKING:
    _Sitemap = Sitemap[RegisteredModel]
    _NameSitemap = Sitemap[str]
else:
    _Sitemap = _NameSitemap = Sitemap


class _AtSiteUrl:
    """Addresses begin with SITE_URL, whatever host was asked."""

    def get_protocol(self, protocol: str | None = None) -> str:
        return urlsplit(settings.SITE_URL).scheme

    def get_domain(self, site: object = None) -> str:
        return urlsplit(settings.SITE_URL).netloc


class HelpSitemap(_AtSiteUrl, _NameSitemap):
    """The pages of the help."""

    def items(self) -> Sequence[str]:
        return help_files.PAGES

    def location(self, item: str) -> str:
        return reverse("help", args=[item])


class ModelSitemap(_AtSiteUrl, _Sitemap):
    """A part of the sitemap has as many models as one answer can take."""

    limit = 5_000

    def items(self) -> RegisteredModelQuerySet:
        return (
            _visible()
            .select_related("published_revision")
            .only("name", "name_key", "visibility", "published_revision__published_at")
            .order_by("pk")
        )

    def location(self, item: RegisteredModel) -> str:
        return model_address(item, self._ambiguous)

    def lastmod(self, item: RegisteredModel) -> datetime | None:
        return item.published_revision.published_at if item.published_revision else None

    def get_latest_lastmod(self) -> datetime | None:
        newest = _visible().aggregate(at=Max("published_revision__published_at"))
        return cast("datetime | None", newest["at"])

    @cached_property
    def _ambiguous(self) -> set[str]:
        """The names that models of several types have."""
        names = _visible().order_by().values("name_key").annotate(n=Count("pk"))
        return set(names.filter(n__gt=1).values_list("name_key", flat=True))


SITEMAPS: Final[dict[str, type[Sitemap[Any]] | Sitemap[Any]]] = {
    "models": ModelSitemap,
    "help": HelpSitemap,
}


@require_safe
def sitemap_index(request: HttpRequest) -> HttpResponse:
    """The parts of the sitemap."""
    name = "models_registry:sitemap"
    response: TemplateResponse = sitemaps.index(request, SITEMAPS, sitemap_url_name=name)
    for part in (response.context_data or {})["sitemaps"]:
        address = urlsplit(part.location)
        part.location = address._replace(
            scheme=urlsplit(settings.SITE_URL).scheme, netloc=urlsplit(settings.SITE_URL).netloc
        ).geturl()
    same_for_everybody(request, response)
    return response


@require_safe
def sitemap(request: HttpRequest, section: str) -> HttpResponse:
    """One part of the sitemap; `?p=2` is its second page."""
    view: Callable[..., HttpResponse] = sitemaps.sitemap
    response = view(request, SITEMAPS, section)
    same_for_everybody(request, response)
    return response


def _visible() -> RegisteredModelQuerySet:
    return RegisteredModel.objects.visible_to(AnonymousUser())
