"""The keys page of the User Center: access tokens, the GitHub token, the person's own server.

The actions on the server are in models_registry.views.launch.own_server, which shows this page,
too.
"""

from __future__ import annotations

from typing import Any

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from accounts import devices, tokens, use_cases
from accounts.errors import DomainError
from accounts.form_version import FIELD
from accounts.forms import AccessTokenForm, GitHubTokenForm, OwnServerForm
from accounts.models import AccessToken, ApiSession, GitHubToken, OwnServer, Scope
from accounts.own_servers import own_server_version
from accounts.views.person import signed_in_user
from accounts.views.signed_in import signed_in_only


@never_cache
@signed_in_only
@require_safe
def keys(request: HttpRequest) -> HttpResponse:
    """The person's tokens and server, and the forms to add them."""
    return page(request)


@never_cache
@signed_in_only
@sensitive_post_parameters("github_token")
@require_POST
def save_github_token(request: HttpRequest) -> HttpResponse:
    """Check a GitHub token and save it."""
    form = GitHubTokenForm(request.POST)
    if form.is_valid():
        token = form.cleaned_data["github_token"]
        try:
            user = signed_in_user(request)
            saved = use_cases.save_github_token(token, by=user)
        except DomainError as refusal:
            form.add_error("github_token", refusal.message)
        else:
            devices.notify_owner(user, "github_token_saved", login=saved.login)
            text = _("The GitHub token of %(login)s has been saved.") % {"login": saved.login}
            messages.success(request, text)
            return redirect("accounts:keys")
    return page(request, status=422, github_form=form)


@signed_in_only
@require_POST
def forget_github_token(request: HttpRequest) -> HttpResponse:
    """Delete the GitHub token."""
    try:
        use_cases.forget_github_token(by=signed_in_user(request), seen=request.POST.get(FIELD, ""))
        messages.success(request, _("The GitHub token has been removed."))
    except DomainError as refusal:
        messages.error(request, refusal.message)
    return redirect("accounts:keys")


@never_cache
@signed_in_only
@require_POST
def create_token(request: HttpRequest) -> HttpResponse:
    """Make an access token and show it: only this answer contains it.

    SECURITY: a token that may write and never expires outlives the session that made it, so it
    needs the password again, as adding an address does.
    """
    form = AccessTokenForm(request.POST)
    if not form.is_valid():
        return page(request, status=422, token_form=form)
    needs_password = form.cleaned_data["scope"] == Scope.WRITE and not form.cleaned_data["lifetime"]
    if needs_password:
        answer: HttpResponse = _create_token_with_password(request, form)
        return answer
    return _create_token(request, form)


def _create_token(request: HttpRequest, form: AccessTokenForm) -> HttpResponse:
    user, data = signed_in_user(request), form.cleaned_data
    try:
        token, raw = use_cases.create_access_token(
            by=user, name=data["name"], scope=Scope(data["scope"]), days=data["lifetime"]
        )
    except DomainError as refusal:
        form.add_error(None, refusal.message)
        return page(request, status=422, token_form=form)
    devices.notify_owner(
        user,
        "access_token_created",
        token=f"{token.first_characters}…{token.last4}",
        scope=token.get_scope_display(),
    )
    return page(request, status=201, created=token, raw_token=raw)


_create_token_with_password = reauthentication_required(_create_token)


@signed_in_only
@require_POST
def revoke_token(request: HttpRequest, pk: int) -> HttpResponse:
    """Revoke one of the person's own access tokens."""
    user = signed_in_user(request)
    token = get_object_or_404(AccessToken, pk=pk, user=user, session__isnull=True)
    if token.revoked_at is not None:
        messages.info(request, _("The token has already been revoked."))
    else:
        tokens.revoke(token, by=user)
        messages.success(
            request, _("The token “%(name)s” has been revoked.") % {"name": token.name}
        )
    return redirect("accounts:keys")


@signed_in_only
@require_POST
def end_session(request: HttpRequest, pk: int) -> HttpResponse:
    """End one of the person's own API sign-ins."""
    user = signed_in_user(request)
    session = get_object_or_404(ApiSession, pk=pk, user=user)
    if session.revoked_at is not None:
        messages.info(request, _("This API sign-in has already ended."))
    else:
        tokens.end_session(session, by=user)
        messages.success(request, _("The API sign-in has ended."))
    return redirect("accounts:keys")


def page(request: HttpRequest, status: int = 200, **context: Any) -> HttpResponse:
    """The page; `context` has bound forms and what they produced."""
    user = signed_in_user(request)
    own_server = OwnServer.objects.filter(user=user).first()
    github_token = GitHubToken.objects.filter(user=user).first()
    values = {
        "tab": "keys",
        "github_token": github_token,
        "github_token_seen": use_cases.github_token_version(github_token),
        "access_tokens": AccessToken.objects.personal().filter(user=user),
        "api_sessions": ApiSession.objects.open().filter(user=user),
        "github_form": GitHubTokenForm(),
        "token_form": AccessTokenForm(),
        "own_server": own_server,
        "own_server_seen": own_server_version(own_server),
        "own_servers_allowed": settings.ENV.server_addresses is not None,
        "server_form": OwnServerForm(
            initial={
                "address": own_server.address if own_server else "",
                "username": own_server.username if own_server else "",
            }
        ),
        **context,
    }
    return render(request, "accounts/keys.html", values, status=status)
