"""The User Center: profile, picture, appearance, closing the account."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import closing, use_cases
from accounts.errors import AvatarRefused, DomainError
from accounts.forms import AppearanceForm, AvatarForm, ClosingForm, ProfileForm
from accounts.preferences import remember_language, remember_theme
from accounts.views.person import signed_in_user


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def user_center(request: HttpRequest) -> HttpResponse:
    """The profile, and the form that changes it."""
    user = signed_in_user(request)
    form = ProfileForm(request.POST if request.method == "POST" else None, user=user)
    if request.method == "POST" and form.is_valid():
        use_cases.change_profile(form.cleaned_data, by=user)
        messages.success(request, _("Your profile is saved."))
        return redirect("accounts:user_center")
    context = {"form": form, "avatar_form": AvatarForm(), "tab": "profile"}
    return render(request, "accounts/user_center.html", context)


@login_required
@require_POST
def avatar_upload(request: HttpRequest) -> HttpResponse:
    """Take an uploaded picture."""
    file = request.FILES.get("picture")
    try:
        if file is None:
            raise AvatarRefused(_("Choose a picture first."))
        use_cases.set_avatar(file, file.size or 0, by=signed_in_user(request))
        messages.success(request, _("Your picture is saved."))
    except AvatarRefused as refusal:
        messages.error(request, refusal.message)
    return redirect("accounts:user_center")


@login_required
@require_POST
def avatar_remove(request: HttpRequest) -> HttpResponse:
    """Go back to the drawn picture."""
    use_cases.remove_avatar(by=signed_in_user(request))
    messages.success(request, _("Your picture is removed."))
    return redirect("accounts:user_center")


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def appearance(request: HttpRequest) -> HttpResponse:
    """Theme and language, kept for the next sign-in as well."""
    user = signed_in_user(request)
    given = {"theme": request.COOKIES.get("theme", "system"), "language": user.language}
    form = AppearanceForm(request.POST or None, initial=given)
    if request.method == "POST" and form.is_valid():
        language = form.cleaned_data["language"]
        use_cases.change_profile({"language": language}, by=user)
        response = redirect("accounts:appearance")
        remember_language(response, language)
        remember_theme(response, form.cleaned_data["theme"])
        messages.success(request, _("The appearance is saved."))
        return response
    return render(request, "accounts/appearance.html", {"form": form, "tab": "appearance"})


@never_cache
@login_required
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def close(request: HttpRequest) -> HttpResponse:
    """Say what closing the account does, ask for the proof, and do it."""
    user = signed_in_user(request)
    form = ClosingForm(request.POST or None, user=user, request=request)
    if request.method == "POST" and form.is_valid():
        try:
            closing.close_account(user, by=user)
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            logout(request)
            messages.success(request, _("Your account is closed. Goodbye!"))
            return redirect("models_registry:model_list")
    context = {"form": form, "notices": closing.notices(user), "tab": "close"}
    return render(request, "accounts/close.html", context)
