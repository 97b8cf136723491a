"""Redirect targets in requests."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def own_path(request: HttpRequest, address: str) -> str:
    """The address, if it is a path of this hub; "" for any other text.

    SECURITY: other hosts and schemes are refused (open redirect). So are texts without a slash:
    `redirect` would treat them as the name of a view and raise NoReverseMatch.
    """
    is_own = address.startswith("/") and url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return address if is_own else ""
