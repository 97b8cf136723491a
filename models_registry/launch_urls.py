"""Addresses of the Launch Model page."""

from __future__ import annotations

from django.urls import path, re_path

from models_registry.views.launch import (
    add_model,
    conflicts,
    fleet,
    inventory,
    model,
    own_server,
    page,
    server,
)

app_name = "launch"
urlpatterns = [
    re_path(r"^launch_model/?$", page.launch, name="launch"),
    path("launch_model/update", page.update, name="update"),
    path("launch_model/updates/<int:pk>", page.update_run, name="update_run"),
    path("launch_model/conflicts", conflicts.conflicts, name="conflicts"),
    path("launch_model/conflicts/<int:pk>", conflicts.conflict, name="conflict"),
    path("launch_model/conflicts/<int:pk>/keep", conflicts.keep, name="keep"),
    path("launch_model/add", add_model.add, name="add"),
    path("launch_model/add/preview", add_model.preview, name="preview"),
    path("launch_model/add/names", add_model.names, name="names"),
    path("launch_model/fleet", fleet.fleet, name="fleet"),
    path("launch_model/fleet/ask", fleet.ask, name="fleet_ask"),
    path("launch_model/server", server.server, name="server"),
    path("launch_model/server/choose", server.choose, name="choose"),
    path("launch_model/server/stop", server.stop, name="stop"),
    path("launch_model/server/cancel", server.cancel, name="cancel"),
    path("launch_model/server/update", server.update, name="server_update"),
    path("launch_model/server/register/<int:pk>", server.register, name="register"),
    path("launch_model/there/<str:tab>", inventory.server_summary, name="there"),
    path("launch_model/server/progress/<path:uid>", server.progress, name="progress"),
    path("launch_model/<int:pk>/launch", model.launch_model, name="model"),
    path("user-center/server", own_server.save, name="own_server_save"),
    path("user-center/server/test", own_server.test, name="own_server_test"),
    path("user-center/server/forget", own_server.forget, name="own_server_forget"),
    re_path(r"^launch_model/(?P<tab>[a-z]+)/?$", page.launch_tab, name="tab"),
]
