"""Generates the README of a model from its definition, if its author wrote none.

There are two: the one that is stored and served is a whole document, in English; the one on the
model's page is in the reader's language and leaves out what the page's head says.

SECURITY: all text of the definition is untrusted: it is quoted by models_registry.launch.quoting.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.utils.translation import gettext as _
from django.utils.translation import override

from models_registry.definitions.facts.facts import Facts
from models_registry.definitions.facts.variants import SourceRepository, Variant
from models_registry.launch.default_launch import choose_launch
from models_registry.launch.quoting import fenced, link, markdown, one_line, option
from models_registry.readme.call_examples import usage_for

T = TypeVar("T")

NOTE = "*This README was generated from the model's definition.*"
_STORED_IN = "en"
MAX_ROWS = 200
MAX_REPOSITORIES = 20
MAX_PACKAGES = 40
MAX_DESCRIPTION_CHARACTERS = 2000


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much of the variants is shown: rows, quantizations of a row, repositories of a hub.

    `all_columns`: also a column in which no row says anything.
    """

    rows: int
    quantizations: int | None
    repositories: int
    all_columns: bool


WHOLE = Bounds(MAX_ROWS, None, MAX_REPOSITORIES, all_columns=True)
# On a page, beside a tab with everything.
BRIEF = Bounds(40, 6, 2, all_columns=False)

KINDS = {
    "llm": "a large language model",
    "embedding": "an embedding model",
    "rerank": "a reranking model",
    "image": "an image model",
    "audio": "an audio model",
    "video": "a video model",
    "world": "a world model",
}
HUBS = {
    "huggingface": "Hugging Face",
    "modelscope": "ModelScope",
    "openmind_hub": "OpenMind Hub",
    "csghub": "CSGHub",
}


def generate(model_type: str, name: str, facts: Facts, records: Sequence[Mapping[str, Any]]) -> str:
    """Return a README in Markdown for a model: what it is, its variants, how to launch and use it.

    `facts` are those of `records`. Values of the definition are always shown as text.
    """
    with override(_STORED_IN):
        sections = [
            NOTE,
            f"# {markdown(name)}",
            _introduction(model_type, name, facts),
            _overview(model_type, facts),
            _variants(facts.variants, WHOLE),
            _packages(facts.virtualenv_packages),
            _launching(model_type, name, facts, records),
        ]
    return "\n\n".join(filter(None, sections)) + "\n"


def generate_for_page(
    model_type: str, name: str, facts: Facts, records: Sequence[Mapping[str, Any]]
) -> str:
    """Return what the page of a model shows in place of a README, in the active language: the
    variants, how to launch and use the model, its packages. Long lists are cut: a phone shows them
    in narrow columns, and the page has them in full on the tab of the specs."""
    sections = [
        _variants(facts.variants, BRIEF),
        _launching(model_type, name, facts, records),
        _packages(facts.virtualenv_packages),
    ]
    return "\n\n".join(filter(None, sections)) + "\n"


def _introduction(model_type: str, name: str, facts: Facts) -> str:
    if description := one_line(facts.description)[:MAX_DESCRIPTION_CHARACTERS]:
        return markdown(description)
    kind = KINDS.get(model_type, "a model")
    family = f" of the {markdown(facts.family)} family" if facts.family else ""
    abilities = f" It can do: {_list(facts.abilities)}." if facts.abilities else ""
    return f"{markdown(name)} is {kind}{family}.{abilities}"


def _overview(model_type: str, facts: Facts) -> str:
    length = "Context length" if model_type == "llm" else "Maximum input"
    sizes = [f"{size:g}B" for size in facts.sizes_in_billions]
    rows = [
        ("Type", markdown(model_type)),
        ("Family", markdown(facts.family or "")),
        ("Abilities", _list(facts.abilities)),
        ("Languages", _list(facts.languages)),
        (length, f"{facts.context_length:,} tokens" if facts.context_length else ""),
        ("Dimensions", f"{facts.dimensions:,}" if facts.dimensions else ""),
        ("Sizes", _list(sizes)),
        ("Formats", _list(facts.formats)),
        ("Engines", _list(facts.engines)),
    ]
    lines = [f"| {key} | {value} |" for key, value in rows if value]
    return "\n".join(["## Overview", "", "| Property | Value |", "|---|---|", *lines])


def _list(values: Sequence[str]) -> str:
    return ", ".join(filter(None, map(markdown, values)))


def _variants(variants: Sequence[Variant], bounds: Bounds) -> str:
    if not variants:
        return ""
    # A row for each spec; the hubs that offer it share the row.
    rows: dict[tuple[object, ...], list[Variant]] = {}
    for variant in variants:
        key = (variant.record_index, variant.spec_index, variant.model_format)
        rows.setdefault((*key, variant.quantizations), []).append(variant)
    cells = [_cells(same, bounds) for same in list(rows.values())[: bounds.rows]]
    titles = [_("Format"), _("Size"), _("Quantizations"), _("Engine"), _("Sources")]
    columns = range(len(titles))
    kept = [column for column in columns if bounds.all_columns or any(row[column] for row in cells)]
    shown = [" | ".join(row[column] or "–" for column in kept) for row in cells]
    heading = _("Variants")
    lines = [
        f"## {heading}",
        "",
        f"| {' | '.join(titles[column] for column in kept)} |",
        f"|{'---|' * len(kept)}",
        *(f"| {row} |" for row in shown),
    ]
    if len(rows) > bounds.rows:
        more = _("%(number)d more are in the definition.") % {"number": len(rows) - bounds.rows}
        lines += ["", more]
    return "\n".join(lines)


def _cells(variants: Sequence[Variant], bounds: Bounds) -> list[str]:
    first = variants[0]
    size = markdown(first.size or "")
    if first.activated_size:
        active = _("%(size)s active") % {"size": markdown(first.activated_size)}
        size += f" ({active})"
    return [
        markdown(first.model_format or ""),
        size,
        _cut(first.quantizations, bounds.quantizations, _list),
        markdown(first.engine or ""),
        "; ".join(_source(variant, bounds) for variant in variants),
    ]


def _source(variant: Variant, bounds: Bounds) -> str:
    hub = HUBS.get(variant.hub) or markdown(variant.hub)
    places = variant.repositories[:MAX_REPOSITORIES]
    links = _cut(places, bounds.repositories, _links)
    label = f" ({markdown(variant.label)})" if variant.label else ""
    return f"{hub}: {links}{label}"


def _links(places: Sequence[SourceRepository]) -> str:
    return ", ".join(filter(None, (link(place.model_id, place.url) for place in places)))


def _cut(values: Sequence[T], at_most: int | None, text: Callable[[Sequence[T]], str]) -> str:
    """The text of the values; of many, the text of the first, and how many others there are."""
    # "+1" would take the place of the last one.
    if at_most is None or len(values) <= at_most + 1:
        return text(values)
    return f"{text(values[:at_most])}, +{len(values) - at_most}"


def _packages(packages: Sequence[str]) -> str:
    if not packages:
        return ""
    shown = "\n".join(map(one_line, packages[:MAX_PACKAGES]))
    heading = _("Packages")
    lines = [
        f"## {heading}",
        "",
        _(
            "With virtual environments switched on, Xinference installs these packages for the "
            "model (`#engine#` markers tell for which engine):"
        ),
        "",
        fenced(shown, "text"),
    ]
    return "\n".join(lines)


def _launching(
    model_type: str, name: str, facts: Facts, records: Sequence[Mapping[str, Any]]
) -> str:
    launch = choose_launch(model_type, name, facts, records)
    usage = usage_for(model_type, facts.abilities)
    python = launch.python()
    if usage and usage.python:
        python += f"\n\n{usage.python}"
    heading = _("Launch")
    parts = [
        f"## {heading}",
        _("On the command line of a machine with Xinference:"),
        fenced(launch.command(), "bash"),
    ]
    if model_type == "llm":
        parts += [
            _(
                "Other formats, sizes and quantizations are in the table above; this lists the "
                "engines that your server can run the model with:"
            ),
            fenced(f"xinference engine {option('--model-name', launch.model_name)}", "bash"),
        ]
    parts += [_("From Python:"), fenced(python, "python")]
    if usage:
        parts += [_("Over HTTP, once it runs:"), fenced(usage.curl(launch.model_name), "bash")]
    return "\n\n".join(parts)
