"""The Xinference server of Launch Model: what runs and what is known there, and changes."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.errors import DomainError
from accounts.views.person import signed_in_user
from models_registry.launch import client, registrations, servers, telling
from models_registry.launch.asking import ServerRefused
from models_registry.launch.comparing import Standing, compare
from models_registry.launch.custom import TYPES
from models_registry.launch.servers import Server
from models_registry.launch.words import explained
from models_registry.models import ModelType, RegisteredModel
from models_registry.views.browse import HtmxRequest
from models_registry.views.launch_choice import CHOICE, chosen, named

# What needs somebody's attention comes first, and stands open.
ORDER = (Standing.OLDER, Standing.UNKNOWN, Standing.NEWER, Standing.UNSURE, Standing.SAME)


@login_required
@never_cache
@require_safe
def server(request: HttpRequest) -> HttpResponse:
    """What runs on the server and, for a type, what it knows of this hub's models."""
    used = _usable(request)
    model_type = request.GET.get("type", "")
    if model_type and model_type not in ModelType.values:
        raise Http404
    context: dict[str, Any] = {
        "server": used, "servers": servers.servers_of(request.user), "type": model_type,
        "types": ModelType.choices,
    }  # fmt: skip
    if used:
        context |= _running(used)
    if used and model_type and "refusal" not in context:
        context |= _comparison(request, used, model_type)
    return render(request, "models_registry/server.html", context)


@login_required
@never_cache
@require_safe
def progress(request: HtmxRequest, uid: str) -> HttpResponse:
    """How far a launch is; when the server says that it runs, what runs is shown.

    It is asked again and again, but not where it says no: see `ServerRefused.must_stop`.
    """
    used = _usable(request)
    if used is None or not client.is_uid(uid):
        raise Http404
    context: dict[str, Any] = {
        "uid": uid, "server": used, "refusal": "", "percent": 0, "stage": "", "ended": False,
        "must_stop": False, "broken_off": False,
    }  # fmt: skip
    try:
        found = client.progress(used, uid)
        state = client.instance(used, uid)
        if _runs(used, uid, state):
            registrations.forget(used)
            return _over(request, used)
        if state is not None and state.was_broken_off:
            context |= {"ended": True, "broken_off": True}
        elif state is None or state.has_failed:
            context |= {"ended": True, "refusal": _why(state)}
        context |= {"percent": round(found.share * 100), "stage": found.stage}
    except ServerRefused as refusal:
        context |= {"refusal": refusal.message, "must_stop": refusal.must_stop}
    except DomainError as error:
        context["refusal"] = error.message
    name = "_launch_progress" if request.htmx else "launch_progress"
    return render(request, f"models_registry/{name}.html", context)


@login_required
@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Use the other server in this session, and go back."""
    request.session[CHOICE] = str(named(request).whose)
    return _back(request, named(request))


@login_required
@require_POST
def stop(request: HttpRequest) -> HttpResponse:
    """Stop a model that runs."""
    uid, used = _uid(request), named(request)
    try:
        telling.stop(used, uid, by=signed_in_user(request))
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("%(uid)s is stopped.") % {"uid": uid})
    return _back(request, used)


@login_required
@require_POST
def cancel(request: HttpRequest) -> HttpResponse:
    """Break off a launch that is under way."""
    uid, used = _uid(request), named(request)
    try:
        is_over = telling.cancel(used, uid, by=signed_in_user(request))
    except DomainError as error:
        messages.error(request, error.message)
        return _back(request, used)
    if is_over:
        messages.success(request, _("The launch of %(uid)s is cancelled.") % {"uid": uid})
        return _back(request, used)
    messages.info(
        request,
        _("The server was told to break off the launch of %(uid)s. That can take a minute.")
        % {"uid": uid},
    )
    progress = reverse("launch:progress", args=[uid])
    return redirect(f"{progress}?{urlencode({'server': used.whose})}")


@login_required
@require_POST
def update(request: HttpRequest) -> HttpResponse:
    """Have the server fetch a type's list anew."""
    used = named(request)
    try:
        said = telling.update_type(
            used, request.POST.get("model_type", ""), by=signed_in_user(request)
        )
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, said)
    return _back(request, used)


@login_required
@require_POST
def register(request: HttpRequest, pk: int) -> HttpResponse:
    """Register a model there, with the definition that this hub has."""
    visible = RegisteredModel.objects.visible_to(request.user).published()
    model = get_object_or_404(visible.select_related("published_revision"), pk=pk)
    used = named(request)
    try:
        said = telling.register(used, model, by=signed_in_user(request))
    except ServerRefused as refusal:
        messages.error(request, explained(refusal.message, refusal.said).text)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, said)
    return _back(request, used)


def _running(used: Server) -> dict[str, Any]:
    try:
        return {"running": client.running(used), "about": registrations.about(used)}
    except DomainError as error:
        return {"refusal": error.message}


def _comparison(request: HttpRequest, used: Server, model_type: str) -> dict[str, Any]:
    models = RegisteredModel.objects.visible_to(request.user).published()
    models = models.filter(model_type=model_type).order_by("name_key")
    try:
        there = registrations.look(used, model_type)
    except DomainError as error:
        return {"models_refusal": error.message}
    found = compare(models, there)
    groups = [(one, [row for row in found.rows if row.standing == one]) for one in ORDER]
    return {
        "comparison": found,
        "groups": [(standing, rows) for standing, rows in groups if rows],
        "can_register": model_type in TYPES,
    }


def _runs(used: Server, uid: str, state: client.Instance | None) -> bool:
    """Whether a launch is over; of models that others launched, the server may tell no state."""
    if state is not None:
        return state.status == "READY"
    return any(one.uid == uid for one in client.running(used))


def _why(state: client.Instance | None) -> str:
    """Why a launch came to nothing, in words."""
    if state is None:
        return _("The server knows of no such launch. It was cancelled, or the server restarted.")
    return explained(_("The launch failed: %(said)s") % {"said": state.error}, state.error).text


def _over(request: HtmxRequest, used: Server) -> HttpResponse:
    address = f"{reverse('launch:server')}?{urlencode({'server': used.whose})}"
    if not request.htmx:
        return redirect(address)
    response = HttpResponse()
    response.headers["HX-Redirect"] = address
    return response


def _uid(request: HttpRequest) -> str:
    """The model that the form names. Raises Http404 where that can be none."""
    uid = request.POST.get("uid", "")
    if not client.is_uid(uid):
        raise Http404
    return uid


def _back(request: HttpRequest, used: Server) -> HttpResponse:
    """Go where the form says, on this hub; else to the server's page."""
    address = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(address, allowed_hosts=None):
        return redirect(address)
    return redirect(f"{reverse('launch:server')}?{urlencode({'server': used.whose})}")


def _usable(request: HttpRequest) -> Server | None:
    """The chosen server. None where the person could save one; else the pages are not there."""
    used = chosen(request)
    if used is None and servers.hub_server() is not None:
        raise PermissionDenied
    if used is None and settings.ENV.server_addresses is None:
        raise Http404
    return used
