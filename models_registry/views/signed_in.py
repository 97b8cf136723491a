"""Pages of which nothing typed may be lost when a session ends."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

View = Callable[..., HttpResponse]


def stays_signed_in(view: View) -> View:
    """Let signed-in people in; ask others to sign in, and give back what they posted.

    A request of htmx gets 401, upon which the page keeps what it has; a posted form comes back in
    a page that sends it again.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)
        if request.headers.get("HX-Request"):
            return HttpResponse(status=401)
        kept = [
            (name, text)
            for name, texts in request.POST.lists()
            if name != "csrfmiddlewaretoken"
            for text in texts
        ]
        if not kept:
            return redirect_to_login(request.get_full_path())
        context = {"kept": kept, "text": request.POST.get("text", "")}
        return render(request, "models_registry/registration_signed_out.html", context, status=401)

    return guarded
