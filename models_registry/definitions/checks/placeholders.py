"""Checks the placeholders in the templates of ids and file names: unknown and missing ones.

Servers fill them with `str.format` (`flatten_quantizations` and
`generate_model_file_names_with_quantization_parts` in Xinference 4.1.0's `model/utils.py`, and the
cache managers of llm, image and video), so an unknown placeholder fails the download.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from string import Formatter
from typing import Any, Final

from models_registry.definitions.json_text.messages import all_of, gettext_noop
from models_registry.definitions.json_text.problems import UnplacedProblem, quoted

Path = tuple[str | int, ...]
# One mapping and its path, the strongest first: a source, its spec, its record.
Layers = Sequence[tuple[Mapping[str, Any], Path]]


@dataclass(frozen=True, slots=True)
class Template:
    """The placeholders of a template, and the one that it needs if a list has several values."""

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

    One with a format or conversion keeps it, so that it counts as unknown. Raises ValueError if
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
                inner = [(source, (*at, "model_src", hub)), (holder, at)]
                yield inner if holder is record else inner + outer


def placeholder_problems(record: Mapping[str, Any], path: Path) -> Iterator[UnplacedProblem]:
    """Yield the problems of a record's templates, each once."""
    problems = (
        problem
        for layers in layers_of(record, path)
        for key, template in TEMPLATES.items()
        for problem in _template_problems(key, template, layers)
    )
    yield from dict.fromkeys(problems)


def look_up(layers: Layers, key: str) -> tuple[Any, Path]:
    """Return the value of a key and its path, from the strongest layer that has it."""
    for mapping, path in layers:
        if key in mapping:
            return mapping[key], (*path, key)
    return None, ()


def _template_problems(key: str, template: Template, layers: Layers) -> Iterator[UnplacedProblem]:
    value, path = look_up(layers, key)
    if not isinstance(value, str):
        return
    try:
        names = names_in(value)
    except ValueError:
        message = gettext_noop("The braces in %(template)s do not match.", template=quoted(value))
        yield UnplacedProblem(path, "placeholder", message)
        return
    for name in dict.fromkeys(names):
        if name not in template.placeholders:
            known = [f"{{{placeholder}}}" for placeholder in template.placeholders]
            message = (
                gettext_noop(
                    "Servers do not know the placeholder %(name)s here. They know %(known)s.",
                    name=f"{{{name}}}",
                    known=all_of(known),
                )
                if known
                else gettext_noop(
                    "Servers do not know the placeholder %(name)s here. They know none.",
                    name=f"{{{name}}}",
                )
            )
            yield UnplacedProblem(path, "placeholder", message)
    yield from _missing(key, value, names, layers, path)


def _missing(
    key: str, value: str, names: list[str], layers: Layers, path: Path
) -> Iterator[UnplacedProblem]:
    template = TEMPLATES[key]
    if key == "model_file_name_split_template" and "part" not in names:
        message = gettext_noop(
            "Without {part}, all parts of a file would have the same name. Add {part}."
        )
        yield UnplacedProblem(path, "placeholder", message)
    if template.varying is None or template.values is None or template.varying in names:
        return
    values = unfilled(key, layers)
    if len(values) > 1:
        shown = ", ".join(quoted(text, 30) for text in values[:3]) + (", …" if values[3:] else "")
        message = gettext_noop(
            "%(template)s is the same for %(count)s values (%(values)s). "
            "Write %(placeholder)s where they differ.",
            template=quoted(value),
            count=len(values),
            values=shown,
            placeholder=f"{{{template.varying}}}",
        )
        yield UnplacedProblem(path, "placeholder", message)


def unfilled(key: str, layers: Layers) -> list[str]:
    """Return the values that need a placeholder in a template."""
    template = TEMPLATES[key]
    listed, _ = look_up(layers, template.values or "")
    values = (
        [text for text in listed if isinstance(text, str)]
        if isinstance(listed, list | dict)
        else []
    )
    if key == "model_file_name_template":
        # Each quantization may have its own repository with the same file names, and split files
        # are named by the other template.
        model_id, _ = look_up(layers, "model_id")
        if isinstance(model_id, str) and "{quantization}" in model_id:
            return []
        parts, _ = look_up(layers, "quantization_parts")
        values = [text for text in values if not isinstance(parts, dict) or text not in parts]
    return values
