"""allauth's forms in the words of this hub, and two rules that it lacks."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as allauth_forms
from allauth.account.adapter import get_adapter
from allauth.account.forms import LoginForm, SignupForm
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.forms import Field
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts.models import User

LABELS = {
    "email": _("E-mail address"),
    "login": _("User name or e-mail address"),
    "oldpassword": _("Current password"),
    "password": _("Password"),
    "password1": _("New password"),
    "password2": _("Password, once more"),
    "remember": _("Stay signed in"),
    "username": _("User name"),
}


class Labelled:
    """Labels the fields, without placeholders that repeat the labels."""

    fields: dict[str, Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = LABELS.get(name, field.label)
            field.widget.attrs.pop("placeholder", None)
        if "password1" in self.fields:
            self.fields["password1"].help_text = _(
                "At least 10 characters, and not a common password."
            )


class SignInForm(Labelled, LoginForm):  # type: ignore[misc]
    """User name or e-mail address, and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs.update({"autocomplete": "username", "autofocus": True})
        # The page has its own link for a forgotten password.
        self.fields["password"].help_text = ""

    def user_credentials(self) -> dict[str, str]:
        """The name or the address, never both.

        SECURITY: allauth would look an address up as a user name, too, and check the password of a
        known account twice; so the time that an answer takes would tell known from unknown.
        """
        credentials: dict[str, str] = super().user_credentials()
        if "email" in credentials:
            credentials.pop("username", None)
        return credentials


class SignUpForm(Labelled, SignupForm):  # type: ignore[misc]
    """E-mail address, user name, password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].label = _("Password")
        self.fields["username"].help_text = _(
            "3 to 40 letters (a–z), digits, dots, underscores or hyphens."
        )
        self.fields["password2"].label = _("Password, once more")

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """Make the account, or answer as if it had been made.

        SECURITY: where the address is known, no account is made, and so no password is hashed; the
        time for that is spent all the same, or it would tell known from unknown.
        """
        if self.account_already_exists:
            make_password(self.cleaned_data["password1"])
        user, response = super().try_save(request)
        return user, response

    def save(self, request: HttpRequest) -> User:
        """Make the account; an address that another one holds is noted as not confirmed."""
        adapter = get_adapter()
        with transaction.atomic():
            user: User = adapter.save_user(request, adapter.new_user(request), self)
            self.custom_signup(request, user)
            EmailAddress.objects.create(
                user=user, email=self.cleaned_data["email"], primary=bool(user.email)
            )
        return user


class AddEmailForm(Labelled, allauth_forms.AddEmailForm):  # type: ignore[misc]
    """Another address."""


class ChangePasswordForm(Labelled, allauth_forms.ChangePasswordForm):  # type: ignore[misc]
    """The password, and a new one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The page has its own link for a forgotten password.
        self.fields["oldpassword"].help_text = ""


class SetPasswordForm(Labelled, allauth_forms.SetPasswordForm):  # type: ignore[misc]
    """A first password."""


class ResetPasswordForm(Labelled, allauth_forms.ResetPasswordForm):  # type: ignore[misc]
    """The address that a link is sent to."""


class NewPasswordForm(Labelled, allauth_forms.ResetPasswordKeyForm):  # type: ignore[misc]
    """The password that takes the place of a forgotten one."""


class ReauthenticateForm(Labelled, allauth_forms.ReauthenticateForm):  # type: ignore[misc]
    """The password once more, before something delicate."""
