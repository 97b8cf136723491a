"""The visitor's GPU, kept in a cookie: only for visitors who chose one, with or without an account.

The cookie has one of the keys of `launch.needs.GPUS` and nothing else, so it needs no signature.
"""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from models_registry.launch.needs import GPUS

COOKIE: Final = "gpu"
_ONE_YEAR: Final = 365 * 24 * 3600


def gpu_of(request: HttpRequest) -> str:
    """The key of the GPU that the visitor's browser remembers; "" without one."""
    key = request.COOKIES.get(COOKIE, "")
    return key if any(gpu.key == key for gpu in GPUS) else ""


def may_remember(request: HttpRequest) -> bool:
    """False for a request that another site made: only the visitor chooses what is remembered.

    Browsers that do not send Sec-Fetch-Site are believed; the worst is a filter that they see.
    """
    return request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"


def remember_gpu(request: HttpRequest, response: HttpResponse, key: str) -> None:
    """Make the browser remember a GPU, or forget it if the key is empty."""
    if key == request.COOKIES.get(COOKIE, ""):
        return
    if key:
        response.set_cookie(
            COOKIE, key, max_age=_ONE_YEAR, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
        )
    else:
        response.delete_cookie(COOKIE, samesite="Lax")
