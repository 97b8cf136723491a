"""The audit log and the doctor's results in the administration, read-only."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.i18n import JavaScriptCatalog

from hub.audit import Tag
from hub.models import AuditEntry, DoctorReport


class TagFilter(admin.SimpleListFilter):
    """A filter by subject, and then by a single action of the subject."""

    title = _("what")
    parameter_name = "what"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The subjects, and the actions of the chosen one."""
        chosen = _subject(request.GET.get(self.parameter_name, ""))
        found: list[tuple[str, str]] = []
        for subject in sorted({_subject(tag.value) for tag in Tag}):
            found.append((subject, subject.rstrip(":").replace(":", " · ")))
            if subject == chosen:
                actions = [tag.value for tag in Tag if _subject(tag.value) == subject]
                found += [(action, f"– {action.removeprefix(subject)}") for action in actions]
        return found

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[AuditEntry]
    ) -> QuerySet[AuditEntry]:
        """The entries of the chosen subject or action."""
        chosen = self.value()
        if not chosen:
            return queryset
        if chosen.endswith(":"):
            return queryset.filter(tag__startswith=chosen)
        return queryset.filter(tag=chosen)


class ScriptTexts(JavaScriptCatalog):
    """The texts of the administration's scripts, and what Django's translation leaves out."""

    def get_paths(self, packages: list[str]) -> list[str]:
        """The folders of translations; a later one goes before."""
        return [*super().get_paths(packages), *map(str, settings.LOCALE_PATHS)]


def script_texts(request: HttpRequest, extra_context: Any = None) -> HttpResponseBase:
    """What the scripts of the administration ask for their texts."""
    return ScriptTexts.as_view(packages=["django.contrib.admin"])(request)


admin.site.i18n_javascript = script_texts  # type: ignore[method-assign, assignment]


class ChannelFilter(admin.AllValuesFieldListFilter):
    """The channels; the pages have none, and a link needs a name."""

    def choices(self, changelist: Any) -> Iterator[Any]:
        """Each with a name."""
        for choice in super().choices(changelist):
            yield {**choice, "display": choice["display"] or _("Website")}


class ReadOnlyRows(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows that nobody adds, changes or deletes by hand."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds rows."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody changes rows."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody deletes rows."""
        return False


@admin.register(DoctorReport)
class DoctorReportAdmin(ReadOnlyRows):
    """What `manage.py doctor` found; the newest is made every morning."""

    list_display = ("created_at", "severity", "what_is_wrong", "version")
    fields = ("created_at", "version", "severity", "lines")
    readonly_fields = fields

    @admin.display(description=_("what is wrong"))
    def what_is_wrong(self, report: DoctorReport) -> SafeString:
        """The texts of everything that is not ok."""
        bad = [(f["text"],) for f in report.findings if f["severity"] != "ok"]
        return format_html_join("", "<div>{}</div>", bad) if bad else format_html("–")

    @admin.display(description=_("findings"))
    def lines(self, report: DoctorReport) -> SafeString:
        """One row for each check, with what to do."""
        rows = format_html_join(
            "",
            "<tr><td>{}</td><th>{}</th><td>{}</td><td>{}</td></tr>",
            ((f["severity"], f["check"], f["text"], f["advice"]) for f in report.findings),
        )
        return format_html("<table>{}</table>", rows)


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyRows):
    """Who did what, to what, when, from where."""

    list_display = ("created_at", "who", "tag", "target_label", "channel", "ip_address")
    list_filter = (TagFilter, ("channel", ChannelFilter), "created_at")
    search_fields = ("actor_name", "target_label", "target_type", "tag")
    search_help_text = _("A person's user name, a model's name (llm/qwen3), or a tag")
    date_hierarchy = "created_at"
    list_select_related = ("actor",)
    show_full_result_count = False
    fields = (
        "created_at",
        "tag",
        "actor_name",
        "target_type",
        "target_id",
        "target_label",
        "details",
        "channel",
        "ip_address",
        "request_id",
    )
    readonly_fields = fields

    @admin.display(description=_("who"), ordering="actor_name")
    def who(self, entry: AuditEntry) -> str | SafeString:
        """The person's name, with a link to everything that they did."""
        if entry.actor_id is None:
            return entry.actor_name or "–"
        url = f"{reverse('admin:hub_auditentry_changelist')}?actor__id__exact={entry.actor_id}"
        return format_html('<a href="{}">{}</a>', url, entry.actor_name)

    @admin.display(description=_("details"))
    def details(self, entry: AuditEntry) -> SafeString:
        """The data of the entry as indented JSON."""
        text = json.dumps(entry.data, indent=2, ensure_ascii=False)
        return format_html("<pre>{}</pre>", text)


def _subject(tag: str) -> str:
    """A tag's app and subject: "accounts:token:" of "accounts:token:revoke"."""
    return tag.rpartition(":")[0] + ":"
