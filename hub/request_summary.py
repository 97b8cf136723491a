"""What a count or a record needs to know of a request, whoever answered it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from typing import Final

from django.conf import settings
from django.http import HttpRequest

_MOST_FORWARDED: Final = 1_000


@dataclass(frozen=True, slots=True)
class RequestSummary:
    """A request's method and path, its headers by name, and the address of its socket."""

    method: str
    path: str
    header: Callable[[str, str], str]
    socket_address: str

    @classmethod
    def of(cls, request: HttpRequest) -> RequestSummary:
        """Of the request that Django is answering."""
        return cls(
            method=request.method or "",
            path=request.path,
            header=request.headers.get,  # type: ignore[arg-type]
            socket_address=request.META.get("REMOTE_ADDR") or "",
        )

    @property
    def client_address(self) -> str | None:
        """The visitor's address; see `trusted_address`."""
        # What trusted proxies report is at the end; the visitor may have written any length.
        forwarded = self.header("x-forwarded-for", "")[-_MOST_FORWARDED:]
        return trusted_address(self.socket_address, forwarded, settings.ENV.trusted_proxies)


@lru_cache(maxsize=4096)
def trusted_address(socket_address: str, forwarded: str, proxies: int) -> str | None:
    """The visitor's address: the socket's, or what the trusted proxies in front of the hub report.

    SECURITY: of X-Forwarded-For only the last HUB_TRUSTED_PROXIES entries are trusted; everything
    to their left was written by the visitor.
    """
    address = socket_address
    entries = [part.strip() for part in forwarded.split(",") if part]
    if proxies and len(entries) >= proxies:
        address = entries[-proxies]
    try:
        return str(ip_address(address)) if address else None
    except ValueError:
        return None
