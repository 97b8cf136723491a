"""Notifications: the list behind the bell, and its settings."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.views.person import signed_in_user
from accounts.views.signed_in import signed_in_only
from hub.numbers import whole_number
from hub.pager import page_links
from models_registry.policy import holds
from models_registry.upstream import removals
from reviews import notify
from reviews.forms import NotificationForm
from reviews.lookup import is_there
from reviews.models import Notification, NotificationChoice, NotificationKind, may_see_queue

PAGE_SIZE = 30


@never_cache
@require_safe
@signed_in_only
def notifications(request: HttpRequest) -> HttpResponse:
    """All notifications, or only unread ones, newest first."""
    rows = Notification.objects.on_bell_of(signed_in_user(request))
    unread = rows.unread().count()
    only_unread = request.GET.get("show") == "unread"
    pages = Paginator(rows.unread() if only_unread else rows, PAGE_SIZE)
    page = pages.get_page(request.GET.get("page"))
    prefix = "?show=unread&" if only_unread else "?"
    context = {
        "page": page,
        "unread": unread,
        "newest": rows.order_by("-pk").values_list("pk", flat=True).first(),
        "only_unread": only_unread,
        "pages": page_links(page, lambda number: f"{prefix}page={number}"),
    }
    return render(request, "reviews/notifications.html", context)


@never_cache
@require_safe
@signed_in_only
def open_notification(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark a notification as read and go to its page."""
    user = signed_in_user(request)
    notification = get_object_or_404(Notification, pk=pk, recipient=user)
    Notification.objects.filter(pk=notification.pk, read_at__isnull=True).update(
        read_at=timezone.now()
    )
    is_own = url_has_allowed_host_and_scheme(
        notification.url, {request.get_host()}, request.is_secure()
    )
    if not is_own:
        return redirect("reviews:notifications")
    if not is_there(user, notification.url):
        text = _(
            "The page of “%(title)s” is no longer available: the model or proposal was deleted or "
            "hidden."
        )
        messages.info(request, text % {"title": notification.shown_title})
        return redirect("reviews:notifications")
    return redirect(notification.url)


@require_POST
@signed_in_only
def mark_read(request: HttpRequest) -> HttpResponse:
    """Mark all notifications as read, or a single one."""
    unread = Notification.objects.on_bell_of(signed_in_user(request)).unread()
    chosen = request.POST.get("notification", "")
    if chosen:
        number = whole_number(chosen)
        unread = unread.none() if number is None else unread.filter(pk=number)
    elif (newest := whole_number(request.POST.get("newest", ""))) is not None:
        # Notifications that are newer than the page have not been read.
        unread = unread.filter(pk__lte=newest)
    unread.update(read_at=timezone.now())
    return redirect("reviews:notifications")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in_only
def notification_settings(request: HttpRequest) -> HttpResponse:
    """Choose which notifications to get, and how."""
    user = signed_in_user(request)
    rows = NotificationChoice.objects.filter(user=user)
    allowed = {
        NotificationKind.NEW_PROPOSAL: may_see_queue(user),
        NotificationKind.UPSTREAM_STATE: holds(user, removals.RIGHT),
    }
    form = NotificationForm(
        request.POST if request.method == "POST" else None,
        kinds=[kind for kind in NotificationKind if allowed.get(kind, True)],
        chosen={NotificationKind(row.kind): (row.on_bell, row.by_mail) for row in rows},
    )
    if request.method == "POST" and form.is_valid():
        notify.choose(user, form.chosen())
        messages.success(request, _("Your settings have been saved."))
        return redirect("reviews:notification_settings")
    return render(request, "reviews/notification_settings.html", {"form": form})
