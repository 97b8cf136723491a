"""How many bytes a server downloads and loads for a model, from the sizes of its files.

What is downloaded follows the cache managers of Xinference 4.1.0: all files of a repository, or of
`cache_config` what its patterns let through; of a GGUF repository only the files that the templates
name (`generate_model_file_names_with_quantization_parts` in its `model/utils.py`), and a projector.
What is loaded are the weights among them, without copies in other formats.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from models_registry.definitions.facts.variants import (
    SourceRepository,
    Variant,
    sources_of,
    spec_of,
    specs_of,
    strings,
    variants_of,
)

Files = Mapping[str, int]
# Gives the files of (hub, repository id) as path → bytes; None if the hub has not seen them.
Lookup = Callable[[str, str], Files | None]

# The first kind that a folder has is the one that is loaded; the others are copies.
_KINDS: Final = (
    (".safetensors",),
    (".bin", ".pt", ".pth", ".ckpt", ".npz", ".nemo", ".tar"),
    (".gguf", ".onnx"),
)
_OTHER_RUNTIMES: Final = frozenset(
    "onnx openvino coreml tf flax tflite original gguf .cache".split()
)
_NO_WEIGHTS: Final = frozenset({"training_args.bin", "optimizer.bin", "scheduler.bin"})
_REDUCED: Final = re.compile(r"\.(fp16|bf16|fp8|non_ema)(?=[.-])")


@dataclass(frozen=True, slots=True)
class WeightBytes:
    """The bytes of one choice: a spec at one hub with one quantization, which is "" if it has none.

    None means unknown: the hub has not seen the repository, or it lacks the file that is named.
    """

    record_index: int
    spec_index: int
    hub: str
    repository_id: str
    model_format: str | None
    size: str | None
    engine: str | None
    quantization: str
    download: int | None
    load: int | None


def weights_of(
    model_type: str, name: str | None, records: Sequence[Any], files_of: Lookup
) -> tuple[WeightBytes, ...]:
    """Return the bytes of every choice of a model, in the order of its specs; never raises."""
    rows = [record for record in records if isinstance(record, Mapping)]
    specs = [specs_of(record) for record in rows]
    found: list[WeightBytes] = []
    for variant in variants_of(model_type, name, rows):
        record = rows[variant.record_index]
        source = dict(sources_of(spec_of(variant, specs))).get(variant.hub, {})
        for repository in variant.repositories:
            files = files_of(variant.hub, repository.model_id) if repository.url else None
            for quantization in repository.quantizations or ("",):
                found.append(_weights(variant, repository, quantization, files, (source, record)))
    return tuple(found)


def _weights(
    variant: Variant,
    repository: SourceRepository,
    quantization: str,
    files: Files | None,
    holders: tuple[Mapping[str, Any], Mapping[str, Any]],
) -> WeightBytes:
    source, record = holders
    download: int | None = None
    load: int | None = None
    if files:
        if variant.model_format == "ggufv2" and variant.file_template:
            download = load = _gguf_bytes(variant.file_template, quantization, files, source)
        else:
            wanted = _allowed(files, record.get("cache_config"))
            download = sum(wanted.values()) or None
            load = sum(wanted[path] for path in weight_files(wanted)) or None
    return WeightBytes(
        variant.record_index,
        variant.spec_index,
        variant.hub,
        repository.model_id,
        variant.model_format,
        variant.size,
        variant.engine,
        quantization,
        download,
        load,
    )


def _gguf_bytes(
    template: str, quantization: str, files: Files, source: Mapping[str, Any]
) -> int | None:
    names = list(_gguf_names(template, quantization, source))
    sizes = [files[name] for name in names if name in files]
    if len(sizes) != len(names):
        return None
    # The first projector is the one that a server takes if nobody chooses.
    projectors = [name for name in strings(source.get("multimodal_projectors")) if name in files]
    return sum(sizes) + (files[projectors[0]] if projectors else 0)


def _gguf_names(template: str, quantization: str, source: Mapping[str, Any]) -> Iterator[str]:
    parts = source.get("quantization_parts")
    split = source.get("model_file_name_split_template")
    named = strings(parts.get(quantization)) if isinstance(parts, Mapping) else []
    if named and isinstance(split, str):
        for part in named:
            yield split.replace("{quantization}", quantization).replace("{part}", part)
    else:
        yield template.replace("{quantization}", quantization)


def _allowed(files: Files, cache_config: object) -> Files:
    """The files that the patterns of `cache_config` let through."""
    if not isinstance(cache_config, Mapping):
        return files
    allowed = strings(cache_config.get("allow_patterns"))
    ignored = strings(cache_config.get("ignore_patterns"))
    ignored += strings(cache_config.get("ignore_file_pattern"))
    return {
        path: size
        for path, size in files.items()
        if (not allowed or _matches(path, allowed)) and not _matches(path, ignored)
    }


def _matches(path: str, patterns: Iterable[str]) -> bool:
    return any(
        fnmatch.fnmatchcase(path, pattern + "*" if pattern.endswith("/") else pattern)
        for pattern in patterns
    )


def weight_files(files: Iterable[str]) -> list[str]:
    """Return the paths that a server loads: in each folder one kind of weights, once."""
    folders: dict[str, list[str]] = {}
    for path in files:
        folder, _, name = path.rpartition("/")
        if name.casefold() not in _NO_WEIGHTS and _runtime(folder) is None:
            folders.setdefault(folder, []).append(path)
    # A pipeline of diffusers is loaded from its folders; files beside its index are copies.
    if "model_index.json" in folders.get("", ()) and len(folders) > 1:
        folders.pop("")
    loaded = [path for paths in folders.values() for path in _one_kind(paths)]
    return loaded or [path for path in files if path.endswith(_KINDS[-1])]


def _runtime(folder: str) -> str | None:
    return next((part for part in folder.casefold().split("/") if part in _OTHER_RUNTIMES), None)


def _one_kind(paths: Sequence[str]) -> list[str]:
    for suffixes in _KINDS[:-1]:
        found = [path for path in paths if path.casefold().endswith(suffixes)]
        if found:
            return _without_copies(found)
    return []


def _without_copies(paths: Sequence[str]) -> list[str]:
    """Without Mistral's consolidated copy, and without a reduced copy beside the full weights."""
    own = [path for path in paths if not path.rpartition("/")[2].startswith("consolidated")]
    paths = own or paths
    full = {path for path in paths if not _REDUCED.search(path)}
    return [path for path in paths if path in full or _REDUCED.sub("", path) not in full]
