"""The forms of the reviews: they check shapes; what is allowed, the use cases say."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from reviews.models import Decision, Kind, Part, SavedReply
from reviews.use_cases import MAX_TEXT


class DecisionForm(forms.Form):
    """A verdict."""

    decision = forms.ChoiceField(choices=Decision)
    feedback = forms.CharField(
        label=_("Feedback for the author"),
        required=False,
        max_length=MAX_TEXT,
        widget=forms.Textarea(attrs={"rows": 5}),
    )


class CommentForm(forms.Form):
    """A remark, on a line or on the whole."""

    part = forms.ChoiceField(choices=Part, initial=Part.GENERAL, required=False)
    line = forms.IntegerField(min_value=1, max_value=2**31 - 1, required=False)
    text = forms.CharField(
        label=_("Comment"), max_length=MAX_TEXT, widget=forms.Textarea(attrs={"rows": 3})
    )

    def clean_part(self) -> Part:
        """The part; the whole where none is given."""
        return Part(self.cleaned_data["part"] or Part.GENERAL)


class SavedReplyForm(forms.ModelForm):  # type: ignore[type-arg]
    """A text that reviewers use again."""

    class Meta:
        model = SavedReply
        fields = ("title", "text")
        widgets = {"text": forms.Textarea(attrs={"rows": 4})}


class NotificationForm(forms.Form):
    """For each kind, whether it shows on the bell and comes by mail."""

    def __init__(
        self, *args: Any, kinds: list[Kind], chosen: dict[Kind, tuple[bool, bool]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.kinds = kinds
        for kind in kinds:
            on_bell, by_mail = chosen.get(kind, (True, True))
            self.fields[f"{kind}-bell"] = forms.BooleanField(required=False, initial=on_bell)
            self.fields[f"{kind}-mail"] = forms.BooleanField(required=False, initial=by_mail)

    def rows(self) -> list[tuple[Kind, forms.BoundField, forms.BoundField]]:
        """Each kind with its two boxes."""
        return [(kind, self[f"{kind}-bell"], self[f"{kind}-mail"]) for kind in self.kinds]

    def chosen(self) -> dict[Kind, tuple[bool, bool]]:
        """What the person chose, after validation."""
        data = self.cleaned_data
        return {kind: (data[f"{kind}-bell"], data[f"{kind}-mail"]) for kind in self.kinds}
