"""Source repositories on Hugging Face and ModelScope: README, facts, files, existence."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Final

from models_registry.definitions.guessing.facts import RepositoryFacts, RepositoryFile
from models_registry.errors import (
    DomainError,
    SourceBusy,
    SourceNotFound,
    SourceRefused,
    SourceTooLarge,
    SourceUnavailable,
)
from models_registry.readme.front_matter import split_front_matter
from models_registry.readme.limits import MAX_BYTES as MAX_README_BYTES
from models_registry.sources import hub_answers
from models_registry.sources.fetch import Fetched, fetch
from models_registry.sources.hub_answers import Answer, read_object
from models_registry.sources.model_hubs import (
    ModelHub,
    checked_id,
    checked_revision,
    explained,
    hub_named,
    is_gated,
)

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
_EITHER: Final = "the repository has none, is not there, or is private."
_LFS_POINTER: Final = "version https://git-lfs.github.com/spec/"


def read_readme(hub: str, model_id: str, revision: str | None = None) -> str:
    """Fetch a repository's README.md, front matter included.

    In: "huggingface" or "modelscope", the id as owner/name, and a branch, tag or commit (the main
    branch by default). Out: the Markdown, never empty. Raises InvalidParameter for what is no id,
    SourceNotFound where there is no README or only an empty one, SourceUnavailable where the
    answer is no Markdown, and what `fetch` raises.
    """
    where, model_id = hub_named(hub), checked_id(model_id)
    url = where.file_url(model_id, checked_revision(revision), "README.md", raw=True)
    try:
        answer = fetch(
            url, allowed_hosts=where.hosts, max_bytes=MAX_README_BYTES, accept="text/plain, */*"
        )
    except SourceNotFound as error:
        why = "the repository has none." if "EntryNotFound" in error.said else _EITHER
        raise SourceNotFound(
            f"{where.label} has no README.md of {model_id}: {why}", said=error.said
        ) from error
    except SourceRefused as error:
        raise explained(where, model_id, error) from error
    return _markdown(answer, f"README.md of {model_id} on {where.label}")


def _markdown(answer: Fetched, what: str) -> str:
    try:
        text = answer.body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceUnavailable(f"The {what} is not UTF-8 text.") from error
    if "\0" in text:
        raise SourceUnavailable(f"The {what} is not text.")
    if not text.strip():
        raise SourceNotFound(f"The {what} is empty.")
    if _WEB_PAGE.match(text):
        raise SourceUnavailable(
            f"A web page came in place of the {what}: a sign-in page, or a mirror that is set up "
            "wrongly."
        )
    if text.startswith(_LFS_POINTER):
        raise SourceUnavailable(f"The {what} is kept in Git LFS, where the hub does not look.")
    return text


def repository_exists(hub: str, model_id: str) -> bool | None:
    """Say whether a repository is there for people without an account; None where nobody can tell.

    A gated one is there, a private one is not. Raises InvalidParameter for what is no id; a hub
    that can't be reached is no error.
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


def files(hub: str, model_id: str, revision: str | None = None) -> tuple[RepositoryFile, ...]:
    """List the files of a repository, folders left out.

    Raises InvalidParameter, SourceNotFound, SourceRefused, and what `fetch` raises.
    """
    where, model_id = hub_named(hub), checked_id(model_id)
    url = where.listing_url(model_id, checked_revision(revision))
    return hub_answers.files(where, _about(where, model_id, url, _FILE_SECONDS))


def look_up(hub: str, model_id: str, revision: str | None = None) -> RepositoryFacts:
    """Read everything about a repository that a definition can be made of.

    In: as for `read_readme`. Out: the facts; a file that can't be read is named in `unread`, with
    why, and costs no other. Raises InvalidParameter for what is no id, SourceNotFound,
    SourceRefused, and what `fetch` raises where the repository itself can't be read.
    """
    where, model_id = hub_named(hub), checked_id(model_id)
    revision = checked_revision(revision)
    end = time.monotonic() + LOOK_UP_SECONDS
    summary = _about(where, model_id, where.summary_url(model_id, revision), _FILE_SECONDS)
    facts = hub_answers.facts(where, model_id, summary)
    if where.key == "modelscope":
        listing = _about(where, model_id, where.listing_url(model_id, revision), _FILE_SECONDS)
        facts = replace(facts, files=hub_answers.files(where, listing))
    at = facts.revision or revision
    wanted = [path for path in (*_CONFIGS, *_TEMPLATES, "README.md") if facts.has_file(path)]
    # Four at a time, as a browser would: one after the other takes a second each from afar.
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
    found = read_object(answer.body)
    if isinstance(found, str):
        raise SourceUnavailable(f"{where.label} answers with something else than JSON: {found}")
    return hub_answers.unwrapped(where, found)


def _text_or_why(
    where: ModelHub, model_id: str, revision: str | None, path: str, end: float
) -> bytes | str:
    """Return a file's bytes, or the sentence that says why there are none."""
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
        return f"{path} is only for people whom the owner let in."
    except DomainError as error:
        return error.message


def _with_texts(facts: RepositoryFacts, texts: dict[str, bytes | str]) -> RepositoryFacts:
    """Put what was read from single files into the facts."""
    found: dict[str, Any] = {}
    unread: dict[str, str] = {}
    for path, text in texts.items():
        if isinstance(text, str):
            unread[path] = text
        elif path == "README.md":
            found["card"], found["card_text"] = split_front_matter(text.decode("utf-8", "replace"))
        elif path == "chat_template.jinja":
            found["chat_template"] = text.decode("utf-8", "replace")
        else:
            read = read_object(text)
            if isinstance(read, str):
                unread[path] = f"{path} is no JSON object: {read}"
            elif path in _CONFIGS:
                found[_CONFIGS[path]] = read
            else:
                found.setdefault("chat_template", hub_answers.template_of(read))
    facts = replace(facts, **found, unread=unread)
    template = facts.chat_template or hub_answers.template_of(facts.tokenizer_config)
    return replace(facts, chat_template=template or hub_answers.template_of(facts.gguf))
