"""The forms of the Launch Model page."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from models_registry.definitions.text import MAX_BYTES
from models_registry.models import ModelType


class LookUpForm(forms.Form):
    """Which model to look up at the source."""

    asked = forms.CharField(
        label=_("Model name"),
        max_length=500,
        help_text=_("As it is spelled at the source, or the address of the model's page there."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    token = forms.CharField(
        label=_("Access token of the source"),
        required=False,
        max_length=500,
        help_text=_("For private and enterprise models. Kept sealed until you sign out."),
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )


class DefinitionForm(forms.Form):
    """A definition that somebody brings."""

    model_type = forms.ChoiceField(label=_("Type"), choices=ModelType.choices)
    definition = forms.CharField(
        label=_("Definition"),
        required=False,
        strip=False,
        help_text=_("JSON: a record, or an array of the records of one model."),
        widget=forms.Textarea(attrs={"class": "code", "rows": 10, "spellcheck": "false"}),
    )
    file = forms.FileField(label=_("Or a file"), required=False, allow_empty_file=True)

    def clean(self) -> dict[str, Any]:
        """Read the file into the text, where there is one."""
        cleaned = super().clean() or self.cleaned_data
        upload = cleaned.get("file")
        if upload is not None:
            if upload.size > MAX_BYTES:
                self.add_error("file", _("The file is larger than a definition may be."))
                return cleaned
            try:
                cleaned["definition"] = upload.read().decode("utf-8")
            except UnicodeDecodeError:
                self.add_error("file", _("The file is not UTF-8 text."))
        if not self.errors and not cleaned.get("definition", "").strip():
            self.add_error("definition", _("Paste a definition, or choose a file."))
        return cleaned
