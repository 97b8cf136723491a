"""Pages for visitors without an account: the same for everybody, so that they can be kept."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response, patch_vary_headers

from hub.kept_answers import OF_A_BODY, keep

# Kept by browsers and proxies, who ask before each use whether it is still true.
CACHING: Final = "public, no-cache"


def same_for_everybody(request: HttpRequest, response: HttpResponse) -> None:
    """Say of a view's page that all visitors without an account get it alike."""
    user = getattr(request, "user", None)
    response.is_same_for_everybody = user is None or not user.is_authenticated  # type: ignore[attr-defined]


class AnonymousPagesMiddleware:
    """Middleware that makes such a page one that can be kept: an ETag, and no Vary: Cookie.

    It stands outside of the session's middleware, which writes Vary: Cookie, and inside of the
    compression. SECURITY: an answer to a request with a session, and one that sets a cookie, stay
    as they are.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        is_the_same = (
            getattr(response, "is_same_for_everybody", False)
            and response.status_code == 200
            and not response.cookies
            and settings.SESSION_COOKIE_NAME not in request.COOKIES
        )
        if not is_the_same:
            return response
        _remove_from_vary(response, "Cookie")
        patch_vary_headers(response, ("Accept-Encoding",))
        tag = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
        response.headers["ETag"] = f"W/{tag}"
        response.headers["Cache-Control"] = CACHING
        keep(response, [tag])
        answer = get_conditional_response(request, etag=f"W/{tag}", response=response)
        if not isinstance(answer, HttpResponse) or answer.status_code != 304:
            return response
        # Django leaves out some of the headers that protect a page.
        for name, text in response.headers.items():
            if name.lower() not in OF_A_BODY:
                answer.headers[name] = text
        return answer


def _remove_from_vary(response: HttpResponse, name: str) -> None:
    fields = [field.strip() for field in response.headers.get("Vary", "").split(",")]
    kept = [field for field in fields if field and field.lower() != name.lower()]
    response.headers["Vary"] = ", ".join(kept)
