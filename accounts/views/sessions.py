"""Ending one browser session; the page that lists them is allauth's."""

from __future__ import annotations

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.views.person import signed_in_user
from accounts.views.signed_in import signed_in_only
from hub.audit import Tag, record


@signed_in_only
@require_POST
def end_session(request: HttpRequest, pk: int) -> HttpResponse:
    """End one of the person's own sessions."""
    user = signed_in_user(request)
    session = UserSession.objects.filter(pk=pk).first()
    if session is None:
        messages.info(request, _("This session has already ended."))
        return redirect("usersessions_list")
    if session.user_id != user.pk:
        raise Http404
    record(Tag.SIGN_OUT, by=user, target=user, ended_ip=session.ip, remotely=True)
    session.end()
    messages.success(request, _("The session has ended."))
    return redirect("usersessions_list")
