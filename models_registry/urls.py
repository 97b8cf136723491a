"""Addresses of the registry's pages."""

from __future__ import annotations

from django.urls import path, re_path

from models_registry.views import browse, detail, history, my_models, settings

app_name = "models_registry"
urlpatterns = [
    path("", browse.model_list, name="home"),
    re_path(r"^models/?$", browse.model_list, name="model_list"),
    path(
        "models/detail/<int:pk>/definition.json",
        detail.definition_download,
        name="definition_download",
    ),
    path("my-models", my_models.my_models_page, name="my_models"),
    path("my-models/drafts/<int:pk>/discard", my_models.discard_draft, name="discard_draft"),
    path("models/detail/<int:pk>/settings", settings.model_settings, name="model_settings"),
    path(
        "models/detail/<int:pk>/settings/<slug:action>",
        settings.settings_action,
        name="settings_action",
    ),
    path("models/detail/<int:pk>/history", history.model_history, name="model_history"),
    path(
        "models/detail/<int:pk>/history/<int:number>",
        history.model_revision,
        name="model_revision",
    ),
    path(
        "models/detail/<int:pk>/history/<int:number>/restore",
        history.restore_revision,
        name="restore_revision",
    ),
    path("models/detail/<int:pk>/compare", history.compare_chosen, name="compare_chosen"),
    path(
        "models/detail/<int:pk>/compare/<int:old>...<int:new>",
        history.model_compare,
        name="model_compare",
    ),
    path("models/detail/<path:name_or_id>", detail.model_detail, name="model_detail"),
]
