"""The forms of the reviews. They validate fields; the use cases check what is allowed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from hub.filter_fields import OneOf, PageNumber, SearchText
from models_registry.models import ModelType
from reviews import queue
from reviews.models import Decision, NotificationKind, OwnerRequest, Part, SavedReply
from reviews.use_cases import MAX_TEXT
from reviews.webhooks import LABELS, Event


class QueueFilterForm(forms.Form):
    """The filters in the queue's address. Invalid values are ignored."""

    state = OneOf(queue.STATES.items(), default="waiting")
    type = OneOf(ModelType.choices)
    sort = OneOf(queue.SORTS.items())
    author = SearchText(most=150)
    age = OneOf(queue.AGES.items())
    assigned = OneOf(queue.ASSIGNED.items())
    q = SearchText()
    page = PageNumber(most=10_000)

    def filters(self) -> queue.QueueFilters:
        """The filters, in their types."""
        self.full_clean()
        return queue.QueueFilters(**self.cleaned_data)


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
    """A comment on a line or on the whole proposal."""

    part = forms.ChoiceField(choices=Part, initial=Part.GENERAL, required=False)
    line = forms.IntegerField(min_value=1, max_value=2**31 - 1, required=False)
    text = forms.CharField(
        label=_("Comment"), max_length=MAX_TEXT, widget=forms.Textarea(attrs={"rows": 3})
    )

    def clean_part(self) -> Part:
        """The part; the whole proposal if none is given."""
        return Part(self.cleaned_data["part"] or Part.GENERAL)

    def without_line(self) -> CommentForm:
        """The same text about the whole proposal, for a line of another round."""
        form = CommentForm({"part": Part.GENERAL, "text": self.data.get("text", "")})
        form.full_clean()
        return form


class DeclineForm(forms.Form):
    """Why the owner of a model declines what somebody suggests."""

    reason = forms.CharField(
        label=_("Reason"), max_length=MAX_TEXT, widget=forms.Textarea(attrs={"rows": 3})
    )


class OwnerRequestForm(forms.Form):
    """What an owner asks for, and why."""

    kind = forms.ChoiceField(
        label=_("What should happen"),
        choices=[
            (OwnerRequest.Kind.EXPIRE, _("Let it expire: it can be restored")),
            (OwnerRequest.Kind.REMOVE, _("Remove it permanently")),
        ],
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        help_text=_("Reviewers read it, and upstream's maintainers in the pull request."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class RequestDecisionForm(forms.Form):
    """A reviewer's answer to an owner's request."""

    decision = forms.ChoiceField(choices=[("grant", "grant"), ("refuse", "refuse")])
    feedback = forms.CharField(
        label=_("Feedback for the owner"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class SavedReplyForm(forms.ModelForm):  # type: ignore[type-arg]
    """A saved reply."""

    class Meta:
        model = SavedReply
        fields = ("title", "text")
        widgets = {"text": forms.Textarea(attrs={"rows": 4})}


class WebhookForm(forms.Form):
    """A new webhook."""

    url = forms.CharField(
        label=_("Address"),
        max_length=500,
        widget=forms.URLInput(attrs={"placeholder": "https://…", "autocomplete": "off"}),
    )
    events = forms.MultipleChoiceField(
        label=_("Events"),
        choices=[(event.value, LABELS[event]) for event in Event],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one event.")},
    )
    of_site = forms.BooleanField(
        label=_("For all public models of this hub, not only for yours"), required=False
    )


class NotificationForm(forms.Form):
    """For each kind of notification: shown on the bell, and sent by mail."""

    def __init__(
        self,
        *args: Any,
        kinds: list[NotificationKind],
        chosen: dict[NotificationKind, tuple[bool, bool]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.kinds = kinds
        for kind in kinds:
            on_bell, by_mail = chosen.get(kind, (True, True))
            self.fields[f"{kind}-bell"] = forms.BooleanField(required=False, initial=on_bell)
            self.fields[f"{kind}-mail"] = forms.BooleanField(required=False, initial=by_mail)

    def rows(self) -> list[tuple[NotificationKind, forms.BoundField, forms.BoundField]]:
        """Each kind with its two checkboxes."""
        return [(kind, self[f"{kind}-bell"], self[f"{kind}-mail"]) for kind in self.kinds]

    def chosen(self) -> dict[NotificationKind, tuple[bool, bool]]:
        """The person's choice, after validation."""
        data = self.cleaned_data
        return {kind: (data[f"{kind}-bell"], data[f"{kind}-mail"]) for kind in self.kinds}
