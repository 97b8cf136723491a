"""Launching one model: its options, what it takes, the same launch to copy, and the button."""

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
from accounts.models import User
from models_registry.catalogue.selection import variant_names
from models_registry.definitions import text as definition_text
from models_registry.launch import registrations, telling
from models_registry.launch.asking import ServerRefused
from models_registry.launch.custom import TYPES
from models_registry.launch.engines import Offer
from models_registry.launch.options import Plan, Shows, plan
from models_registry.launch.registrations import About
from models_registry.launch.servers import Server, exactly, may_register
from models_registry.launch.words import explained
from models_registry.models import ModelType, RegisteredModel
from models_registry.views.browse import HtmxRequest
from models_registry.views.launch_choice import chosen

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
    server = exactly(request.user, request.POST.get("server", ""))
    if server is None or not isinstance(request.user, User):
        refusal = _("You may not launch models on this server.")
        return _panel(request, model, server, request.POST, status=403, refusal=refusal)
    planned = _plan(model, request.POST, _offered(server, model, request.POST)[0])
    if planned.problems:
        return _panel(request, model, server, request.POST, status=422)
    try:
        uid = telling.launch(server, model, planned.payload, by=request.user)
    except ServerRefused as error:
        meant = explained(error.message, error.said)
        more = {"refusal": meant.text, "is_unknown": meant.is_unknown}
        return _panel(request, model, server, request.POST, status=error.status, **more)
    except DomainError as error:
        return _panel(
            request, model, server, request.POST, status=error.status, refusal=error.message
        )
    messages.success(request, _("%(name)s is being launched.") % {"name": model.name})
    progress = reverse("launch:progress", args=[uid])
    return redirect(f"{progress}?{urlencode({'server': server.whose})}")


def _panel(
    request: HtmxRequest,
    model: RegisteredModel,
    server: Server | None,
    sent: QueryDict,
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    """The options, as a page of its own or for htmx."""
    offered, about, unsaid = _offered(server, model, sent)
    planned = _plan(model, sent, offered)
    address = server.address if server else ""
    shows = _shows(server)
    context: dict[str, Any] = {
        "model": model, "plan": planned, "asked": _asked(sent), "refusal": "", "server": server,
        "offered": offered is not None or bool(unsaid), "unsaid": unsaid, "about": about,
        "command": planned.command(address, shows),
        "python": planned.python(address, shows),
        "curl": planned.curl(address, shows),
        "may_register": _may_register(request, server, model),
        **more,
    }  # fmt: skip
    is_part = bool(request.htmx) and request.method != "POST"
    name = "_launch_model" if is_part else "launch_model"
    response = render(request, f"models_registry/{name}.html", context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _shows(server: Server | None) -> Shows:
    """What the copied launch shows to the server: what is saved for it."""
    if server is None or not server.has_credential:
        return Shows.NOTHING
    return Shows.SESSION if server.username else Shows.KEY


def _asked(sent: QueryDict) -> dict[str, str]:
    return {key: sent.get(key, "")[:120] for key in KEYS}


def _plan(model: RegisteredModel, sent: QueryDict, offered: Offer | None) -> Plan:
    revision = model.published_revision
    records = definition_text.parse(revision.definition).records if revision else []
    return plan(model.model_type, model.name, records, _asked(sent), offered)


def _offered(
    server: Server | None, model: RegisteredModel, sent: QueryDict
) -> tuple[Offer | None, About | None, str]:
    """What the server says of its engines and of itself, or why it says nothing."""
    if server is None or not sent.get("offered"):
        return None, None, ""
    try:
        names = variant_names(model) if model.model_type == ModelType.WORLD else ()
        offer = registrations.engines(server, model.model_type, model.name, variants=names)
        return offer, registrations.about(server), ""
    except DomainError as error:
        return None, None, error.message


def _may_register(request: HtmxRequest, server: Server | None, model: RegisteredModel) -> bool:
    return (
        server is not None
        and model.model_type in TYPES
        and may_register(request.user, server, model)
    )
