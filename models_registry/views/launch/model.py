"""Launching one model: options, memory, commands to copy, and the button."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.errors import DomainError
from accounts.form_version import FIELD
from accounts.models import User
from models_registry import usage
from models_registry.catalogue.selection import variant_names
from models_registry.definitions.json_text import document as definition_text
from models_registry.form_version import require_revision
from models_registry.launch.plan import LaunchPlan, Shows, plan
from models_registry.launch.server_engines import Offer
from models_registry.models import ModelType, RegisteredModel
from models_registry.servers import commands, inventory
from models_registry.servers.access import Server, may_register, usable_server
from models_registry.servers.custom_models import TYPES
from models_registry.servers.inventory import ServerInfo
from models_registry.servers.refusals import explained
from models_registry.servers.requests import ServerRefused
from models_registry.views.launch.server_choice import chosen, require_server
from models_registry.views.model.listing import HtmxRequest

KEYS = ("format", "size", "engine", "quantization", "replicas", "devices", "context")


@require_http_methods(["GET", "HEAD", "POST"])
def launch_model(request: HtmxRequest, pk: int) -> HttpResponse:
    """The options of a launch; a POST launches on the server that the form names.

    With `offered`, the server is asked for its engines first.
    """
    visible = RegisteredModel.objects.visible_to(request.user).published()
    model = get_object_or_404(visible.select_related("published_revision"), pk=pk)
    if request.method != "POST":
        return _panel(request, model, chosen(request), request.GET)
    server = usable_server(request.user, request.POST.get("server", ""))
    if server is None or not isinstance(request.user, User):
        refusal = _("You may not launch models on this server.")
        return _panel(request, model, server, request.POST, status=403, refusal=refusal)
    try:
        require_server(request, server)
        require_revision(model, request.POST.get(FIELD, ""))
    except DomainError as error:
        return _panel(
            request, model, server, request.POST, status=error.status, refusal=error.message
        )
    planned = _plan(model, request.POST, _offered(server, model, request.POST)[0])
    if planned.problems:
        return _panel(request, model, server, request.POST, status=422)
    try:
        uid = commands.launch(server, model, planned.payload, by=request.user)
    except ServerRefused as error:
        explanation = explained(error.message, error.said)
        context = {"refusal": explanation.text, "is_unknown": explanation.is_unknown}
        return _panel(request, model, server, request.POST, status=error.status, **context)
    except DomainError as error:
        return _panel(
            request, model, server, request.POST, status=error.status, refusal=error.message
        )
    usage.count_launch(model)
    messages.success(request, _("%(name)s is starting.") % {"name": model.name})
    progress = reverse("launch:progress", args=[uid])
    return redirect(f"{progress}?{urlencode({'server': server.whose})}")


def _panel(
    request: HtmxRequest,
    model: RegisteredModel,
    server: Server | None,
    submitted: QueryDict,
    *,
    status: int = 200,
    **extra: Any,
) -> HttpResponse:
    """The options, as a separate page or for htmx."""
    offered, about, engines_error = _offered(server, model, submitted)
    planned = _plan(model, submitted, offered)
    address = server.address if server else ""
    shows = _shows(server)
    context: dict[str, Any] = {
        "model": model, "plan": planned, "asked": _options(submitted), "refusal": "",
        "server": server, "offered": offered is not None or bool(engines_error),
        "engines_error": engines_error, "about": about,
        "command": planned.command(address, shows),
        "python": planned.python(address, shows),
        "curl": planned.curl(address, shows),
        "may_register": _may_register(request, server, model),
        **extra,
    }  # fmt: skip
    is_part = bool(request.htmx) and request.method != "POST"
    name = "_launch_model" if is_part else "launch_model"
    response = render(request, f"models_registry/launch/{name}.html", context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _shows(server: Server | None) -> Shows:
    """The kind of authentication that the copied commands need."""
    if server is None or not server.has_credential:
        return Shows.NOTHING
    return Shows.SESSION if server.username else Shows.KEY


def _options(submitted: QueryDict) -> dict[str, str]:
    return {key: submitted.get(key, "")[:120] for key in KEYS}


def _plan(model: RegisteredModel, submitted: QueryDict, offered: Offer | None) -> LaunchPlan:
    revision = model.published_revision
    records = definition_text.parse(revision.definition).records if revision else []
    return plan(model.model_type, model.name, records, _options(submitted), offered)


def _offered(
    server: Server | None, model: RegisteredModel, submitted: QueryDict
) -> tuple[Offer | None, ServerInfo | None, str]:
    """The server's engines and state, or the reason why it does not report them."""
    if server is None or not submitted.get("offered"):
        return None, None, ""
    try:
        names = variant_names(model) if model.model_type == ModelType.WORLD else ()
        offer = inventory.engines(server, model.model_type, model.name, variants=names)
        return offer, inventory.about(server), ""
    except DomainError as error:
        return None, None, error.message


def _may_register(request: HtmxRequest, server: Server | None, model: RegisteredModel) -> bool:
    return (
        server is not None
        and model.model_type in TYPES
        and may_register(request.user, server, model)
    )
