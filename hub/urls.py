"""All addresses of the hub."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from hub.api import api
from hub.health import healthz
from hub.metrics import metrics

urlpatterns = [
    # In front of the model pages and the administration, whose patterns would take its addresses.
    path("", include("reviews.urls")),
    path("", include("models_registry.urls")),
    path("", include("models_registry.launch_urls")),
    path("", include("accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("api/", api.urls),
    path("healthz", healthz, name="healthz"),
    path("metrics", metrics, name="metrics"),
    path("i18n/", include("django.conf.urls.i18n")),
]

handler400 = "hub.errors.bad_request"
handler403 = "hub.errors.permission_denied"
handler404 = "hub.errors.page_not_found"
handler500 = "hub.errors.server_error"
