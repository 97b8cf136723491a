"""Launching one model: its options, what it takes, the same launch to copy, and the button."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.errors import DomainError
from accounts.models import User
from models_registry.definitions import text as definition_text
from models_registry.launch import registrations, telling
from models_registry.launch.asking import ServerRefused
from models_registry.launch.custom import TYPES
from models_registry.launch.options import plan
from models_registry.launch.servers import Server, exactly, may_register
from models_registry.launch.words import explained
from models_registry.models import RegisteredModel
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
    is_sent = request.method == "POST"
    sent = request.POST if is_sent else request.GET
    asked = {key: sent.get(key, "")[:120] for key in KEYS}
    server = exactly(request.user, sent.get("server", "")) if is_sent else chosen(request)
    offered, unsaid = _offered(server, model) if sent.get("offered") else (None, "")
    revision = model.published_revision
    records = definition_text.parse(revision.definition).records if revision else []
    planned = plan(model.model_type, model.name, records, asked, offered)
    address, has_key = (server.address, bool(server.key)) if server else ("", False)
    context: dict[str, Any] = {
        "model": model, "plan": planned, "asked": asked, "refusal": "", "server": server,
        "offered": offered is not None or bool(unsaid), "unsaid": unsaid,
        "command": planned.command(address, has_key=has_key),
        "python": planned.python(address, has_key=has_key),
        "curl": planned.curl(address, has_key=has_key),
        "may_register": _may_register(request, server, model),
    }  # fmt: skip
    status = 200
    if is_sent and server is None:
        status, context["refusal"] = 403, _("You may not launch models on this server.")
    elif is_sent and planned.problems:
        status = 422
    elif is_sent and server is not None and isinstance(request.user, User):
        try:
            uid = telling.launch(server, model, planned.payload, by=request.user)
        except DomainError as error:
            status, context["refusal"] = error.status, error.message
            if isinstance(error, ServerRefused):
                meant = explained(error.message, error.said)
                context |= {"refusal": meant.text, "is_unknown": meant.is_unknown}
        else:
            messages.success(request, _("%(name)s is being launched.") % {"name": model.name})
            progress = reverse("launch:progress", args=[uid])
            return redirect(f"{progress}?{urlencode({'server': server.whose})}")
    is_part = bool(request.htmx) and not is_sent
    name = "_launch_model" if is_part else "launch_model"
    response = render(request, f"models_registry/{name}.html", context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _offered(server: Server | None, model: RegisteredModel) -> tuple[Mapping[str, Any] | None, str]:
    """What the server says of its engines, or why it says nothing."""
    if server is None:
        return None, ""
    try:
        return registrations.engines(server, model.model_type, model.name), ""
    except DomainError as error:
        return None, error.message


def _may_register(request: HtmxRequest, server: Server | None, model: RegisteredModel) -> bool:
    return (
        server is not None
        and model.model_type in TYPES
        and may_register(request.user, server, model)
    )
