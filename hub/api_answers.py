"""Middleware for every answer below /api/, including the framework's own."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse


class ApiAnswersMiddleware:
    """Makes every error of the API JSON, keeps it out of caches, and says what is left of a limit.

    django-ninja answers a wrong method with HTML, outside of its exception handlers.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        allowance = getattr(request, "write_allowance", None)
        if allowance is not None:
            for name, value in allowance.headers.items():
                response.headers[name] = value
        if not request.path.startswith("/api/") or response.status_code < 400:
            return response
        is_json = response.headers.get("Content-Type", "").startswith("application/json")
        if response.status_code == 405 and not is_json:
            allowed = response.headers.get("Allow", "")
            answer = {
                "error_code": "METHOD_NOT_ALLOWED",
                "message": f"{request.method} is not allowed here. Use {allowed}.",
            }
            response = JsonResponse(answer, status=405, headers={"Allow": allowed})
        response.headers["Cache-Control"] = "no-store"
        return response
