"""The forms of a model's Settings tab. They validate fields; the use cases check rights."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from models_registry.models import RegisteredModel, Visibility

# The zones in the list; any other zone of the tz database is accepted, too.
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
    """A form with only a button."""


class LeavingForm(ModelForm):
    """A form that takes the model out of the public list."""

    forget_revisions = forms.BooleanField(
        label=_("Also delete older revisions of the list that contain this model"), required=False
    )


class RemovalForm(LeavingForm):
    """The reason for removing a public model, for upstream."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        required=False,
        help_text=_("Shown to upstream's maintainers in the pull request."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class VisibilityForm(LeavingForm):
    """The new visibility, the revision that was shown, and a confirmation."""

    visibility = forms.ChoiceField(
        choices=Visibility.choices,
        error_messages={"required": _("Choose who can see this model.")},
    )
    base_revision = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    confirmed = forms.BooleanField(
        label=_("Yes, change who can see this model"),
        error_messages={"required": _("Confirm this change by checking the box.")},
    )


class FeaturedForm(ModelForm):
    """Featured or not."""

    featured = forms.TypedChoiceField(
        choices=[("1", _("Featured")), ("0", _("Not featured"))], coerce=lambda value: value == "1"
    )


class ExpiryForm(ModelForm):
    """An expiry: date and time in a time zone, the reader's unless they choose another."""

    moment = forms.CharField(
        label=_("Date and time"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        error_messages={"required": _("Choose when this model expires.")},
    )
    zone = forms.CharField(
        label=_("Time zone"),
        max_length=60,
        widget=forms.Select(attrs={"data-zones": ""}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = timezone.get_current_timezone_name()
        self.initial["zone"] = own
        chosen = str(self.data.get("zone", own))
        names = dict.fromkeys([own, chosen] if chosen in available_timezones() else [own])
        names |= dict.fromkeys(ZONES)
        self.fields["zone"].widget.choices = [(name, name.replace("_", " ")) for name in names]  # type: ignore[attr-defined]
        if (expires_at := self.model.expires_at) is not None:
            self.initial["moment"] = f"{timezone.localtime(expires_at):%Y-%m-%dT%H:%M}"
            # For the script, where the page could not know the reader's zone.
            self.fields["moment"].widget.attrs["data-at"] = f"{expires_at:%Y-%m-%dT%H:%M}Z"

    def clean_moment(self) -> datetime:
        """Date and time, still without a zone."""
        try:
            moment = datetime.fromisoformat(self.cleaned_data["moment"])
        except ValueError as error:
            message = _("Enter date and time as 2030-01-31T12:00.")
            raise forms.ValidationError(message) from error
        if moment.tzinfo is not None:
            raise forms.ValidationError(_("Leave out the time zone here; choose it below."))
        return moment

    def clean_zone(self) -> tzinfo:
        """The zone with this name. Raises ValidationError."""
        name = self.cleaned_data["zone"]
        if name == "UTC":
            return UTC
        if name not in available_timezones():
            raise forms.ValidationError(
                _("This time zone does not exist. Choose one from the list.")
            )
        return ZoneInfo(name)

    def clean(self) -> dict[str, Any]:
        """Combine date, time and zone. What is as the form showed it stays as it is stored."""
        data = super().clean() or {}
        if "moment" in data and "zone" in data:
            moment, zone, stored = data["moment"], data["zone"], self.model.expires_at
            shown = stored.astimezone(zone).replace(second=0, microsecond=0) if stored else None
            if shown is not None and shown.replace(tzinfo=None, fold=0) == moment:
                data["expires_at"] = stored
            else:
                data["expires_at"] = self._in_zone(moment, zone)
        return data

    def _in_zone(self, moment: datetime, zone: tzinfo) -> datetime:
        """The moment in a zone; where clocks change, a time may be missing or come twice."""
        at = moment.replace(tzinfo=zone)
        if at.utcoffset() != at.replace(fold=1).utcoffset():
            again = at.astimezone(UTC).astimezone(zone)
            if again.replace(tzinfo=None) == moment:
                text = _(
                    "Clocks are turned back then, and this time comes twice. Choose the time zone "
                    "UTC and enter the time in it."
                )
            else:
                text = _(
                    "Clocks are turned forward then, and this time is left out. Enter another."
                )
            self.add_error("moment", text)
        return at


class MaintainerForm(ModelForm):
    """The person to add or remove as a maintainer."""

    username = forms.CharField(
        label=_("User name"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class RenamingForm(ModelForm):
    """The new name of a model, and a confirmation if others see the model."""

    new_name = forms.CharField(
        label=_("New name"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    confirmed = forms.BooleanField(
        label=_("Yes, rename this model for everybody"),
        required=False,
        error_messages={"required": _("Confirm this change by checking the box.")},
    )

    def __init__(self, *args: Any, model: RegisteredModel, **kwargs: Any) -> None:
        super().__init__(*args, model=model, **kwargs)
        self.fields["confirmed"].required = model.visibility != Visibility.PRIVATE


class DeletionForm(RemovalForm):
    """The model's name, typed as a confirmation."""

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
            message = _("Type the name exactly like this: %(name)s")
            raise forms.ValidationError(message, params={"name": self.model.name})
        return str(self.cleaned_data["name"])
