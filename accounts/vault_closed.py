"""The answer to a request that needs a secret which no key of the vault opens."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from accounts.vault import VaultClosed

logger = logging.getLogger(__name__)


class VaultClosedMiddleware:
    """Middleware that says what is wrong and who can help, instead of a server error.

    The usual cause is a SECRET_KEY that was changed or lost on a hub without HUB_VAULT_KEYS.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The page for people, and JSON for programs."""
        if not isinstance(exception, VaultClosed):
            return None
        logger.error(
            "%s: no key of the vault opens a stored secret. `manage.py doctor` lists them.",
            request.path,
        )
        if request.path.startswith("/api/"):
            message = "The hub can't open a secret that it has stored. Tell the administrators."
            return JsonResponse({"error_code": "VAULT_CLOSED", "message": message}, status=503)
        is_factor = request.path.startswith("/accounts/2fa/")
        return render(request, "accounts/vault_closed.html", {"is_factor": is_factor}, status=503)
