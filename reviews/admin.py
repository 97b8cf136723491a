"""The reviews in the administration: the way to the queue, and the verdicts to read.

The queue and the review page stand under /admin/reviews/ as pages of their own, for people with the
rights of reviewers and no other right in the administration. Verdicts and comments are shown to
superusers, and nothing of them can be changed: what decides goes through `use_cases`.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from models_registry.outbox_admin import ReadOnlyAdmin
from reviews.models import Comment, Proposal, Review, SavedReply
from reviews.querysets import may_review, may_see_queue


class LeadsElsewhere(admin.ModelAdmin):  # type: ignore[type-arg]
    """An entry of the administration's index that leads to pages outside of it."""

    page = ""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Holders of the right to see the queue."""
        return may_see_queue(request.user)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Shown to those who may use it."""
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
        """The page that this stands for."""
        return redirect(self.page)

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kw: Any) -> Any:
        """The page that this stands for."""
        return redirect(self.page)


@admin.register(Proposal)
class ProposalAdmin(LeadsElsewhere):
    """The review queue."""

    page = "reviews:queue"


@admin.register(SavedReply)
class SavedReplyAdmin(LeadsElsewhere):
    """The saved replies."""

    page = "reviews:saved_replies"

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Reviewers."""
        return may_review(request.user)


class ToRead(ReadOnlyAdmin):
    """What stays as it was said: superusers read it, nobody changes it."""

    date_hierarchy = "created_at"
    list_select_related = ("revision__model",)


@admin.register(Review)
class ReviewAdmin(ToRead):
    """Verdicts."""

    list_display = ("created_at", "revision", "decision", "reviewer_name")
    list_filter = ("decision", "created_at")
    search_fields = ("revision__model__name", "reviewer_name", "feedback")
    fields = ("created_at", "revision", "decision", "reviewer_name", "feedback")


@admin.register(Comment)
class CommentAdmin(ToRead):
    """Comments."""

    list_display = ("created_at", "revision", "author_name", "part", "line")
    list_filter = ("part", "created_at")
    search_fields = ("revision__model__name", "author_name", "text")
    fields = ("created_at", "revision", "author_name", "part", "line", "text")
