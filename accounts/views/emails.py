"""The page of e-mail addresses: allauth's, with one rule more."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.views import EmailView
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _


class EmailAddressesView(EmailView):  # type: ignore[misc]
    """Add, confirm, remove addresses, and choose the one that mail goes to."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do what was asked; only a confirmed address becomes the one that mail goes to.

        SECURITY: allauth allows an unconfirmed one where none is confirmed; it may be another
        person's, and would take what is sent to the account there.
        """
        if "action_primary" in request.POST:
            given = str(request.POST.get("email", "")).lower()
            own = EmailAddress.objects.filter(user=request.user, email=given)
            if not own.filter(verified=True).exists():
                text = _("Confirm this address first: follow the link in its mail.")
                messages.error(request, text)
                return redirect("account_email")
        response: HttpResponse = super().post(request, *args, **kwargs)
        return response


email_addresses = EmailAddressesView.as_view()
