"""allauth's pages of e-mail addresses, each with one more rule."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress, get_emailconfirmation_model
from allauth.account.views import ConfirmEmailView, EmailView
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _


class EmailAddressesView(EmailView):  # type: ignore[misc]
    """Add, confirm, remove addresses, and choose the one that mail goes to."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do what was asked; only a confirmed address may become the one that mail goes to.

        SECURITY: allauth allows an unconfirmed one if no address is confirmed. It may be another
        person's, who would then get the account's mail.
        """
        if "action_primary" in request.POST:
            typed = str(request.POST.get("email", "")).lower().replace("\x00", "")
            rows = EmailAddress.objects.filter(user=request.user, email=typed)
            if not rows.filter(verified=True).exists():
                text = _("Confirm this address first: follow the link in its mail.")
                messages.error(request, text)
                return redirect("account_email")
        response: HttpResponse = super().post(request, *args, **kwargs)
        return response


class ConfirmAddressView(ConfirmEmailView):  # type: ignore[misc]
    """The link in the mail that confirms an address."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Confirm the address for the account's owner; ask others to sign in.

        SECURITY: if an account was used before its address was confirmed, the reader of the mail
        may not be the person who made it. A click must not confirm the address for that person.
        The reader can reset the password instead, which ends all other access.
        """
        confirmation = get_emailconfirmation_model().from_key(kwargs["key"])
        user = confirmation.email_address.user if confirmation is not None else None
        is_mandatory = settings.ACCOUNT_EMAIL_VERIFICATION == "mandatory"
        if user is None or is_mandatory or user.last_login is None or user == request.user:
            response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
            return response
        logout(request)
        text = _(
            "Sign in as %(username)s to confirm this address. If you did not make this account, "
            "do not confirm the address, or take over the account with “Forgot password?”."
        )
        messages.info(request, text % {"username": user.username})
        return redirect_to_login(request.get_full_path())


email_addresses = EmailAddressesView.as_view()
confirm_address = ConfirmAddressView.as_view()
