"""Cache-Control of answers: shared caches keep only what a view allows."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

API = "/api/"
TOKEN_HEADERS = ("Authorization", "X-Models-Token")


class PrivateByDefaultMiddleware:
    """Middleware that keeps every answer out of shared caches unless its view allows caching.

    SECURITY: RFC 9111 §3 lets a shared cache store an answer without Cache-Control, and a cache in
    front of the hub does not know X-Models-Token. An answer to a token is never public.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path.startswith(API):
            patch_vary_headers(response, TOKEN_HEADERS)
        caching = response.headers.get("Cache-Control", "")
        if not caching:
            response.headers["Cache-Control"] = "private, no-store"
        elif "public" in caching and any(name in request.headers for name in TOKEN_HEADERS):
            response.headers["Cache-Control"] = caching.replace("public", "private")
        return response
