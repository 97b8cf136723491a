"""The lists in the administration: viewing revisions, pinning one (rolling back), unpinning."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.admin_form_version import seen_row
from accounts.errors import DomainError
from accounts.models import User
from accounts.views.person import signed_in_user
from models_registry import policy
from models_registry.admin.upstream import ReadOnlyAdmin
from models_registry.catalogue import pinning
from models_registry.catalogue.pinning import list_version
from models_registry.catalogue.selection import stored_left_out
from models_registry.models import CatalogueList, ListRevision
from models_registry.permissions import Right

CONFIRM = "admin/models_registry/confirm_lists.html"


class ListAdmin(ReadOnlyAdmin):
    """For staff who maintain the catalogue. The bytes are not shown: anybody can download them.

    Every page shows which lists are pinned.
    """

    change_list_template = "admin/models_registry/lists_change_list.html"
    change_form_template = "admin/models_registry/lists_change_form.html"
    show_full_result_count = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """People who may update the catalogue."""
        user = request.user
        return (
            isinstance(user, User) and user.is_active and policy.holds(user, Right.UPDATE_CATALOGUE)
        )

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list, below a notice about pinned lists."""
        context = {**(extra_context or {}), "pinned": pinning.pinned_lists()}
        return super().changelist_view(request, context)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """One row, below a notice about pinned lists."""
        context = {**(extra_context or {}), "pinned": pinning.pinned_lists()}
        return super().changeform_view(request, object_id, form_url, context)

    def confirmed(
        self, request: HttpRequest, chosen: QuerySet[Any], action: str, title: str, text: str
    ) -> HttpResponse | None:
        """The confirmation page; None if it was confirmed.

        The confirmation is only about the rows that the page has shown; a message tells about rows
        that no longer exist.
        """
        if request.POST.get("sure"):
            gone = len(set(request.POST.getlist("_selected_action"))) - chosen.count()
            if gone > 0:
                text = ngettext(
                    "%(count)d of the selected rows no longer exists and was skipped.",
                    "%(count)d of the chosen rows no longer exist and were skipped.",
                    gone,
                )
                self.message_user(request, text % {"count": gone}, messages.ERROR)
            return None
        rows = [(row, list_version(row.model_type)) for row in chosen]
        context = {
            **self.admin_site.each_context(request),
            "title": title, "text": text, "chosen": rows, "action": action, "opts": self.opts,
            "media": self.media,
        }  # fmt: skip
        return TemplateResponse(request, CONFIRM, context)

    @admin.display(description="SHA-256", ordering="sha256")
    def begins_with(self, one: CatalogueList | ListRevision) -> str:
        """The beginning of the digest."""
        return f"{one.sha256[:12]}…"

    def done(self, request: HttpRequest, said: str) -> None:
        """Show a success message."""
        self.message_user(request, said, messages.SUCCESS)


@admin.register(CatalogueList)
class CatalogueListAdmin(ListAdmin):
    """The list that is served for each type."""

    list_display = (
        "model_type", "revision", "pinned", "last_revision", "model_count", "record_count",
        "changed_at", "begins_with",
    )  # fmt: skip
    fields = (*list_display[:-1], "sha256", "held_back")
    readonly_fields = ("held_back",)
    actions = ("release",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[CatalogueList]:
        """The rows, without their bytes."""
        return super().get_queryset(request).defer("body", "gzip_body", "brotli_body")  # type: ignore[no-any-return]

    @admin.display(description=gettext_lazy("held back"))
    def held_back(self, listing: CatalogueList) -> str:
        """The models that are left out of the list, and why."""
        entries = [f"{name}: {' '.join(why)}" for name, why in stored_left_out(listing)]
        return "\n".join(entries) or "–"

    @admin.action(
        description=gettext_lazy("Unpin: serve the newest revision"), permissions=["view"]
    )
    def release(self, request: HttpRequest, chosen: QuerySet[CatalogueList]) -> HttpResponse | None:
        """Serve the newest revision of the selected lists again."""
        pinned = chosen.filter(pinned__isnull=False)
        if not pinned:
            self.message_user(request, _("None of these lists is pinned."), messages.WARNING)
            return None
        title = _("Unpin these lists?")
        text = _("They are built again, and servers get the newest revision from now on.")
        if page := self.confirmed(request, pinned, "release", title, text):
            return page
        for listing in pinned:
            try:
                released = pinning.release(
                    listing.model_type, by=signed_in_user(request), seen=seen_row(request, listing)
                )
            except DomainError as error:
                self.message_user(request, error.message, messages.ERROR)
            else:
                success = _("The %(type)s list is unpinned: revision %(number)s is served.")
                self.done(
                    request, success % {"type": released.model_type, "number": released.revision}
                )
        return None


@admin.register(ListRevision)
class ListRevisionAdmin(ListAdmin):
    """All stored revisions, newest first."""

    list_display = (
        "model_type", "number", "created_at", "model_count", "record_count", "size", "is_signed",
        "begins_with",
    )  # fmt: skip
    list_display_links = ("number",)
    list_filter = ("model_type", "created_at")
    search_fields = ("sha256",)
    fields = (*list_display[:-1], "sha256")
    readonly_fields = ("is_signed",)
    ordering = ("-created_at", "model_type")
    actions = ("roll_back",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ListRevision]:
        """The rows, without their bytes."""
        return super().get_queryset(request).defer("brotli_body", "pieces")  # type: ignore[no-any-return]

    @admin.display(description=gettext_lazy("signed"), boolean=True)
    def is_signed(self, revision: ListRevision) -> bool:
        """True if it has a signature."""
        return bool(revision.signature)

    @admin.action(description=gettext_lazy("Roll back to this revision"), permissions=["view"])
    def roll_back(
        self, request: HttpRequest, chosen: QuerySet[ListRevision]
    ) -> HttpResponse | None:
        """Serve the selected revisions, at most one of each type."""
        types = list(chosen.values_list("model_type", flat=True))
        if len(types) != len(set(types)):
            message = _("Select at most one revision of each type.")
            self.message_user(request, message, messages.ERROR)
            return None
        title = _("Roll back to these revisions?")
        text = _(
            "Servers keep getting these revisions until you unpin the list. What was deleted "
            "or made private since then becomes visible to everybody again."
        )
        if page := self.confirmed(request, chosen, "roll_back", title, text):
            return page
        for revision in chosen:
            self._pin(request, revision)
        return HttpResponseRedirect(request.get_full_path())

    def _pin(self, request: HttpRequest, revision: ListRevision) -> None:
        try:
            done = pinning.pin(
                revision.model_type,
                revision.number,
                by=signed_in_user(request),
                seen=seen_row(request, revision),
            )
        except DomainError as error:
            self.message_user(request, error.message, messages.ERROR)
            return
        message = _("Servers get %(revision)s from now on.") % {"revision": done.revision}
        self.done(request, message)
        if done.withdrawn:
            names = ", ".join(done.withdrawn)
            message = _("No longer public here, but in this revision: %(names)s.")
            self.message_user(request, message % {"names": names}, messages.WARNING)
        if done.held_back:
            names = ", ".join(done.held_back)
            message = _("Now held back from lists, but in this revision: %(names)s.")
            self.message_user(request, message % {"names": names}, messages.WARNING)
