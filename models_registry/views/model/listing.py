"""The model list."""

from __future__ import annotations

from dataclasses import replace

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe
from django_htmx.middleware import HtmxDetails

from hub import figures
from hub.anonymous_pages import same_for_everybody
from hub.kept_answers import note_request
from hub.pager import page_links
from models_registry.forms.filters import ListingFilterForm
from models_registry.pages import listing as browsing
from models_registry.pages import listing_filters
from models_registry.views.model import preferences


class HtmxRequest(HttpRequest):
    """A request with the attribute of django-htmx's middleware."""

    htmx: HtmxDetails


@require_safe
def model_list(request: HtmxRequest) -> HttpResponse:
    """The list, or for htmx only results and filters."""
    remembered = preferences.gpu_of(request)
    choices = ListingFilterForm(request.GET, remembered=remembered).filters()
    address = reverse("models_registry:model_list")
    keeps = preferences.may_remember(request) and listing_filters.KEEP in request.GET
    if keeps:
        remembered = next(iter(choices.of(listing_filters.FITS)), "")
        choices = replace(choices, remembered=remembered)
    if keeps and not request.htmx:
        answer = redirect(address + choices.query())
        preferences.remember_gpu(request, answer, remembered)
        return answer
    listing = browsing.browse(request.user, choices, hides_private=not choices.private)
    page_one = listing_filters.ListingFilters(page=listing.choices.page).query()
    context = {
        "canonical_url": f"{settings.SITE_URL}{address}{page_one}",
        "listing": listing,
        "sees_private_models": browsing.sees_private_models(request.user),
        "choices": listing.choices,
        "sorts": listing_filters.sorts(choices.text, shows_uses=settings.ENV.use_counts),
        "views": tuple(listing_filters.VIEW_LABELS.items()),
        "shows_uses": settings.ENV.use_counts,
        "pages": page_links(listing.page, listing.page_query),
    }
    is_part = bool(request.htmx) and not request.htmx.history_restore_request
    name = "_list" if is_part else "model_list"
    response = render(request, f"models_registry/model/{name}.html", context)
    patch_vary_headers(response, ["HX-Request"])
    if listing.choices.text:
        found = listing.page.paginator.count
        note_request(request, response, lambda _asked: figures.count_search(found))
    if is_part:
        response.headers["HX-Push-Url"] = address + listing.choices.query()
    if keeps:
        preferences.remember_gpu(request, response, remembered)
    elif not is_part and listing_filters.KEEP not in request.GET:
        same_for_everybody(request, response)
    return response
