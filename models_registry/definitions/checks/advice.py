"""Advice about a definition that can be published; much of it has a fix for one click."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, Literal, NamedTuple

from models_registry.definitions.checks.fixes import (
    Fix,
    adding_twin,
    removing,
    replacing,
    stripped,
    writing,
)
from models_registry.definitions.checks.placeholders import (
    Layers,
    layers_of,
    look_up,
    names_in,
    unfilled,
)
from models_registry.definitions.checks.run import OtherModels
from models_registry.definitions.facts.identity import SET_KEYS, Role, canonical, role_of
from models_registry.definitions.facts.variants import strings
from models_registry.definitions.facts.wording import entry_title
from models_registry.definitions.json_text.document import Definition, parse
from models_registry.definitions.json_text.messages import Message, gettext_noop
from models_registry.definitions.json_text.problems import make_pointer, quoted

MAX_FINDINGS: Final = 300
# The code of the advice to add a source on ModelScope, whose fix needs a look there.
TWIN: Final = "no-twin"

# Tokens that a tokenizer itself puts at the end of a text, so no template has to write them.
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
# Names, ids and similar values, at whose ends white space has no meaning.
_TRIMMED_KEY = re.compile(
    r".*_(?:id|revision|file_name_template|split_template|url|name|family|format|engine|parser)"
    r"|engine|quantization|language|multimodal_projector|source_subdir|model_description"
)
# Formats with one quantization per repository; a repository of GGUF files has many.
_ONE_PER_REPOSITORY: Final = frozenset({"awq", "bnb", "fp4", "fp8", "gptq", "mlx"})
# The types whose schema requires a revision for every source.
_WITH_REVISION: Final = frozenset({"image", "video"})
_BRANCHES: Final = frozenset({"main", "master"})

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Advice:
    """One piece of advice: its place, a sentence, and a fix if there is an automatic one."""

    pointer: str
    line: int
    column: int
    message: Message
    code: str
    severity: Literal["warning", "info"]
    fix: Fix | None = None

    def as_dict(self) -> dict[str, str | int | None]:
        """Return the advice as the API shows it; `fix` is the label of its button."""
        return {
            "pointer": self.pointer,
            "line": self.line,
            "column": self.column,
            "message": self.message,
            "code": self.code,
            "severity": self.severity,
            "fix": None if self.fix is None else self.fix.label,
        }


class _Hint(NamedTuple):
    path: Path
    code: str
    message: Message
    severity: Literal["warning", "info"] = "warning"
    fix: Fix | None = None


def lint(model_type: str, definition: Definition, known: OtherModels | None = None) -> list[Advice]:
    """Return advice about a definition, in the order of its text; at most a few hundred findings.

    `known` has the source ids that other models use. Applying the fix of one item to the same text
    removes that item and changes nothing else.
    """
    advice: list[Advice] = []
    hints = _hints(model_type, definition.records, known or OtherModels())
    for hint in islice(hints, MAX_FINDINGS):
        pointer = make_pointer(hint.path)
        place = definition.locate(pointer)
        advice.append(Advice(pointer, *place, hint.message, hint.code, hint.severity, hint.fix))
    return sorted(advice, key=lambda item: (item.line, item.column))


def fixed(
    model_type: str, text: str, *, code: str, pointer: str, known: OtherModels | None = None
) -> str:
    """Return the text with one fix applied: for a button that names code and pointer.

    Raises LookupError with a message if this advice is gone or has no fix, and
    DefinitionTextError if the text is not a definition.
    """
    for advice in lint(model_type, parse(text), known):
        if (advice.code, advice.pointer) == (code, pointer) and advice.fix is not None:
            return advice.fix.apply(text)
    raise LookupError(
        gettext_noop("There is nothing left to fix here. Check the definition again.")
    )


def _hints(
    model_type: str, records: Sequence[dict[str, Any]], known: OtherModels
) -> Iterator[_Hint]:
    if not any(strings(record.get("model_description")) for record in records):
        message = gettext_noop("The model has no description. People choose a model by it.")
        yield _Hint((0,), "no-description", message, "info")
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


def _stop_tokens(record: Mapping[str, Any], path: Path) -> Iterator[_Hint]:
    template, stop = record.get("chat_template"), record.get("stop")
    if not isinstance(template, str) or not template or not isinstance(stop, list):
        return
    for index, token in enumerate(stop):
        if not isinstance(token, str) or token in template:
            continue
        at = (*path, "stop", index)
        if token in _END_TOKENS:
            message = gettext_noop(
                "The chat template does not contain the stop token %(token)s. "
                "That is usual for a token that ends a text.",
                token=quoted(token),
            )
            yield _Hint(at, "stop-token", message, "info")
        else:
            message = gettext_noop(
                "The chat template does not contain the stop token %(token)s. "
                "Answers may not end where they should.",
                token=quoted(token),
            )
            label = gettext_noop("Remove the stop token %(token)s", token=quoted(token))
            fix = removing(label, make_pointer(at), token)
            yield _Hint(at, "stop-token", message, "warning", fix)


def _twins(model_type: str, layers: Sequence[Layers]) -> Iterator[_Hint]:
    for (source, path), (holder, at), *_ in layers:
        sources = holder["model_src"]
        if path[-1] != "huggingface" or "modelscope" in sources:
            continue
        model_id = source.get("model_id")
        if not isinstance(model_id, str):
            continue
        fix = adding_twin(
            gettext_noop(
                "Look on ModelScope for %(model_id)s, and add it", model_id=quoted(model_id)
            ),
            make_pointer((*at, "model_src")),
            sources,
            with_revision=model_type in _WITH_REVISION,
        )
        message = gettext_noop(
            "%(model_id)s has a source on Hugging Face only. Servers that can't reach it can often "
            "reach ModelScope: check whether ModelScope has the model under the same id.",
            model_id=quoted(model_id),
        )
        yield _Hint(path, TWIN, message, "warning", fix)


def _uncovered(layers: Sequence[Layers]) -> Iterator[_Hint]:
    """Find ids and file names that are the same for several quantizations."""
    reported: set[Path] = set()
    for of_source in layers:
        for key in ("model_id", "model_file_name_template", "gguf_model_file_name_template"):
            template, path = look_up(of_source, key)
            if not isinstance(template, str) or path in reported:
                continue
            values = _quantizations(of_source) if key == "model_id" else unfilled(key, of_source)
            if len(values) < 2 or _has_placeholder(template):
                continue
            reported.add(path)
            message = gettext_noop(
                "%(template)s is the same for %(count)s quantizations. "
                "Write {quantization} where they differ.",
                template=quoted(template),
                count=len(values),
            )
            yield _Hint(path, "quantization", message, "warning", _covering(template, values, path))


def _quantizations(layers: Layers) -> list[str]:
    """Return the quantizations of a source if each needs its own repository; else nothing."""
    model_format, _ = look_up(layers, "model_format")
    one_each = isinstance(model_format, str) and model_format in _ONE_PER_REPOSITORY
    return strings(layers[0][0].get("quantizations")) if one_each else []


def _has_placeholder(template: str) -> bool:
    try:
        return "quantization" in names_in(template)
    except ValueError:
        return True


def _covering(template: str, values: Sequence[str], path: Path) -> Fix | None:
    """Return the fix that writes the placeholder over the value that a template names."""
    for value in sorted(values, key=len, reverse=True):
        named = re.compile(rf"(?<![A-Za-z0-9]){re.escape(value)}(?![A-Za-z0-9_])")
        if len(named.findall(template)) == 1:
            wanted = json.dumps(named.sub("{quantization}", template), ensure_ascii=False)
            label = gettext_noop("Write {quantization} for %(value)s", value=quoted(value))
            return writing(label, make_pointer(path), template, wanted)
    return None


def _unpinned(layers: Sequence[Layers], path: Path) -> Iterator[_Hint]:
    sources = [source for source, *_ in layers if source[1][-1] == "huggingface"]
    loose = [at for source, at in sources if source.get("model_revision") in (None, "", *_BRANCHES)]
    if loose:
        message = gettext_noop(
            "%(loose)s of %(count)s Hugging Face sources name no commit as their revision, so "
            "servers download the newest files. Name a commit to keep the files that were tested.",
            loose=len(loose),
            count=len(sources),
        )
        yield _Hint(loose[0], "no-revision", message, "info")


def _values(value: Any, path: Path, role: Role, name: str | None) -> Iterator[_Hint]:
    """Find sizes that are misspelt, white space, and repeated entries, in a value and below it."""
    if role == "open":
        return
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _values(member, (*path, key), role_of(role, key), key)
    elif isinstance(value, list):
        if name in SET_KEYS:
            yield from _repeated(value, path, name)
        for index, item in enumerate(value):
            yield from _values(item, (*path, index), role_of(role, None), name)
    elif name in _SIZE_KEYS:
        yield from _size(value, path)
    elif isinstance(value, str) and value != value.strip():
        # A stop token may begin or end with white space.
        is_entry = isinstance(path[-1], int) and name in SET_KEYS and name != "stop"
        if is_entry or (path[-1] == name and _TRIMMED_KEY.fullmatch(name)):
            yield _white_space(value, path)


def _white_space(value: str, path: Path) -> _Hint:
    message = gettext_noop("%(value)s has white space at its start or end.", value=quoted(value))
    fix = replacing(gettext_noop("Remove the white space"), make_pointer(path), value, stripped)
    is_prose = path[-1] == "model_description"
    usable = fix if value.strip() else None
    return _Hint(path, "white-space", message, "info" if is_prose else "warning", usable)


def _repeated(values: list[Any], path: Path, name: str) -> Iterator[_Hint]:
    seen: set[str] = set()
    for index, value in enumerate(values):
        key = canonical(value)
        if key in seen:
            at = (*path, index)
            message = gettext_noop(
                "The %(entry)s %(value)s appears twice.",
                entry=entry_title(name),
                value=quoted(value),
            )
            fix = removing(gettext_noop("Remove the second"), make_pointer(at), value)
            yield _Hint(at, "repeated", message, "warning", fix)
        seen.add(key)


def _size(value: Any, path: Path) -> Iterator[_Hint]:
    match = _SIZE.fullmatch(str(value)) if isinstance(value, (str, float)) else None
    if match is None:
        return
    whole, fraction = match.group(1), (match.group(2) or "").rstrip("0")
    # "7" and "1_5" are upstream's own spellings.
    if isinstance(value, str) and re.fullmatch(r"[0-9]+(_[0-9]+)?", value):
        return
    wanted = json.dumps(f"{int(whole)}_{fraction}") if fraction else str(int(whole))
    message = gettext_noop(
        "Upstream writes the size %(value)s as %(wanted)s.", value=quoted(value), wanted=wanted
    )
    fix = writing(
        gettext_noop("Write %(wanted)s", wanted=wanted), make_pointer(path), value, wanted
    )
    yield _Hint(path, "size", message, "warning", fix)


def _shared(records: Sequence[dict[str, Any]], known: OtherModels) -> Iterator[_Hint]:
    """Find source ids that another model uses, each once."""
    reported: set[str] = set()
    for index, record in enumerate(records):
        for (source, path), *_ in layers_of(record, (index,)):
            model_id = source.get("model_id")
            if not isinstance(model_id, str) or model_id in reported:
                continue
            reported.add(model_id)
            if other := known.source_ids.get(model_id):
                message = gettext_noop(
                    "The model %(model)s has the source %(model_id)s too.",
                    model=quoted(other),
                    model_id=quoted(model_id),
                )
                yield _Hint((*path, "model_id"), "shared-source", message)
