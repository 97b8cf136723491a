"""The outbox in the administration: to see what goes to upstream, try it again, call it back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from accounts.models import User
from models_registry import following, policy
from models_registry.errors import DomainError
from models_registry.models import RegisteredModel
from models_registry.outbox_tables import ChangeState, PullRequest, UpstreamChange
from models_registry.upstream.acting import call_back, try_again
from models_registry.upstream.figures import figures
from models_registry.upstream.patch import patch_of
from models_registry.upstream.resolving import conflicts
from models_registry.upstream.standing import standing

MAX_TEXT = 100_000


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Shown to the staff that maintains public models; use cases alone write here."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who may see the outbox; of it, what concerns models that he may see."""
        if not policy.may_see_outbox(request.user):
            return False
        return obj is None or self.get_queryset(request).filter(pk=obj.pk).exists()

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


def hidden_from(request: HttpRequest) -> Q:
    """The changes of models that the visitor may not see, as those that are not public any more.

    What was sent of a deleted model was public when it was.
    """
    visible = RegisteredModel.objects.visible_to(request.user)
    return Q(model__isnull=False) & ~Q(model__in=visible.order_by().values("pk"))


@admin.register(UpstreamChange)
class UpstreamChangeAdmin(ReadOnlyAdmin):
    """Outgoing changes, newest first, with how they are going at the top."""

    list_display = ("__str__", "standing", "author_name", "pull", "error", "begun")
    list_filter = ("state", "kind", "model_type", "created_at")
    search_fields = ("name", "author_name", "last_error", "pull_request__branch")
    list_select_related = ("pull_request",)
    list_per_page = 50
    actions = ("try_again", "call_back")
    fieldsets = (
        (None, {"fields": ("what", "standing", "in_words", "link", "hub_page")}),
        ("The two sides", {"fields": ("sides",)}),
        ("What goes to upstream", {"fields": ("patch", "commit")}),
        (
            "When and who",
            {
                "fields": (
                    "author_name",
                    "revision",
                    "created_at",
                    "opened_at",
                    "merged_at",
                    "changed_at",
                    "key",
                )
            },
        ),
    )
    readonly_fields = ("what", "standing", "in_words", "link", "hub_page", "sides", "patch")

    def get_queryset(self, request: HttpRequest) -> QuerySet[UpstreamChange]:
        """What concerns models that the visitor may see."""
        found: QuerySet[UpstreamChange] = super().get_queryset(request)
        return found.exclude(hidden_from(request))

    def get_fieldsets(self, request: HttpRequest, obj: UpstreamChange | None = None) -> Any:
        """The two sides only where they are in conflict."""
        in_conflict = obj is not None and obj.state == ChangeState.CONFLICT
        return [part for part in self.fieldsets if in_conflict or part[0] != "The two sides"]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The list, under its figures."""
        shown = {
            "figures": figures(self.get_queryset(request)),
            "last_look": following.last_look(),
            "chosen_state": request.GET.get("state__exact", ""),
        }
        return super().changelist_view(request, {**shown, **(extra_context or {})})

    @admin.display(description="state", ordering="state")
    def standing(self, change: UpstreamChange) -> SafeString:
        """The state, in its colour."""
        return state_mark(change)

    @admin.display(description="in words")
    def in_words(self, change: UpstreamChange) -> str:
        """What happened last, and what comes next, in words."""
        step = str(standing(change).next_step)
        return f"{change.last_error} {step}".strip()

    @admin.display(description="what is in the way", ordering="last_error")
    def error(self, change: UpstreamChange) -> str:
        """The beginning of that, for the list."""
        return Truncator(change.last_error).chars(110) or "–"

    @admin.display(description="begun", ordering="created_at")
    def begun(self, change: UpstreamChange) -> str:
        """The day on which it was made."""
        return f"{change.created_at:%Y-%m-%d}"

    @admin.display(description="pull request", ordering="pull_request__number")
    def pull(self, change: UpstreamChange) -> str | SafeString:
        """Its pull request, as it is called at GitHub."""
        pull_request = change.pull_request
        return at_github(pull_request) if pull_request is not None and pull_request.number else "–"

    @admin.display(description="what")
    def what(self, change: UpstreamChange) -> str:
        """What happens to which model."""
        return f"{change.get_kind_display()} {change.model_type}/{change.name}"

    @admin.display(description="pull request")
    def link(self, change: UpstreamChange) -> str | SafeString:
        """The pull request that carries it, at GitHub and here."""
        pull_request = change.pull_request
        if pull_request is None:
            return "–"
        here = reverse("admin:models_registry_pullrequest_change", args=[pull_request.pk])
        state = str(pull_request.get_state_display()).lower()
        return format_html('{} <a href="{}">{}</a>', at_github(pull_request), here, state)

    @admin.display(description="page in the hub")
    def hub_page(self, change: UpstreamChange) -> str | SafeString:
        """The Upstream tab of its model, where a conflict is decided."""
        if change.model_id is None:
            return "The model was deleted."
        address = reverse("models_registry:model_upstream", args=[change.model_id])
        return format_html('<a href="{}">Upstream tab of {}</a>', address, change.name)

    @admin.display(description="the places that differ")
    def sides(self, change: UpstreamChange) -> str:
        """Each place where both were changed: before, here, upstream."""
        context = {"conflicts": conflicts(change), "has_page": change.model_id is not None}
        return render_to_string("admin/models_registry/upstreamchange/_sides.html", context)

    @admin.display(description="patch")
    def patch(self, change: UpstreamChange) -> str | SafeString:
        """The exact change, against upstream as it was last seen."""
        if change.state == ChangeState.CONFLICT:
            return "There is none while the two sides are in conflict."
        text = patch_of(change)
        if not text:
            return "Against upstream as it was last seen, nothing would change."
        return format_html('<pre class="patch">{}</pre>', Truncator(text).chars(MAX_TEXT))

    def has_act_permission(self, request: HttpRequest) -> bool:
        """To try again and to call back takes more than to look."""
        return policy.may_see_outbox(request.user) and policy.holds(
            request.user, "change_public_model"
        )

    @admin.action(description="Try again", permissions=["act"])
    def try_again(self, request: HttpRequest, chosen: QuerySet[UpstreamChange]) -> None:
        """Send what failed or waits as soon as a worker is free."""
        done = self._each(request, chosen, try_again)
        if done:
            self.message_user(
                request, f"{done} will be tried again within a minute.", messages.SUCCESS
            )

    @admin.action(description="Call back what has not been sent", permissions=["act"])
    def call_back(self, request: HttpRequest, chosen: QuerySet[UpstreamChange]) -> None:
        """Cancel what has not been sent."""
        done = self._each(request, chosen, call_back)
        if done:
            self.message_user(request, f"{done} called back.", messages.SUCCESS)

    def _each(
        self, request: HttpRequest, chosen: QuerySet[UpstreamChange], act: Callable[..., None]
    ) -> int:
        """Do it to each by itself, saying which were refused and why; how many were done."""
        done = 0
        for change in chosen.select_related("model", "pull_request"):
            try:
                if isinstance(request.user, User):
                    act(change, by=request.user)
                    done += 1
            except DomainError as refusal:
                self.message_user(request, refusal.message, messages.WARNING)
        return done


@admin.register(PullRequest)
class PullRequestAdmin(ReadOnlyAdmin):
    """Pull requests, and the work on them."""

    list_display = ("at_github", "state", "title", "attempts", "next_attempt_at", "last_error")
    list_filter = ("state", "is_sync")
    search_fields = ("branch", "title", "number")
    fieldsets = (
        (None, {"fields": ("at_github", "state", "title", "last_error", "its_changes")}),
        (
            "At GitHub",
            {
                "fields": (
                    "repository",
                    "head_repository",
                    "branch",
                    "its_commits",
                    "sent_with",
                    "text",
                )
            },
        ),
        (
            "The work on it",
            {
                "fields": (
                    "by",
                    "is_sync",
                    "attempts",
                    "next_attempt_at",
                    "not_before",
                    "leased_until",
                    "wanted_version",
                    "sent_version",
                    "created_at",
                )
            },
        ),
    )
    readonly_fields = ("at_github", "its_changes", "its_commits", "sent_with", "text")

    def get_queryset(self, request: HttpRequest) -> QuerySet[PullRequest]:
        """Those of which the visitor may see every model."""
        found: QuerySet[PullRequest] = super().get_queryset(request)
        hidden = UpstreamChange.objects.filter(hidden_from(request), pull_request__isnull=False)
        return found.exclude(pk__in=hidden.order_by().values("pull_request"))

    @admin.display(description="pull request", ordering="number")
    def at_github(self, pull_request: PullRequest) -> str | SafeString:
        """Its number, which leads to GitHub."""
        return at_github(pull_request)

    @admin.display(description="changes in it")
    def its_changes(self, pull_request: PullRequest) -> SafeString | str:
        """The changes that belong to it, oldest first."""
        rows = [
            (
                reverse("admin:models_registry_upstreamchange_change", args=[change.pk]),
                str(change),
                state_mark(change),
                change.author_name,
            )
            for change in pull_request.changes.order_by("pk")
        ]
        item = '<li><a href="{}">{}</a> {} {}</li>'
        return format_html("<ul>{}</ul>", format_html_join("", item, rows)) if rows else "–"

    @admin.display(description="commits")
    def its_commits(self, pull_request: PullRequest) -> SafeString | str:
        """The hub's own commits on the branch, each with upstream's that it started from."""
        rows = list(pull_request.commits.items())
        item = "<li><code>{}</code> on upstream's <code>{}</code></li>"
        return format_html("<ul>{}</ul>", format_html_join("", item, rows)) if rows else "–"

    @admin.display(description="sent with the token of")
    def sent_with(self, pull_request: PullRequest) -> str:
        """The account whose token it went out with."""
        if not pull_request.commits:
            return "– (not sent yet)"
        return pull_request.token_login or "the hub itself (GITHUB_TOKEN)"

    @admin.display(description="text")
    def text(self, pull_request: PullRequest) -> SafeString | str:
        """What it says, as it was written."""
        return format_html("<pre>{}</pre>", pull_request.body) if pull_request.body else "–"


def state_mark(change: UpstreamChange) -> SafeString:
    """The state of a change, in its colour."""
    return format_html('<span class="state {}">{}</span>', change.state, standing(change).label)


def at_github(pull_request: PullRequest) -> str | SafeString:
    """A pull request by its number, as a link; one that is not open yet by its branch."""
    if not pull_request.url.startswith(("https://", "http://")):
        return str(pull_request)
    return format_html('<a href="{}" rel="noopener">{}</a>', pull_request.url, pull_request)
