"""The size limit of requests."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from hub.errors import too_large

_CHUNK = 65_536
_MAX_DRAINED = 64 * 1_048_576


class BodyLimitMiddleware:
    """Middleware that answers a body that is too large with 413 and a message.

    Django's own limit counts forms and JSON, not uploaded files. The body is read and dropped
    first, or the browser would show a broken connection instead of the answer.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if _length(request) <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            return self.get_response(request)
        left = _MAX_DRAINED
        while left > 0 and (chunk := request.read(_CHUNK)):
            left -= len(chunk)
        return too_large(request)


def _length(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0
