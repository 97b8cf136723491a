"""The User Center: profile, picture, appearance, closing the account."""

from __future__ import annotations

from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import closing, use_cases
from accounts.errors import AvatarRefused, DomainError
from accounts.form_version import FIELD
from accounts.forms import AppearanceForm, AvatarForm, ClosingForm, ProfileForm
from accounts.models import User
from accounts.preferences import remember_language, remember_theme, remember_time_zone
from accounts.views.person import signed_in_user
from accounts.views.signed_in import signed_in_only


@never_cache
@signed_in_only
@require_http_methods(["GET", "HEAD", "POST"])
def user_center(request: HttpRequest) -> HttpResponse:
    """The profile, and the form that changes it."""
    user = signed_in_user(request)
    form = ProfileForm(request.POST if request.method == "POST" else None, user=user)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            seen = request.POST.get(FIELD, "")
            use_cases.change_profile(form.cleaned_data, by=user, seen=seen)
        except DomainError as refusal:
            form.add_error(None, refusal.message)
            status = refusal.status
        else:
            messages.success(request, _("Your profile has been saved."))
            return redirect("accounts:user_center")
        user = User.objects.get(pk=user.pk)
    context = {
        "form": form,
        "avatar_form": AvatarForm(),
        "tab": "profile",
        "seen": use_cases.profile_version(user),
        "avatar_seen": use_cases.avatar_version(user),
    }
    return render(request, "accounts/user_center.html", context, status=status)


@signed_in_only
@require_POST
def avatar_upload(request: HttpRequest) -> HttpResponse:
    """Save an uploaded picture."""
    file = request.FILES.get("picture")
    try:
        if file is None:
            raise AvatarRefused("avatar_missing")
        if not ratelimit.consume(request, action="avatar", user=signed_in_user(request)):
            raise AvatarRefused("too_many_uploads")
        use_cases.set_avatar(file, file.size or 0, by=signed_in_user(request))
        messages.success(request, _("Your picture has been saved."))
    except AvatarRefused as refusal:
        messages.error(request, refusal.message)
    return redirect("accounts:user_center")


@signed_in_only
@require_POST
def avatar_remove(request: HttpRequest) -> HttpResponse:
    """Go back to the drawn picture."""
    try:
        use_cases.remove_avatar(by=signed_in_user(request), seen=request.POST.get(FIELD, ""))
        messages.success(request, _("Your picture has been removed."))
    except DomainError as refusal:
        messages.error(request, refusal.message)
    return redirect("accounts:user_center")


@never_cache
@signed_in_only
@require_http_methods(["GET", "HEAD", "POST"])
def appearance(request: HttpRequest) -> HttpResponse:
    """Theme, language and time zone; the last two are kept for the next sign-in as well."""
    user = signed_in_user(request)
    current = {
        "theme": request.COOKIES.get("theme", "system"),
        "language": user.language,
        "time_zone": user.time_zone,
    }
    form = AppearanceForm(request.POST or None, initial=current)
    if request.method == "POST" and form.is_valid():
        language, zone = form.cleaned_data["language"], form.cleaned_data["time_zone"]
        use_cases.change_profile({"language": language, "time_zone": zone}, by=user)
        response = redirect("accounts:appearance")
        remember_language(response, language)
        if zone or current["time_zone"]:
            remember_time_zone(response, zone)
        remember_theme(response, form.cleaned_data["theme"])
        messages.success(request, _("Your settings have been saved."))
        return response
    return render(request, "accounts/appearance.html", {"form": form, "tab": "appearance"})


@never_cache
@signed_in_only
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def close(request: HttpRequest) -> HttpResponse:
    """Show what closing the account does, ask for confirmation, and close it."""
    user = signed_in_user(request)
    form = ClosingForm(request.POST or None, user=user, request=request)
    if request.method == "POST" and form.is_valid():
        try:
            closing.close_account(user, by=user, seen=request.POST.get(FIELD, ""))
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            logout(request)
            messages.success(request, _("Your account has been closed."))
            return redirect("models_registry:model_list")
    notices = closing.notices(user)
    context = {
        "form": form, "notices": notices, "tab": "close", "seen": closing.version_of(notices),
        "kept_days": settings.ENV.keep_personal_days,
    }  # fmt: skip
    return render(request, "accounts/close.html", context)
