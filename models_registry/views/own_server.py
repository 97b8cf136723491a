"""The person's own Xinference server, in the User Center: saved, tested, forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_POST

from accounts import own_servers
from accounts.errors import DomainError, PasswordNeeded, TooManyAttempts
from accounts.forms import OwnServerForm
from accounts.models import User
from accounts.views import keys
from accounts.views.person import signed_in_user
from models_registry.launch import registrations, servers, signing_in
from models_registry.launch.signing_in import Account
from models_registry.views.browse import HtmxRequest


@never_cache
@login_required
@sensitive_post_parameters("key", "password")
@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Check where the address leads, and keep it with what the server asks for."""
    form = OwnServerForm(request.POST)
    if form.is_valid():
        try:
            _limit(request)
            _save(form.cleaned_data, by=signed_in_user(request))
        except DomainError as refusal:
            is_password = isinstance(refusal, PasswordNeeded)
            form.add_error("password" if is_password else "address", refusal.message)
        else:
            messages.success(request, _("Your Xinference server is saved."))
            return redirect("accounts:keys")
    return keys.page(request, status=422, server_form=form)


@never_cache
@login_required
@require_POST
def test(request: HtmxRequest) -> HttpResponse:
    """Say in words what is at the saved address."""
    found, refusal = "", ""
    try:
        _limit(request)
        found = _what_is_there(signed_in_user(request))
    except DomainError as error:
        refusal = error.message
    result: dict[str, Any] = {"server_found": found, "server_refusal": refusal}
    if request.htmx:
        return render(request, "accounts/_own_server_result.html", result)
    return keys.page(request, **result)


@login_required
@require_POST
def forget(request: HttpRequest) -> HttpResponse:
    """Delete address, key and password."""
    own_servers.forget_own_server(by=signed_in_user(request))
    messages.success(request, _("Your Xinference server is removed."))
    return redirect("accounts:keys")


@sensitive_variables("typed", "key")
def _save(typed: Mapping[str, Any], *, by: User) -> None:
    key = "" if typed["forget_key"] else (typed["key"] or None)
    own_servers.save_own_server(
        servers.checked_address(typed["address"]),
        key=key,
        username=typed["username"],
        password=typed["password"] or None,
        by=by,
    )


def _what_is_there(user: User) -> str:
    server = servers.own_server(user)
    if server is None:
        return _("There is no server saved.")
    registrations.forget(server)
    signing_in.forget_refusal(server)
    about = registrations.about(server)
    count = len(registrations.look(server, "llm").known)
    models = ngettext(
        "It knows %(count)d language model.", "It knows %(count)d language models.", count
    ) % {"count": count}
    runs = len(registrations.running(server))
    running = ngettext("%(count)d model runs.", "%(count)d models run.", runs) % {"count": runs}
    release = _("An Xinference server answers.")
    if about.version:
        release = _("Xinference %(version)s answers.") % {"version": about.version}
    said = [release, _as_whom(signing_in.account(server)), models, running]
    return " ".join(one for one in said if one)


def _as_whom(account: Account | None) -> str:
    """Say what the hub may do there."""
    if account is None:
        return ""
    if not account.name:
        return _("The API key may only read: launching there takes a user name and a password.")
    name = {"name": account.name}
    if account.may_launch and account.may_register:
        return _("The hub is signed in as %(name)s, who may launch and register models.") % name
    if account.may_launch:
        return _("The hub is signed in as %(name)s, who may launch, but register no models.") % name
    if account.may_register:
        return (
            _("The hub is signed in as %(name)s, who may register models, but not launch.") % name
        )
    return _("The hub is signed in as %(name)s, who may only read.") % name


def _limit(request: HttpRequest) -> None:
    if not ratelimit.consume(request, action="own_server", user=signed_in_user(request)):
        raise TooManyAttempts(_("That was often. Wait a minute, then try again."))
