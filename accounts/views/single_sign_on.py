"""The way to the OpenID Connect provider and back."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.decorators import login_not_required
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from requests import RequestException

from accounts.single_sign_on import PROVIDER_ID, SignOnAdapter

# What a provider's unusable answer raises while allauth reads it.
_UNUSABLE = (OAuth2Error, RequestException, AttributeError, KeyError, TypeError, ValueError)


@login_not_required
def begin(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Lead a person to the provider.

    With a page instead of a redirect: the redirects of a form may lead only where `form-action` of
    the Content-Security-Policy allows, and the hub does not know where the provider leads next.
    """
    response = _answer(OAuth2LoginView, request, provider_id)
    target = getattr(response, "url", "")
    if target.startswith(("https://", "http://")):
        name = SignOnAdapter(request, provider_id).get_provider().name
        return render(request, "accounts/leaving.html", {"target": target, "name": name})
    return response


@login_not_required
def callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    """The person comes back, with a code that the hub exchanges for their claims."""
    return _answer(OAuth2CallbackView, request, provider_id)


def _answer(view: Any, request: HttpRequest, provider_id: str) -> HttpResponse:
    # The hub knows one provider, and a database may refuse what else stands in an address.
    if provider_id != PROVIDER_ID:
        raise Http404
    adapter = SignOnAdapter(request, provider_id)
    try:
        provider = adapter.get_provider()
    except SocialApp.DoesNotExist:
        raise Http404 from None
    try:
        response: HttpResponse = view.adapter_view(adapter)(request)
    except _UNUSABLE as error:
        response = render_authentication_error(request, provider, exception=error)
    return response
