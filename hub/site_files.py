"""Small files about the site, at addresses that programs know: none of them needs the database."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from hub.context import SITE_NAME

# What nobody finds by a search: people's own pages, and lists with every combination of filters.
_NOT_CRAWLED: Final = (
    "/accounts/", "/admin/", "/api/", "/i18n/", "/model-registration", "/models/compare",
    "/models/detail/*/compare/", "/models/detail/*/history/", "/models?", "/my-models",
    "/notifications", "/signin", "/signup", "/theme", "/upstream", "/user-center",
)  # fmt: skip
_CRAWLED: Final = ("/api/docs", "/models?page=")
_SECURITY_DAYS: Final = 180
_kept_for_an_hour = cache_control(public=True, max_age=3600)


@require_safe
@_kept_for_an_hour
def robots(request: HttpRequest) -> HttpResponse:
    """robots.txt: what search engines may read, and where the sitemap is."""
    lines = [
        "User-agent: *",
        *(f"Disallow: {path}" for path in _NOT_CRAWLED),
        *(f"Allow: {path}" for path in _CRAWLED),
        "",
        f"Sitemap: {settings.SITE_URL}{reverse('models_registry:sitemap_index')}",
    ]
    return _text(lines)


@require_safe
@_kept_for_an_hour
def security(request: HttpRequest) -> HttpResponse:
    """security.txt (RFC 9116): whom to tell about a weakness; 404 if the operator names nobody."""
    if not settings.ENV.security_contact:
        raise Http404
    expires = timezone.now() + timedelta(days=_SECURITY_DAYS)
    lines = [
        f"Contact: {settings.ENV.security_contact}",
        f"Expires: {expires:%Y-%m-%dT00:00:00Z}",
        "Preferred-Languages: en, zh",
        f"Canonical: {settings.SITE_URL}{request.path}",
    ]
    return _text(lines)


@require_safe
@_kept_for_an_hour
def manifest(request: HttpRequest) -> JsonResponse:
    """The web app manifest: name, colours and icons for a home screen."""
    sizes = {f"{size}x{size}": static(f"img/icon-{size}.png") for size in (192, 512)}
    icons = [
        {"src": src, "sizes": size, "type": "image/png", "purpose": purpose}
        for size, src in sizes.items()
        for purpose in ("any", "maskable")
    ]
    content = {
        "name": SITE_NAME,
        "short_name": "Models Hub",
        "start_url": reverse("models_registry:model_list"),
        "display": "minimal-ui",
        "background_color": "#ffffff",
        "theme_color": "#0b5f6c",
        "icons": icons,
    }
    return JsonResponse(content, content_type="application/manifest+json")


@require_safe
@_kept_for_an_hour
def opensearch(request: HttpRequest) -> HttpResponse:
    """The OpenSearch description: browsers can search the models from their address bar."""
    context = {"site_name": SITE_NAME, "site_url": settings.SITE_URL}
    text = render_to_string("opensearch.xml", context)
    return HttpResponse(text, content_type="application/opensearchdescription+xml; charset=utf-8")


@require_safe
@_kept_for_an_hour
def favicon(request: HttpRequest) -> HttpResponse:
    """The icon for programs that ask for it without having read a page."""
    return redirect(static("img/favicon.ico"))


def _text(lines: list[str]) -> HttpResponse:
    return HttpResponse("\n".join([*lines, ""]), content_type="text/plain; charset=utf-8")
