"""Models in the administration: viewing them, and giving people and groups rights on one model."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Permission
from django.forms import BaseModelForm, BaseModelFormSet, ModelChoiceField
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin_form_version import SeenForm
from accounts.models import User
from hub import audit
from models_registry.models import (
    RegisteredModel,
    RegisteredModelGroupObjectPermission,
    RegisteredModelUserObjectPermission,
)
from models_registry.permissions import OBJECT_RIGHTS


class NamedField(ModelChoiceField):  # type: ignore[type-arg]
    """A choice of rights or groups, labelled by their names in the reader's language."""

    def label_from_instance(self, obj: Any) -> str:
        """The right's sentence, without app and table; the group's name."""
        return gettext(obj.name)


class RightsInline(admin.TabularInline):  # type: ignore[type-arg]
    """Rights on the model that the page shows."""

    extra = 1
    classes = ("rights",)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer only the rights that can be given on one model."""
        if db_field.name in {"permission", "group"}:
            kwargs["form_class"] = NamedField
        if db_field.name == "permission":
            kwargs["queryset"] = Permission.objects.filter(
                content_type__app_label="models_registry",
                content_type__model="registeredmodel",
                codename__in=OBJECT_RIGHTS,
            ).order_by("pk")

        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class UserRightsInline(RightsInline):
    """Rights of single people."""

    model = RegisteredModelUserObjectPermission
    fields = ("user", "permission")
    autocomplete_fields = ("user",)
    verbose_name_plural = _("Rights of people on this model")
    verbose_name = _("right")


class GroupRightsInline(RightsInline):
    """Rights of groups."""

    model = RegisteredModelGroupObjectPermission
    fields = ("group", "permission")
    verbose_name_plural = _("Rights of groups on this model")
    verbose_name = _("right")


def rights_on(model: RegisteredModel) -> set[str]:
    """Who has which right on the model, as text."""
    people = RegisteredModelUserObjectPermission.objects.filter(content_object=model)
    groups = RegisteredModelGroupObjectPermission.objects.filter(content_object=model)
    names = people.values_list("user__username", "permission__codename")
    granted = {f"{name}: {codename}" for name, codename in names}
    names = groups.values_list("group__name", "permission__codename")
    return granted | {f"group {name}: {codename}" for name, codename in names}


@admin.register(RegisteredModel)
class RegisteredModelAdmin(SeenForm, admin.ModelAdmin):  # type: ignore[type-arg]
    """Shows models; only rights can be changed here, and only by superusers.

    Everything else follows from a model's revisions, which pages and API change.
    """

    list_display = ("name", "model_type", "visibility", "owner", "expires_at", "changed_at")
    list_filter = ("model_type", "visibility", "featured")
    list_select_related = ("owner",)
    search_fields = ("name", "owner__username")
    inlines = (UserRightsInline, GroupRightsInline)
    fields = (
        "name",
        "model_type",
        "visibility",
        "owner",
        "published_revision",
        "expires_at",
        "featured",
        "description",
        "created_at",
        "changed_at",
    )
    readonly_fields = fields

    def seen_parts(self, obj: RegisteredModel, names: list[str]) -> dict[str, object]:
        """Save only the rights; everything else is read-only."""
        return {"rights": sorted(rights_on(obj))}

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only superusers: the list includes private models."""
        return bool(request.user.is_active and getattr(request.user, "is_superuser", False))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only superusers, who may give any right."""
        return self.has_view_permission(request, obj)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show the entry to people who may use it."""
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """False: models are registered on their own pages."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """False: models are deleted on their own pages, with a pull request."""
        return False

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Remember the rights before the form is applied."""
        model = self.get_object(request, object_id) if object_id else None
        request.rights_before = rights_on(model) if model is not None else set()  # type: ignore[attr-defined]
        return super().changeform_view(request, object_id, *args, **kwargs)

    def save_related(
        self,
        request: HttpRequest,
        form: BaseModelForm[Any],
        formsets: list[BaseModelFormSet[Any, Any]],
        change: bool,
    ) -> None:
        """Save the rights, then record who got and who lost which."""
        super().save_related(request, form, formsets, change)
        before: set[str] = getattr(request, "rights_before", set())
        after = rights_on(form.instance)
        if before != after and isinstance(request.user, User):
            audit.record(
                audit.Tag.RIGHTS_CHANGE,
                by=request.user,
                target=form.instance,
                given=sorted(after - before),
                taken=sorted(before - after),
            )
