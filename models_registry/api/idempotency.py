"""Requests that create something and are sent again, after an answer that never arrived."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Final

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Schema

from accounts.models import User
from models_registry.errors import IdempotencyKeyReused, InvalidParameter
from models_registry.models import ANSWERS_KEPT, StoredAnswer

HEADER: Final = "Idempotency-Key"
_KEY: Final = re.compile(r"[\x21-\x7e]{1,200}")
# For the OpenAPI document: django-ninja would refuse other requests without the header.
PARAMETER: Final = {
    "in": "header",
    "name": HEADER,
    "required": False,
    "schema": {"type": "string", "maxLength": 200},
    "description": "Any text that is new for each request, such as a UUID. For a day, the same "
    "request with the same key is answered as the first time, and changes nothing again.",
}


def once(
    request: HttpRequest, user: User, write: Callable[[], Schema | None], *, status: int = 201
) -> HttpResponse:
    """The answer of `write`, which runs once for each key of the person in a day.

    The key is stored in the transaction of the write, so of two requests at once the second waits
    for the first. A request that fails stores nothing: it may be sent again with its key. Raises
    IdempotencyKeyReused and InvalidParameter, and what `write` raises.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return _answer(_written(write), status)
    if not _KEY.fullmatch(key):
        raise InvalidParameter("idempotency_key_malformed")
    digest = _digest(request)
    now = timezone.now()
    with transaction.atomic():
        StoredAnswer.objects.filter(user=user, created_at__lt=now - ANSWERS_KEPT).delete()
        try:
            with transaction.atomic():
                stored = StoredAnswer.objects.create(
                    user=user, key=key, digest=digest, created_at=now
                )
        except IntegrityError:
            earlier = StoredAnswer.objects.get(user=user, key=key)
            if earlier.digest != digest:
                raise IdempotencyKeyReused from None
            again = _answer(earlier.body, earlier.status)
            again.headers["Idempotency-Replayed"] = "true"
            return again
        stored.status, stored.body = status, _written(write)
        stored.save(update_fields=["status", "body"])
    return _answer(stored.body, status)


def _written(write: Callable[[], Schema | None]) -> str:
    answer = write()
    return answer.model_dump_json() if answer is not None else ""


def _digest(request: HttpRequest) -> str:
    parts = (request.method or "").encode(), request.get_full_path().encode(), request.body
    return hashlib.sha256(b"\n".join(parts)).hexdigest()


def _answer(body: str, status: int) -> HttpResponse:
    return HttpResponse(body, status=status, content_type="application/json; charset=utf-8")
