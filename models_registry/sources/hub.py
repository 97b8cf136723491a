"""`hub:URL`: another Models Hub, asked as an Xinference server asks it.

The answers are those of the contract's download API: a JSON array of all records of a type, the
records of one model together; or the records of one model, each with its `readme`. An Xinference
server drops a whole list for one bad record, so a list is taken as a whole or not at all.

A hub that says what its lists are (`X-Hub-SHA256`) is taken at its word: a list that is another one
is refused. Where a key is trusted, a list that it has not signed is refused, too.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote, urlencode, urlsplit

from django.conf import settings

from models_registry import signing
from models_registry.definitions import text as definition_text
from models_registry.definitions.kinds import MODEL_TYPES, name_key, record_name
from models_registry.definitions.layouts import (
    AGGREGATE_PATHS,
    MAX_AGGREGATE_BYTES,
    UpstreamModel,
    read_tree,
    split_path,
)
from models_registry.definitions.loading import loading_problems
from models_registry.definitions.nodes import Member
from models_registry.definitions.problems import DefinitionTextError, quoted
from models_registry.definitions.schema import validate
from models_registry.errors import InvalidParameter, SourceNotFound, SourceUnavailable
from models_registry.sources.addresses import origin_of
from models_registry.sources.fetch import HUB_HEADER, Fetched, fetch
from models_registry.sources.hub_answers import read_object
from models_registry.sources.itself import refuse_itself
from models_registry.sources.tree import Progress, SourceTree, silent

LIST_SECONDS: Final = 60
MODEL_SECONDS: Final = 10
SUGGEST_SECONDS: Final = 3
MAX_MODEL_BYTES: Final = 3 * 1_048_576
MAX_SUGGESTIONS: Final = 12
_PAGE: Final = re.compile(r"/models/detail/(?P<asked>.+)")
_REVISION: Final = re.compile(r"[0-9]{1,18}")
_DIGEST: Final = "x-hub-sha256"
_BOM: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class HubList:
    """The list of one type and its bytes; `models` is None where it is as it was when it had
    `etag`."""

    models: tuple[UpstreamModel, ...] | None
    etag: str
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class HubModel:
    """One model as the source hub has it; `visibility` is what it says of it, or empty."""

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

    In: the hub's address, the types to read (none: all), and the path of the public key that must
    have signed them (empty: as `fetch_list` says). Out: its files; a list that can't be used is
    among the unreadable ones. Raises SourceUnavailable where no list can be read at all.
    """
    types = list(only_types) or list(MODEL_TYPES)
    files: dict[str, str] = {}
    unreadable: dict[str, str] = {}
    for count, model_type in enumerate(types, start=1):
        progress(count, len(types), f"Downloading the {model_type} list")
        try:
            models = fetch_list(url, model_type, trusted_key=trusted_key).models or ()
        except (SourceUnavailable, SourceNotFound) as error:
            unreadable[AGGREGATE_PATHS[model_type]] = error.message
        else:
            files.update({model.path: model.text for model in models})
    if not files:
        raise SourceUnavailable(next(iter(unreadable.values())))
    return SourceTree(label=f"hub:{url}", files=files, unreadable=unreadable)


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
    """Fetch and check the list of a type.

    In: the hub's address, the type, an access token of the hub, ETag and digest of the list that is
    here already, and the path of the public key that must have signed it (empty: HUB_SOURCE_KEY,
    where the hub is that of HUB_SOURCE). Out: its models in the order of the list, or None where
    the list has that ETag still, and is the one that is here. Raises SourceUnavailable, which says
    what is wrong, for everything that is not a whole, valid list of another hub, and what `fetch`
    raises.
    """
    refuse_itself(url)
    answer = _get_list(url, model_type, token=token, etag=etag)
    refuse_itself(url, answer.headers.get(HUB_HEADER.lower(), ""))
    if not trusted_key and f"hub:{url}" == settings.ENV.hub_source:
        trusted_key = settings.ENV.hub_source_key
    _verify(answer, model_type, signing.TOKEN_LIST if token else signing.LIST, trusted_key)
    if answer.status == 304:
        said = answer.headers.get(_DIGEST, "").lower()
        if said and sha256 and said != sha256:
            # What is here came under that ETag from somebody else, before a key was asked for.
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
    """Check the bytes of a list that were kept, as if the hub had sent them again.

    Raises SourceUnavailable.
    """
    text = _list_text(body, url, model_type, "application/json")
    return HubList(_checked(model_type, text, url, progress), etag, body)


def fetch_model(url: str, asked: str, *, model_type: str = "", token: str = "") -> HubModel:
    """Fetch one model with its README, by exact name, by number, or by its page's address.

    Raises InvalidParameter where an address is not one of this hub's pages, SourceNotFound,
    SourceRefused, and SourceUnavailable where the answer is not that model.
    """
    wanted = quote(_name_asked(url, asked), safe="")
    about = f"{url.rstrip('/')}/api/models/{wanted}"
    if model_type:
        about += "?" + urlencode({"model_type": model_type})
    summary = read_object(_get(about, url, token, MAX_MODEL_BYTES, MODEL_SECONDS).body)
    data = summary.get("data") if isinstance(summary, dict) else None
    if not isinstance(data, dict) or data.get("model_type") not in MODEL_TYPES:
        raise SourceUnavailable(f"{_shown(url)} does not answer as a Models Hub does.")
    found_type, name = str(data["model_type"]), str(data.get("model_name"))
    query = {"model_type": found_type, "model_name": name}
    if data.get("held_back") is not True:
        query["include_readme"] = "true"
    address = f"{url.rstrip('/')}/api/models/download?{urlencode(query)}"
    answer = _get(address, url, token, MAX_MODEL_BYTES, MODEL_SECONDS)
    text, readme = _without_readme(_decoded(answer.body, url, answer.content_type), url)
    records = definition_text.parse(text).records
    if any(record_name(record) != name for record in records):
        raise SourceUnavailable(
            f"{_shown(url)} was asked for {quoted(name)} and answers with another model."
        )
    model = UpstreamModel(found_type, name, text, split_path(found_type, name), "split")
    return HubModel(model, readme, str(data.get("visibility") or ""))


def suggest_names(url: str, text: str, *, token: str = "") -> list[tuple[str, str]]:
    """Return names (with their types) of models on a hub in which the words of a text occur.

    Raises what `fetch` raises.
    """
    query = urlencode({"query": text, "order": "featured", "pageSize": MAX_SUGGESTIONS})
    address = f"{url.rstrip('/')}/api/models?{query}"
    answer = read_object(_get(address, url, token, MAX_MODEL_BYTES, SUGGEST_SECONDS).body)
    data = answer.get("data") if isinstance(answer, dict) else None
    found = [one for one in (data if isinstance(data, list) else []) if isinstance(one, dict)]
    return [
        (str(one["model_name"]), str(one["model_type"]))
        for one in found[:MAX_SUGGESTIONS]
        if isinstance(one.get("model_name"), str) and one.get("model_type") in MODEL_TYPES
    ]


def _name_asked(url: str, asked: str) -> str:
    """Return the name or number that was typed, or that a page's address of this hub has in it."""
    asked = asked.strip()
    if "://" not in asked:
        return asked
    page = _PAGE.fullmatch(urlsplit(asked).path)
    if origin_of(asked) != origin_of(url) or page is None:
        raise InvalidParameter(
            f"This is not the address of a model's page on {_shown(url)}. "
            f"Such an address begins with {url.rstrip('/')}/models/detail/."
        )
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
    """Refuse a list that is not what its headers say, or that the trusted key has not signed.

    Of a list that is as it was (304), the headers alone are there to be verified; that what is here
    is the list of which they speak, the caller makes sure.
    """
    said = answer.headers.get(_DIGEST, "").lower()
    shown = _shown(answer.url)
    if said and answer.status == 200 and hashlib.sha256(answer.body).hexdigest() != said:
        raise SourceUnavailable(
            f"The {model_type} list of {shown} is not the one that its X-Hub-SHA256 says. "
            "Something on the way has changed it, or cut it off, so it is not taken over."
        )
    if not trusted_key:
        return
    revision = answer.headers.get("x-hub-revision", "")
    signature = signing.from_header(answer.headers.get("x-hub-signature", ""))
    if not (said and signature and _REVISION.fullmatch(revision)):
        raise SourceUnavailable(
            f"The {model_type} list of {shown} is not signed; it should be by the key of "
            f"{trusted_key}. It is not taken over."
        )
    try:
        statement = signing.statement(model_type, int(revision), said, kind=kind)
        is_signed = signing.is_signed(signing.public_key(trusted_key), signature, statement)
    except UnicodeEncodeError:
        is_signed = False
    except ValueError as error:
        raise SourceUnavailable(f"{trusted_key} is no Ed25519 key in PEM format.") from error
    if not is_signed:
        raise SourceUnavailable(
            f"The {model_type} list of {shown} is not signed by the key of {trusted_key}. "
            "It is not taken over."
        )


def _list_text(body: bytes, url: str, model_type: str, content_type: str) -> str:
    text = _decoded(body, url, content_type)
    if text.strip() in {"[]", ""}:
        raise SourceUnavailable(
            f"{_shown(url)} answers with an empty {model_type} list. A list that is empty "
            "would take every model away, so it is not taken over."
        )
    return text


def _decoded(body: bytes, url: str, content_type: str) -> str:
    if body.startswith(_BOM):
        raise SourceUnavailable(
            f"The answer of {_shown(url)} begins with a byte order mark, which servers refuse."
        )
    looks_like_html = body.lstrip()[:1] == b"<"
    if looks_like_html or content_type in {"text/html", "application/xhtml+xml"}:
        raise SourceUnavailable(f"{_shown(url)} answers with a web page where JSON is expected.")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise SourceUnavailable(
            f"The answer of {_shown(url)} is not UTF-8 text (byte {error.start})."
        ) from error


def _checked(model_type: str, text: str, url: str, progress: Progress) -> tuple[UpstreamModel, ...]:
    """Return the models of a list that is valid throughout, or say the first thing wrong."""
    path = AGGREGATE_PATHS[model_type]
    reading = read_tree({path: text})
    if reading.problems:
        first = reading.problems[0]
        raise SourceUnavailable(
            f"The {model_type} list of {_shown(url)} can't be used: line {first.line}, column "
            f"{first.column}: {first.message}"
        )
    _refuse_repetitions(model_type, text, url)
    for count, model in enumerate(reading.models, start=1):
        progress(count, len(reading.models), f"Checking {len(reading.models)} models")
        definition = definition_text.parse(model.text)
        for problem in loading_problems(model_type, definition.records, definition=definition):
            raise SourceUnavailable(
                f"The {model_type} list of {_shown(url)} can't be used: servers would refuse "
                f"{quoted(model.name)}: {problem.message}"
            )
    _refuse_other_type(model_type, reading.models, url)
    return tuple(
        UpstreamModel(model_type, one.name, one.text, split_path(model_type, one.name), "split")
        for one in reading.models
    )


def _refuse_other_type(model_type: str, models: Iterable[UpstreamModel], url: str) -> None:
    """Refuse the list of another type: a server would load video models as image models, say."""
    texts = [one.text for one in models]
    if any(_fits(model_type, one) for one in texts):
        return
    for other in MODEL_TYPES:
        if other != model_type and all(_fits(other, one) for one in texts):
            raise SourceUnavailable(
                f"The {model_type} list of {_shown(url)} can't be used: it holds {other} models."
            )


def _fits(model_type: str, text: str) -> bool:
    problems = validate(model_type, definition_text.parse(text))
    return not any(one.severity == "error" for one in problems)


def _refuse_repetitions(model_type: str, text: str, url: str) -> None:
    """Refuse a list in which a name comes twice: its records are not together, or say the same."""
    definition = definition_text.parse(text, max_bytes=MAX_AGGREGATE_BYTES)
    seen: set[str] = set()
    sources: set[str] = set()
    last = ""
    for record, source in zip(definition.records, definition.record_texts(), strict=True):
        name = record_name(record) or ""
        key = name_key(name)
        if (key != last and key in seen) or source in sources:
            raise SourceUnavailable(
                f"The {model_type} list of {_shown(url)} can't be used: {quoted(name)} is in it "
                "twice."
            )
        seen.add(key)
        sources.add(source)
        last = key


def _without_readme(text: str, url: str) -> tuple[str, str]:
    """Return a model's definition without the `readme` that the download put in, and the README."""
    try:
        text = definition_text.as_array(text)
        definition = definition_text.parse(text, max_bytes=MAX_MODEL_BYTES)
    except DefinitionTextError as error:
        first = error.problems[0]
        raise SourceUnavailable(
            f"The answer of {_shown(url)} is no definition: line {first.line}, column "
            f"{first.column}: {first.message}"
        ) from error
    readmes = [record.get("readme") for record in definition.records]
    readme = next((one for one in readmes if isinstance(one, str)), "")
    for node in reversed(definition.root.items or []):
        members = node.members or {}
        if "readme" in members:
            text = _cut(text, list(members.values()), list(members).index("readme"))
    return text, readme


def _cut(text: str, members: list[Member], place: int) -> str:
    """Return the text without one member of an object, and without the comma that it leaves."""
    if place > 0:
        return text[: members[place - 1].node.end] + text[members[place].node.end :]
    if len(members) > 1:
        return text[: members[0].key_start] + text[members[1].key_start :]
    return text[: members[0].key_start] + text[members[0].node.end :]


def _shown(url: str) -> str:
    return origin_of(url).shown
