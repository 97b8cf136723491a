"""The lists in the folder of an Xinference server, and the manifest that says which ones they are.

The manifest is `hub_lists.json` in the server's home: an object with `format` and `lists`, type →
`path`, `revision`, `sha256`, `signature` (as in `X-Hub-Signature`, or null) and `hub`, the address
of the hub that wrote it. It is written after the lists, so what it says is there.
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

from models_registry import signing
from models_registry.catalogue import build, fleet, history
from models_registry.catalogue.writing import write_whole
from models_registry.catalogue_tables import ListRevision, ServerList
from models_registry.definitions.kinds import MODEL_TYPES
from models_registry.errors import InvalidParameter
from models_registry.models import CatalogueList

MANIFEST: Final = "hub_lists.json"
FORMAT: Final = "xinference-models-hub-lists/1"
# Where a server keeps what it downloaded (core/worker.py of Xinference 4.1.0), below its home.
_LIST_PATH: Final = "model/v2/builtin/{type}/{type}_models.json"


@dataclass(frozen=True, slots=True)
class Installed:
    """A list that was written: its revision, and how many models are in it."""

    revision: int
    model_count: int


@dataclass(frozen=True, slots=True)
class Verified:
    """A list in a folder beside what the manifest says of it; `problem` is empty where it fits."""

    model_type: str
    revision: int
    hub: str
    problem: str = ""


def install_lists(
    home: Path, *, only_types: Collection[str] = (), revision: int | None = None
) -> dict[str, Installed]:
    """Write the lists into the folder of an Xinference server, as its Update would.

    In: the server's XINFERENCE_HOME, the types to write (none: all), and for one type alone an
    older revision. Out: what was written, by type. Each file is replaced as a whole: a server that
    reads meanwhile sees the old list or the new one. A type without a model is passed over, since
    an empty list would take the server's own away. Raises InvalidParameter where the folder is not
    there or can't be written, or a revision is asked for without its type; RevisionNotFound.
    """
    if not home.is_dir():
        raise InvalidParameter(f"There is no folder {home}. Name the server's XINFERENCE_HOME.")
    if revision is not None and len(only_types) != 1:
        raise InvalidParameter("A revision is one of a single type: name that with --type.")
    build.rebuild_stale()
    chosen = _served(only_types) if revision is None else [_one(only_types, revision)]
    entries: dict[str, Any] = {}
    for one in chosen:
        if one.model_count:
            path = _LIST_PATH.format(type=one.model_type)
            write_whole(home / path, history.body_of(one))
            signature = bytes(one.signature)
            entries[one.model_type] = {
                "path": path,
                "revision": one.number,
                "sha256": one.sha256,
                "signature": signing.as_header(signature) if signature else None,
                "hub": settings.SITE_URL,
            }
    lists = {**_lists_of(home / MANIFEST), **entries}
    manifest = json.dumps({"format": FORMAT, "lists": lists}, indent=2, sort_keys=True)
    write_whole(home / MANIFEST, manifest.encode() + b"\n")
    place = f"{socket.gethostname()}:{home.resolve()}"
    held = {one: fleet.Holding(entry["revision"]) for one, entry in entries.items()}
    fleet.note(ServerList.How.FOLDER, place, held)
    return {
        one.model_type: Installed(one.number, one.model_count) for one in chosen if one.model_count
    }


def verify_lists(home: Path, *, trusted_key: str = "") -> list[Verified]:
    """Compare the lists in a server's folder with the manifest that install_lists left there.

    In: the folder, and the path of a public key that must have signed every list (empty: signatures
    are not asked for). Out: every list of the manifest. Raises InvalidParameter where there is no
    manifest, or the key is none.
    """
    lists = _lists_of(home / MANIFEST)
    if not lists:
        raise InvalidParameter(f"There is no {MANIFEST} in {home} that says what is there.")
    return [_verified(home, one, entry, trusted_key) for one, entry in sorted(lists.items())]


def _served(only_types: Collection[str]) -> list[ListRevision]:
    served = CatalogueList.objects.filter(model_type__in=only_types or MODEL_TYPES)
    pairs = served.order_by("model_type").values_list("model_type", "revision")
    return [history.get(model_type, number) for model_type, number in pairs]


def _one(only_types: Collection[str], revision: int) -> ListRevision:
    (model_type,) = only_types
    return history.get(model_type, revision)


def _lists_of(path: Path) -> dict[str, Mapping[str, Any]]:
    """What a manifest says of each type; nothing where it is missing or none of ours."""
    try:
        told = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    lists = told.get("lists") if isinstance(told, dict) and told.get("format") == FORMAT else None
    return {
        one: entry
        for one, entry in (lists.items() if isinstance(lists, dict) else ())
        if one in MODEL_TYPES and isinstance(entry, dict) and isinstance(entry.get("revision"), int)
    }


def _verified(home: Path, model_type: str, entry: Mapping[str, Any], trusted_key: str) -> Verified:
    revision, sha256 = entry["revision"], str(entry.get("sha256"))
    hub, problem = str(entry.get("hub") or "?"), ""
    try:
        # The path is ours, whatever the manifest says.
        found = hashlib.sha256((home / _LIST_PATH.format(type=model_type)).read_bytes()).hexdigest()
    except OSError:
        problem = "the list is not there"
    else:
        if found != sha256:
            problem = "the list is another one than the manifest says"
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
        raise InvalidParameter(f"{trusted_key} is no Ed25519 public key in PEM format.") from error
    return signing.is_signed(key, signature, signing.statement(model_type, revision, sha256))
