"""The server that a page of Launch Model uses: the one that was chosen in this session."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from accounts.form_version import require
from models_registry.errors import StaleState
from models_registry.servers import access
from models_registry.servers.access import Server

CHOICE = "launch_server"


def chosen(request: HttpRequest, usable: list[Server] | None = None) -> Server | None:
    """The server of the address's `server`, else the session's choice, else the first.

    `usable` are the servers that the person may use, if the caller knows them.
    """
    whose = request.GET.get("server") or request.session.get(CHOICE, "")
    servers = access.servers_of(request.user) if usable is None else usable
    return access.pick(servers, str(whose))


def named(request: HttpRequest) -> Server:
    """The server in the form: an action goes to the server that the page has shown, or nowhere.

    Raises PermissionDenied if the person may not use it, no longer has it, or has saved another one
    since the page was shown.
    """
    server = access.usable_server(request.user, request.POST.get("server", ""))
    if server is None:
        raise PermissionDenied
    try:
        require_server(request, server)
    except StaleState as refusal:
        raise PermissionDenied(refusal.message) from refusal
    return server


def require_server(request: HttpRequest, server: Server) -> None:
    """Raise StaleState unless the server still has the address that the form has shown."""
    require(request.POST.get("server_seen", ""), server.version)
