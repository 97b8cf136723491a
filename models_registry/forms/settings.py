"""The forms of a model's Settings tab. Each checks what was typed; the use case decides."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.utils.translation import gettext_lazy as _

from models_registry.models import RegisteredModel, Visibility

# What the list of zones offers; any other zone of the tz database is understood, too.
ZONES = (
    "UTC",
    "America/Los_Angeles",
    "America/New_York",
    "America/Sao_Paulo",
    "Europe/London",
    "Europe/Berlin",
    "Europe/Moscow",
    "Asia/Dubai",
    "Asia/Kolkata",
    "Asia/Singapore",
    "Asia/Shanghai",
    "Asia/Seoul",
    "Asia/Tokyo",
    "Australia/Sydney",
)


class ModelForm(forms.Form):
    """A form about one model."""

    def __init__(self, *args: Any, model: RegisteredModel, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.model = model


class Confirmation(ModelForm):
    """A button that needs nothing typed."""


class VisibilityForm(ModelForm):
    """Whose the model shall be; from which revision on; and that it is meant."""

    visibility = forms.ChoiceField(
        choices=Visibility.choices,
        error_messages={"required": _("Choose what the model shall become.")},
    )
    base_revision = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    confirmed = forms.BooleanField(
        label=_("Yes, change who sees this model"),
        error_messages={"required": _("Confirm that this is what you want.")},
    )


class FeaturedForm(ModelForm):
    """Whether the model is featured."""

    featured = forms.TypedChoiceField(
        choices=[("1", _("Featured")), ("0", _("Not featured"))], coerce=lambda value: value == "1"
    )


class ExpiryForm(ModelForm):
    """A moment: date and time on the clock of a zone."""

    moment = forms.CharField(
        label=_("Date and time"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        error_messages={"required": _("Say when the model shall expire.")},
    )
    zone = forms.CharField(
        label=_("Time zone"),
        initial="UTC",
        max_length=60,
        widget=forms.Select(
            attrs={"data-zones": ""}, choices=[(zone, zone.replace("_", " ")) for zone in ZONES]
        ),
    )

    def clean_moment(self) -> datetime:
        """What a clock shows, still without a zone."""
        try:
            moment = datetime.fromisoformat(self.cleaned_data["moment"])
        except ValueError as error:
            message = _("Write date and time as 2030-01-31T12:00.")
            raise forms.ValidationError(message) from error
        if moment.tzinfo is not None:
            raise forms.ValidationError(_("Choose the time zone below; leave it out here."))
        return moment

    def clean_zone(self) -> tzinfo:
        """The zone of that name."""
        name = self.cleaned_data["zone"]
        if name == "UTC":
            return UTC
        if name not in available_timezones():
            raise forms.ValidationError(_("There is no time zone of this name."))
        return ZoneInfo(name)

    def clean(self) -> dict[str, Any]:
        """Put the two together."""
        found = super().clean() or {}
        if "moment" in found and "zone" in found:
            found["expires_at"] = found["moment"].replace(tzinfo=found["zone"])
        return found


class MaintainerForm(ModelForm):
    """Whom to appoint or dismiss."""

    username = forms.CharField(
        label=_("User name"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class DeletionForm(ModelForm):
    """The model's name, typed as proof that it is meant."""

    name = forms.CharField(
        label=_("Name of the model"),
        max_length=300,
        required=False,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}
        ),
    )

    def clean_name(self) -> str:
        """The name, if it is the model's."""
        if self.cleaned_data["name"] != self.model.name:
            message = _("Type the name exactly as it is: %(name)s")
            raise forms.ValidationError(message, params={"name": self.model.name})
        return str(self.cleaned_data["name"])
