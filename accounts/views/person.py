"""The signed-in user of a request, and pictures of people."""

from __future__ import annotations

import hashlib
import logging

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.http import quote_etag
from django.views.decorators.http import require_safe

from accounts import avatars
from accounts.models import User

AVATAR_CACHE_SECONDS = 86_400

logger = logging.getLogger(__name__)


def signed_in_user(request: HttpRequest) -> User:
    """The user of a view that only signed-in people reach. Raises PermissionDenied for others."""
    if isinstance(request.user, User):
        return request.user
    raise PermissionDenied


@require_safe
def avatar(request: HttpRequest, username: str) -> HttpResponse:
    """A person's picture: the uploaded one, else one drawn from the user name.

    SECURITY: names without an account get a picture, too, so pictures don't reveal which exist.
    """
    user = User.objects.called(username).filter(is_active=True).first()
    name = user.avatar.name if user is not None and user.avatar else ""
    # Each upload has a name of its own, so its picture need not be read to be compared.
    etag = _etag(name or avatars.drawn(username.casefold()))
    if request.headers.get("If-None-Match") == etag:
        return _kept(HttpResponseNotModified(), etag)
    if user is not None and name:
        try:
            with user.avatar.open("rb") as file:
                return _kept(HttpResponse(file.read(), content_type="image/webp"), etag)
        except OSError as error:
            # The storage is away, or a backup without media was restored: not for long, perhaps.
            logger.warning("The picture of user %d can't be read: %s", user.pk, error)
    drawn = HttpResponse(avatars.drawn(username.casefold()), content_type="image/svg+xml")
    if name:
        drawn["Cache-Control"] = "no-store"
        return drawn
    return _kept(drawn, etag)


def _etag(text: str) -> str:
    return quote_etag(hashlib.sha256(text.encode()).hexdigest()[:32])


def _kept(response: HttpResponse, etag: str) -> HttpResponse:
    response["ETag"] = etag
    response["Cache-Control"] = f"public, max-age={AVATAR_CACHE_SECONDS}"
    return response
