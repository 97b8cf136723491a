"""Addresses of the registry's pages."""

from __future__ import annotations

from django.urls import path, re_path

from models_registry.views import feeds, my_models, sitemap
from models_registry.views.drafts import editor, existing_model, registration
from models_registry.views.launch import upstream_state
from models_registry.views.model import (
    compare,
    detail,
    history,
    listing,
    picture,
    settings,
    upstream,
)

app_name = "models_registry"
urlpatterns = [
    path("", listing.model_list, name="home"),
    re_path(r"^models/?$", listing.model_list, name="model_list"),
    path("models/compare", compare.compare_models, name="compare_models"),
    path(
        "models/detail/<int:pk>/definition.json",
        detail.definition_download,
        name="definition_download",
    ),
    path("models/detail/<int:pk>/picture.png", picture.picture, name="model_picture"),
    path("models/detail/<int:pk>/edit", existing_model.edit, name="model_edit"),
    path("model-registration", registration.start_page, name="model_registration"),
    path("model-registration/names", registration.name_suggestions, name="registration_names"),
    path(
        "model-registration/completions/<str:model_type>.json",
        registration.completions_file,
        name="completions",
    ),
    path("model-registration/<int:pk>", editor.draft_page, name="draft"),
    path("model-registration/<int:pk>/preview", editor.readme_preview, name="readme_preview"),
    path("model-registration/<int:pk>/merge", existing_model.merge_page, name="draft_merge"),
    path("model-registration/<int:pk>/<str:view>", editor.draft_page, name="draft_view"),
    path("upstream", upstream_state.upstream_state, name="upstream_state"),
    path("upstream/removals", upstream_state.decide_removals, name="decide_removals"),
    path("my-models", my_models.my_models_page, name="my_models"),
    path("my-models/drafts/<int:pk>/discard", my_models.discard_draft, name="discard_draft"),
    path("my-models/offers/<int:pk>/<slug:answer>", my_models.answer_offer, name="answer_offer"),
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
    path("sitemap.xml", sitemap.sitemap_index, name="sitemap_index"),
    path("sitemap-<slug:section>.xml", sitemap.sitemap, name="sitemap"),
    path("feeds/new.atom", feeds.new_models_feed, name="new_models_feed"),
    path("feeds/updated.atom", feeds.updated_models_feed, name="updated_models_feed"),
    path("feeds/<slug:model_type>/new.atom", feeds.new_models_feed, name="new_models_feed"),
    path(
        "feeds/<slug:model_type>/updated.atom",
        feeds.updated_models_feed,
        name="updated_models_feed",
    ),
    path("models/detail/<path:name_or_id>", detail.model_detail, name="model_detail"),
]
