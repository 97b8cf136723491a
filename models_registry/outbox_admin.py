"""The outbox in the administration: to see what goes to upstream, try it again, call it back."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from models_registry.outbox_tables import PullRequest, UpstreamChange
from models_registry.upstream import outbox


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Shown to superusers, since models that are hidden by now may be among them."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Superusers alone."""
        return bool(request.user.is_active and getattr(request.user, "is_superuser", False))

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Shown to those who may use it."""
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Use cases write here."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """States follow from what was done."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What was sent stays on record."""
        return False


@admin.register(UpstreamChange)
class UpstreamChangeAdmin(ReadOnlyAdmin):
    """Outgoing changes, newest first."""

    list_display = ("__str__", "state", "author_name", "link", "last_error", "created_at")
    list_filter = ("state", "kind", "model_type", "created_at")
    search_fields = ("name", "author_name", "last_error", "pull_request__branch")
    list_select_related = ("pull_request",)
    actions = ("try_again", "call_back")

    @admin.display(description="pull request")
    def link(self, change: UpstreamChange) -> str | SafeString:
        """The pull request that carries it."""
        pull_request = change.pull_request
        if pull_request is None:
            return "–"
        if not pull_request.url.startswith(("https://", "http://")):
            return str(pull_request)
        return format_html(
            '<a href="{}">{}</a> {}', pull_request.url, pull_request, pull_request.state
        )

    @admin.action(description="Try again", permissions=["view"])
    def try_again(self, request: HttpRequest, chosen: QuerySet[UpstreamChange]) -> None:
        """Send what failed or waits as soon as a worker is free."""
        for change in chosen.select_related("pull_request"):
            outbox.retry(change)
        self.message_user(request, "They will be tried again within a minute.", messages.SUCCESS)

    @admin.action(description="Call back what has not been sent", permissions=["view"])
    def call_back(self, request: HttpRequest, chosen: QuerySet[UpstreamChange]) -> None:
        """Cancel what has not been sent."""
        done = sum(outbox.cancel(change) for change in chosen)
        self.message_user(
            request, f"{done} called back; the others are on their way or over.", messages.SUCCESS
        )


@admin.register(PullRequest)
class PullRequestAdmin(ReadOnlyAdmin):
    """Pull requests, and the work on them."""

    list_display = ("__str__", "state", "title", "attempts", "next_attempt_at", "last_error")
    list_filter = ("state", "is_sync")
    search_fields = ("branch", "title", "number")
    exclude = ("lease",)
