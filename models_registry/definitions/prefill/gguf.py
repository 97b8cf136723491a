"""GGUF files of a repository as sources of a definition: templates, quantizations, split parts.

How servers build the names: `model_file_name_template.format(quantization=…)`, and
for a quantization in `quantization_parts` the split template with each part, in Xinference 4.1.0's
`model/llm/llama_cpp/core.py`. How llama.cpp names parts: `name-00001-of-00003.gguf`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from models_registry.definitions.prefill.facts import RepositoryFile

# Real repositories have a few hundred files at most, and one or two sources.
MAX_GGUF_FILES: Final = 2_000
MAX_SOURCES: Final = 12
_MAX_PATH: Final = 255
_MAX_QUANTIZATION: Final = 40
MAX_PROJECTORS: Final = 20

_SPLIT: Final = re.compile(r"-(?P<part>(?P<number>\d{5})-of-(?P<of>\d{5}))\.gguf$", re.IGNORECASE)
_QUANTIZATION: Final = re.compile(
    r"(?<![A-Za-z0-9])(?:UD-)?"
    r"(?:I?Q\d(?:_[A-Za-z0-9]+)*|TQ\d_\d|BF16|FP?16|FP?32|MXFP4(?:_MOE)?|NVFP4)"
    r"(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_UNFIT: Final = re.compile(r"[{}\\]|\.\.")
# Importance matrices and draft heads are not models.
_NO_MODEL: Final = re.compile(r"(?:imatrix|(?:^|[/_.-])mtp[_.-])", re.IGNORECASE)


@dataclass(slots=True)
class _Files:
    """The files that one pair of templates names, whole and in parts."""

    template: str
    split_template: str | None = None
    quantizations: list[str] = field(default_factory=list)
    parts: dict[str, list[str]] = field(default_factory=dict)


def is_projector(path: str) -> bool:
    """True for a multimodal projector, which llama.cpp names mmproj."""
    return path.lower().endswith(".gguf") and "mmproj" in path.rpartition("/")[2].lower()


def projectors(files: Iterable[RepositoryFile]) -> list[str]:
    """Return the paths of the multimodal projectors."""
    named = dict.fromkeys(file.path for file in files)
    return [path for path in named if is_projector(path) and _fits(path)][:MAX_PROJECTORS]


def gguf_sources(files: Iterable[RepositoryFile]) -> list[dict[str, Any]]:
    """Return the sources of a repository's GGUF files, one for each pair of templates.

    Each has `quantizations` and `model_file_name_template`, and for files in parts
    `model_file_name_split_template` and `quantization_parts`; the one with most quantizations
    comes first. Files with parts missing are left out. If no file name has a quantization, the
    first file counts as "none".
    """
    named = dict.fromkeys(file.path for file in files if file.path.lower().endswith(".gguf"))
    paths = [
        path
        for path in named
        if not is_projector(path) and not _NO_MODEL.search(path) and _fits(path)
    ][:MAX_GGUF_FILES]
    whole = _whole(path for path in paths if not _SPLIT.search(path))
    split = _split(path for path in paths if _SPLIT.search(path))
    pairs = _paired(whole, split)
    if not pairs and paths:
        return [{"quantizations": ["none"], "model_file_name_template": paths[0]}]
    pairs.sort(key=lambda pair: -len(pair.quantizations))
    return [_source(pair) for pair in pairs[:MAX_SOURCES]]


def _fits(path: str) -> bool:
    """True if a path survives `str.format`. SECURITY: rejects path traversal."""
    unfit = len(path) > _MAX_PATH or path.startswith("/") or _UNFIT.search(path)
    return path.isprintable() and not unfit


def _template(path: str) -> tuple[str, str] | None:
    """Return the path with its quantization replaced wherever it stands, and the quantization."""
    matches = list(_QUANTIZATION.finditer(path.rpartition("/")[2]))
    matches = matches or list(_QUANTIZATION.finditer(path))
    if not matches or len(matches[-1][0]) > _MAX_QUANTIZATION:
        return None
    quantization = matches[-1][0]
    whole_word = rf"(?<![A-Za-z0-9]){re.escape(quantization)}(?![A-Za-z0-9])"
    return re.sub(whole_word, "{quantization}", path), quantization


def _whole(paths: Iterable[str]) -> dict[str, list[str]]:
    """Return template → quantizations of files that are in one piece."""
    found: dict[str, list[str]] = {}
    for path in paths:
        if templated := _template(path):
            found.setdefault(templated[0], []).append(templated[1])
    return found


def _split(paths: Iterable[str]) -> dict[str, dict[str, list[str]]]:
    """Return template → quantization → parts of files in pieces, those that are complete."""
    found: dict[str, dict[str, list[str]]] = {}
    announced: dict[tuple[str, str], int] = {}
    for path in paths:
        match = _SPLIT.search(path)
        templated = _template(_SPLIT.sub("-{part}.gguf", path))
        if match is None or templated is None:
            continue
        found.setdefault(templated[0], {}).setdefault(templated[1], []).append(match["part"])
        announced[templated] = int(match["of"])
    complete = {
        template: {
            quantization: sorted(parts)
            for quantization, parts in by_quantization.items()
            if len(set(parts)) == announced[template, quantization]
        }
        for template, by_quantization in found.items()
    }
    return {template: parts for template, parts in complete.items() if parts}


def _paired(whole: dict[str, list[str]], split: dict[str, dict[str, list[str]]]) -> list[_Files]:
    """Put whole and split files of one model together, since one source can name both."""
    pairs = {template: _Files(template, None, list(those)) for template, those in whole.items()}
    for split_template, parts in split.items():
        joined = split_template.replace("-{part}", "")
        partner = next(
            (pair for pair in pairs.values() if _same_model(pair, joined, parts)),
            None,
        )
        if partner is None:
            partner = pairs[split_template] = _Files(joined)
        partner.split_template = split_template
        partner.parts = parts
        partner.quantizations += list(parts)
    return list(pairs.values())


def _same_model(files: _Files, joined: str, parts: dict[str, list[str]]) -> bool:
    """True if whole and split files differ only in their folder."""
    return (
        files.split_template is None
        and files.template.rpartition("/")[2] == joined.rpartition("/")[2]
        and not set(files.quantizations).intersection(parts)
    )


def _source(files: _Files) -> dict[str, Any]:
    source: dict[str, Any] = {
        "quantizations": files.quantizations,
        "model_file_name_template": files.template,
    }
    if files.split_template is not None:
        source["model_file_name_split_template"] = files.split_template
        source["quantization_parts"] = files.parts
    return source
