"""Forms without a CSRF token: their page is the same for everybody, so that it can be kept."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import get_callable
from django.views.decorators.csrf import csrf_exempt

from hub.kept_form import comes_from_own_page

View = Callable[[HttpRequest], HttpResponse]


def from_own_page(view: View) -> View:
    """A view that takes a form only from a page of this hub, as the browser's Origin says.

    SECURITY (CSRF): browsers send Origin with every POST. Only for what is chosen without an
    account, such as the theme: a token in its form would give every visitor a cookie.
    """

    @wraps(view)
    def checked(request: HttpRequest) -> HttpResponse:
        is_enforced = not getattr(request, "_dont_enforce_csrf_checks", False)
        if request.method == "POST" and is_enforced and not comes_from_own_page(request):
            refuse: View = get_callable(settings.CSRF_FAILURE_VIEW)
            return refuse(request)
        return view(request)

    return csrf_exempt(checked)
