"""The signed-in user of a request, and pictures of people."""

from __future__ import annotations

import hashlib

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.http import quote_etag
from django.views.decorators.http import require_safe

from accounts import avatars
from accounts.models import User

AVATAR_CACHE_SECONDS = 86_400


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
    body, content_type = _uploaded(user) if user is not None and user.avatar else (None, "")
    if body is None:
        body = avatars.drawn(username.casefold()).encode()
        content_type = "image/svg+xml"
    etag = quote_etag(hashlib.sha256(body).hexdigest()[:32])
    unchanged = request.headers.get("If-None-Match") == etag
    response = (
        HttpResponseNotModified() if unchanged else HttpResponse(body, content_type=content_type)
    )
    response["ETag"] = etag
    response["Cache-Control"] = f"public, max-age={AVATAR_CACHE_SECONDS}"
    return response


def _uploaded(user: User) -> tuple[bytes | None, str]:
    try:
        with user.avatar.open("rb") as file:
            return file.read(), "image/webp"
    except OSError:
        return None, ""
