"""allauth's forms with this hub's labels, and two rules that allauth lacks."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as allauth_forms
from allauth.account.adapter import get_adapter
from allauth.account.forms import EmailAwarePasswordResetTokenGenerator, LoginForm, SignupForm
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.core.validators import MaxLengthValidator
from django.db import transaction
from django.forms import Field
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext_lazy as _

from accounts import access, email_addresses, invitations
from accounts.first_groups import add_first_groups
from accounts.models import User

LABELS = {
    "email": _("E-mail address"),
    "login": _("User name or e-mail address"),
    "oldpassword": _("Current password"),
    "password": _("Password"),
    "password1": _("New password"),
    "password2": _("Confirm password"),
    "remember": _("Stay signed in"),
    "username": _("User name"),
}


# Limits of the database's columns, and of the cost of hashing a password; allauth sets none.
MOST_CHARACTERS = {
    "email": 254,
    "login": 254,
    **dict.fromkeys(("oldpassword", "password", "password1", "password2"), 4096),
}


class Labelled:
    """Gives the fields the hub's labels, and removes placeholders that repeat them."""

    fields: dict[str, Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = LABELS.get(name, field.label)
            if name in MOST_CHARACTERS:
                field.validators.append(MaxLengthValidator(MOST_CHARACTERS[name]))
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

        SECURITY: allauth would also look an address up as a user name, and check the password of a
        known account twice. The response time would reveal which accounts exist (timing attack).
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

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """Make the account, or answer as if it had been made.

        SECURITY: for a known address no account is made and no password would be hashed. It is
        hashed all the same, or the response time would reveal known addresses (timing attack).
        """
        if self.account_already_exists:
            make_password(self.cleaned_data["password1"])
        user, response = super().try_save(request)
        return user, response

    def save(self, request: HttpRequest) -> User:
        """Make the account; an address that another account holds is stored as not confirmed."""
        adapter = get_adapter()
        with transaction.atomic():
            user: User = adapter.save_user(request, adapter.new_user(request), self)
            self.custom_signup(request, user)
            EmailAddress.objects.create(
                user=user, email=self.cleaned_data["email"], primary=bool(user.email)
            )
        return user


class InvitedForm(SignUpForm):
    """User name and password of somebody whose address is known by their invitation."""

    def __init__(self, *args: Any, email: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._email = email
        del self.fields["email"]

    def clean(self) -> dict[str, Any]:
        """The values; the password is compared with the address, too."""
        self.cleaned_data["email"] = self._email
        cleaned: dict[str, Any] = super().clean()
        return cleaned

    def save_invited(self, request: HttpRequest, key: str) -> User:
        """Make the account. Call it inside a transaction; raises InvitationRefused."""
        adapter = get_adapter()
        user: User = adapter.save_user(request, adapter.new_user(request), self, commit=False)
        invitations.accept(key, user)
        add_first_groups(user)
        return user


class AddEmailForm(Labelled, allauth_forms.AddEmailForm):  # type: ignore[misc]
    """A further e-mail address."""


class ChangePasswordForm(Labelled, allauth_forms.ChangePasswordForm):  # type: ignore[misc]
    """The current password, a new one, and what ends with the old one.

    Each of the `openings` has a checkbox, checked at first. What the form did not show (such as a
    token that was made in the meantime) always ends.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The page has its own link for a forgotten password.
        self.fields["oldpassword"].help_text = ""
        self.openings = access.openings(self.user)

    @property
    def kept(self) -> set[str]:
        """The keys of the openings that were shown and that the person has unchecked."""
        if not isinstance(self.data, QueryDict):
            return set()
        return set(self.data.getlist("listed")) - set(self.data.getlist("end"))

    def save(self) -> None:
        """Set the password, and end all openings that are not kept."""
        access.change_password(self.user, self.cleaned_data["password1"], keeping=self.kept)


class SetPasswordForm(Labelled, allauth_forms.SetPasswordForm):  # type: ignore[misc]
    """A first password."""


class ResetKeys(EmailAwarePasswordResetTokenGenerator):  # type: ignore[misc]
    """Makes and checks the keys of links that were mailed to one address."""

    def __init__(self, email: str) -> None:
        super().__init__()
        self.key_salt = f"accounts.reset:{email.lower()}"


class AnyResetKeys:
    """Checks the key of a link, whichever of the account's addresses it was mailed to."""

    def check_token(self, user: User | None, key: str | None) -> bool:
        """True if the key may set a new password of the account."""
        return bool(address_of(user, key))


def address_of(user: User | None, key: str | None) -> str:
    """The address that the link with this key was mailed to; empty if the key is not valid."""
    if user is None or not key:
        return ""
    fields = {
        user.email.lower(),
        *EmailAddress.objects.filter(user=user).values_list("email", flat=True),
    }
    return next((email for email in sorted(fields) if ResetKeys(email).check_token(user, key)), "")


class ResetPasswordForm(Labelled, allauth_forms.ResetPasswordForm):  # type: ignore[misc]
    """The address that a link is sent to; `users` are the accounts that get one."""

    users: list[User]

    def clean_email(self) -> str:
        """The address; only accounts whose password it may reset get a link."""
        email: str = super().clean_email()
        self.users = [user for user in self.users if email_addresses.may_reset(user, email)]
        return email

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        """Mail links whose keys are bound to the address that they go to."""
        keys = ResetKeys(self.cleaned_data["email"])
        sent: str = super().save(request, **kwargs, token_generator=keys)
        return sent


class ResetKeyForm(allauth_forms.UserTokenForm):  # type: ignore[misc]
    """The key of a link in a mail."""

    token_generator = AnyResetKeys()


class NewPasswordForm(Labelled, allauth_forms.ResetPasswordKeyForm):  # type: ignore[misc]
    """The new password after a forgotten one."""

    def save(self) -> None:
        """Set the password, and end everything that opens the account beside it."""
        proved = address_of(self.user, self.temp_key)
        access.reset_password(self.user, self.cleaned_data["password1"], proved=proved)


class ReauthenticateForm(Labelled, allauth_forms.ReauthenticateForm):  # type: ignore[misc]
    """The password again, before a sensitive action."""
