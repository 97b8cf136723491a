"""Forms of the User Center."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import Scope, User
from accounts.names import one_line, plain_text, web_addresses
from accounts.time_zones import zone_choices


class ProfileForm(forms.Form):
    """The profile that others see."""

    display_name = forms.CharField(
        label=_("Display name"),
        max_length=80,
        required=False,
        help_text=_("Shown in place of the user name."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    organisation = forms.CharField(
        label=_("Organisation"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    bio = forms.CharField(
        label=_("About you"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    links = forms.CharField(
        label=_("Links"),
        max_length=2000,
        required=False,
        help_text=_("Up to five addresses, one on each line."),
        widget=forms.Textarea(attrs={"rows": 3, "inputmode": "url", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        kwargs["initial"] = {
            "display_name": user.display_name,
            "organisation": user.organisation,
            "bio": user.bio,
            "links": "\n".join(user.links),
        }
        super().__init__(*args, **kwargs)
        for name in ("display_name", "organisation"):
            self.fields[name].validators.append(one_line)
        self.fields["bio"].validators.append(plain_text)

    def clean_bio(self) -> str:
        """The text with LF line breaks; browsers send CRLF."""
        return str(self.cleaned_data["bio"]).replace("\r\n", "\n")

    def clean_links(self) -> list[str]:
        """The lines as a list of addresses. Raises ValidationError."""
        links = [line.strip() for line in self.cleaned_data["links"].splitlines() if line.strip()]
        web_addresses(links)
        return links


class AppearanceForm(forms.Form):
    """How the hub looks to this person."""

    THEMES = [("system", _("Same as the system")), ("light", _("Light")), ("dark", _("Dark"))]

    theme = forms.ChoiceField(label=_("Theme"), choices=THEMES)
    language = forms.ChoiceField(
        label=_("Language"),
        choices=[("", _("Same as the browser")), *settings.LANGUAGES],
        required=False,
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=lambda: [("", _("Same as the browser")), *zone_choices()],
        required=False,
    )


class AvatarForm(forms.Form):
    """A picture to upload."""

    picture = forms.FileField(
        label=_("Picture"),
        help_text=_("PNG, JPEG, WebP or GIF, up to 2 MB. It is cropped to a square."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp,image/gif"}),
    )


class GitHubTokenForm(forms.Form):
    """A GitHub token; what was typed is never shown again, not even beside an error."""

    github_token = forms.CharField(
        label=_("GitHub token"),
        max_length=300,
        widget=forms.PasswordInput(
            render_value=False, attrs={"autocomplete": "off", "spellcheck": "false"}
        ),
    )


class OwnServerForm(forms.Form):
    """The person's own Xinference server; key and password are never shown again."""

    address = forms.CharField(
        label=_("Address"),
        max_length=300,
        widget=forms.TextInput(
            attrs={
                "inputmode": "url",
                "autocomplete": "off",
                "spellcheck": "false",
                "placeholder": "https://gpu.example.org:9997",
            }
        ),
    )
    username = forms.CharField(
        label=_("User name on the server"),
        max_length=150,
        required=False,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}
        ),
    )
    password = forms.CharField(
        label=_("Password on the server"),
        max_length=1000,
        required=False,
        strip=False,
        widget=forms.PasswordInput(
            render_value=False, attrs={"autocomplete": "new-password", "spellcheck": "false"}
        ),
    )
    key = forms.CharField(
        label=_("API key"),
        max_length=1000,
        required=False,
        widget=forms.PasswordInput(
            render_value=False, attrs={"autocomplete": "off", "spellcheck": "false"}
        ),
    )
    forget_key = forms.BooleanField(label=_("Remove the saved key"), required=False)

    def clean_key(self) -> str:
        """A key that can stand in a header. Raises ValidationError."""
        key = str(self.cleaned_data["key"])
        if not (key.isascii() and key.isprintable()) or " " in key:
            raise ValidationError(
                _("This is not an API key: it contains a space or a special character.")
            )
        return key

    def clean(self) -> dict[str, Any]:
        """A password needs a user name."""
        data = super().clean() or self.cleaned_data
        if data.get("password") and not data.get("username"):
            self.add_error("username", _("Enter the user name that this password belongs to."))
        return data


class AccessTokenForm(forms.Form):
    """A new access token for the API."""

    LIFETIMES = [
        ("30", _("30 days")),
        ("90", _("90 days")),
        ("365", _("1 year")),
        ("none", _("Never")),
    ]

    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        help_text=_("Where you use it, for example “CI” or “workstation”."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scope = forms.ChoiceField(label=_("Rights"), choices=Scope.choices, initial=Scope.READ)
    lifetime = forms.ChoiceField(label=_("Expires after"), choices=LIFETIMES, initial="90")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].validators.append(one_line)

    def clean_lifetime(self) -> int | None:
        """The number of days, None for a token that does not expire."""
        chosen = self.cleaned_data["lifetime"]
        return None if chosen == "none" else int(chosen)


class ClosingForm(forms.Form):
    """Confirms closing an account: the password, or the user name of an account without one."""

    password = forms.CharField(
        label=_("Your password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    username = forms.CharField(
        label=_("Your user name"), widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def __init__(self, *args: Any, user: User, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.request = user, request
        del self.fields["username" if user.has_usable_password() else "password"]

    def clean_password(self) -> str:
        """The right password. Raises ValidationError; after too many wrong ones always."""
        password = str(self.cleaned_data["password"])
        if not get_adapter(self.request).reauthenticate(self.user, password):
            raise ValidationError(_("This is not your password."), code="wrong_password")
        return password

    def clean_username(self) -> str:
        """The right user name. Raises ValidationError."""
        if self.cleaned_data["username"] != self.user.username:
            raise ValidationError(_("This is not your user name."), code="wrong_username")
        return self.user.username
