"""Decorators for signed-in pages that keep what was typed when a session has ended."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from hub import kept_form

View = Callable[..., HttpResponse]


def stays_signed_in(view: View) -> View:
    """Let signed-in people in; ask others to sign in, and return what they posted.

    An htmx request gets 401, so that the page keeps its content; a posted form is returned in a
    page that sends it again.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)
        if request.headers.get("HX-Request"):
            return HttpResponse(status=401)
        return _asks_to_sign_in(request)

    return guarded


def signed_in_only(view: View) -> View:
    """`login_required` that returns what was posted; for pages whose htmx parts hold no text."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)
        if request.headers.get("HX-Request"):
            # The whole page goes to the sign-in; htmx would swap a redirect's page into a part of
            # it.
            page = redirect_to_login(kept_form.page_of(request) or "/")
            return HttpResponse(status=401, headers={"HX-Redirect": page.url})
        return _asks_to_sign_in(request)

    return guarded


def _asks_to_sign_in(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return redirect_to_login(request.get_full_path())
    if not kept_form.kept_fields(request):
        # A view that only handles a button's POST has no page of its own to return to.
        return redirect_to_login(kept_form.page_of(request) or "/")
    context = kept_form.context(request)
    return render(request, "accounts/signed_out.html", context, status=401)
