"""The person's own Xinference server in the User Center: saving, testing, removing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allauth.core import ratelimit
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_POST

from accounts import own_servers
from accounts.errors import DomainError, PasswordNeeded, TooManyAttempts
from accounts.form_version import FIELD
from accounts.forms import OwnServerForm
from accounts.models import User
from accounts.views import keys
from accounts.views.person import signed_in_user
from accounts.views.signed_in import signed_in_only
from hub.sentences import together
from models_registry.servers import access, inventory, session
from models_registry.servers.session import Account
from models_registry.views.model.listing import HtmxRequest


@never_cache
@signed_in_only
@sensitive_post_parameters("key", "password")
@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Check the address, and save it with its user, password and key."""
    form = OwnServerForm(request.POST)
    if form.is_valid():
        try:
            _limit(request)
            _save(form.cleaned_data, by=signed_in_user(request), seen=request.POST.get(FIELD, ""))
        except DomainError as refusal:
            is_password = isinstance(refusal, PasswordNeeded)
            form.add_error("password" if is_password else "address", refusal.message)
        else:
            messages.success(request, _("Your Xinference server has been saved."))
            return redirect("accounts:keys")
    return keys.page(request, status=422, server_form=form)


@never_cache
@signed_in_only
@require_POST
def test(request: HtmxRequest) -> HttpResponse:
    """Test the saved address and show the result."""
    server_found, refusal = "", ""
    try:
        _limit(request)
        server_found = _connection_text(signed_in_user(request))
    except DomainError as error:
        refusal = error.message
    result: dict[str, Any] = {"server_found": server_found, "server_refusal": refusal}
    if request.htmx:
        return render(request, "accounts/_own_server_result.html", result)
    return keys.page(request, **result)


@signed_in_only
@require_POST
def forget(request: HttpRequest) -> HttpResponse:
    """Delete address, key and password."""
    try:
        own_servers.forget_own_server(by=signed_in_user(request), seen=request.POST.get(FIELD, ""))
        messages.success(request, _("Your Xinference server has been removed."))
    except DomainError as refusal:
        messages.error(request, refusal.message)
    return redirect("accounts:keys")


@sensitive_variables("typed", "key")
def _save(typed: Mapping[str, Any], *, by: User, seen: str) -> None:
    key = "" if typed["forget_key"] else (typed["key"] or None)
    own_servers.save_own_server(
        access.checked_address(typed["address"]),
        key=key,
        username=typed["username"],
        password=typed["password"] or None,
        by=by,
        seen=seen,
    )


def _connection_text(user: User) -> str:
    server = access.own_server(user)
    if server is None:
        return _("No server is saved. Save one first.")
    inventory.forget(server)
    session.forget_refusal(server)
    about = inventory.about(server)
    count = len(inventory.read(server, "llm").known)
    models = ngettext(
        "It has %(count)d language model.", "It has %(count)d language models.", count
    ) % {"count": count}
    runs = len(inventory.running(server))
    running = ngettext("%(count)d model is running.", "%(count)d models are running.", runs) % {
        "count": runs
    }
    release = _("Connected to an Xinference server.")
    if about.version:
        release = _("Connected to Xinference %(version)s.") % {"version": about.version}
    return together(release, _account_text(session.account(server)), models, running)


def _account_text(account: Account | None) -> str:
    """A sentence about the hub's account and rights on the server."""
    if account is None:
        return ""
    if not account.name:
        return _("The API key may only read. To launch models, save a user name and a password.")
    name = {"name": account.name}
    if account.may_launch and account.may_register:
        return _("The hub is signed in as %(name)s, who may launch and register models.") % name
    if account.may_launch:
        return (
            _("The hub is signed in as %(name)s, who may launch models, but not register them.")
            % name
        )
    if account.may_register:
        return (
            _("The hub is signed in as %(name)s, who may register models, but not launch them.")
            % name
        )
    return _("The hub is signed in as %(name)s, who may only read.") % name


def _limit(request: HttpRequest) -> None:
    if not ratelimit.consume(request, action="own_server", user=signed_in_user(request)):
        raise TooManyAttempts("too_many_server_checks")
