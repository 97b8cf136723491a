"""Protects the administration's forms and actions from lost updates."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.errors import StaleState
from accounts.form_version import FIELD, require, version


class SeenForm:
    """A ModelAdmin that refuses a change form if somebody else has saved since it was shown.

    What was typed stays in the form, and the refusal names the fields that changed.
    """

    change_form_template: Any = "admin/seen_change_form.html"
    delete_confirmation_template: Any = "admin/seen_delete_confirmation.html"

    def seen_parts(self, obj: Any, names: list[str]) -> dict[str, object]:
        """What the person decides about in the form: the values of its fields."""
        parts: dict[str, object] = {}
        for field in (*obj._meta.fields, *obj._meta.many_to_many):
            # A password is never saved by these forms, and its hash stays out of every page.
            if field.name not in names or field.name == "password":
                continue
            value = getattr(obj, field.attname if not field.many_to_many else field.name)
            parts[field.name] = (
                sorted(value.values_list("pk", flat=True)) if field.many_to_many else value
            )
        return parts

    def deletion_parts(self, obj: Any) -> dict[str, object]:
        """What the person decides about when deleting: the form and the confirmation page."""
        return self.seen_parts(obj, [field.name for field in obj._meta.fields])

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """Ask for confirmation, and delete only what the confirmation page showed."""
        obj = self.get_object(request, object_id)  # type: ignore[attr-defined]
        seen = version(**self.deletion_parts(obj)) if obj is not None else ""
        if obj is not None and request.method == "POST":
            try:
                require(request.POST.get(FIELD, ""), seen)
            except StaleState as refusal:
                messages.error(request, refusal.message)
                return redirect(request.get_full_path())
        context = {**(extra_context or {}), "seen": seen}
        page: HttpResponse = super().delete_view(request, object_id, context)  # type: ignore[misc]
        return page

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """The form; its validation also compares the version that it carries."""
        base = super().get_form(request, obj, change=change, **kwargs)  # type: ignore[misc]
        if obj is None:
            return base
        seen_now = self._version_now

        class Seen(base):  # type: ignore[misc, valid-type]
            def clean(self) -> Any:
                cleaned = super().clean()
                now = seen_now(obj, list(base.base_fields), is_locked=True)
                try:
                    require(request.POST.get(FIELD, ""), now)
                except StaleState as refusal:
                    raise ValidationError(refusal.message, code="stale") from refusal
                return cleaned

        return Seen

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """The page, with the version of what it shows."""
        obj = kwargs.get("obj")
        if obj is not None and obj.pk is not None:
            fields = list(context["adminform"].form.fields)
            context["seen"] = self._version_now(obj, fields)
        page: HttpResponse = super().render_change_form(request, context, *args, **kwargs)  # type: ignore[misc]
        return page

    def _version_now(self, obj: Model, names: list[str], *, is_locked: bool = False) -> str:
        # `original` holds what was typed: the form has changed it. Read the row again.
        rows = type(obj)._default_manager.filter(pk=obj.pk)
        fresh = (rows.select_for_update() if is_locked else rows).first()
        return version(**self.seen_parts(fresh, names)) if fresh is not None else version(gone=True)


class SeenActions:
    """A ModelAdmin that refuses actions on rows that have changed since the list was shown."""

    def row_version(self, obj: Any) -> str:
        """What the person decides about in an action on a row."""
        raise NotImplementedError

    def action_checkbox(self, obj: Any) -> SafeString:
        """The row's checkbox, with the version of the row in a hidden field."""
        box = super().action_checkbox(obj)  # type: ignore[misc]
        hidden = '{}<input type="hidden" name="seen-{}" value="{}">'
        return format_html(hidden, box, obj.pk, self.row_version(obj))


def seen_row(request: HttpRequest, obj: Model) -> str:
    """The version of a row that the sent form carries."""
    return str(request.POST.get(f"seen-{obj.pk}", ""))
