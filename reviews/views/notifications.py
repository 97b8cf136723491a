"""What somebody is told: the list behind the bell, and the choice of what comes how."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.views.person import signed_in_user
from reviews import notify
from reviews.forms import NotificationForm
from reviews.models import Kind, Notification, NotificationChoice
from reviews.querysets import may_see_queue

PAGE_SIZE = 30


@never_cache
@require_safe
@login_required
def notifications(request: HttpRequest) -> HttpResponse:
    """All notifications, or those not read yet, newest first."""
    found = Notification.objects.on_bell_of(signed_in_user(request))
    unread = found.unread().count()
    only_unread = request.GET.get("show") == "unread"
    pages = Paginator(found.unread() if only_unread else found, PAGE_SIZE)
    page = pages.get_page(request.GET.get("page"))
    prefix = "?show=unread&" if only_unread else "?"
    numbers = pages.get_elided_page_range(page.number, on_each_side=2, on_ends=1)
    context = {
        "page": page,
        "unread": unread,
        "only_unread": only_unread,
        "pages": [
            (number, f"{prefix}page={number}" if isinstance(number, int) else "")
            for number in numbers
        ],
    }
    return render(request, "reviews/notifications.html", context)


@never_cache
@require_safe
@login_required
def open_notification(request: HttpRequest, pk: int) -> HttpResponse:
    """Go to what a notification is about; it counts as read from then on."""
    found = get_object_or_404(Notification, pk=pk, recipient=signed_in_user(request))
    Notification.objects.filter(pk=found.pk, read_at__isnull=True).update(read_at=timezone.now())
    is_own = url_has_allowed_host_and_scheme(found.url, {request.get_host()}, request.is_secure())
    return redirect(found.url if is_own else "reviews:notifications")


@require_POST
@login_required
def mark_read(request: HttpRequest) -> HttpResponse:
    """Mark everything as read, or the one notification that is named."""
    found = Notification.objects.on_bell_of(signed_in_user(request)).unread()
    chosen = request.POST.get("notification", "")
    if chosen:
        found = found.filter(pk=int(chosen)) if chosen.isdecimal() else found.none()
    found.update(read_at=timezone.now())
    return redirect("reviews:notifications")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def notification_settings(request: HttpRequest) -> HttpResponse:
    """Choose what one is told, and how."""
    user = signed_in_user(request)
    rows = NotificationChoice.objects.filter(user=user)
    form = NotificationForm(
        request.POST if request.method == "POST" else None,
        kinds=[kind for kind in Kind if kind != Kind.NEW_PROPOSAL or may_see_queue(user)],
        chosen={Kind(row.kind): (row.on_bell, row.by_mail) for row in rows},
    )
    if request.method == "POST" and form.is_valid():
        notify.choose(user, form.chosen())
        messages.success(request, _("Your choice is saved."))
        return redirect("reviews:notification_settings")
    return render(request, "reviews/notification_settings.html", {"form": form})
