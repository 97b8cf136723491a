"""Launching one model: its options, what it takes, the same launch to copy, and the button."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.errors import DomainError
from models_registry import policy
from models_registry.definitions import text as definition_text
from models_registry.launch import client
from models_registry.launch.options import plan
from models_registry.models import RegisteredModel
from models_registry.views.browse import HtmxRequest

KEYS = ("format", "size", "engine", "quantization", "replicas", "devices", "context")


@require_http_methods(["GET", "HEAD", "POST"])
def launch_model(request: HtmxRequest, pk: int) -> HttpResponse:
    """The options of a launch; a POST launches on the server, for those who may."""
    visible = RegisteredModel.objects.visible_to(request.user).published()
    model = get_object_or_404(visible.select_related("published_revision"), pk=pk)
    sent = request.POST if request.method == "POST" else request.GET
    asked = {key: sent.get(key, "")[:120] for key in KEYS}
    revision = model.published_revision
    records = definition_text.parse(revision.definition).records if revision else []
    planned = plan(model.model_type, model.name, records, asked)
    endpoint = client.endpoint()
    may_launch = bool(endpoint) and policy.holds(request.user, "update_catalogue")
    context = {
        "model": model, "plan": planned, "asked": asked, "refusal": "", "endpoint": endpoint,
        "command": planned.command(endpoint), "python": planned.python(endpoint),
        "curl": planned.curl(endpoint), "may_launch": may_launch,
    }  # fmt: skip
    status = 200
    if request.method == "POST":
        if not may_launch:
            status, context["refusal"] = 403, _("You may not launch models on this hub's server.")
        elif planned.problems:
            status = 422
        else:
            try:
                uid = client.launch(planned.payload)
            except DomainError as error:
                status, context["refusal"] = error.status, error.message
            else:
                messages.success(request, _("%(name)s is being launched.") % {"name": model.name})
                return redirect("launch:progress", uid)
    is_part = bool(request.htmx) and request.method != "POST"
    name = "_launch_model" if is_part else "launch_model"
    response = render(request, f"models_registry/{name}.html", context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response
