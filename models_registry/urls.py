"""Addresses of the registry's pages."""

from __future__ import annotations

from django.urls import path, re_path

from models_registry.views import browse, detail, upstream

app_name = "models_registry"
urlpatterns = [
    path("", browse.model_list, name="home"),
    re_path(r"^models/?$", browse.model_list, name="model_list"),
    path(
        "models/detail/<int:pk>/definition.json",
        detail.definition_download,
        name="definition_download",
    ),
    path("models/detail/<int:pk>/upstream", upstream.model_upstream, name="model_upstream"),
    path(
        "models/detail/<int:pk>/upstream/<int:change_pk>.patch",
        upstream.change_patch,
        name="change_patch",
    ),
    path(
        "models/detail/<int:pk>/upstream/<int:change_pk>/<slug:action>",
        upstream.change_action,
        name="change_action",
    ),
    path("models/detail/<path:name_or_id>", detail.model_detail, name="model_detail"),
]
