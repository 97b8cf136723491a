"""What holds for every answer below /api/, whoever made it."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse


class ApiAnswersMiddleware:
    """Makes every error of the API JSON, and lets no cache keep one.

    The API's framework answers a wrong method with HTML, outside of its own exception handlers.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not request.path.startswith("/api/") or response.status_code < 400:
            return response
        is_json = response.headers.get("Content-Type", "").startswith("application/json")
        if response.status_code == 405 and not is_json:
            allowed = response.headers.get("Allow", "")
            answer = {
                "error_code": "METHOD_NOT_ALLOWED",
                "message": f"{request.method} is not possible here. Use {allowed}.",
            }
            response = JsonResponse(answer, status=405, headers={"Allow": allowed})
        response.headers["Cache-Control"] = "no-store"
        return response
