"""The Xinference server on the Launch Model page: what runs, progress of a launch, stop."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.errors import DomainError
from models_registry import policy
from models_registry.launch import client
from models_registry.views.browse import HtmxRequest


@login_required
@never_cache
@require_safe
def server(request: HtmxRequest) -> HttpResponse:
    """What runs on the server."""
    _need_server(request)
    context: dict[str, object] = {"endpoint": client.endpoint(), "running": [], "refusal": ""}
    try:
        context["running"] = client.running()
    except DomainError as error:
        context["refusal"] = error.message
    name = "_server" if request.htmx else "server"
    return render(request, f"models_registry/{name}.html", context)


@login_required
@never_cache
@require_safe
def progress(request: HtmxRequest, uid: str) -> HttpResponse:
    """How far a launch is; when the server says that it is whole, what runs is shown."""
    _need_server(request)
    context: dict[str, object] = {"uid": uid, "refusal": "", "percent": 0, "stage": ""}
    try:
        if any(one.uid == uid for one in client.running()):
            found = client.progress(uid)
            if found.share >= 1:
                return _over(request)
        else:
            found = client.progress(uid)
        context |= {"percent": round(found.share * 100), "stage": found.stage}
    except DomainError as error:
        context["refusal"] = error.message
    name = "_launch_progress" if request.htmx else "launch_progress"
    return render(request, f"models_registry/{name}.html", context)


@login_required
@require_POST
def stop(request: HttpRequest) -> HttpResponse:
    """Stop a model that runs."""
    _need_server(request)
    uid = request.POST.get("uid", "")[:200]
    try:
        client.stop(uid)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("%(uid)s is stopped.") % {"uid": uid})
    return redirect("launch:server")


def _over(request: HtmxRequest) -> HttpResponse:
    response = redirect("launch:server")
    if request.htmx:
        response = HttpResponse()  # type: ignore[assignment]
        response.headers["HX-Redirect"] = "/launch_model/server"
    return response


def _need_server(request: HttpRequest) -> None:
    """The server's pages are there for those who may launch, if there is a server."""
    if not client.endpoint():
        raise Http404
    if not policy.holds(request.user, "update_catalogue"):
        raise PermissionDenied
