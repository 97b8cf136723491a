"""Checks the templates of ids and file names: which placeholders stand in them, which are missing.

Servers fill them with `str.format` (`flatten_quantizations` and
`generate_model_file_names_with_quantization_parts` in Xinference 4.1.0's `model/utils.py`, and the
cache managers of llm, image and video), so an unknown placeholder fails the download.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from string import Formatter
from typing import Any, Final

from .problems import Found, quoted

Path = tuple[str | int, ...]
# One mapping and its path, the strongest first: a source, its spec, its record.
Layers = Sequence[tuple[Mapping[str, Any], Path]]


@dataclass(frozen=True, slots=True)
class Template:
    """What a template takes: its placeholders, and the one that several values of a list need."""

    placeholders: tuple[str, ...]
    varying: str | None = None
    values: str | None = None


_DRAFT: Final = ("draft_quantization", "quantization")
TEMPLATES: Final[Mapping[str, Template]] = {
    "model_id": Template(("quantization",)),
    "model_revision": Template(("quantization",)),
    "model_file_name_template": Template(("quantization",), "quantization", "quantizations"),
    "model_file_name_split_template": Template(
        ("quantization", "part"), "quantization", "quantization_parts"
    ),
    "draft_model_id": Template(_DRAFT),
    "draft_model_file_name_template": Template(_DRAFT, "draft_quantization", "draft_quantizations"),
    "gguf_model_id": Template(()),
    "gguf_model_file_name_template": Template(
        ("quantization",), "quantization", "gguf_quantizations"
    ),
    "lightning_model_id": Template(()),
    "lightning_model_file_name_template": Template(
        ("lightning_version",), "lightning_version", "lightning_versions"
    ),
}


def names_in(template: str) -> list[str]:
    """Return the placeholders of a template, in their order.

    One with a format or conversion keeps it, so that it is no known name. Raises ValueError where
    the braces do not match.
    """
    return [
        name + (f"!{conversion}" if conversion else "") + (f":{spec}" if spec else "")
        for _, name, spec, conversion in Formatter().parse(template)
        if name is not None
    ]


def layers_of(record: Mapping[str, Any], path: Path) -> Iterator[Layers]:
    """Yield the layers of each source of a record, without what is malformed."""
    specs: list[tuple[Any, Path]] = []
    if isinstance(record.get("model_specs"), list):
        specs = [
            (spec, (*path, "model_specs", index))
            for index, spec in enumerate(record["model_specs"])
        ]
    outer = [(record, path)]
    for holder, at in [*specs, *outer]:
        sources = holder.get("model_src") if isinstance(holder, dict) else None
        for hub, source in sources.items() if isinstance(sources, dict) else ():
            if isinstance(source, dict):
                own = [(source, (*at, "model_src", hub)), (holder, at)]
                yield own if holder is record else own + outer


def placeholder_problems(record: Mapping[str, Any], path: Path) -> Iterator[Found]:
    """Yield what is wrong with the templates of a record; what is found twice is told once."""
    found = (
        problem
        for layers in layers_of(record, path)
        for key, template in TEMPLATES.items()
        for problem in _template_problems(key, template, layers)
    )
    yield from dict.fromkeys(found)


def look_up(layers: Layers, key: str) -> tuple[Any, Path]:
    """Return the value of a key and its path, from the strongest layer that has it."""
    for mapping, path in layers:
        if key in mapping:
            return mapping[key], (*path, key)
    return None, ()


def _template_problems(key: str, template: Template, layers: Layers) -> Iterator[Found]:
    value, path = look_up(layers, key)
    if not isinstance(value, str):
        return
    try:
        names = names_in(value)
    except ValueError:
        yield Found(path, "placeholder", f"The braces in {quoted(value)} do not match.")
        return
    for name in dict.fromkeys(names):
        if name not in template.placeholders:
            known = " and ".join(f"{{{one}}}" for one in template.placeholders) or "none"
            message = f"Servers do not know the placeholder {{{name}}} here. They know {known}."
            yield Found(path, "placeholder", message)
    yield from _missing(key, value, names, layers, path)


def _missing(key: str, value: str, names: list[str], layers: Layers, path: Path) -> Iterator[Found]:
    template = TEMPLATES[key]
    if key == "model_file_name_split_template" and "part" not in names:
        message = "Without {part}, all parts of a file would have one name. Add {part}."
        yield Found(path, "placeholder", message)
    if template.varying is None or template.values is None or template.varying in names:
        return
    values = unfilled(key, layers)
    if len(values) > 1:
        shown = ", ".join(quoted(one, 30) for one in values[:3]) + (", …" if values[3:] else "")
        message = (
            f"{quoted(value)} is the same for {len(values)} values ({shown}). "
            f"Write {{{template.varying}}} where they differ."
        )
        yield Found(path, "placeholder", message)


def unfilled(key: str, layers: Layers) -> list[str]:
    """Return the values that a template must tell apart where it has no placeholder for them."""
    template = TEMPLATES[key]
    listed, _ = look_up(layers, template.values or "")
    values = (
        [one for one in listed if isinstance(one, str)] if isinstance(listed, list | dict) else []
    )
    if key == "model_file_name_template":
        # One repository for each quantization may hold files of one name, and what is split into
        # parts is named by the other template.
        model_id, _ = look_up(layers, "model_id")
        if isinstance(model_id, str) and "{quantization}" in model_id:
            return []
        parts, _ = look_up(layers, "quantization_parts")
        values = [one for one in values if not isinstance(parts, dict) or one not in parts]
    return values
