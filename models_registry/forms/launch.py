"""The forms of the Launch Model page."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from models_registry.definitions.json_text.document import MAX_BYTES
from models_registry.models import ModelType


class LookUpForm(forms.Form):
    """The model to look up at the source."""

    asked = forms.CharField(
        label=_("Model name"),
        max_length=500,
        help_text=_("As spelled at the source, or the address of the model's page there."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    token = forms.CharField(
        label=_("Access token of the source"),
        required=False,
        max_length=500,
        help_text=_("For private and enterprise models. Stored encrypted until you sign out."),
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )


class DefinitionForm(forms.Form):
    """A definition to add, as text or file."""

    model_type = forms.ChoiceField(label=_("Type"), choices=ModelType.choices)
    definition = forms.CharField(
        label=_("Definition"),
        required=False,
        strip=False,
        help_text=_("JSON: a record, or an array of the records of one model."),
        widget=forms.Textarea(attrs={"class": "code", "rows": 10, "spellcheck": "false"}),
    )
    # Not ClearableFileInput: it treats `file-clear` in the form as an answer.
    file = forms.FileField(
        label=_("Or a file"), required=False, allow_empty_file=True, widget=forms.FileInput
    )

    def clean(self) -> dict[str, Any]:
        """Read the file, if there is one, into the text."""
        cleaned = super().clean() or self.cleaned_data
        upload = cleaned.get("file")
        if upload is not None:
            if upload.size > MAX_BYTES:
                self.add_error(
                    "file", _("The file is too large for a definition. Choose a smaller one.")
                )
                return cleaned
            try:
                cleaned["definition"] = upload.read().decode("utf-8")
            except UnicodeDecodeError:
                self.add_error(
                    "file", _("The file is not UTF-8 text. Save it as UTF-8, then choose it again.")
                )
        if not self.errors and not cleaned.get("definition", "").strip():
            self.add_error("definition", _("Paste a definition, or choose a file."))
        return cleaned
