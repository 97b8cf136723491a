"""Compression of pages. The API compresses its own answers, with an ETag for each encoding."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware


class PageGZipMiddleware(GZipMiddleware):
    """Django's gzip for everything but the API, whose strong ETags it would weaken."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """Compress a page's answer; leave one of the API as it is."""
        if request.path.startswith("/api/"):
            return response
        return super().process_response(request, response)
