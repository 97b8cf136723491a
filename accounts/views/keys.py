"""The keys page of the User Center: access tokens, the GitHub token, the person's own server.

What is done with the server is in models_registry.views.own_server, which shows this page too.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from accounts import tokens, use_cases
from accounts.errors import DomainError
from accounts.forms import AccessTokenForm, GitHubTokenForm, OwnServerForm
from accounts.models import AccessToken, ApiSession, GitHubToken, OwnServer, Scope
from accounts.views.person import signed_in_user


@never_cache
@login_required
@require_safe
def keys(request: HttpRequest) -> HttpResponse:
    """What the person has, and the forms for more."""
    return page(request)


@never_cache
@login_required
@sensitive_post_parameters("github_token")
@require_POST
def save_github_token(request: HttpRequest) -> HttpResponse:
    """Check a GitHub token and keep it."""
    form = GitHubTokenForm(request.POST)
    if form.is_valid():
        token = form.cleaned_data["github_token"]
        try:
            saved = use_cases.save_github_token(token, by=signed_in_user(request))
        except DomainError as refusal:
            form.add_error("github_token", refusal.message)
        else:
            text = _("The GitHub token of %(login)s is saved.") % {"login": saved.login}
            messages.success(request, text)
            return redirect("accounts:keys")
    return page(request, status=422, github_form=form)


@login_required
@require_POST
def forget_github_token(request: HttpRequest) -> HttpResponse:
    """Delete the GitHub token."""
    use_cases.forget_github_token(by=signed_in_user(request))
    messages.success(request, _("The GitHub token is removed."))
    return redirect("accounts:keys")


@never_cache
@login_required
@require_POST
def create_token(request: HttpRequest) -> HttpResponse:
    """Make an access token and show it, this once: it is in this answer and nowhere else."""
    form = AccessTokenForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            token, raw = use_cases.create_access_token(
                by=signed_in_user(request),
                name=data["name"],
                scope=Scope(data["scope"]),
                days=data["lifetime"],
            )
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            return page(request, status=201, created=token, raw_token=raw)
    return page(request, status=422, token_form=form)


@login_required
@require_POST
def revoke_token(request: HttpRequest, pk: int) -> HttpResponse:
    """Revoke one of the person's own access tokens."""
    user = signed_in_user(request)
    token = get_object_or_404(AccessToken.objects.personal(), pk=pk, user=user)
    tokens.revoke(token, by=user)
    messages.success(request, _("The token “%(name)s” is revoked.") % {"name": token.name})
    return redirect("accounts:keys")


@login_required
@require_POST
def end_session(request: HttpRequest, pk: int) -> HttpResponse:
    """End one of the person's own API sign-ins."""
    user = signed_in_user(request)
    tokens.end_session(get_object_or_404(ApiSession.objects.open(), pk=pk, user=user), by=user)
    messages.success(request, _("The API sign-in has ended."))
    return redirect("accounts:keys")


def page(request: HttpRequest, status: int = 200, **context: Any) -> HttpResponse:
    """The page, with what a form of it has to say."""
    user = signed_in_user(request)
    own_server = OwnServer.objects.filter(user=user).first()
    shown = {
        "tab": "keys",
        "github_token": GitHubToken.objects.filter(user=user).first(),
        "access_tokens": AccessToken.objects.personal().filter(user=user),
        "api_sessions": ApiSession.objects.open().filter(user=user),
        "github_form": GitHubTokenForm(),
        "token_form": AccessTokenForm(),
        "own_server": own_server,
        "own_servers_allowed": settings.ENV.server_addresses is not None,
        "server_form": OwnServerForm(
            initial={
                "address": own_server.address if own_server else "",
                "username": own_server.username if own_server else "",
            }
        ),
        **context,
    }
    return render(request, "accounts/keys.html", shown, status=status)
