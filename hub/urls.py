"""All addresses of the hub."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.i18n import set_language

from hub import design_page, site_files
from hub.api import api, openapi_document
from hub.api_reference.page import api_reference
from hub.health import healthz, readyz
from hub.help_pages import help_page
from hub.metrics import metrics
from hub.own_page import from_own_page

admin.autodiscover()

urlpatterns = [
    # Before the model pages and the administration, whose patterns would match its addresses.
    path("", include("reviews.urls")),
    path("", include("models_registry.urls")),
    path("", include("models_registry.launch_urls")),
    path("", include("accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("api/openapi.json", openapi_document),
    path("api/docs", api_reference, name="api_reference"),
    path("api/", api.urls),
    path("help", help_page, name="help"),
    path("help/<slug:name>", help_page, name="help"),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
    path("robots.txt", site_files.robots, name="robots"),
    path(".well-known/security.txt", site_files.security, name="security"),
    path("site.webmanifest", site_files.manifest, name="manifest"),
    path("opensearch.xml", site_files.opensearch, name="opensearch"),
    path("favicon.ico", site_files.favicon, name="favicon"),
    path("i18n/setlang/", from_own_page(set_language), name="set_language"),
]

if settings.DEBUG:
    urlpatterns += design_page.urlpatterns

handler400 = "hub.errors.bad_request"
handler403 = "hub.errors.permission_denied"
handler404 = "hub.errors.page_not_found"
handler500 = "hub.errors.server_error"
