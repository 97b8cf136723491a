"""Advice about a definition that may be published as it is, much of it with a fix for one click."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, Literal, NamedTuple

from .checks import Known
from .fixes import Fix, adding_twin, removing, replacing, stripped, writing
from .identity import SET_KEYS, Role, canonical, role_of
from .placeholders import Layers, layers_of, look_up, names_in, unfilled
from .problems import make_pointer, quoted
from .text import Definition, parse
from .variants import strings
from .wording import entry_title

MAX_FINDINGS: Final = 300

# Tokens that a tokenizer ends a text with by itself, so that no template has to write them.
_END_TOKENS: Final = frozenset(
    {
        "<s>",
        "</s>",
        "<unk>",
        "<eos>",
        "[EOS]",
        "<|endoftext|>",
        "<|end_of_text|>",
        "<｜end▁of▁sentence｜>",
    }
)
_SIZE_KEYS: Final = ("model_size_in_billions", "activated_size_in_billions")
_SIZE = re.compile(r"\s*([0-9]{1,6})(?:[._]([0-9]{1,6}))?\s*[bB]?\s*")
# Names, ids and the like, at whose ends white space has no meaning.
_TRIMMED_KEY = re.compile(
    r".*_(?:id|revision|file_name_template|split_template|url|name|family|format|engine|parser)"
    r"|engine|quantization|language|multimodal_projector|source_subdir|model_description"
)
# Formats of which a repository has one quantization; one with GGUF files has many.
_ONE_PER_REPOSITORY: Final = frozenset({"awq", "bnb", "fp4", "fp8", "gptq", "mlx"})
# The types whose schema wants a revision of every source.
_WITH_REVISION: Final = frozenset({"image", "video"})
_BRANCHES: Final = frozenset({"main", "master"})

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """One piece of advice: where, what, and how to mend it if that can be done by itself."""

    pointer: str
    line: int
    column: int
    message: str
    code: str
    severity: Literal["warning", "info"]
    fix: Fix | None = None

    def as_dict(self) -> dict[str, str | int | None]:
        """Return the finding as the API shows it; `fix` is what its button says."""
        return {
            "pointer": self.pointer,
            "line": self.line,
            "column": self.column,
            "message": self.message,
            "code": self.code,
            "severity": self.severity,
            "fix": None if self.fix is None else self.fix.label,
        }


class _Advice(NamedTuple):
    path: Path
    code: str
    message: str
    severity: Literal["warning", "info"] = "warning"
    fix: Fix | None = None


def lint(model_type: str, definition: Definition, known: Known | None = None) -> list[Finding]:
    """Return advice about a definition, in the order of its text; at most a few hundred findings.

    `known` has the source ids that other models use. Applying a finding's fix to the same text
    makes the finding vanish and changes nothing else.
    """
    found: list[Finding] = []
    advice = _advice(model_type, definition.records, known or Known())
    for one in islice(advice, MAX_FINDINGS):
        pointer = make_pointer(one.path)
        place = definition.locate(pointer)
        found.append(Finding(pointer, *place, one.message, one.code, one.severity, one.fix))
    return sorted(found, key=lambda one: (one.line, one.column))


def fixed(
    model_type: str, text: str, *, code: str, pointer: str, known: Known | None = None
) -> str:
    """Return the text with the fix of one finding applied: for a button that names code and place.

    Raises LookupError where there is no such finding, or none with a fix, and DefinitionTextError
    where the text is no definition.
    """
    for one in lint(model_type, parse(text), known):
        if (one.code, one.pointer) == (code, pointer) and one.fix is not None:
            return one.fix.apply(text)
    raise LookupError("There is nothing left to mend here. Look at the definition again.")


def _advice(model_type: str, records: Sequence[dict[str, Any]], known: Known) -> Iterator[_Advice]:
    if not any(strings(record.get("model_description")) for record in records):
        message = "The model has no description. People choose a model by it."
        yield _Advice((0,), "no-description", message, "info")
    for index, record in enumerate(records):
        path: Path = (index,)
        layers = list(layers_of(record, path))
        if model_type == "llm":
            yield from _stop_tokens(record, path)
        yield from _twins(model_type, layers)
        yield from _uncovered(layers)
        yield from _unpinned(layers, path)
        yield from _values(record, path, "record", None)
    yield from _shared(records, known)


def _stop_tokens(record: Mapping[str, Any], path: Path) -> Iterator[_Advice]:
    template, stop = record.get("chat_template"), record.get("stop")
    if not isinstance(template, str) or not template or not isinstance(stop, list):
        return
    for index, token in enumerate(stop):
        if not isinstance(token, str) or token in template:
            continue
        at = (*path, "stop", index)
        message = f"The stop token {quoted(token)} does not stand in the chat template."
        if token in _END_TOKENS:
            message += " That is usual for a token that ends a text."
            yield _Advice(at, "stop-token", message, "info")
        else:
            message += " Answers may not end where they should."
            fix = removing(f"Remove the stop token {quoted(token)}", make_pointer(at), token)
            yield _Advice(at, "stop-token", message, "warning", fix)


def _twins(model_type: str, layers: Sequence[Layers]) -> Iterator[_Advice]:
    for (source, path), (holder, at), *_ in layers:
        sources = holder["model_src"]
        if path[-1] != "huggingface" or "modelscope" in sources:
            continue
        model_id = source.get("model_id")
        if not isinstance(model_id, str):
            continue
        fix = adding_twin(
            f"Add a ModelScope source {quoted(model_id)}",
            make_pointer((*at, "model_src")),
            sources,
            with_revision=model_type in _WITH_REVISION,
        )
        message = (
            f"{quoted(model_id)} is on Hugging Face alone. Where that cannot be reached, "
            "ModelScope often can: see whether it is there, too, under the same id."
        )
        yield _Advice(path, "no-twin", message, "warning", fix)


def _uncovered(layers: Sequence[Layers]) -> Iterator[_Advice]:
    """Find ids and file names that are the same for several quantizations."""
    told: set[Path] = set()
    for one in layers:
        for key in ("model_id", "model_file_name_template", "gguf_model_file_name_template"):
            template, path = look_up(one, key)
            if not isinstance(template, str) or path in told:
                continue
            values = _quantizations(one) if key == "model_id" else unfilled(key, one)
            if len(values) < 2 or _has_placeholder(template):
                continue
            told.add(path)
            message = (
                f"{quoted(template)} does not tell {len(values)} quantizations apart. "
                "Write {quantization} where they differ."
            )
            yield _Advice(
                path, "quantization", message, "warning", _covering(template, values, path)
            )


def _quantizations(layers: Layers) -> list[str]:
    """Return the quantizations of a source if each must have a repository of its own."""
    model_format, _ = look_up(layers, "model_format")
    one_each = isinstance(model_format, str) and model_format in _ONE_PER_REPOSITORY
    return strings(layers[0][0].get("quantizations")) if one_each else []


def _has_placeholder(template: str) -> bool:
    try:
        return "quantization" in names_in(template)
    except ValueError:
        return True


def _covering(template: str, values: Sequence[str], path: Path) -> Fix | None:
    """Return the fix that writes the placeholder where a template names one of its values."""
    for value in sorted(values, key=len, reverse=True):
        named = re.compile(rf"(?<![A-Za-z0-9]){re.escape(value)}(?![A-Za-z0-9_])")
        if len(named.findall(template)) == 1:
            wanted = json.dumps(named.sub("{quantization}", template), ensure_ascii=False)
            label = f"Write {{quantization}} for {quoted(value)}"
            return writing(label, make_pointer(path), template, wanted)
    return None


def _unpinned(layers: Sequence[Layers], path: Path) -> Iterator[_Advice]:
    sources = [one[0] for one in layers if one[0][1][-1] == "huggingface"]
    loose = [at for source, at in sources if source.get("model_revision") in (None, "", *_BRANCHES)]
    if loose:
        message = (
            f"{len(loose)} of {len(sources)} Hugging Face sources name no commit as their "
            "revision, so that servers take what is newest. A commit keeps what was tested."
        )
        yield _Advice(loose[0], "no-revision", message, "info")


def _values(value: Any, path: Path, role: Role, name: str | None) -> Iterator[_Advice]:
    """Find sizes that are misspelt, white space, and repeated entries, in a value and below it."""
    if role == "open":
        return
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _values(one, (*path, key), role_of(role, key), key)
    elif isinstance(value, list):
        if name in SET_KEYS:
            yield from _repeated(value, path, name)
        for index, one in enumerate(value):
            yield from _values(one, (*path, index), role_of(role, None), name)
    elif name in _SIZE_KEYS:
        yield from _size(value, path)
    elif isinstance(value, str) and value != value.strip():
        # A stop token may well begin or end with white space.
        is_entry = isinstance(path[-1], int) and name in SET_KEYS and name != "stop"
        if is_entry or (path[-1] == name and _TRIMMED_KEY.fullmatch(name)):
            yield _white_space(value, path)


def _white_space(value: str, path: Path) -> _Advice:
    message = f"{quoted(value)} has white space at its start or end."
    fix = replacing("Remove the white space", make_pointer(path), value, stripped)
    is_prose = path[-1] == "model_description"
    usable = fix if value.strip() else None
    return _Advice(path, "white-space", message, "info" if is_prose else "warning", usable)


def _repeated(values: list[Any], path: Path, name: str) -> Iterator[_Advice]:
    seen: set[str] = set()
    for index, value in enumerate(values):
        key = canonical(value)
        if key in seen:
            at = (*path, index)
            message = f"The {entry_title(name)} {quoted(value)} stands twice."
            fix = removing("Remove the second", make_pointer(at), value)
            yield _Advice(at, "repeated", message, "warning", fix)
        seen.add(key)


def _size(value: Any, path: Path) -> Iterator[_Advice]:
    match = _SIZE.fullmatch(str(value)) if isinstance(value, (str, float)) else None
    if match is None:
        return
    whole, fraction = match.group(1), (match.group(2) or "").rstrip("0")
    # "7" and "1_5" are upstream's own spellings.
    if isinstance(value, str) and re.fullmatch(r"[0-9]+(_[0-9]+)?", value):
        return
    wanted = json.dumps(f"{int(whole)}_{fraction}") if fraction else str(int(whole))
    message = f"Upstream writes the size {quoted(value)} as {wanted}."
    fix = writing(f"Write {wanted}", make_pointer(path), value, wanted)
    yield _Advice(path, "size", message, "warning", fix)


def _shared(records: Sequence[dict[str, Any]], known: Known) -> Iterator[_Advice]:
    """Find source ids that another model uses, each once."""
    told: set[str] = set()
    for index, record in enumerate(records):
        for (source, path), *_ in layers_of(record, (index,)):
            model_id = source.get("model_id")
            if not isinstance(model_id, str) or model_id in told:
                continue
            told.add(model_id)
            if other := known.source_ids.get(model_id):
                message = f"The model {quoted(other)} has the source {quoted(model_id)}, too."
                yield _Advice((*path, "model_id"), "shared-source", message)
