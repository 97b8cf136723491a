"""Which server a page of Launch Model is about: the one that was chosen in this session."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from models_registry.launch import servers
from models_registry.launch.servers import Server

CHOICE = "launch_server"


def chosen(request: HttpRequest, usable: list[Server] | None = None) -> Server | None:
    """The server of the address's `server`, else the session's choice, else the first.

    `usable` are the servers that the person may use, where they are known already.
    """
    whose = request.GET.get("server") or request.session.get(CHOICE, "")
    found = servers.servers_of(request.user) if usable is None else usable
    return servers.pick(found, str(whose))


def named(request: HttpRequest) -> Server:
    """The server that the sent form names; what was read there is done there, or nowhere.

    Raises PermissionDenied where the person may not use it, or has it no longer.
    """
    server = servers.exactly(request.user, request.POST.get("server", ""))
    if server is None:
        raise PermissionDenied
    return server
