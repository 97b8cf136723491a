"""What the APIs of Hugging Face and ModelScope answer, read as far as it is what it should be.

Whatever they send was written by anybody, so every value is looked at before it is taken.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from models_registry.definitions.guessing.facts import RepositoryFacts, RepositoryFile
from models_registry.errors import SourceNotFound, SourceUnavailable
from models_registry.sources.model_hubs import ModelHub, is_id

Answer = Mapping[str, Any]

MAX_FILES: Final = 20_000
MAX_TAGS: Final = 500
MAX_DEPTH: Final = 40
_MAX_PATH: Final = 1_000
_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_COMMIT: Final = re.compile(r"[0-9a-f]{40}")


def read_object(body: bytes) -> dict[str, Any] | str:
    """Read a JSON object; what is wrong with it in a sentence, where it is none.

    Infinity and NaN, which Python programs write into configurations, become null, and lone
    surrogates, which no answer of ours could hold, become U+FFFD.
    """
    try:
        found = json.loads(body.decode("utf-8-sig"), parse_constant=lambda _: None)
        cleaned = _clean(found, MAX_DEPTH)
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
        return _LONE_SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_clean(one, depth - 1) for one in value]
    if isinstance(value, dict):
        return {_clean(key, depth - 1): _clean(one, depth - 1) for key, one in value.items()}
    return value


def unwrapped(hub: ModelHub, answer: Answer) -> Answer:
    """Return what ModelScope puts into an envelope; Hugging Face has none.

    Raises SourceNotFound or SourceUnavailable where the envelope says so, whatever the status was.
    """
    if hub.key != "modelscope":
        return answer
    data = answer.get("Data")
    if answer.get("Success") is False or not isinstance(data, dict):
        said = f"{answer.get('Code')} {answer.get('Message')}"[:600]
        if "record not found" in said or "10010205001" in said:
            raise SourceNotFound(f"{hub.label} does not know it.", said=said)
        raise SourceUnavailable(f"{hub.label} answers with an error. Try again later.")
    return data


def files(hub: ModelHub, answer: Answer) -> tuple[RepositoryFile, ...]:
    """Return the files of a repository, in the order of the answer."""
    listed, path_key, size_key = answer.get("siblings"), "rfilename", "size"
    if hub.key == "modelscope":
        listed, path_key, size_key = answer.get("Files"), "Path", "Size"
    found = []
    for entry in (listed if isinstance(listed, list) else [])[:MAX_FILES]:
        if not isinstance(entry, dict) or entry.get("Type") == "tree":
            continue
        path = entry.get(path_key)
        if isinstance(path, str) and 0 < len(path) <= _MAX_PATH:
            found.append(RepositoryFile(path, _count(entry.get(size_key))))
    return tuple(found)


def facts(hub: ModelHub, model_id: str, answer: Answer) -> RepositoryFacts:
    """Return what the summary of a repository says by itself."""
    return (_modelscope_facts if hub.key == "modelscope" else _hugging_face_facts)(
        hub, model_id, answer
    )


def _hugging_face_facts(hub: ModelHub, model_id: str, answer: Answer) -> RepositoryFacts:
    config = _object(answer.get("config"))
    card = _object(answer.get("cardData"))
    commit, canonical = answer.get("sha"), answer.get("id")
    return RepositoryFacts(
        hub=hub.key,
        # A renamed repository answers under its old id, too.
        model_id=canonical if isinstance(canonical, str) and is_id(canonical) else model_id,
        revision=commit if isinstance(commit, str) and _COMMIT.fullmatch(commit) else None,
        files=files(hub, answer),
        # Of a gated repository this is all that there is: architectures, model_type, the tokenizer.
        config={key: one for key, one in config.items() if key != "tokenizer_config"},
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
        one.get("Name")
        for one in (tasks if isinstance(tasks, list) else [])
        if isinstance(one, dict)
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
        named = {one.get("name"): one.get("template") for one in template if isinstance(one, dict)}
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
    return [one for one in listed if isinstance(one, str) and one.strip()]


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _counts(value: object) -> dict[str, int]:
    counted = {key: _count(one) for key, one in _object(value).items()}
    return {key: one for key, one in counted.items() if one}
