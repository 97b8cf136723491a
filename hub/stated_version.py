"""`/v/3.0.0/api/…`: the API for servers of one version of Xinference.

For proxies in front of a fleet, which can put a prefix before a path more easily than a parameter
into a query. The rest of the hub sees the path without the prefix, and the header
`X-Xinference-Version`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse

HEADER: Final = "X-Xinference-Version"
_PREFIX: Final = re.compile(r"/v/([^/]{1,60})(/api/.*)", re.DOTALL)


class StatedVersionMiddleware:
    """Middleware that takes the version off a path."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if match := _PREFIX.fullmatch(request.path_info):
            version, path = match.groups()
            request.META["HTTP_X_XINFERENCE_VERSION"] = version
            request.path = request.path_info = request.META["PATH_INFO"] = path
        return self.get_response(request)
