"""The probes: `/healthz` for restarts, `/readyz` for load balancers and people."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from hub import readiness
from hub.version import VERSION


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200: this process answers. It asks no service: a restart repairs none of them."""
    return JsonResponse({"status": "ok", "version": VERSION})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 if this process can serve pages, else 503; the JSON names everything that is wrong.

    With `?strict` it is 503 as soon as anything is wrong, for monitoring systems that read the
    status only.
    """
    found = readiness.findings()
    report = readiness.report(found)
    is_good = report["status"] == "ok" if "strict" in request.GET else readiness.is_ready(found)
    response = JsonResponse(report, status=200 if is_good else 503)
    if not is_good:
        response.headers["Retry-After"] = "10"
        # Django would log an error for every probe.
        response._has_been_logged = True  # type: ignore[attr-defined]
    return response


class HealthMiddleware:
    """Middleware that answers the probes before all other middleware.

    Probes call the hub over plain HTTP, and by IP address or service name, which ALLOWED_HOSTS does
    not contain.
    """

    _VIEWS = {"/healthz": healthz, "/readyz": readyz}

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        probe = self._VIEWS.get(request.path_info)
        return probe(request) if probe is not None else self.get_response(request)
