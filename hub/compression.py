"""Compression. The API compresses its own answers, with an ETag for each encoding."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware, re_accepts_gzip


class PageGZipMiddleware(GZipMiddleware):
    """Django's gzip for everything but the API, whose strong ETags it would make weak."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """Compress the answer, unless it is an answer of the API."""
        if request.path.startswith("/api/"):
            return response
        return super().process_response(request, response)


def accepted_encoding(header: str, offered: Sequence[str] = ("br", "gzip")) -> str:
    """The first of what is offered that an Accept-Encoding header allows, or identity: RFC 9110
    §12.5.3."""
    weights: dict[str, float] = {}
    for part in header.lower().split(","):
        name, _, parameter = part.strip().partition(";")
        key, _, value = parameter.strip().partition("=")
        try:
            weights[name.strip()] = float(value) if key.strip() == "q" else 1.0
        except ValueError:
            weights[name.strip()] = 0.0
    for name in offered:
        if weights.get(name, weights.get("*", 0.0)) > 0:
            return name
    return "identity"


def accepts_gzip(header: str) -> bool:
    """Whether pages are compressed for a client that sends this Accept-Encoding header."""
    return re_accepts_gzip.search(header) is not None
