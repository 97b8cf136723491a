"""`hub:URL`: another Models Hub, requested through the same API as Xinference servers use.

The answers are those of the contract's download API: a JSON array of all records of a type, with
the records of each model together; or the records of one model, each with its `readme`. An
Xinference server drops a whole list for one bad record, so a list is accepted as a whole or not at
all.

If a hub sends the digest of its lists (`X-Hub-SHA256`), a list that differs from it is refused. If
a key is trusted, a list without its signature is refused, too.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, unquote, urlencode, urlsplit

from django.conf import settings

from models_registry.catalogue import signing
from models_registry.definitions.checks.schema import validate
from models_registry.definitions.checks.server_loading import loading_problems
from models_registry.definitions.facts.kinds import MODEL_TYPES, name_key, record_name
from models_registry.definitions.json_text import document as definition_text
from models_registry.definitions.json_text.edit import Removal, Within, rewrite
from models_registry.definitions.json_text.messages import Message, verbatim
from models_registry.definitions.json_text.problems import DefinitionTextError, quoted
from models_registry.definitions.upstream_files.layouts import (
    AGGREGATE_PATHS,
    MAX_AGGREGATE_BYTES,
    UpstreamModel,
    read_tree,
    split_path,
)
from models_registry.errors import (
    DomainError,
    InvalidParameter,
    SourceNotFound,
    SourceUnavailable,
)
from models_registry.http.allowed_hosts import origin_of
from models_registry.http.fetch import HUB_HEADER, Fetched, fetch
from models_registry.labels import translated_lazy
from models_registry.repositories.answers import read_object
from models_registry.sync import source_facts
from models_registry.sync.sources.own_hub import refuse_own_hub
from models_registry.sync.sources.tree import Progress, SourceTree, silent

LIST_SECONDS: Final = 60
MODEL_SECONDS: Final = 10
SUGGEST_SECONDS: Final = 3
MAX_MODEL_BYTES: Final = 3 * 1_048_576
MAX_SUGGESTIONS: Final = 12
MAX_FACTS_BYTES: Final = 64 * 1_048_576
_PAGE: Final = re.compile(r"/models/detail/(?P<asked>.+)")
_REVISION: Final = re.compile(r"[0-9]{1,18}")
_DIGEST: Final = "x-hub-sha256"
_BOM: Final = b"\xef\xbb\xbf"

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class HubList:
    """The list of one type and its bytes; `models` is None if it has not changed since `etag`."""

    models: tuple[UpstreamModel, ...] | None
    etag: str
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class HubModel:
    """One model of the source hub; `visibility` is what that hub reports, or empty."""

    model: UpstreamModel
    readme: str
    visibility: str


def read_hub(
    url: str,
    *,
    only_types: Iterable[str] = (),
    progress: Progress = silent,
    trusted_key: str = "",
) -> SourceTree:
    """Read the public lists of a hub as files of the split layout.

    Without `only_types` all types are read. `trusted_key` is the path of the public key that must
    have signed them (empty: as in `fetch_list`). A list that can't be used is reported as
    unreadable. Raises SourceUnavailable if no list can be used at all.
    """
    types = list(only_types) or list(MODEL_TYPES)
    files: dict[str, str] = {}
    unreadable: dict[str, Message] = {}
    repositories: list[Mapping[str, Any]] = []
    for count, model_type in enumerate(types, start=1):
        progress(count, len(types), f"Downloading the {model_type} list")
        try:
            models = fetch_list(url, model_type, trusted_key=trusted_key).models or ()
        except (SourceUnavailable, SourceNotFound) as error:
            unreadable[AGGREGATE_PATHS[model_type]] = verbatim(error.message)
        else:
            files.update({model.path: model.text for model in models})
            if not settings.ENV.source_visits:
                repositories += fetch_repositories(url, model_type)
    if not files:
        raise SourceUnavailable("reason_as_given", text=next(iter(unreadable.values())))
    return SourceTree(
        label=f"hub:{url}", files=files, unreadable=unreadable, repositories=repositories
    )


def fetch_list(
    url: str,
    model_type: str,
    *,
    token: str = "",
    etag: str = "",
    sha256: str = "",
    trusted_key: str = "",
    progress: Progress = silent,
) -> HubList:
    """Fetch and check the list of a type: its models in order, or None if it has not changed.

    `etag` and `sha256` are those of the list that is stored here; `token` is an access token of the
    hub; `trusted_key` is the path of the public key that must have signed the list (empty:
    HUB_SOURCE_KEY, if the hub is HUB_SOURCE). Raises SourceUnavailable with the reason for
    everything that is not a complete, valid list of another hub, and what `fetch` raises.
    """
    refuse_own_hub(url)
    answer = _get_list(url, model_type, token=token, etag=etag)
    refuse_own_hub(url, answer.headers.get(HUB_HEADER.lower(), ""))
    if not trusted_key and f"hub:{url}" == settings.ENV.hub_source:
        trusted_key = settings.ENV.hub_source_key
    _verify(answer, model_type, signing.TOKEN_LIST if token else signing.LIST, trusted_key)
    if answer.status == 304:
        digest = answer.headers.get(_DIGEST, "").lower()
        if digest and sha256 and digest != sha256:
            # The stored list came with that ETag from another sender, before a key was required.
            return fetch_list(
                url, model_type, token=token, trusted_key=trusted_key, progress=progress
            )
        return HubList(None, etag)
    text = _list_text(answer.body, answer.url, model_type, answer.content_type)
    models = _checked(model_type, text, url, progress)
    return HubList(models, answer.etag, answer.body)


def read_list(
    url: str, model_type: str, body: bytes, *, etag: str = "", progress: Progress = silent
) -> HubList:
    """Check the bytes of a stored list as if the hub had sent them again.

    Raises SourceUnavailable.
    """
    text = _list_text(body, url, model_type, "application/json")
    return HubList(_checked(model_type, text, url, progress), etag, body)


def fetch_repositories(url: str, model_type: str) -> list[Mapping[str, Any]]:
    """Fetch what a hub saw of the source repositories of a type; none if it does not say.

    An older hub has no such address. Never raises: the facts are an addition to a list.
    """
    address = f"{url.rstrip('/')}/api/models/lists/{model_type}/repositories"
    try:
        return source_facts.read(_get(address, url, "", MAX_FACTS_BYTES, LIST_SECONDS).body)
    except DomainError:
        logger.warning("%s does not say what it saw of source repositories.", _shown(url))
        return []


def fetch_model(
    url: str, name_or_address: str, *, model_type: str = "", token: str = ""
) -> HubModel:
    """Fetch one model with its README, by exact name, by number, or by the address of its page.

    Raises InvalidParameter if an address is not a page of this hub, SourceNotFound, SourceRefused,
    and SourceUnavailable if the answer is a different model.
    """
    wanted = quote(_name_or_number(url, name_or_address), safe="")
    about = f"{url.rstrip('/')}/api/models/{wanted}"
    if model_type:
        about += "?" + urlencode({"model_type": model_type})
    summary = read_object(_get(about, url, token, MAX_MODEL_BYTES, MODEL_SECONDS).body)
    data = summary.get("data") if isinstance(summary, dict) else None
    if not isinstance(data, dict) or data.get("model_type") not in MODEL_TYPES:
        raise SourceUnavailable("not_a_models_hub", url=_shown(url))
    answered_type, name = str(data["model_type"]), str(data.get("model_name"))
    query = {"model_type": answered_type, "model_name": name}
    if isinstance(data.get("id"), int):
        # By number: the name may refer to another model there, such as a public one.
        query = {"model_type": answered_type, "model_id": str(data["id"])}
    if data.get("held_back") is not True:
        query["include_readme"] = "true"
    address = f"{url.rstrip('/')}/api/models/download?{urlencode(query)}"
    answer = _get(address, url, token, MAX_MODEL_BYTES, MODEL_SECONDS)
    text, readme = _without_readme(_decoded(answer.body, url, answer.content_type), url)
    records = definition_text.parse(text).records
    if any(record_name(record) != name for record in records):
        raise SourceUnavailable("source_sent_another_model", url=_shown(url), name=quoted(name))
    model = UpstreamModel(answered_type, name, text, split_path(answered_type, name), "split")
    return HubModel(model, readme, str(data.get("visibility") or ""))


def suggest_names(url: str, text: str, *, token: str = "") -> list[tuple[str, str]]:
    """Return (name, type) of models on a hub that match the words of a text.

    Raises what `fetch` raises.
    """
    query = urlencode({"query": text, "pageSize": MAX_SUGGESTIONS, "named": "true"})
    address = f"{url.rstrip('/')}/api/models?{query}"
    answer = read_object(_get(address, url, token, MAX_MODEL_BYTES, SUGGEST_SECONDS).body)
    data = answer.get("data") if isinstance(answer, dict) else None
    entries = [
        entry for entry in (data if isinstance(data, list) else []) if isinstance(entry, dict)
    ]
    return [
        (str(entry["model_name"]), str(entry["model_type"]))
        for entry in entries[:MAX_SUGGESTIONS]
        if isinstance(entry.get("model_name"), str) and entry.get("model_type") in MODEL_TYPES
    ]


def _name_or_number(url: str, name_or_address: str) -> str:
    """Return the name or number that was typed, or the one in the address of a page of this hub."""
    name_or_address = name_or_address.strip()
    if "://" not in name_or_address:
        return name_or_address
    page = _PAGE.fullmatch(urlsplit(name_or_address).path)
    if origin_of(name_or_address) != origin_of(url) or page is None:
        raise InvalidParameter("not_a_model_page_address", url=_shown(url), url2=url.rstrip("/"))
    return unquote(page["asked"]).rstrip("/")


def _get_list(url: str, model_type: str, *, token: str, etag: str) -> Fetched:
    address = f"{url.rstrip('/')}/api/models/download?{urlencode({'model_type': model_type})}"
    return _get(address, url, token, MAX_AGGREGATE_BYTES, LIST_SECONDS, etag)


def _get(
    address: str, url: str, token: str, max_bytes: int, seconds: float, etag: str = ""
) -> Fetched:
    headers = {"X-Models-Token": token} if token else {}
    if etag:
        headers["If-None-Match"] = etag
    parts = urlsplit(url)
    return fetch(
        address,
        allowed_hosts=[f"{parts.scheme}://{parts.netloc}"],
        max_bytes=max_bytes,
        timeout=seconds,
        accept="application/json",
        headers=headers,
    )


def _verify(answer: Fetched, model_type: str, kind: str, trusted_key: str) -> None:
    """Refuse a list that does not match its headers, or that the trusted key has not signed.

    After a 304 only the headers can be verified; the caller makes sure that the stored list is the
    one that they describe.
    """
    digest = answer.headers.get(_DIGEST, "").lower()
    address = _shown(answer.url)
    if digest and answer.status == 200 and hashlib.sha256(answer.body).hexdigest() != digest:
        raise SourceUnavailable("source_list_digest_differs", model_type=model_type, shown=address)
    if not trusted_key:
        return
    revision = answer.headers.get("x-hub-revision", "")
    signature = signing.from_header(answer.headers.get("x-hub-signature", ""))
    if not (digest and signature and _REVISION.fullmatch(revision)):
        raise SourceUnavailable(
            "source_list_is_unsigned", model_type=model_type, shown=address, trusted_key=trusted_key
        )
    try:
        statement = signing.statement(model_type, int(revision), digest, kind=kind)
        is_signed = signing.is_signed(signing.public_key(trusted_key), signature, statement)
    except UnicodeEncodeError:
        is_signed = False
    except ValueError as error:
        raise SourceUnavailable("trusted_key_is_not_ed25519", trusted_key=trusted_key) from error
    if not is_signed:
        raise SourceUnavailable(
            "source_list_signature_invalid",
            model_type=model_type,
            shown=address,
            trusted_key=trusted_key,
        )


def _list_text(body: bytes, url: str, model_type: str, content_type: str) -> str:
    text = _decoded(body, url, content_type)
    if text.strip() in {"[]", ""}:
        raise SourceUnavailable("source_list_is_empty", url=_shown(url), model_type=model_type)
    return text


def _decoded(body: bytes, url: str, content_type: str) -> str:
    if body.startswith(_BOM):
        raise SourceUnavailable("list_has_byte_order_mark", url=_shown(url))
    looks_like_html = body.lstrip()[:1] == b"<"
    if looks_like_html or content_type in {"text/html", "application/xhtml+xml"}:
        raise SourceUnavailable("source_sent_web_page", url=_shown(url))
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise SourceUnavailable("answer_is_not_utf8", url=_shown(url), start=error.start) from error


def _checked(model_type: str, text: str, url: str, progress: Progress) -> tuple[UpstreamModel, ...]:
    """Return the models of a valid list, or raise SourceUnavailable with its first problem."""
    path = AGGREGATE_PATHS[model_type]
    reading = read_tree({path: text})
    if reading.problems:
        first = reading.problems[0]
        raise SourceUnavailable(
            "source_list_is_broken",
            model_type=model_type,
            url=_shown(url),
            line=first.line,
            column=first.column,
            message=translated_lazy(first.message),
        )
    _refuse_repetitions(model_type, text, url)
    for count, model in enumerate(reading.models, start=1):
        progress(count, len(reading.models), f"Checking {len(reading.models)} models")
        definition = definition_text.parse(model.text)
        for problem in loading_problems(model_type, definition.records, definition=definition):
            raise SourceUnavailable(
                "source_list_is_unsafe",
                model_type=model_type,
                url=_shown(url),
                name=quoted(model.name),
                message=translated_lazy(problem.message),
            )
    _refuse_other_type(model_type, reading.models, url)
    return tuple(
        UpstreamModel(
            model_type, model.name, model.text, split_path(model_type, model.name), "split"
        )
        for model in reading.models
    )


def _refuse_other_type(model_type: str, models: Iterable[UpstreamModel], url: str) -> None:
    """Refuse the list of another type: a server would load video models as image models, for
    example."""
    texts = [model.text for model in models]
    if any(_fits(model_type, text) for text in texts):
        return
    for other_type in MODEL_TYPES:
        if other_type != model_type and all(_fits(other_type, text) for text in texts):
            raise SourceUnavailable(
                "source_list_has_other_models",
                model_type=model_type,
                url=_shown(url),
                other=other_type,
            )


def _fits(model_type: str, text: str) -> bool:
    problems = validate(model_type, definition_text.parse(text))
    return not any(problem.severity == "error" for problem in problems)


def _refuse_repetitions(model_type: str, text: str, url: str) -> None:
    """Refuse a list that has a name twice: its records are not together, or are repeated."""
    definition = definition_text.parse(text, max_bytes=MAX_AGGREGATE_BYTES)
    keys: set[str] = set()
    sources: set[str] = set()
    last = ""
    for record, source in zip(definition.records, definition.record_texts(), strict=True):
        name = record_name(record) or ""
        key = name_key(name)
        if (key != last and key in keys) or source in sources:
            raise SourceUnavailable(
                "source_list_has_duplicate",
                model_type=model_type,
                url=_shown(url),
                name=quoted(name),
            )
        keys.add(key)
        sources.add(source)
        last = key


def _without_readme(text: str, url: str) -> tuple[str, str]:
    """Return a model's definition without the `readme` that the download added, and the README."""
    try:
        text = definition_text.as_array(text)
        definition = definition_text.parse(text, max_bytes=MAX_MODEL_BYTES)
    except DefinitionTextError as error:
        first = error.problems[0]
        raise SourceUnavailable(
            "answer_is_not_a_definition",
            url=_shown(url),
            line=first.line,
            column=first.column,
            message=translated_lazy(first.message),
        ) from error
    readmes = [record.get("readme") for record in definition.records]
    readme = next((readme for readme in readmes if isinstance(readme, str)), "")
    holders = {
        str(index): Within({"readme": Removal()})
        for index, record in enumerate(definition.records)
        if "readme" in record
    }
    return (rewrite(definition, Within({**holders})) if holders else text), readme


def _shown(url: str) -> str:
    return origin_of(url).shown
