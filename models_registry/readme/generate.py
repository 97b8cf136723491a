"""A README for a model whose author wrote none, made from its definition.

All text of the definition is a stranger's: it goes through models_registry.readme.writing.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from models_registry.definitions.facts import Facts
from models_registry.definitions.variants import Variant
from models_registry.readme.launching import choose_launch
from models_registry.readme.usage import usage_for
from models_registry.readme.writing import fenced, link, markdown, one_line, option

NOTE = "*This README was generated from the model's definition.*"
MAX_ROWS = 200
MAX_REPOSITORIES = 20
MAX_PACKAGES = 40
MAX_DESCRIPTION_CHARACTERS = 2000

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

    `facts` are those of `records`. Whatever the definition holds, the text shows it as text.
    """
    sections = [
        NOTE,
        f"# {markdown(name)}",
        _introduction(model_type, name, facts),
        _overview(model_type, facts),
        _variants(facts.variants),
        _packages(facts.virtualenv_packages),
        _launching(model_type, name, facts, records),
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


def _variants(variants: Sequence[Variant]) -> str:
    if not variants:
        return ""
    # A row for each spec; the hubs that offer it share the row.
    rows: dict[tuple[object, ...], list[Variant]] = {}
    for variant in variants:
        key = (variant.record_index, variant.spec_index, variant.model_format)
        rows.setdefault((*key, variant.quantizations), []).append(variant)
    shown = [_row(same) for same in list(rows.values())[:MAX_ROWS]]
    lines = [
        "## Variants",
        "",
        "| Format | Size | Quantizations | Engine | Sources |",
        "|---|---|---|---|---|",
        *shown,
    ]
    if len(rows) > MAX_ROWS:
        lines += ["", f"{len(rows) - MAX_ROWS} more are in the definition."]
    return "\n".join(lines)


def _row(variants: Sequence[Variant]) -> str:
    first = variants[0]
    size = markdown(first.size or "")
    if first.activated_size:
        size += f" ({markdown(first.activated_size)} active)"
    cells = [
        markdown(first.model_format or ""),
        size,
        _list(first.quantizations),
        markdown(first.engine or ""),
        "; ".join(map(_source, variants)),
    ]
    return f"| {' | '.join(cell or '–' for cell in cells)} |"


def _source(variant: Variant) -> str:
    hub = HUBS.get(variant.hub) or markdown(variant.hub)
    links = [link(one.model_id, one.url) for one in variant.repositories[:MAX_REPOSITORIES]]
    label = f" ({markdown(variant.label)})" if variant.label else ""
    return f"{hub}: {', '.join(filter(None, links))}{label}"


def _packages(packages: Sequence[str]) -> str:
    if not packages:
        return ""
    shown = "\n".join(map(one_line, packages[:MAX_PACKAGES]))
    lines = [
        "## Packages",
        "",
        "With virtual environments switched on, Xinference installs these packages for the model "
        "(`#engine#` markers tell for which engine):",
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
    parts = [
        "## Launch",
        "On the command line of a machine with Xinference:",
        fenced(launch.command(), "bash"),
    ]
    if model_type == "llm":
        parts += [
            "Other formats, sizes and quantizations are in the table above; this lists the engines "
            "that your server can run the model with:",
            fenced(f"xinference engine {option('--model-name', launch.model_name)}", "bash"),
        ]
    parts += ["From Python:", fenced(python, "python")]
    if usage:
        parts += ["Over HTTP, once it runs:", fenced(usage.curl(launch.model_name), "bash")]
    return "\n\n".join(parts)
