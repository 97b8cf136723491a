"""The lists in the administration: to see their revisions, to roll back, to release."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from accounts.errors import DomainError
from accounts.models import User
from accounts.views.person import signed_in_user
from models_registry import policy
from models_registry.catalogue import pinning
from models_registry.catalogue_tables import ListRevision
from models_registry.models import CatalogueList
from models_registry.outbox_admin import ReadOnlyAdmin

CONFIRM = "admin/models_registry/confirm_lists.html"


class ListAdmin(ReadOnlyAdmin):
    """For staff who keep the catalogue; the bytes are not shown, since anybody can download them.

    Every page says which lists are rolled back.
    """

    change_list_template = "admin/models_registry/lists_change_list.html"
    change_form_template = "admin/models_registry/lists_change_form.html"
    show_full_result_count = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Those who may update the catalogue."""
        user = request.user
        return isinstance(user, User) and user.is_active and policy.holds(user, "update_catalogue")

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list, with what is rolled back above it."""
        context = {**(extra_context or {}), "pinned": pinning.pinned_lists()}
        return super().changelist_view(request, context)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """One row, with what is rolled back above it."""
        context = {**(extra_context or {}), "pinned": pinning.pinned_lists()}
        return super().changeform_view(request, object_id, form_url, context)

    def confirmed(
        self, request: HttpRequest, chosen: QuerySet[Any], action: str, title: str, text: str
    ) -> HttpResponse | None:
        """The page that asks once more; None where it was answered."""
        if request.POST.get("sure"):
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": title, "text": text, "chosen": chosen, "action": action, "opts": self.opts,
            "media": self.media,
        }  # fmt: skip
        return TemplateResponse(request, CONFIRM, context)

    @admin.display(description="SHA-256", ordering="sha256")
    def begins_with(self, one: CatalogueList | ListRevision) -> str:
        """The digest as far as it fits a row."""
        return f"{one.sha256[:12]}…"

    def done(self, request: HttpRequest, said: str) -> None:
        """Say what was done."""
        self.message_user(request, said, messages.SUCCESS)


@admin.register(CatalogueList)
class CatalogueListAdmin(ListAdmin):
    """What is served of each type."""

    list_display = (
        "model_type", "revision", "pinned", "last_revision", "model_count", "record_count",
        "changed_at", "begins_with",
    )  # fmt: skip
    fields = (*list_display[:-1], "sha256", "held_back")
    readonly_fields = ("held_back",)
    actions = ("release",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[CatalogueList]:
        """Without the bytes."""
        return super().get_queryset(request).defer("body", "gzip_body", "brotli_body")  # type: ignore[no-any-return]

    @admin.display(description="held back")
    def held_back(self, listing: CatalogueList) -> str:
        """Which models are left out of it, and why."""
        entries = [f"{one['name']}: {' '.join(one['reasons'])}" for one in listing.left_out]
        return "\n".join(entries) or "–"

    @admin.action(description="Release: serve the newest revision", permissions=["view"])
    def release(self, request: HttpRequest, chosen: QuerySet[CatalogueList]) -> HttpResponse | None:
        """Serve the newest revision of the chosen lists again."""
        pinned = chosen.filter(pinned__isnull=False)
        if not pinned:
            self.message_user(request, _("None of these is rolled back."), messages.WARNING)
            return None
        title = _("Release these lists?")
        text = _("They are built anew, and servers get the newest revision from now on.")
        if page := self.confirmed(request, pinned, "release", title, text):
            return page
        for listing in pinned:
            try:
                released = pinning.release(listing.model_type, by=signed_in_user(request))
            except DomainError as error:
                self.message_user(request, error.message, messages.ERROR)
            else:
                said = _("The %(type)s list is released: revision %(number)s is served.")
                self.done(
                    request, said % {"type": released.model_type, "number": released.revision}
                )
        return None


@admin.register(ListRevision)
class ListRevisionAdmin(ListAdmin):
    """Every revision that is kept, newest first."""

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
        """Without the bytes."""
        return super().get_queryset(request).defer("brotli_body")  # type: ignore[no-any-return]

    @admin.display(description="signed", boolean=True)
    def is_signed(self, revision: ListRevision) -> bool:
        """Whether it has a signature."""
        return bool(revision.signature)

    @admin.action(description="Roll back to this revision", permissions=["view"])
    def roll_back(
        self, request: HttpRequest, chosen: QuerySet[ListRevision]
    ) -> HttpResponse | None:
        """Serve the chosen revisions, one of each type at most."""
        types = list(chosen.values_list("model_type", flat=True))
        if len(types) != len(set(types)):
            said = _("Choose one revision of each type at most.")
            self.message_user(request, said, messages.ERROR)
            return None
        title = _("Roll back to these revisions?")
        text = _(
            "Servers get them whatever is published, until the list is released. What was deleted "
            "or made private since is shown to everybody again."
        )
        if page := self.confirmed(request, chosen, "roll_back", title, text):
            return page
        for revision in chosen:
            self._pin(request, revision)
        return HttpResponseRedirect(request.get_full_path())

    def _pin(self, request: HttpRequest, revision: ListRevision) -> None:
        try:
            done = pinning.pin(revision.model_type, revision.number, by=signed_in_user(request))
        except DomainError as error:
            self.message_user(request, error.message, messages.ERROR)
            return
        said = _("%(revision)s is served from now on.") % {"revision": done.revision}
        self.done(request, said)
        if done.withdrawn:
            names = ", ".join(done.withdrawn)
            said = _("Not public here any more, but in this revision: %(names)s.")
            self.message_user(request, said % {"names": names}, messages.WARNING)
        if done.held_back:
            names = ", ".join(done.held_back)
            said = _("Held back from lists by now, but in this revision: %(names)s.")
            self.message_user(request, said % {"names": names}, messages.WARNING)
