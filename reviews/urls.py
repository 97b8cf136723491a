"""Addresses of the reviews. They come before those of the registry and the administration, whose
patterns would match them."""

from __future__ import annotations

from django.urls import path

from reviews.views import figures, notifications, owner_requests, proposal, queue, status, webhooks

app_name = "reviews"
urlpatterns = [
    path("admin/reviews/", queue.queue, name="queue"),
    path("admin/reviews/bulk", queue.bulk_approve, name="bulk_approve"),
    path("admin/reviews/figures", figures.figures, name="figures"),
    path("admin/reviews/replies", queue.saved_replies, name="saved_replies"),
    path("admin/reviews/replies/<int:pk>", queue.saved_reply, name="saved_reply"),
    path(
        "admin/reviews/replies/<int:pk>/delete",
        queue.delete_saved_reply,
        name="delete_saved_reply",
    ),
    path("admin/reviews/requests/<int:pk>", owner_requests.owner_request, name="owner_request"),
    path("admin/reviews/<int:pk>/", proposal.proposal, name="proposal"),
    path("admin/reviews/<int:pk>/decide", proposal.decide, name="decide"),
    path("admin/reviews/<int:pk>/comment", proposal.comment, name="comment"),
    path("admin/reviews/<int:pk>/claim", proposal.claim, name="claim"),
    path("admin/reviews/<int:pk>/release", proposal.release, name="release"),
    path("admin/reviews/<int:pk>/sources", proposal.check_sources, name="check_sources"),
    path("models/detail/<int:pk>/review", status.status, name="status"),
    path("models/detail/<int:pk>/review/comment", status.comment, name="status_comment"),
    path("models/detail/<int:pk>/review/request", owner_requests.ask, name="ask_for_removal"),
    path(
        "models/detail/review/requests/<int:pk>/withdraw",
        owner_requests.withdraw,
        name="withdraw_request",
    ),
    path("models/detail/<int:pk>/review/endorse", status.endorse, name="endorse"),
    path("models/detail/<int:pk>/review/decline", status.decline, name="decline"),
    path("models/detail/<int:pk>/review/withdraw", status.withdraw, name="withdraw"),
    path("notifications", notifications.notifications, name="notifications"),
    path("notifications/<int:pk>", notifications.open_notification, name="open_notification"),
    path("notifications/read", notifications.mark_read, name="mark_read"),
    path("user-center/webhooks", webhooks.webhook_list, name="webhooks"),
    path("user-center/webhooks/<int:pk>", webhooks.webhook, name="webhook"),
    path(
        "user-center/webhooks/<int:pk>/deliveries/<int:delivery>",
        webhooks.redeliver,
        name="webhook_redeliver",
    ),
    path(
        "user-center/webhooks/<int:pk>/<slug:action>",
        webhooks.webhook_action,
        name="webhook_action",
    ),
    path(
        "user-center/notifications",
        notifications.notification_settings,
        name="notification_settings",
    ),
]
