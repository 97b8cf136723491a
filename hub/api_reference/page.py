"""The view of `/api/docs`."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from hub.anonymous_pages import same_for_everybody
from hub.api import document_in
from hub.api_reference.operations import error_shapes, groups
from hub.api_reference.prose import inline

# English and Chinese, and for tests another address.
_KEPT: Final = 4


@require_safe
def api_reference(request: HttpRequest) -> HttpResponse:
    """Every operation of the API in the reader's language."""
    language = get_language() or "en"
    document_url = f"{reverse('api:openapi-json')}?lang={language}"
    context = {
        "reference": _rendered(language, settings.SITE_URL),
        "document_url": document_url,
        "canonical_url": settings.SITE_URL + request.path,
    }
    response = render(request, "api/reference.html", context)
    # RFC 8631: where a program finds the description.
    response.headers["Link"] = f'<{document_url}>; rel="service-desc"; type="application/json"'
    same_for_everybody(request, response)
    return response


@lru_cache(maxsize=_KEPT)
def _rendered(language: str, site_url: str) -> SafeString:
    """What is the same for everybody: the code of this version says all of it."""
    document = document_in(language, site_url)
    found = groups(document, site_url)
    context = {
        "groups": found,
        "count": sum(len(group.operations) for group in found),
        "about": inline(document["info"]["description"]),
        "schemes": [
            {
                "header": scheme.get("name", "Authorization: Bearer"),
                "description": inline(scheme["description"]),
            }
            for scheme in document["components"]["securitySchemes"].values()
        ],
        "shapes": error_shapes(found),
        "site_url": site_url,
    }
    return render_to_string("api/_reference.html", context)
