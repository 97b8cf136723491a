"""Ending one browser session; the page that lists them is allauth's."""

from __future__ import annotations

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.views.person import signed_in_user
from hub.audit import Tag, record


@login_required
@require_POST
def end_session(request: HttpRequest, pk: int) -> HttpResponse:
    """End one of the person's own sessions."""
    user = signed_in_user(request)
    session = get_object_or_404(UserSession, pk=pk, user=user)
    record(Tag.SIGN_OUT, by=user, target=user, ended_ip=session.ip, remotely=True)
    session.end()
    messages.success(request, _("The session has ended."))
    return redirect("usersessions_list")
