"""The Xinference server of Launch Model: running and known models, and actions on them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.errors import DomainError
from accounts.form_version import FIELD
from accounts.views.person import signed_in_user
from accounts.views.signed_in import signed_in_only
from hub.own_path import own_path
from models_registry.form_version import require_revision
from models_registry.models import ModelType, RegisteredModel
from models_registry.servers import access, client, commands, inventory, releases
from models_registry.servers.access import Server
from models_registry.servers.comparison import ServerModelStatus, compare
from models_registry.servers.custom_models import TYPES
from models_registry.servers.refusals import explained
from models_registry.servers.requests import ServerRefused
from models_registry.stored_reasons import shown
from models_registry.views.launch.server_choice import CHOICE, chosen, named
from models_registry.views.model.listing import HtmxRequest

# Groups that need attention come first, and are open.
ORDER = (
    ServerModelStatus.OLDER,
    ServerModelStatus.UNKNOWN,
    ServerModelStatus.NEWER,
    ServerModelStatus.UNSURE,
    ServerModelStatus.SAME,
)


@signed_in_only
@never_cache
@require_safe
def server(request: HttpRequest) -> HttpResponse:
    """The running models and, for a type, which of this hub's models the server knows."""
    used = _usable(request)
    model_type = request.GET.get("type", "")
    if model_type and model_type not in ModelType.values:
        raise Http404
    context: dict[str, Any] = {
        "server": used, "servers": access.servers_of(request.user), "type": model_type,
        "types": ModelType.choices,
    }  # fmt: skip
    if used:
        context |= _running(used)
    if used and model_type and "refusal" not in context:
        context |= _comparison(request, used, model_type)
    return render(request, "models_registry/launch/server.html", context)


@signed_in_only
@never_cache
@require_safe
def progress(request: HtmxRequest, uid: str) -> HttpResponse:
    """The progress of a launch; when the model runs, the list of running models.

    The page polls the server, but stops after a refusal: see `ServerRefused.must_stop`.
    """
    used = _usable(request)
    if used is None or not client.is_uid(uid):
        raise Http404
    context: dict[str, Any] = {
        "uid": uid, "server": used, "refusal": "", "percent": 0, "stage": "", "ended": False,
        "must_stop": False, "cancelled": False,
    }  # fmt: skip
    try:
        launch = client.progress(used, uid)
        state = client.instance(used, uid)
        context["seen"] = state.version if state is not None and state.begun else ""
        if _runs(used, uid, state):
            inventory.forget(used)
            return _over(request, used)
        if state is not None and state.was_cancelled:
            context |= {"ended": True, "cancelled": True}
        elif state is None or state.has_failed:
            context |= {"ended": True, "refusal": _why(state)}
        context |= {"percent": round(launch.share * 100), "stage": launch.stage}
    except ServerRefused as refusal:
        context |= {"refusal": refusal.message, "must_stop": refusal.must_stop}
    except DomainError as error:
        context["refusal"] = error.message
    name = "_launch_progress" if request.htmx else "launch_progress"
    return render(request, f"models_registry/launch/{name}.html", context)


@signed_in_only
@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Select another server for this session, and go back."""
    request.session[CHOICE] = str(named(request).whose)
    return _back(request, named(request))


@signed_in_only
@require_POST
def stop(request: HttpRequest) -> HttpResponse:
    """Stop a running model."""
    uid, used = _uid(request), named(request)
    try:
        commands.stop(used, uid, by=signed_in_user(request), seen=request.POST.get(FIELD, ""))
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("%(uid)s has been stopped.") % {"uid": uid})
    return _back(request, used)


@signed_in_only
@require_POST
def cancel(request: HttpRequest) -> HttpResponse:
    """Cancel a launch in progress."""
    uid, used = _uid(request), named(request)
    try:
        is_over = commands.cancel(
            used, uid, by=signed_in_user(request), seen=request.POST.get(FIELD, "")
        )
    except DomainError as error:
        messages.error(request, error.message)
        return _back(request, used)
    if is_over:
        messages.success(request, _("The launch of %(uid)s has been cancelled.") % {"uid": uid})
        return _back(request, used)
    messages.info(
        request,
        _("The server is cancelling the launch of %(uid)s. This can take a minute.") % {"uid": uid},
    )
    progress = reverse("launch:progress", args=[uid])
    return redirect(f"{progress}?{urlencode({'server': used.whose})}")


@signed_in_only
@require_POST
def update(request: HttpRequest) -> HttpResponse:
    """Have the server fetch a type's list again."""
    used = named(request)
    try:
        message = commands.update_type(
            used, request.POST.get("model_type", ""), by=signed_in_user(request)
        )
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, shown(message))
    return _back(request, used)


@signed_in_only
@require_POST
def register(request: HttpRequest, pk: int) -> HttpResponse:
    """Register a model on the server, with this hub's definition."""
    visible = RegisteredModel.objects.visible_to(request.user).published()
    model = get_object_or_404(visible.select_related("published_revision"), pk=pk)
    used = named(request)
    try:
        require_revision(model, request.POST.get(FIELD, ""))
        message = commands.register(used, model, by=signed_in_user(request))
    except ServerRefused as refusal:
        messages.error(request, explained(refusal.message, refusal.said).text)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, message)
    return _back(request, used)


def _running(used: Server) -> dict[str, Any]:
    try:
        return {"running": client.running(used), "about": inventory.about(used)}
    except DomainError as error:
        return {"refusal": error.message}


def _comparison(request: HttpRequest, used: Server, model_type: str) -> dict[str, Any]:
    models = RegisteredModel.objects.named_for(request.user).published()
    models = models.filter(model_type=model_type).order_by("name_key")
    try:
        on_server = inventory.read(used, model_type)
    except DomainError as error:
        return {"models_refusal": error.message}
    comparison = compare(models, on_server)
    groups = [
        (status, [row for row in comparison.rows if row.status == status]) for status in ORDER
    ]
    return {
        "comparison": comparison,
        "groups": [(status, rows) for status, rows in groups if rows],
        "can_register": model_type in TYPES,
        "effect": releases.effect_on(used, model_type),
    }


def _runs(used: Server, uid: str, state: client.Instance | None) -> bool:
    """True if a launch has ended; for models of others, the server may not report a state."""
    if state is not None:
        return state.status == "READY"
    return any(running_model.uid == uid for running_model in client.running(used))


def _why(state: client.Instance | None) -> str:
    """The reason why a launch failed, as a sentence."""
    if state is None:
        return _(
            "The server does not know this launch. It was cancelled, or the server was restarted."
        )
    return explained(_("The launch failed: %(said)s") % {"said": state.error}, state.error).text


def _over(request: HtmxRequest, used: Server) -> HttpResponse:
    address = f"{reverse('launch:server')}?{urlencode({'server': used.whose})}"
    if not request.htmx:
        return redirect(address)
    response = HttpResponse()
    response.headers["HX-Redirect"] = address
    return response


def _uid(request: HttpRequest) -> str:
    """The model in the form. Raises Http404 for an invalid one."""
    uid = request.POST.get("uid", "")
    if not client.is_uid(uid):
        raise Http404
    return uid


def _back(request: HttpRequest, used: Server) -> HttpResponse:
    """Redirect to the form's address on this hub, else to the server's page."""
    if address := own_path(request, request.POST.get("next", "")):
        return redirect(address)
    return redirect(f"{reverse('launch:server')}?{urlencode({'server': used.whose})}")


def _usable(request: HttpRequest) -> Server | None:
    """The chosen server; None if the person could save one. Raises Http404 otherwise."""
    used = chosen(request)
    if used is None and access.hub_server() is not None:
        raise PermissionDenied
    if used is None and settings.ENV.server_addresses is None:
        raise Http404
    return used
