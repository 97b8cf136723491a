"""Pages of lists: the parameters, and the Link header that names the other pages."""

from __future__ import annotations

from typing import Annotated, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Field

from models_registry.api.parameters import MAX_PAGE_SIZE

# A query may be long, and the header repeats it four times; proxies refuse long headers.
MAX_QUERY: Final = 1000

PageNumber = Annotated[int, Field(ge=1, le=1_000_000, description="From 1; a later one is empty")]
PageSize = Annotated[int, Field(ge=1, le=MAX_PAGE_SIZE)]


def slice_of(page: int, size: int) -> slice:
    """The slice of a list for one page."""
    return slice((page - 1) * size, page * size)


def link_pages(
    request: HttpRequest, response: HttpResponse, page: int, size: int, total: int
) -> None:
    """Set the Link header (RFC 8288) with the first, previous, next and last page; not if the
    request has too long a query."""
    if len(request.META.get("QUERY_STRING", "")) > MAX_QUERY:
        return
    last = max(1, -(-total // size))
    pages = {"first": 1, "prev": min(page - 1, last), "next": page + 1, "last": last}
    if page <= 1:
        del pages["prev"]
    if page >= last:
        del pages["next"]
    links = (f'<{_address(request, number)}>; rel="{rel}"' for rel, number in pages.items())
    response.headers["Link"] = ", ".join(links)


def _address(request: HttpRequest, page: int) -> str:
    query = request.GET.copy()
    query["page"] = str(page)
    return f"{settings.SITE_URL}{request.path}?{query.urlencode()}"
