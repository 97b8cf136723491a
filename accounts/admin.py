"""Users and groups in the administration, where rights are given.

SECURITY: staff who may change accounts could otherwise make themselves administrators, or take
over the account of somebody with more rights. So only superusers change rights, names, addresses
and passwords; other staff may view accounts, and lock or unlock those of people who are not staff.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django.contrib import admin, messages
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, UsernameField
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Model, Q, QuerySet
from django.forms import (
    BaseModelForm,
    BaseModelFormSet,
    CheckboxSelectMultiple,
    ModelForm,
    ModelMultipleChoiceField,
    TextInput,
)
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import lazy
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import access, closing, email_addresses, invitations
from accounts.admin_form_version import SeenForm
from accounts.errors import InvitationRefused, LastAdministrator
from accounts.models import Invitation, User
from hub import audit
from hub.sentences import close_up

format_html_lazy = lazy(format_html, SafeString)
RIGHTS_FIELDS = ("is_superuser", "is_staff", "groups", "user_permissions")
GIVEN_BY_SUPERUSERS = ("username", "email", "password", *RIGHTS_FIELDS)
# Rights on one model only; they are given on the model's own page.
ON_ONE_MODEL = ("view_model", "change_model", "delete_model", "expire_model")


class AdminSignInForm(AdminAuthenticationForm):
    """Django's form with the bound on a user name or address that it only shows in HTML."""

    username = UsernameField(max_length=254, widget=TextInput(attrs={"autofocus": True}))


class PasswordForm(AdminPasswordChangeForm):  # type: ignore[type-arg]
    """Django's form with its warning in the reader's language."""

    usable_password_help_text = format_html_lazy(
        '{} <ul id="id_unusable_warning" class="messagelist"><li class="warning">{}</li></ul>',
        _(
            "Whether the user will be able to authenticate using a password or not. "
            "If disabled, they may still be able to authenticate using other backends, "
            "such as Single Sign-On or LDAP."
        ),
        _("If disabled, the current password for this user will be lost."),
    )


# Signing in to the administration is signing in to the hub: with its limits and second factors.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.login_form = AdminSignInForm
admin.site.site_header = admin.site.site_title = "Xinference Models Hub"
admin.site.index_title = _("Administration")


def change_own_password(request: HttpRequest, extra_context: Any = None) -> HttpResponse:
    """Redirect to the User Center's page, which records the change and ends API sign-ins."""
    return redirect("account_change_password")


admin.site.password_change = change_own_password  # type: ignore[method-assign, assignment]

# allauth shows tables here that hold secrets, or that its own pages keep consistent.
KEPT_OUT: list[type[Model]] = [EmailAddress, EmailConfirmation, Authenticator, UserSession]
KEPT_OUT += [SocialAccount, SocialApp, SocialToken]
for kept_out in KEPT_OUT:
    if admin.site.is_registered(kept_out):
        admin.site.unregister(kept_out)
admin.site.unregister(Group)


def _closed_up(text: object) -> str:
    return close_up(str(text))


close_up_lazy = lazy(_closed_up, str)


def useful_permissions() -> QuerySet[Permission]:
    """The permissions to choose from: the hub's own, and those of pages in the administration."""
    users = Q(content_type__app_label="accounts", content_type__model="user")
    users &= Q(codename__in=["view_user", "change_user", "add_user"])
    log = Q(content_type__app_label="hub", codename="view_auditentry")
    hub = Q(content_type__app_label="models_registry", content_type__model="registeredmodel")
    useful = Permission.objects.filter(users | log | (hub & ~Q(codename__in=ON_ONE_MODEL)))
    return useful.select_related("content_type").order_by("content_type__app_label", "pk")


def record_rights(
    request: HttpRequest, target: User | Group, before: set[str], after: set[str]
) -> None:
    """Record in the audit log which rights the target got and lost, if any."""
    if before != after and isinstance(request.user, User):
        audit.record(
            audit.Tag.RIGHTS_CHANGE,
            by=request.user,
            target=target,
            given=sorted(after - before),
            taken=sorted(before - after),
        )


class InvitationForm(ModelForm):  # type: ignore[type-arg]
    """The address to invite, and the groups of the account."""

    class Meta:
        help_texts: ClassVar[dict[str, Any]] = {
            "email": _(
                "A mail with a link leaves at once. The link makes one account with this address, "
                "and works for a week."
            ),
            "groups": _(
                "The account is in these groups from the start. What a group allows is on its page "
                "under Groups."
            ),
        }

    def clean_email(self) -> str:
        """The address, which may be invited now."""
        email = User.objects.normalize_email(self.cleaned_data["email"])
        try:
            invitations.require_possible(email)
        except InvitationRefused as refusal:
            raise ValidationError(refusal.message) from refusal
        return email


class NamedChoices(ModelMultipleChoiceField):  # type: ignore[type-arg]
    """A choice of groups or permissions by their names in the reader's language."""

    def label_from_instance(self, obj: Any) -> str:
        """The name: the groups and permissions that come with the hub have a translation."""
        return gettext(obj.name)


class GroupFilter(admin.RelatedFieldListFilter):
    """A filter by group, by the names in the reader's language."""

    def field_choices(
        self, field: Any, request: HttpRequest, model_admin: Any
    ) -> list[tuple[str, Any]]:
        """The groups by key."""
        found = super().field_choices(field, request, model_admin)
        return [(key, gettext(str(name))) for key, name in found]


class RightsMixin:
    """Records changes of rights, and limits the choice of permissions."""

    rights_of: Callable[[Any], set[str]]

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer only the useful permissions."""
        kwargs["form_class"] = NamedChoices
        if db_field.name in {"permissions", "user_permissions"}:
            kwargs["queryset"] = useful_permissions()
        field = super().formfield_for_manytomany(db_field, request, **kwargs)  # type: ignore[misc]
        # Django adds a second sentence, after a space.
        field.help_text = close_up_lazy(field.help_text)
        return field

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Remember the rights before the form is applied: the form changes the object itself."""
        target = self.get_object(request, object_id) if object_id else None  # type: ignore[attr-defined]
        request.rights_before = self.rights_of(target) if target is not None else set()  # type: ignore[attr-defined]
        response: HttpResponse = super().changeform_view(  # type: ignore[misc]
            request, object_id, *args, **kwargs
        )
        return response

    def save_related(
        self,
        request: HttpRequest,
        form: BaseModelForm[Any],
        formsets: list[BaseModelFormSet[Any, Any]],
        change: bool,
    ) -> None:
        """Save groups and permissions, then record the difference."""
        super().save_related(request, form, formsets, change)  # type: ignore[misc]
        before: set[str] = getattr(request, "rights_before", set())
        record_rights(request, form.instance, before, self.rights_of(form.instance))


def rights_of_user(user: User) -> set[str]:
    """Everything that gives the account rights, as text: flags, groups, permissions."""
    rights = {name for name in ("is_staff", "is_superuser", "is_active") if getattr(user, name)}
    rights |= {f"group {name}" for name in user.groups.values_list("name", flat=True)}
    return rights | set(user.user_permissions.values_list("codename", flat=True))


def rights_of_group(group: Group) -> set[str]:
    """The permissions of the group."""
    return set(group.permissions.values_list("codename", flat=True))


@admin.register(User)
class UserAdmin(SeenForm, RightsMixin, DjangoUserAdmin):  # type: ignore[type-arg]
    """Accounts."""

    rights_of = staticmethod(rights_of_user)
    list_display = ("username", "display_name", "email", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff", "is_superuser", ("groups", GroupFilter))
    search_fields = ("username", "display_name", "email", "organisation")
    ordering = ("username",)
    change_password_form = PasswordForm
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("username", "email", "password", "is_active")}),
        (
            _("Profile"),
            {"fields": ("display_name", "organisation", "bio", "links", "language", "time_zone")},
        ),
        (_("Rights"), {"fields": RIGHTS_FIELDS}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"fields": ("username", "email", "usable_password", "password1", "password2")}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Staff who are not superusers can't change anything that rights or access depend on."""
        fields = tuple(super().get_readonly_fields(request, obj))
        if _is_superuser(request) or obj is None:
            return fields
        return (*fields, *(name for name in GIVEN_BY_SUPERUSERS if name != "password"))

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Leave out the password, whose link leads to a form that is only for superusers."""
        fieldsets = super().get_fieldsets(request, obj)
        if _is_superuser(request) or obj is None:
            return fieldsets
        return [
            (title, {**options, "fields": [n for n in options["fields"] if n != "password"]})
            for title, options in fieldsets
        ]

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Only superusers may change staff and superusers."""
        allowed = super().has_change_permission(request, obj)
        if obj is not None and (obj.is_staff or obj.is_superuser):
            return allowed and _is_superuser(request)
        return allowed

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Only superusers may delete; deleting closes the account, with all its consequences."""
        return _is_superuser(request)

    def user_change_password(
        self,
        request: HttpRequest,
        id: str,
        form_url: str = "",
    ) -> HttpResponse:
        """Set somebody's password: for superusers."""
        if not _is_superuser(request):
            raise PermissionDenied
        response = super().user_change_password(request, id, form_url)
        if request.method == "POST" and response.status_code == 302:
            by = _actor(request)
            with transaction.atomic():
                user = User.objects.select_for_update().get(pk=id)
                ended = access.end_access(user, by=by)
                audit.record(audit.Tag.PASSWORD_CHANGE, by=by, target=user, **ended)
        return response

    def save_model(
        self, request: HttpRequest, obj: User, form: BaseModelForm[Any], change: bool
    ) -> None:
        """Save the account; an address that a superuser sets counts as confirmed."""
        super().save_model(request, obj, form, change)
        if "email" in form.changed_data and _is_superuser(request):
            email_addresses.vouch(obj)

    def deletion_parts(self, obj: User) -> dict[str, object]:
        """The account's name and rights, and what closing it does."""
        return {
            "username": obj.username,
            "rights": sorted(rights_of_user(obj)),
            "account": [(notice.text, notice.names) for notice in closing.notices(obj)],
        }

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        """Close the account, exactly as when its owner closes it."""
        self.delete_queryset(request, User.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Close the accounts one by one."""
        for user in queryset:
            try:
                closing.close_account(user, by=_actor(request))
            except LastAdministrator as refusal:
                self.message_user(request, refusal.message, messages.ERROR)


@admin.register(Group)
class GroupAdmin(SeenForm, RightsMixin, DjangoGroupAdmin):  # type: ignore[misc]
    """Groups, through which rights are usually given."""

    rights_of = staticmethod(rights_of_group)
    list_display = ("shown_name", "allows", "members")
    readonly_fields = ("allows", "members")
    fields = ("name", "members", "allows", "permissions")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        """The groups with what the list shows of each."""
        return super().get_queryset(request).prefetch_related("permissions", "user_set")

    @admin.display(description=_("name"), ordering="name")
    def shown_name(self, group: Group) -> str:
        """The name in the reader's language."""
        return gettext(group.name)

    @admin.display(description=_("allows"))
    def allows(self, group: Group) -> str:
        """What its members may do, in words."""
        return format_html_join(
            "", "<div>{}</div>", ((gettext(row.name),) for row in group.permissions.all())
        )

    @admin.display(description=_("members"))
    def members(self, group: Group) -> int:
        """How many accounts are in it."""
        return len(group.user_set.all())

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only superusers."""
        return _is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        """Only superusers."""
        return _is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        """Only superusers."""
        return _is_superuser(request)

    def deletion_parts(self, obj: Group) -> dict[str, object]:
        """The group's name, rights and members."""
        members = obj.user_set.order_by("pk").values_list("pk", flat=True)
        return {
            "name": obj.name,
            "rights": sorted(rights_of_group(obj)),
            "members": list(members),
        }

    def delete_model(self, request: HttpRequest, obj: Group) -> None:
        """Delete the group, and record the rights that its members lose."""
        record_rights(request, obj, rights_of_group(obj), set())
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Group]) -> None:
        """Delete several groups, and record the rights that their members lose."""
        for group in queryset:
            self.delete_model(request, group)


@admin.register(Invitation)
class InvitationAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Invitations: superusers send and withdraw them, and see what became of each."""

    form = InvitationForm
    add_form_template = "admin/invitation_form.html"
    list_display = ("email", "state", "sent_at", "expires_at", "invited_by")
    list_select_related = ("invited_by",)
    search_fields = ("email",)
    ordering = ("-sent_at",)
    fields = ("email", "groups")
    readonly_fields = ("state", "sent_at", "expires_at", "invited_by")
    actions = ("send_again", "withdraw")

    @admin.display(description=_("state"))
    def state(self, invitation: Invitation) -> str:
        """What became of it."""
        if invitation.accepted_at:
            return gettext("accepted")
        if invitation.withdrawn_at:
            return gettext("withdrawn")
        if not invitation.is_backed():
            return gettext("void: its sender is no administrator any more")
        return gettext("not accepted yet") if invitation.is_open() else gettext("expired")

    def get_fields(self, request: HttpRequest, obj: Invitation | None = None) -> Any:
        """A new one needs an address and groups; the others show everything."""
        return self.fields if obj is None else (*self.fields, *self.readonly_fields)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """The groups by the names in the reader's language, as boxes."""
        kwargs |= {"form_class": NamedChoices, "widget": CheckboxSelectMultiple}
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The form; somebody else may invite the address between its check and its end."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except InvitationRefused as refusal:
            self.message_user(request, refusal.message, messages.ERROR)
            return redirect("admin:accounts_invitation_changelist")

    def save_model(
        self, request: HttpRequest, obj: Invitation, form: BaseModelForm[Any], change: bool
    ) -> None:
        """Nothing yet: the groups, which the mail's link will give, come with `save_related`."""

    def save_related(
        self,
        request: HttpRequest,
        form: BaseModelForm[Any],
        formsets: list[BaseModelFormSet[Any, Any]],
        change: bool,
    ) -> None:
        """Invite the address."""
        cleaned = form.cleaned_data
        invitation, key = invitations.invite(
            cleaned["email"], cleaned["groups"], by=_actor(request)
        )
        invitations.mail(invitation, key)
        # The page after it names this row.
        form.instance.pk = invitation.pk

    @admin.action(description=_("Send again, with a new link"))
    def send_again(self, request: HttpRequest, queryset: QuerySet[Invitation]) -> None:
        """Send each that is not over again; its former link ends."""
        for invitation in queryset:
            try:
                invitations.mail(*invitations.send_again(invitation, by=_actor(request)))
            except InvitationRefused as refusal:
                self.message_user(request, refusal.message, messages.ERROR)
            else:
                text = gettext("%(email)s gets a new link.") % {"email": invitation.email}
                self.message_user(request, text, messages.SUCCESS)

    @admin.action(description=_("Withdraw"))
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Invitation]) -> None:
        """End each; its link stops working."""
        for invitation in queryset:
            try:
                invitations.withdraw(invitation, by=_actor(request))
            except InvitationRefused as refusal:
                self.message_user(request, refusal.message, messages.ERROR)

    def get_actions(self, request: HttpRequest) -> Any:
        """Rows are not deleted by hand: they go by themselves, a month after their end."""
        found = super().get_actions(request)
        found.pop("delete_selected", None)
        return found

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Only superusers."""
        return _is_superuser(request)

    def has_view_permission(self, request: HttpRequest, obj: Invitation | None = None) -> bool:
        """Only superusers."""
        return _is_superuser(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only superusers."""
        return _is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Invitation | None = None) -> bool:
        """Nobody: another address or other groups are another invitation."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Invitation | None = None) -> bool:
        """Nobody."""
        return False


def _is_superuser(request: HttpRequest) -> bool:
    return bool(request.user.is_active and getattr(request.user, "is_superuser", False))


def _actor(request: HttpRequest) -> User:
    if isinstance(request.user, User):
        return request.user
    raise PermissionDenied
