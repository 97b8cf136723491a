"""Upstream's own JSON Schemas: read with upstream's files, and used if they are newer."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from django.db import transaction

from models_registry.definitions.checks import schema
from models_registry.definitions.checks.schema import SchemaSet, UnusableSchema
from models_registry.definitions.json_text.messages import gettext_noop
from models_registry.definitions.upstream_files.layouts import (
    SCHEMA_FOLDER,
    FileProblem,
    is_schema,
    not_text,
)
from models_registry.models import UpstreamSchema
from models_registry.upstream.errors import NotText

if TYPE_CHECKING:
    # Every process loads this module, and few need the client of GitHub, which loads slowly.
    from models_registry.upstream.github import GitHub

MAX_BYTES = 1_048_576
_TOO_LARGE = gettext_noop("It is larger than %(limit)s bytes.", limit=MAX_BYTES)
# How long a process may use schemas that another process has replaced.
KEPT_SECONDS = 10.0


def read(
    github: GitHub, repository: str, commit: str, listed: Mapping[str, str]
) -> list[FileProblem]:
    """Store upstream's schemas as they are at a commit, if they are usable.

    Returns why they are not usable: then the last usable ones stay. `listed` has the blob id of
    each of upstream's files. Raises GatewayError.
    """
    wanted = {path: blob for path, blob in listed.items() if is_schema(path)}
    stored = {f"{SCHEMA_FOLDER}/{row.name}": row for row in UpstreamSchema.objects.all()}
    if {path: row.blob for path, row in stored.items()} == wanted:
        return []
    texts: dict[str, str] = {}
    for path, blob in sorted(wanted.items()):
        old = stored.get(path)
        try:
            text = old.text if old and old.blob == blob else github.blob(repository, blob)
            if len(text) > MAX_BYTES:
                return [FileProblem(path, 0, 0, _TOO_LARGE)]
        except NotText as error:
            return [FileProblem(path, 0, 0, not_text(error.params["start"]))]
        texts[path] = text
    if wanted:
        try:
            _set(commit, {path.rpartition("/")[2]: text for path, text in texts.items()}.items())
        except UnusableSchema as error:
            return [FileProblem(f"{SCHEMA_FOLDER}/{error.name}", 0, 0, error.why)]
    with transaction.atomic():
        UpstreamSchema.objects.all().delete()
        UpstreamSchema.objects.bulk_create(
            UpstreamSchema(
                name=path.rpartition("/")[2], blob=wanted[path], text=text, commit=commit
            )
            for path, text in texts.items()
        )
    cache.forget()
    return []


def current() -> SchemaSet | None:
    """Upstream's schemas, if they are newer than those that come with the hub."""
    return cache.get()


class _Cache:
    """The schemas in this process's memory: they are needed for every check."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until = 0.0
        self._blobs: frozenset[tuple[str, str]] = frozenset()
        self._set: SchemaSet | None = None

    def forget(self) -> None:
        """Read the database the next time."""
        self._until = 0.0

    def get(self) -> SchemaSet | None:
        """The schemas, built again only if the database has others."""
        with self._lock:
            if time.monotonic() < self._until:
                return self._set
            blobs = frozenset(UpstreamSchema.objects.values_list("name", "blob"))
            if blobs != self._blobs:
                self._set, self._blobs = _newer(), blobs
            self._until = time.monotonic() + KEPT_SECONDS
            return self._set


cache = _Cache()


def _newer() -> SchemaSet | None:
    rows = list(UpstreamSchema.objects.all())
    if not rows:
        return None
    try:
        stored = _set(rows[0].commit, [(row.name, row.text) for row in rows])
    except ValueError:
        # Stored by another version of the hub; the next read reports what is wrong.
        return None
    vendored = schema.vendored()
    is_same = stored.files == vendored.files
    return None if is_same or stored.is_older_than(vendored) else stored


def _set(commit: str, texts: Iterable[tuple[str, str]]) -> SchemaSet:
    """Raises UnusableSchema."""
    files: dict[str, Any] = {}
    for name, text in texts:
        try:
            files[name] = json.loads(text)
        except (ValueError, RecursionError):
            raise UnusableSchema(name, gettext_noop("It is not JSON.")) from None
        if not isinstance(files[name], dict):
            raise UnusableSchema(name, gettext_noop("It is not a JSON object."))
    return SchemaSet(f"upstream {commit[:12]}", files)
