"""Source repositories on Hugging Face and ModelScope: README, facts, files, existence."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Final

from models_registry.definitions.prefill.facts import RepositoryFacts, RepositoryFile
from models_registry.errors import (
    DomainError,
    SourceBusy,
    SourceNotFound,
    SourceRefused,
    SourceTooLarge,
    SourceUnavailable,
)
from models_registry.http.fetch import Fetched, fetch
from models_registry.readme.front_matter import split_front_matter
from models_registry.readme.limits import MAX_BYTES as MAX_README_BYTES
from models_registry.repositories import answers
from models_registry.repositories.answers import Answer, read_object
from models_registry.repositories.model_hubs import (
    ModelHub,
    checked_id,
    checked_revision,
    explained,
    hub_named,
    is_gated,
)
from models_registry.repositories.summaries import summary_of

# A list of 3,000 files with their sizes has about 1 MB; real tokenizer_config.json have up to 2 MB.
MAX_SUMMARY_BYTES: Final = 16 * 1024 * 1024
MAX_CONFIG_BYTES: Final = 4 * 1024 * 1024
LOOK_UP_SECONDS: Final = 25.0
_FILE_SECONDS: Final = 10.0

_CONFIGS: Final = {
    "config.json": "config",
    "generation_config.json": "generation_config",
    "tokenizer_config.json": "tokenizer_config",
    "sentence_bert_config.json": "sentence_bert_config",
    "1_Pooling/config.json": "pooling",
    "model_index.json": "model_index",
}
_TEMPLATES: Final = ("chat_template.jinja", "chat_template.json")
_WEB_PAGE: Final = re.compile(r"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head)\b", re.I | re.S)
_EITHER: Final = "the repository has none, does not exist, or is private."
_LFS_POINTER: Final = "version https://git-lfs.github.com/spec/"


def read_readme(
    hub: str, model_id: str, revision: str | None = None, *, name: str = "README.md"
) -> str:
    """Fetch a repository's README.md, or the one with another name, front matter included.

    `hub` is "huggingface" or "modelscope", the id is owner/name, `revision` a branch, tag or commit
    (by default the main branch). The Markdown is never empty. Raises InvalidParameter for a bad id,
    SourceNotFound without a README or for an empty one, SourceUnavailable for an answer that is
    not Markdown, and the errors of `fetch`.
    """
    where, model_id = hub_named(hub), checked_id(model_id)
    url = where.file_url(model_id, checked_revision(revision), name, raw=True)
    try:
        answer = fetch(
            url, allowed_hosts=where.hosts, max_bytes=MAX_README_BYTES, accept="text/plain, */*"
        )
    except SourceNotFound as error:
        why = "the repository has none." if "EntryNotFound" in error.said else _EITHER
        raise SourceNotFound(
            "repository_has_no_readme",
            label=where.label,
            model_id=model_id,
            why=why,
            said=error.said,
        ) from error
    except SourceRefused as error:
        raise explained(where, model_id, error) from error
    return readme_text(answer, f"{name} of {model_id} on {where.label}")


def readme_text(answer: Fetched, what: str) -> str:
    """The Markdown in an answer. Raises SourceNotFound if it is empty, SourceUnavailable if it is
    not Markdown."""
    try:
        text = answer.body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceUnavailable("fetched_file_is_not_utf8", what=what) from error
    if "\0" in text:
        raise SourceUnavailable("fetched_file_is_not_text", what=what)
    if not text.strip():
        raise SourceNotFound("fetched_file_is_empty", what=what)
    if _WEB_PAGE.match(text):
        raise SourceUnavailable("fetched_file_is_web_page", what=what)
    if text.startswith(_LFS_POINTER):
        raise SourceUnavailable("fetched_file_is_in_lfs", what=what)
    return text


def repository_exists(hub: str, model_id: str) -> bool | None:
    """True if a repository exists for people without an account; None if the hub does not say.

    True for a gated repository, False for a private one. Raises InvalidParameter for a bad id, and
    nothing for an unreachable hub.
    """
    where, model_id = hub_named(hub), checked_id(model_id)
    try:
        _get_json(where, where.summary_url(model_id), _FILE_SECONDS)
    except (SourceNotFound, SourceRefused) as error:
        meaning = explained(where, model_id, error)
        if isinstance(meaning, SourceUnavailable):
            return None
        return is_gated(error)
    except SourceTooLarge:
        return True
    except (SourceUnavailable, SourceBusy):
        return None
    return True


def licence_of(hub: str, model_id: str) -> str:
    """Return the identifier of a repository's licence, or what its author calls it; "" for none.

    Raises what `files` raises.
    """
    where, model_id = hub_named(hub), checked_id(model_id)
    answer = _about(where, model_id, where.summary_url(model_id), _FILE_SECONDS)
    return summary_of(where, model_id, answer).licence


def files(hub: str, model_id: str, revision: str | None = None) -> tuple[RepositoryFile, ...]:
    """Return the files of a repository, without folders.

    Raises InvalidParameter, SourceNotFound, SourceRefused, and the errors of `fetch`.
    """
    where, model_id = hub_named(hub), checked_id(model_id)
    url = where.listing_url(model_id, checked_revision(revision))
    return answers.files(where, _about(where, model_id, url, _FILE_SECONDS))


def look_up(hub: str, model_id: str, revision: str | None = None) -> RepositoryFacts:
    """Return the facts of a repository, for making a definition.

    Parameters are as for `read_readme`. A file that can't be read is in `unread` with the reason,
    and does not stop the others. Raises InvalidParameter for a bad id, SourceNotFound,
    SourceRefused, and the errors of `fetch` if the repository itself can't be read.
    """
    where, model_id = hub_named(hub), checked_id(model_id)
    revision = checked_revision(revision)
    end = time.monotonic() + LOOK_UP_SECONDS
    summary = _about(where, model_id, where.summary_url(model_id, revision), _FILE_SECONDS)
    facts = answers.facts(where, model_id, summary)
    if where.key == "modelscope":
        listing = _about(where, model_id, where.listing_url(model_id, revision), _FILE_SECONDS)
        facts = replace(facts, files=answers.files(where, listing))
    at = facts.revision or revision
    wanted = [path for path in (*_CONFIGS, *_TEMPLATES, "README.md") if facts.has_file(path)]
    # Four at a time, as a browser would: in sequence, each takes a second over a long distance.
    with ThreadPoolExecutor(max_workers=4) as pool:
        texts = dict(
            zip(
                wanted,
                pool.map(lambda path: _text_or_why(where, model_id, at, path, end), wanted),
                strict=True,
            )
        )
    return _with_texts(facts, texts)


def _about(where: ModelHub, model_id: str, url: str, seconds: float) -> Answer:
    try:
        return _get_json(where, url, seconds)
    except (SourceNotFound, SourceRefused) as error:
        raise explained(where, model_id, error) from error


def _get_json(where: ModelHub, url: str, seconds: float) -> Answer:
    answer = fetch(
        url,
        allowed_hosts=where.hosts,
        max_bytes=MAX_SUMMARY_BYTES,
        timeout=seconds,
        accept="application/json",
    )
    value = read_object(answer.body)
    if isinstance(value, str):
        raise SourceUnavailable("model_hub_sent_no_json", label=where.label, found=value)
    return answers.unwrapped(where, value)


def _text_or_why(
    where: ModelHub, model_id: str, revision: str | None, path: str, end: float
) -> bytes | str:
    """Return a file's bytes, or a sentence that says why it can't be read."""
    seconds = min(_FILE_SECONDS, end - time.monotonic())
    if seconds <= 0:
        return f"There was no time left for {path}."
    try:
        return fetch(
            where.file_url(model_id, revision, path),
            allowed_hosts=where.hosts,
            max_bytes=MAX_README_BYTES if path == "README.md" else MAX_CONFIG_BYTES,
            timeout=seconds,
        ).body
    except SourceRefused:
        return f"{path} is only for people to whom the owner gave access."
    except DomainError as error:
        return error.message


def _with_texts(facts: RepositoryFacts, texts: dict[str, bytes | str]) -> RepositoryFacts:
    """Return the facts with the values of single files."""
    values: dict[str, Any] = {}
    unread: dict[str, str] = {}
    for path, text in texts.items():
        if isinstance(text, str):
            unread[path] = text
        elif path == "README.md":
            values["card"], values["card_text"] = split_front_matter(
                text.decode("utf-8", "replace")
            )
        elif path == "chat_template.jinja":
            values["chat_template"] = text.decode("utf-8", "replace")
        else:
            read = read_object(text)
            if isinstance(read, str):
                unread[path] = f"{path} is not a JSON object: {read}"
            elif path in _CONFIGS:
                values[_CONFIGS[path]] = read
            else:
                values.setdefault("chat_template", answers.template_of(read))
    facts = replace(facts, **values, unread=unread)
    template = facts.chat_template or answers.template_of(facts.tokenizer_config)
    return replace(facts, chat_template=template or answers.template_of(facts.gguf))
