"""Addresses of the Launch Model page."""

from __future__ import annotations

from django.urls import path, re_path

from models_registry.views import (
    launch_add,
    launch_conflicts,
    launch_fleet,
    launch_model,
    launch_page,
    launch_server,
    launch_there,
    own_server,
)

app_name = "launch"
urlpatterns = [
    re_path(r"^launch_model/?$", launch_page.launch, name="launch"),
    path("launch_model/update", launch_page.update, name="update"),
    path("launch_model/updates/<int:pk>", launch_page.update_run, name="update_run"),
    path("launch_model/conflicts", launch_conflicts.conflicts, name="conflicts"),
    path("launch_model/conflicts/<int:pk>", launch_conflicts.conflict, name="conflict"),
    path("launch_model/conflicts/<int:pk>/keep", launch_conflicts.keep, name="keep"),
    path("launch_model/add", launch_add.add, name="add"),
    path("launch_model/add/preview", launch_add.preview, name="preview"),
    path("launch_model/add/names", launch_add.names, name="names"),
    path("launch_model/fleet", launch_fleet.fleet, name="fleet"),
    path("launch_model/fleet/ask", launch_fleet.ask, name="fleet_ask"),
    path("launch_model/server", launch_server.server, name="server"),
    path("launch_model/server/choose", launch_server.choose, name="choose"),
    path("launch_model/server/stop", launch_server.stop, name="stop"),
    path("launch_model/server/cancel", launch_server.cancel, name="cancel"),
    path("launch_model/server/update", launch_server.update, name="server_update"),
    path("launch_model/server/register/<int:pk>", launch_server.register, name="register"),
    path("launch_model/there/<str:tab>", launch_there.there, name="there"),
    path("launch_model/server/progress/<path:uid>", launch_server.progress, name="progress"),
    path("launch_model/<int:pk>/launch", launch_model.launch_model, name="model"),
    path("user-center/server", own_server.save, name="own_server_save"),
    path("user-center/server/test", own_server.test, name="own_server_test"),
    path("user-center/server/forget", own_server.forget, name="own_server_forget"),
    re_path(r"^launch_model/(?P<tab>[a-z]+)/?$", launch_page.launch_tab, name="tab"),
]
