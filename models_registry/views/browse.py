"""The model list."""

from __future__ import annotations

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe
from django_htmx.middleware import HtmxDetails

from models_registry import browsing


class HtmxRequest(HttpRequest):
    """A request as django-htmx's middleware passes it on."""

    htmx: HtmxDetails


@require_safe
def model_list(request: HtmxRequest) -> HttpResponse:
    """The list, or for htmx just what changes with the choices: results and filters."""
    listing = browsing.browse(request.user, browsing.parse(request.GET))
    pages = Paginator(range(listing.total), browsing.PAGE_SIZE)
    address = reverse("models_registry:model_list")
    page_one = browsing.Choices(page=listing.choices.page).query()
    context = {
        "canonical_url": f"{settings.SITE_URL}{address}{page_one}",
        "listing": listing,
        "choices": listing.choices,
        "sorts": browsing.SORT_LABELS.items(),
        "pages": [
            (number, listing.page_query(number) if isinstance(number, int) else "")
            for number in pages.get_elided_page_range(
                listing.choices.page, on_each_side=2, on_ends=1
            )
        ],
    }
    is_part = bool(request.htmx) and not request.htmx.history_restore_request
    name = "_list" if is_part else "model_list"
    response = render(request, f"models_registry/{name}.html", context)
    patch_vary_headers(response, ["HX-Request"])
    if is_part:
        response.headers["HX-Push-Url"] = address + listing.choices.query()
    return response
