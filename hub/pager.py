"""The pages of long lists, on Django's Paginator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet


class CountedPaginator(Paginator):  # type: ignore[type-arg]
    """The pages of rows that the caller has counted: no query counts them a second time."""

    def __init__(self, rows: QuerySet[Any], per_page: int, *, count: int) -> None:
        super().__init__(rows, per_page)
        self.count = count


def page_links(page: Page[Any], query: Callable[[int], str]) -> list[tuple[int | str, str]]:
    """The links for components/_pagination.html: a number with the query string of its page, or "…"
    with ""."""
    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)
    return [(number, query(number) if isinstance(number, int) else "") for number in numbers]
