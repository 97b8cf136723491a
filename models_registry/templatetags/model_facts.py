"""How templates write the facts of a model: lengths, sizes, names of code words, addresses."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django import template
from django.template.defaultfilters import stringfilter
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext

from models_registry import labels
from models_registry.definitions.kinds import is_valid_name
from models_registry.models import RegisteredModel

register = template.Library()

register.filter("ability_label", stringfilter(labels.ability_label))
register.filter("format_label", stringfilter(labels.format_label))
register.filter("engine_label", stringfilter(labels.engine_label))
register.filter("hub_label", stringfilter(labels.hub_label))
register.filter("language_label", stringfilter(labels.language_label))
register.filter("tokens_label", labels.tokens_label)


@register.filter
def sizes_label(billions: Sequence[float], at_most: int = 3) -> str:
    """Sizes in billions, spelt out or as a range if there are more than `at_most`; "" for none."""
    return labels.sizes_label(billions, at_most=at_most) if billions else ""


@register.filter
def ago(moment: datetime) -> str:
    """How long ago that was, in its largest unit: "3 months ago"."""
    if timezone.now() - moment < timedelta(days=1):
        return gettext("today")
    return gettext("%(time)s ago") % {"time": timesince(moment, depth=1)}


@register.simple_tag
def model_address(model: RegisteredModel, ambiguous: Collection[str] = ()) -> str:
    """The address of a model's page: by name, or by number where the name says too little.

    `ambiguous` holds the name keys that several models have.
    """
    if model.name_key in ambiguous or model.name.isdigit() or not is_valid_name(model.name):
        return model.get_absolute_url()
    return reverse("models_registry:model_detail", args=[model.name])
