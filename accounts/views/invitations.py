"""The page that the link of an invitation opens."""

from __future__ import annotations

from allauth.account.internal.flows.signup import complete_signup
from allauth.core import ratelimit
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import invitations
from accounts.allauth_forms import InvitedForm
from accounts.errors import InvitationRefused


@never_cache
@sensitive_post_parameters("password1")
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, key: str) -> HttpResponse:
    """Make the account of somebody who was invited, and sign them in.

    Opening the link changes nothing: mail programs open links, too.
    """
    invited = invitations.find(key)
    if invited is None:
        return render(request, "account/invitation.html", {"invitation": None}, status=404)
    if request.method != "POST" or request.user.is_authenticated:
        context = {"invitation": invited, "form": InvitedForm()}
        return render(request, "account/invitation.html", context)
    form = InvitedForm(request.POST, email=invited.email)
    if not ratelimit.consume(request, action="signup"):
        form.add_error(None, _("Too many attempts. Wait a minute, then try again."))
    if form.is_valid():
        try:
            with transaction.atomic():
                user = form.save_invited(request, key)
        except InvitationRefused as refusal:
            form.add_error(None, refusal.message)
        else:
            response: HttpResponse = complete_signup(
                request, user=user, redirect_url=resolve_url(settings.LOGIN_REDIRECT_URL)
            )
            return response
    return render(
        request, "account/invitation.html", {"invitation": invited, "form": form}, status=422
    )
