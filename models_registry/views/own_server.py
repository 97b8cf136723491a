"""The person's own Xinference server, in the User Center: saved, tested, forgotten."""

from __future__ import annotations

from typing import Any

from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts import own_servers
from accounts.errors import DomainError, TooManyAttempts
from accounts.forms import OwnServerForm
from accounts.models import User
from accounts.views import keys
from accounts.views.person import signed_in_user
from models_registry.launch import registrations, servers
from models_registry.views.browse import HtmxRequest


@never_cache
@login_required
@sensitive_post_parameters("key")
@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Check where the address leads, and keep it with the key."""
    form = OwnServerForm(request.POST)
    if form.is_valid():
        try:
            _limit(request)
            address = servers.checked_address(form.cleaned_data["address"])
        except DomainError as refusal:
            form.add_error("address", refusal.message)
        else:
            typed = form.cleaned_data["key"]
            key = "" if form.cleaned_data["forget_key"] else (typed or None)
            own_servers.save_own_server(address, key=key, by=signed_in_user(request))
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
    """Delete address and key."""
    own_servers.forget_own_server(by=signed_in_user(request))
    messages.success(request, _("Your Xinference server is removed."))
    return redirect("accounts:keys")


def _what_is_there(user: User) -> str:
    server = servers.own_server(user)
    if server is None:
        return _("There is no server saved.")
    registrations.forget(server)
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
    return f"{release} {models} {running}"


def _limit(request: HttpRequest) -> None:
    if not ratelimit.consume(request, action="own_server", user=signed_in_user(request)):
        raise TooManyAttempts(_("That was often. Wait a minute, then try again."))
