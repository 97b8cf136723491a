"""The theme's switch, which works for visitors without an account and without JavaScript."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from accounts.preferences import THEMES, remember_theme


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Remember the theme, then go back to the page that the form was on."""
    response = redirect(_back(request))
    chosen = request.POST.get("theme", "")
    if chosen in THEMES:
        remember_theme(response, chosen)
    return response


def _back(request: HttpRequest) -> str:
    """Where the form says it came from. SECURITY: only to this host, never to another one."""
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if safe else resolve_url(settings.LOGIN_REDIRECT_URL)
