"""The reviews in the administration: a link to the queue, and verdicts and comments, read-only.

The queue and the review page are separate pages under /admin/reviews/, for reviewers who have no
other right in the administration. Superusers can read verdicts and comments, and nobody can change
them: decisions go through `use_cases`.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from models_registry.admin.upstream import ReadOnlyAdmin
from reviews.models import Comment, Proposal, Review, SavedReply, may_review, may_see_queue


class LinkAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """An entry of the administration's index that links to a page outside of it."""

    page = ""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Holders of the right to see the queue."""
        return may_see_queue(request.user)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show the entry to people who may use the page."""
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody, here."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody, here."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody, here."""
        return False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The linked page. Raises PermissionDenied."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return redirect(self.page)

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kw: Any) -> Any:
        """The linked page. Raises PermissionDenied."""
        return self.changelist_view(request)

    def history_view(self, request: HttpRequest, object_id: str, *args: Any, **kw: Any) -> Any:
        """The linked page. SECURITY: a history would name revisions of private models."""
        return self.changelist_view(request)


@admin.register(Proposal)
class ProposalAdmin(LinkAdmin):
    """The review queue."""

    page = "reviews:queue"


@admin.register(SavedReply)
class SavedReplyAdmin(LinkAdmin):
    """The saved replies."""

    page = "reviews:saved_replies"

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Reviewers."""
        return may_review(request.user)


class ReadOnlyRowAdmin(ReadOnlyAdmin):
    """Rows that nobody can change and only superusers can read.

    SECURITY: verdicts and comments can be about enterprise models and unpublished proposals, so no
    other right of staff shows them here. Reviewers read them on the review's own page.
    """

    date_hierarchy = "created_at"
    list_select_related = ("revision__model",)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Superusers only."""
        return bool(request.user.is_active and getattr(request.user, "is_superuser", False))


@admin.register(Review)
class ReviewAdmin(ReadOnlyRowAdmin):
    """Verdicts."""

    list_display = ("created_at", "revision", "decision", "reviewer_name")
    list_filter = ("decision", "created_at")
    search_fields = ("revision__model__name", "reviewer_name", "feedback")
    fields = ("created_at", "revision", "decision", "reviewer_name", "feedback")


@admin.register(Comment)
class CommentAdmin(ReadOnlyRowAdmin):
    """Comments."""

    list_display = ("created_at", "revision", "author_name", "part", "line")
    list_filter = ("part", "created_at")
    search_fields = ("revision__model__name", "author_name", "text")
    fields = ("created_at", "revision", "author_name", "part", "line", "text")
