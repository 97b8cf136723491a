"""The outbox in the administration: viewing changes for upstream, retrying, cancelling."""

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
from django.utils.translation import gettext_lazy as _

from accounts.admin_form_version import SeenActions, seen_row
from accounts.models import User
from hub.sentences import together
from hub.templatetags.interface import moment
from models_registry import policy
from models_registry.errors import DomainError
from models_registry.models import ChangeState, PullRequest, RegisteredModel, UpstreamChange
from models_registry.permissions import Right
from models_registry.sync import follow_upstream
from models_registry.upstream.conflicts import conflicts
from models_registry.upstream.patch import patch_of
from models_registry.upstream.retry import call_back, change_version, try_again
from models_registry.upstream.statistics import figures
from models_registry.upstream.status import status_of

MAX_TEXT = 100_000


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """For staff who maintain public models; only use cases write these rows."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """People who may see the outbox; they see only rows about models that they may see."""
        if not policy.may_see_outbox(request.user):
            return False
        return obj is None or self.get_queryset(request).filter(pk=obj.pk).exists()

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show the entry to people who may use it."""
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """False: use cases add these rows."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """False: use cases change the states."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """False: what was sent stays on record."""
        return False


def hidden_from(request: HttpRequest) -> Q:
    """The changes of models that the visitor may not see, for example after they became private.

    Changes of deleted models are visible: they were public when they were sent.
    """
    visible = RegisteredModel.objects.visible_to(request.user)
    return Q(model__isnull=False) & ~Q(model__in=visible.order_by().values("pk"))


@admin.register(UpstreamChange)
class UpstreamChangeAdmin(SeenActions, ReadOnlyAdmin):
    """Outgoing changes, newest first, below a summary."""

    list_display = ("__str__", "standing", "author_name", "pull", "error", "begun")
    list_filter = ("state", "kind", "model_type", "created_at")
    search_fields = ("name", "author_name", "last_error", "pull_request__branch")
    list_select_related = ("pull_request",)
    list_per_page = 50
    actions = ("try_again", "call_back")
    fieldsets = (
        (None, {"fields": ("what", "standing", "in_words", "link", "hub_page")}),
        (_("The two sides"), {"fields": ("sides",)}),
        (_("What is sent to upstream"), {"fields": ("patch", "commit")}),
        (
            _("When and who"),
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

    def row_version(self, obj: UpstreamChange) -> str:
        """The change that would be sent, and its progress."""
        return change_version(obj)

    def get_queryset(self, request: HttpRequest) -> QuerySet[UpstreamChange]:
        """Only changes of models that the visitor may see."""
        found: QuerySet[UpstreamChange] = super().get_queryset(request)
        return found.exclude(hidden_from(request))

    def get_fieldsets(self, request: HttpRequest, obj: UpstreamChange | None = None) -> Any:
        """Show the two sides only if they are in conflict."""
        in_conflict = obj is not None and obj.state == ChangeState.CONFLICT
        return [part for part in self.fieldsets if in_conflict or "sides" not in part[1]["fields"]]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The list, below its figures."""
        shown = {
            "figures": figures(self.get_queryset(request)),
            "last_synced_at": follow_upstream.last_synced_at(),
            "chosen_state": request.GET.get("state__exact", ""),
        }
        return super().changelist_view(request, {**shown, **(extra_context or {})})

    @admin.display(description=_("state"), ordering="state")
    def standing(self, change: UpstreamChange) -> SafeString:
        """The state as a coloured label."""
        return state_mark(change)

    @admin.display(description=_("in words"))
    def in_words(self, change: UpstreamChange) -> str:
        """The last error and the next step, as sentences."""
        return together(change.error_text, status_of(change).next_step)

    @admin.display(description=_("problem"), ordering="last_error")
    def error(self, change: UpstreamChange) -> str:
        """The beginning of the problem, for the list."""
        return Truncator(change.error_text).chars(110) or "–"

    @admin.display(description=_("begun"), ordering="created_at")
    def begun(self, change: UpstreamChange) -> str:
        """When it was made."""
        return moment(change.created_at)

    @admin.display(description=_("pull request"), ordering="pull_request__number")
    def pull(self, change: UpstreamChange) -> str | SafeString:
        """Its pull request, by its number at GitHub."""
        pull_request = change.pull_request
        return at_github(pull_request) if pull_request is not None and pull_request.number else "–"

    @admin.display(description=_("what"))
    def what(self, change: UpstreamChange) -> str:
        """The kind of change and the model."""
        return f"{change.get_kind_display()} {change.model_type}/{change.name}"

    @admin.display(description=_("pull request"))
    def link(self, change: UpstreamChange) -> str | SafeString:
        """The pull request that carries it, at GitHub and here."""
        pull_request = change.pull_request
        if pull_request is None:
            return "–"
        here = reverse("admin:models_registry_pullrequest_change", args=[pull_request.pk])
        state = str(pull_request.get_state_display()).lower()
        return format_html('{} <a href="{}">{}</a>', at_github(pull_request), here, state)

    @admin.display(description=_("page in the hub"))
    def hub_page(self, change: UpstreamChange) -> str | SafeString:
        """A link to the model's Upstream tab, where conflicts are resolved."""
        if change.model_id is None:
            return str(_("The model was deleted."))
        address = reverse("models_registry:model_upstream", args=[change.model_id])
        return format_html(
            '<a href="{}">{}</a>', address, _("Upstream tab of %(name)s") % {"name": change.name}
        )

    @admin.display(description=_("the places that differ"))
    def sides(self, change: UpstreamChange) -> str:
        """Each place that both sides have changed: before, here, upstream."""
        context = {"conflicts": conflicts(change), "has_page": change.model_id is not None}
        return render_to_string("admin/models_registry/upstreamchange/_sides.html", context)

    @admin.display(description=_("patch"))
    def patch(self, change: UpstreamChange) -> str | SafeString:
        """The exact patch against the last seen snapshot of upstream."""
        if change.state == ChangeState.CONFLICT:
            return str(_("A patch can be made after the conflict is resolved."))
        text = patch_of(change)
        if not text:
            return str(_("Compared with upstream as last seen, nothing would change."))
        return format_html('<pre class="patch">{}</pre>', Truncator(text).chars(MAX_TEXT))

    def has_act_permission(self, request: HttpRequest) -> bool:
        """Retrying and cancelling need a right beyond viewing."""
        return policy.may_see_outbox(request.user) and policy.holds(
            request.user, Right.CHANGE_PUBLIC_MODEL
        )

    @admin.action(description=_("Try again"), permissions=["act"])
    def try_again(self, request: HttpRequest, chosen: QuerySet[UpstreamChange]) -> None:
        """Send failed or waiting changes as soon as a worker is free."""
        done = self._each(request, chosen, try_again)
        if done:
            text = _("%(count)d will be tried again within a minute.") % {"count": done}
            self.message_user(request, text, messages.SUCCESS)

    @admin.action(description=_("Cancel what has not been sent"), permissions=["act"])
    def call_back(self, request: HttpRequest, chosen: QuerySet[UpstreamChange]) -> None:
        """Cancel changes that have not been sent."""
        done = self._each(request, chosen, call_back)
        if done:
            text = _("%(count)d cancelled.") % {"count": done}
            self.message_user(request, text, messages.SUCCESS)

    def _each(
        self, request: HttpRequest, chosen: QuerySet[UpstreamChange], act: Callable[..., None]
    ) -> int:
        """Apply the action to each row separately, show errors, and return how many succeeded."""
        done = 0
        for change in chosen.select_related("model", "pull_request"):
            try:
                if isinstance(request.user, User):
                    act(change, by=request.user, seen=seen_row(request, change))
                    done += 1
            except DomainError as refusal:
                self.message_user(request, refusal.message, messages.WARNING)
        return done


@admin.register(PullRequest)
class PullRequestAdmin(ReadOnlyAdmin):
    """Pull requests and their state."""

    list_display = ("at_github", "state", "title", "attempts", "next_attempt_at", "problem")
    list_filter = ("state", "is_sync")
    search_fields = ("branch", "title", "number")
    fieldsets = (
        (None, {"fields": ("at_github", "state", "title", "problem", "its_changes")}),
        (
            _("At GitHub"),
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
            _("Progress"),
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
    readonly_fields = ("at_github", "problem", "its_changes", "its_commits", "sent_with", "text")

    def get_queryset(self, request: HttpRequest) -> QuerySet[PullRequest]:
        """Only pull requests whose models the visitor may see, all of them."""
        found: QuerySet[PullRequest] = super().get_queryset(request)
        hidden = UpstreamChange.objects.filter(hidden_from(request), pull_request__isnull=False)
        return found.exclude(pk__in=hidden.order_by().values("pull_request"))

    @admin.display(description=_("pull request"), ordering="number")
    def at_github(self, pull_request: PullRequest) -> str | SafeString:
        """Its number, with a link to GitHub."""
        return at_github(pull_request)

    @admin.display(description=_("problem"), ordering="last_error")
    def problem(self, pull_request: PullRequest) -> str:
        """What is in the way."""
        return pull_request.error_text or "–"

    @admin.display(description=_("changes in it"))
    def its_changes(self, pull_request: PullRequest) -> SafeString | str:
        """The changes in it, oldest first."""
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

    @admin.display(description=_("commits"))
    def its_commits(self, pull_request: PullRequest) -> SafeString | str:
        """The hub's commits on the branch, each with the upstream commit that it is based on."""
        rows = list(pull_request.commits.items())
        item = "<li><code>{}</code> ← <code>{}</code></li>"
        return format_html("<ul>{}</ul>", format_html_join("", item, rows)) if rows else "–"

    @admin.display(description=_("sent with the token of"))
    def sent_with(self, pull_request: PullRequest) -> str:
        """The account whose token opened it."""
        if not pull_request.commits:
            return str(_("not sent yet"))
        return pull_request.token_login or str(_("the hub itself (GITHUB_TOKEN)"))

    @admin.display(description=_("text"))
    def text(self, pull_request: PullRequest) -> SafeString | str:
        """Its description, as written."""
        return format_html("<pre>{}</pre>", pull_request.body) if pull_request.body else "–"


def state_mark(change: UpstreamChange) -> SafeString:
    """The state of a change as a coloured label."""
    return format_html('<span class="state {}">{}</span>', change.state, status_of(change).label)


def at_github(pull_request: PullRequest) -> str | SafeString:
    """A link to a pull request by its number; its branch if it is not open yet."""
    if not pull_request.link:
        return str(pull_request)
    return format_html('<a href="{}" rel="noopener">{}</a>', pull_request.link, pull_request)
