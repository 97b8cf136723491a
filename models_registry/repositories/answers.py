"""Parses the answers of the APIs of Hugging Face and ModelScope.

SECURITY: anybody can have written the values, so every value is checked before it is used.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from models_registry.definitions.facts.vocabulary import is_repository_id
from models_registry.definitions.prefill.facts import RepositoryFacts, RepositoryFile
from models_registry.errors import SourceNotFound, SourceUnavailable
from models_registry.repositories.model_hubs import ModelHub
from models_registry.repositories.values import count, storable

Answer = Mapping[str, Any]

MAX_FILES: Final = 20_000
MAX_TAGS: Final = 500
MAX_DEPTH: Final = 40
_MAX_PATH: Final = 1_000
_COMMIT: Final = re.compile(r"[0-9a-f]{40}")


def read_object(body: bytes) -> dict[str, Any] | str:
    """Return a JSON object, or a sentence that says what is wrong with the body.

    Infinity and NaN, which Python programs write into configurations, become null; lone surrogates,
    which can't be encoded, and NUL, which can't be stored, become U+FFFD.
    """
    try:
        value = json.loads(body.decode("utf-8-sig"), parse_constant=lambda _: None)
        cleaned = _clean(value, MAX_DEPTH)
    except UnicodeDecodeError:
        return "it is not UTF-8 text."
    except json.JSONDecodeError as error:
        return f"line {error.lineno}, column {error.colno} is wrong."
    except (RecursionError, ValueError):
        return "it nests too deeply, or holds a number with thousands of digits."
    return cleaned if isinstance(cleaned, dict) else "it is not an object."


def _clean(value: Any, depth: int) -> Any:
    if depth == 0:
        raise ValueError
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, list):
        return [_clean(item, depth - 1) for item in value]
    if isinstance(value, dict):
        return {_clean(key, depth - 1): _clean(member, depth - 1) for key, member in value.items()}
    return value


def unwrapped(hub: ModelHub, answer: Answer) -> Answer:
    """Return the content of ModelScope's envelope; Hugging Face has none.

    Raises SourceNotFound or SourceUnavailable by the envelope's code, whatever the status was.
    """
    if hub.key != "modelscope":
        return answer
    data = answer.get("Data")
    if answer.get("Success") is False or not isinstance(data, dict):
        reason = f"{answer.get('Code')} {answer.get('Message')}"[:600]
        if "record not found" in reason or "10010205001" in reason:
            raise SourceNotFound("model_hub_has_no_such_thing", label=hub.label, said=reason)
        raise SourceUnavailable("model_hub_failed", label=hub.label)
    return data


def files(hub: ModelHub, answer: Answer) -> tuple[RepositoryFile, ...]:
    """Return the files of a repository, in the order of the answer."""
    listed, path_key, size_key = answer.get("siblings"), "rfilename", "size"
    if hub.key == "modelscope":
        listed, path_key, size_key = answer.get("Files"), "Path", "Size"
    files = []
    for entry in (listed if isinstance(listed, list) else [])[:MAX_FILES]:
        if not isinstance(entry, dict) or entry.get("Type") == "tree":
            continue
        path = entry.get(path_key)
        if isinstance(path, str) and 0 < len(path) <= _MAX_PATH:
            files.append(RepositoryFile(path, count(entry.get(size_key))))
    return tuple(files)


def facts(hub: ModelHub, model_id: str, answer: Answer) -> RepositoryFacts:
    """Return the facts in the summary of a repository."""
    return (_modelscope_facts if hub.key == "modelscope" else _hugging_face_facts)(
        hub, model_id, answer
    )


def _hugging_face_facts(hub: ModelHub, model_id: str, answer: Answer) -> RepositoryFacts:
    config = _object(answer.get("config"))
    card = _object(answer.get("cardData"))
    commit, canonical = answer.get("sha"), answer.get("id")
    return RepositoryFacts(
        hub=hub.key,
        # A renamed repository answers under its old id too.
        model_id=canonical
        if isinstance(canonical, str) and is_repository_id(canonical)
        else model_id,
        revision=commit if isinstance(commit, str) and _COMMIT.fullmatch(commit) else None,
        files=files(hub, answer),
        # A gated repository has only this: architectures, model_type, the tokenizer.
        config={key: value for key, value in config.items() if key != "tokenizer_config"},
        tokenizer_config=_object(config.get("tokenizer_config")),
        chat_template=_text(config.get("chat_template_jinja")),
        task=_text(answer.get("pipeline_tag")),
        tags=(*_texts(answer.get("tags")), *_texts([answer.get("library_name")])),
        licence=_text(card.get("license")),
        parameters=_counts(_object(answer.get("safetensors")).get("parameters")),
        gguf=_object(answer.get("gguf")),
        gated=answer.get("gated") not in (None, False),
    )


def _modelscope_facts(hub: ModelHub, model_id: str, answer: Answer) -> RepositoryFacts:
    tasks = answer.get("Tasks")
    names = [
        task.get("Name")
        for task in (tasks if isinstance(tasks, list) else [])
        if isinstance(task, dict)
    ]
    return RepositoryFacts(
        hub=hub.key,
        model_id=model_id,
        task=next(iter(_texts(names)), None),
        tags=(*_texts(answer.get("Tags")), *_texts(answer.get("Libraries"))),
        licence=_text(answer.get("License")),
    )


def template_of(config: Answer) -> str | None:
    """Return the chat template in a tokenizer's configuration; of several named ones, the default.

    Format: `chat_template` of https://huggingface.co/docs/transformers/chat_templating.
    """
    template = config.get("chat_template")
    if isinstance(template, list):
        named = {
            entry.get("name"): entry.get("template")
            for entry in template
            if isinstance(entry, dict)
        }
        template = named.get("default")
    elif isinstance(template, dict):
        template = template.get("default")
    return _text(template)


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


def _texts(value: object) -> list[str]:
    listed = value[:MAX_TAGS] if isinstance(value, list) else []
    return [text for text in listed if isinstance(text, str) and text.strip()]


def _counts(value: object) -> dict[str, int]:
    counted = {key: count(number) for key, number in _object(value).items()}
    return {key: number for key, number in counted.items() if number}
