"""The lists in the folder of an Xinference server, and the manifest that describes them.

The manifest is `hub_lists.json` in the server's home: an object with `format` and `lists`, type →
`path`, `revision`, `sha256`, `signature` (as in `X-Hub-Signature`, or null), `hub`, the address of
the hub that wrote it, and `release`, where the list is for servers of one. It is written after the
lists, so every list that it names exists.
"""

from __future__ import annotations

import hashlib
import json
import socket
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from django.conf import settings

from models_registry.catalogue import (
    fleet,
    history,
    refresh,
    release_history,
    release_lists,
    signing,
)
from models_registry.catalogue.files import write_whole
from models_registry.definitions.facts.kinds import MODEL_TYPES
from models_registry.errors import InvalidParameter
from models_registry.models import (
    CatalogueList,
    ListRevision,
    ReleaseList,
    ReleaseListRevision,
    ServerList,
)

MANIFEST: Final = "hub_lists.json"
FORMAT: Final = "xinference-models-hub-lists/1"
# Where a server keeps what it downloaded (core/worker.py of Xinference 4.1.0), below its home.
_LIST_PATH: Final = "model/v2/builtin/{type}/{type}_models.json"


@dataclass(frozen=True, slots=True)
class _Listed:
    """A list to be written; `release` is the release of its servers, or empty."""

    model_type: str
    revision: int
    sha256: str
    signature: bytes
    body: bytes
    model_count: int
    release: str = ""


@dataclass(frozen=True, slots=True)
class Installed:
    """A list that was written: its revision, and how many models are in it."""

    revision: int
    model_count: int


@dataclass(frozen=True, slots=True)
class Verified:
    """A list in a folder and its manifest entry; `problem` is empty if they match."""

    model_type: str
    revision: int
    hub: str
    problem: str = ""


def install_lists(
    home: Path,
    *,
    only_types: Collection[str] = (),
    revision: int | None = None,
    version: str = "",
) -> dict[str, Installed]:
    """Write the lists into the folder of an Xinference server, as its Update button would; type →
    list.

    `home` is the server's XINFERENCE_HOME; without `only_types` all lists are written. `revision`
    is an older revision of the only type; with `version`, the lists are those for servers of that
    version, which have numbers of their own. Each file is replaced atomically: a server that reads
    it sees the old list or the new one. A type without models is skipped, since an empty list would
    remove the server's own. Raises InvalidParameter if the folder does not exist or can't be
    written, or if a revision is given without its type; RevisionNotFound.
    """
    if not home.is_dir():
        raise InvalidParameter("server_home_not_found", home=home)
    if revision is not None and len(only_types) != 1:
        raise InvalidParameter("revision_needs_one_type")
    refresh.rebuild_stale()
    if version:
        release = release_lists.stated_release(version)
        return _write(home, _for_release(only_types, release, revision))
    rows = _served(only_types) if revision is None else [_older(only_types, revision)]
    return _write(
        home,
        [
            _Listed(
                row.model_type,
                row.number,
                row.sha256,
                bytes(row.signature),
                history.body_of(row),
                row.model_count,
            )
            for row in rows
            if row.model_count
        ],
    )


def _write(home: Path, chosen: list[_Listed]) -> dict[str, Installed]:
    """Write these lists and then the manifest, and record who holds them."""
    entries: dict[str, Any] = {}
    for each in chosen:
        path = _LIST_PATH.format(type=each.model_type)
        write_whole(home / path, each.body)
        entries[each.model_type] = {
            "path": path,
            "revision": each.revision,
            "sha256": each.sha256,
            "signature": signing.as_header(each.signature) if each.signature else None,
            "hub": settings.SITE_URL,
        }
        if each.release:
            entries[each.model_type]["release"] = each.release
    lists = {**_lists_of(home / MANIFEST), **entries}
    manifest = json.dumps({"format": FORMAT, "lists": lists}, indent=2, sort_keys=True)
    write_whole(home / MANIFEST, manifest.encode() + b"\n")
    place = f"{socket.gethostname()}:{home.resolve()}"
    holdings = {
        each.model_type: fleet.Holding(each.revision, release=each.release) for each in chosen
    }
    fleet.record_holdings(ServerList.How.FOLDER, place, holdings)
    return {each.model_type: Installed(each.revision, each.model_count) for each in chosen}


def verify_lists(home: Path, *, trusted_key: str = "") -> list[Verified]:
    """Compare the lists in a server's folder with the manifest that install_lists wrote; one entry
    a list.

    `trusted_key` is the path of a public key that must have signed every list (empty: signatures
    are not required). Raises InvalidParameter if there is no manifest, or the key can't be used.
    """
    lists = _lists_of(home / MANIFEST)
    if not lists:
        raise InvalidParameter("folder_has_no_manifest", manifest=MANIFEST, home=home)
    return [
        _verified(home, model_type, entry, trusted_key)
        for model_type, entry in sorted(lists.items())
    ]


def _served(only_types: Collection[str]) -> list[ListRevision]:
    served = CatalogueList.objects.filter(model_type__in=only_types or MODEL_TYPES)
    pairs = served.order_by("model_type").values_list("model_type", "revision")
    return [history.get(model_type, number) for model_type, number in pairs]


def _for_release(only_types: Collection[str], release: str, revision: int | None) -> list[_Listed]:
    if revision is not None:
        (model_type,) = only_types
        older = release_history.get(model_type, release, revision)
        body = release_history.body_of(older)
        return [_listed(older, revision, body)] if older.model_count else []
    rows = [release_lists.current(each, release) for each in sorted(only_types or MODEL_TYPES)]
    return [
        _listed(row, row.revision, release_lists.body_of(row)) for row in rows if row.model_count
    ]


def _listed(row: ReleaseList | ReleaseListRevision, revision: int, body: bytes) -> _Listed:
    return _Listed(
        row.model_type,
        revision,
        row.sha256,
        release_history.sign(row),
        body,
        row.model_count,
        row.release,
    )


def _older(only_types: Collection[str], revision: int) -> ListRevision:
    (model_type,) = only_types
    return history.get(model_type, revision)


def _lists_of(path: Path) -> dict[str, Mapping[str, Any]]:
    """The lists in a manifest by type; empty if it is missing or has another format."""
    try:
        manifest = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    is_known = isinstance(manifest, dict) and manifest.get("format") == FORMAT
    lists = manifest.get("lists") if is_known else None
    return {
        key: entry
        for key, entry in (lists.items() if isinstance(lists, dict) else ())
        if key in MODEL_TYPES and isinstance(entry, dict) and isinstance(entry.get("revision"), int)
    }


def _verified(home: Path, model_type: str, entry: Mapping[str, Any], trusted_key: str) -> Verified:
    revision, sha256 = entry["revision"], str(entry.get("sha256"))
    hub, problem = str(entry.get("hub") or "?"), ""
    try:
        # Never use a path from the manifest: the paths are fixed.
        body = (home / _LIST_PATH.format(type=model_type)).read_bytes()
    except OSError:
        problem = "the list is missing"
    else:
        if hashlib.sha256(body).hexdigest() != sha256:
            problem = "the list does not match the manifest"
        elif trusted_key and not _is_signed(model_type, revision, sha256, entry, trusted_key):
            problem = f"the list is not signed by the key of {trusted_key}"
    return Verified(model_type, revision, hub, problem)


def _is_signed(
    model_type: str, revision: int, sha256: str, entry: Mapping[str, Any], trusted_key: str
) -> bool:
    signature = signing.from_header(str(entry.get("signature") or ""))
    try:
        key = signing.public_key(trusted_key)
    except ValueError as error:
        raise InvalidParameter("folder_key_is_not_ed25519", trusted_key=trusted_key) from error
    statement = signing.statement(model_type, revision, sha256)
    if release := str(entry.get("release") or ""):
        statement = signing.statement(
            f"{model_type}/{release}", revision, sha256, kind=signing.RELEASE_LIST
        )
    return signing.is_signed(key, signature, statement)
