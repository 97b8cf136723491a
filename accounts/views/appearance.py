"""The switch of the theme, which works without an account and without JavaScript."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from accounts.preferences import THEMES, remember_theme
from hub.own_page import from_own_page
from hub.own_path import own_path


@from_own_page
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Remember the theme, then go back to the page that the form was on."""
    response = redirect(
        own_path(request, request.POST.get("next", "")) or settings.LOGIN_REDIRECT_URL
    )
    chosen = request.POST.get("theme", "")
    if chosen in THEMES:
        remember_theme(response, chosen)
    return response
