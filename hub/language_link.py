"""Addresses with a language, such as /models?lang=zh-hans: for links, and for search engines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse

PARAMETER: Final = "lang"
_PAGE_OF_API: Final = "/api/docs"
_ONE_YEAR: Final = 365 * 24 * 3600


class LanguageLinkMiddleware:
    """Middleware that shows a page in the language that its address names, and remembers it.

    It stands outside of Django's LocaleMiddleware, which reads the cookie, and takes the parameter
    out of the request, so that no link on the page carries it on. Only the site's languages count.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = request.GET.get(PARAMETER, "").lower()
        is_read = request.method in {"GET", "HEAD"}
        is_page = request.path == _PAGE_OF_API or not request.path.startswith("/api/")
        if not is_read or not is_page or language not in dict(settings.LANGUAGES):
            return self.get_response(request)
        query = request.GET.copy()
        del query[PARAMETER]
        request.META["QUERY_STRING"] = query.urlencode()
        request.GET = query  # type: ignore[assignment]
        request.COOKIES[settings.LANGUAGE_COOKIE_NAME] = language
        response = self.get_response(request)
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=_ONE_YEAR,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )
        return response
