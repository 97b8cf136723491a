"""Two to four models side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from django.contrib.auth.models import AnonymousUser
from django.utils.formats import number_format
from django.utils.translation import gettext, gettext_lazy

from accounts.models import User
from hub.templatetags.interface import moment
from models_registry import labels
from models_registry.launch.needs import GPUS
from models_registry.models import RegisteredModel

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

MOST: Final = 4
LEAST: Final = 2
MAX_VALUES: Final = 24
UNKNOWN: Final = "–"


@dataclass(frozen=True, slots=True)
class ComparedColumn:
    """One column: a model, and the query string of the comparison without it."""

    model: RegisteredModel
    query_without: str


@dataclass(frozen=True, slots=True)
class ComparedFact:
    """One row: a cell for each model, as texts."""

    title: StrOrPromise
    cells: tuple[tuple[str, ...], ...]

    @property
    def differs(self) -> bool:
        """True if the models do not all say the same."""
        return len(set(self.cells)) > 1


@dataclass(frozen=True, slots=True)
class SideBySide:
    """The comparison; `missing` counts numbers of models that the visitor does not see."""

    models: tuple[ComparedColumn, ...]
    facts: tuple[ComparedFact, ...]
    query: str
    missing: int
    left_out: int


def side_by_side(
    user: User | AnonymousUser, numbers: Sequence[int], *, shows_uses: bool
) -> SideBySide:
    """Compare models by their numbers, in this order; what the user does not see is left out."""
    asked = list(dict.fromkeys(numbers))
    visible = RegisteredModel.objects.visible_to(user).published()
    visible = visible.select_related("figures", "memory", "source_summary")
    by_number = visible.defer("search_text").in_bulk(asked[: MOST * 5])
    there = [by_number[number] for number in asked if number in by_number]
    models = there[:MOST]
    rows = [*_ROWS, *([(gettext_lazy("Uses here in 30 days"), _uses)] if shows_uses else [])]
    facts = [
        ComparedFact(title, tuple(_cell(read(model)) for model in models)) for title, read in rows
    ]
    known = [fact for fact in facts if any(cell != (UNKNOWN,) for cell in fact.cells)]
    return SideBySide(
        models=tuple(
            ComparedColumn(model, _query(other for other in models if other is not model))
            for model in models
        ),
        facts=tuple(known),
        query=_query(models),
        missing=len(asked) - len(there),
        left_out=len(there) - len(models),
    )


def _query(models: Iterable[RegisteredModel]) -> str:
    return f"?{urlencode([('model', model.pk) for model in models])}"


def _cell(value: str | Iterable[str] | None) -> tuple[str, ...]:
    texts = (value,) if isinstance(value, str) else tuple(value or ())
    return tuple(text for text in texts if text) or (UNKNOWN,)


def _facts(name: str, label: Callable[[str], str]) -> Callable[[RegisteredModel], str]:
    def read(model: RegisteredModel) -> str:
        values = [label(value) for value in model.facts.get(name) or ()]
        shown = ", ".join(values[:MAX_VALUES])
        return f"{shown} +{len(values) - MAX_VALUES}" if len(values) > MAX_VALUES else shown

    return read


def _memory(model: RegisteredModel) -> list[str]:
    memory = getattr(model, "memory", None)
    if memory is None or memory.need is None:
        return []
    choice: dict[str, Any] = memory.choice
    files = (choice.get("size"), labels.format_label(choice.get("format") or ""))
    named = [*files, choice.get("quantization")]
    return [
        labels.memory_label(memory.need),
        " · ".join(part for part in named if part and part != "none"),
    ]


def _gpu(model: RegisteredModel) -> str:
    need = getattr(getattr(model, "memory", None), "need", None)
    return next((gpu.label for gpu in GPUS if need is not None and need <= gpu.usable), "")


def _context(model: RegisteredModel) -> str:
    return labels.tokens_label(model.context_length) if model.context_length else ""


def _licence(model: RegisteredModel) -> list[str]:
    summary = getattr(model, "source_summary", None)
    if summary is None:
        return []
    return [
        labels.licence_label(summary.licence) if summary.licence else "",
        gettext("Gated") if summary.gated else "",
    ]


def _popularity(model: RegisteredModel) -> str:
    summary = getattr(model, "source_summary", None)
    return labels.count_label(summary.downloads) if summary and summary.downloads else ""


def _uses(model: RegisteredModel) -> list[str]:
    figures = getattr(model, "figures", None)
    if figures is None or not figures.uses:
        return []
    return [
        number_format(figures.uses, force_grouping=True),
        gettext("%(views)s views, %(downloads)s downloads, %(launches)s launches")
        % {name: getattr(figures, name) for name in ("views", "downloads", "launches")},
    ]


_ROWS: Final[list[tuple[StrOrPromise, Callable[[RegisteredModel], str | Iterable[str]]]]] = [
    (gettext_lazy("Type"), lambda model: str(model.get_model_type_display())),
    (gettext_lazy("Description"), lambda model: model.description[:300]),
    (gettext_lazy("Least memory"), _memory),
    (gettext_lazy("Fits in"), _gpu),
    (
        gettext_lazy("Sizes"),
        lambda model: [
            labels.sizes_label(sizes, at_most=6)
            for sizes in [model.facts.get("sizes_in_billions")]
            if sizes
        ],
    ),
    (gettext_lazy("Context length"), _context),
    (
        gettext_lazy("Dimensions"),
        lambda model: str(model.facts.get("dimensions") or ""),
    ),
    (gettext_lazy("Licence"), _licence),
    (gettext_lazy("Abilities"), _facts("abilities", labels.ability_label)),
    (gettext_lazy("Formats"), _facts("formats", labels.format_label)),
    (gettext_lazy("Engines"), _facts("engines", labels.engine_label)),
    (gettext_lazy("Languages"), _facts("languages", labels.language_label)),
    (gettext_lazy("Hubs"), _facts("hubs", labels.hub_label)),
    (
        gettext_lazy("Updated"),
        lambda model: moment(model.definition_updated_at) if model.definition_updated_at else "",
    ),
    (gettext_lazy("Downloads at the source"), _popularity),
]
