"""The API of one's own notifications, as the bell shows them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Field, Schema

from accounts.authentication import require_reader
from models_registry.api.paging import PageNumber, PageSize, link_pages, slice_of
from reviews.api.decisions import ReviewError
from reviews.api.router import router
from reviews.lookup import is_there
from reviews.models import Notification

ERRORS: dict[Any, Any] = dict.fromkeys((400, 401), ReviewError)


class OwnNotification(Schema):
    """One notification."""

    id: int
    kind: str = Field(description="Such as `decision`, `suggestion` or `pull_request`")
    title: str
    text: str
    url: str = Field(description="Empty if the caller can't open the page any more")
    created_at: str
    read_at: str | None


class OwnNotificationsAnswer(Schema):
    """One page of the caller's notifications, newest first."""

    data: list[OwnNotification]
    total: int
    page: int
    pageSize: int


@router.get(
    "/me/notifications",
    summary="One's own notifications",
    response={200: OwnNotificationsAnswer, **ERRORS},
)
def own_notifications(
    request: HttpRequest,
    response: HttpResponse,
    unread: bool = False,
    page: PageNumber = 1,
    pageSize: PageSize = 20,
) -> OwnNotificationsAnswer:
    """What the bell shows, in the language of the time; reading them here marks none as read."""
    user = require_reader(request)
    rows = Notification.objects.on_bell_of(user)
    if unread:
        rows = rows.unread()
    total = rows.count()
    link_pages(request, response, page, pageSize, total)
    return OwnNotificationsAnswer(
        data=[
            OwnNotification(
                id=row.pk,
                kind=str(row.kind),
                title=row.title,
                text=row.text,
                url=settings.SITE_URL + row.url if row.url and is_there(user, row.url) else "",
                created_at=row.created_at.isoformat(),
                read_at=row.read_at.isoformat() if row.read_at is not None else None,
            )
            for row in rows[slice_of(page, pageSize)]
        ],
        total=total,
        page=page,
        pageSize=pageSize,
    )
