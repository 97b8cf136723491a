"""The first text of a new definition: every required key, in upstream's usual order."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from models_registry.definitions.form.schema import FieldShape
from models_registry.definitions.json_text.document import write
from models_registry.definitions.json_text.messages import Message, gettext_noop
from models_registry.definitions.json_text.problems import make_pointer

_PYTORCH_SPEC: Final[dict[str, Any]] = {
    "model_format": "pytorch",
    "model_src": {"huggingface": {"model_id": "", "quantizations": ["none"]}},
}
_LLM_SPEC: Final[dict[str, Any]] = {
    "model_format": "pytorch",
    "model_size_in_billions": "",
    "model_src": {"huggingface": {"model_id": "", "quantizations": ["none"]}},
}
_SOURCES: Final[dict[str, Any]] = {"huggingface": {"model_id": "", "model_revision": "main"}}

_RECORDS: Final[dict[str, dict[str, Any]]] = {
    "llm": {
        "version": 2,
        "context_length": 32768,
        "model_name": "",
        "model_lang": ["en"],
        "model_ability": ["chat"],
        "model_description": "",
        "model_specs": [_LLM_SPEC],
    },
    "embedding": {
        "version": 2,
        "model_name": "",
        "dimensions": 1024,
        "max_tokens": 512,
        "language": ["en"],
        "model_specs": [_PYTORCH_SPEC],
    },
    "rerank": {
        "version": 2,
        "model_name": "",
        "type": "normal",
        "language": ["en"],
        "max_tokens": 512,
        "model_specs": [_PYTORCH_SPEC],
    },
    "image": {
        "version": 2,
        "model_name": "",
        "model_family": "stable_diffusion",
        "model_ability": ["text2image"],
        "model_src": _SOURCES,
    },
    "audio": {
        "version": 2,
        "model_name": "",
        "model_family": "",
        "engine": "PyTorch",
        "model_format": "pytorch",
        "model_ability": ["audio2text"],
        "multilingual": True,
        "model_src": _SOURCES,
    },
    "video": {
        "version": 2,
        "model_name": "",
        "model_family": "",
        "engine": "diffusers",
        "model_format": "diffusers",
        "model_ability": ["text2video"],
        "model_src": _SOURCES,
    },
    "world": {
        "version": 1,
        "model_name": "",
        "model_family": "",
        "model_format": "pytorch",
        "model_ability": ["image2world"],
        "source_url": "",
        "source_revision": "",
        "model_src": _SOURCES,
    },
}
_DEFAULT_REVISIONS: Final = {"huggingface": "main"}
_REPOSITORY_KEYS: Final = frozenset({"model_id", "quantizations", "model_file_name_template"})


def empty_definition(model_type: str) -> str:
    """Return the text of a definition of one record without a name. Raises KeyError."""
    return write([_RECORDS[model_type]])


def default_values(model_type: str) -> dict[str, Message]:
    """Return the pointers of the values that an empty definition begins with, and what to do about
    each. Raises KeyError."""
    reason = gettext_noop("A usual value to begin with. Check that it is right for your model.")
    pointers = _filled_in(_RECORDS[model_type], (0,))
    return {make_pointer(path): reason for path in pointers if path[-1] != "version"}


def _filled_in(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _filled_in(member, (*path, key))
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for index, member in enumerate(value):
            yield from _filled_in(member, (*path, index))
    elif value != "":
        yield path


def empty_entry(shape: FieldShape) -> Any:
    """Return a new entry of a list: an object with its required keys, empty."""
    return {key: _blank(member) for key, member in shape.members.items() if key in shape.required}


def empty_source(shape: FieldShape, hub: str, others: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entry of another hub: the first of `others` without its revision.

    Most models have the same name on both big hubs.
    """
    source: dict[str, Any] = {}
    first = next((other for other in others.values() if isinstance(other, dict)), {})
    for key, member in shape.members.items():
        if key == "model_revision" and key in shape.required:
            source[key] = _DEFAULT_REVISIONS.get(hub, "master")
        elif key in _REPOSITORY_KEYS and key in first:
            source[key] = first[key]
        elif key in shape.required:
            source[key] = ["none"] if key == "quantizations" else _blank(member)
    return source


def _blank(shape: FieldShape) -> Any:
    if shape.kind == "choice":
        return shape.choices[0]
    if shape.kind == "map":
        item = shape.item or FieldShape("object")
        return {"huggingface": empty_source(item, "huggingface", {})}
    if shape.kind in ("checks", "strings", "integers", "list"):
        return []
    if shape.kind == "boolean":
        return False
    return {} if shape.kind in ("object", "json") else ""
