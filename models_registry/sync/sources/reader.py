"""Reads a SOURCE as written on the command line and in HUB_SOURCE."""

from __future__ import annotations

from collections.abc import Collection

from django.conf import settings

from models_registry.errors import SourceUnavailable
from models_registry.sync.sources.bundle import read_bundle
from models_registry.sync.sources.folder import read_folder
from models_registry.sync.sources.hub import read_hub
from models_registry.sync.sources.tree import Progress, SourceTree, silent
from models_registry.sync.sources.wheel import read_wheel

KINDS = "pypi:xinference==VERSION, dir:PATH, file:PATH, github:OWNER/REPO@REF or hub:URL"


def read_source(
    source: str,
    progress: Progress = silent,
    *,
    only_types: Collection[str] = (),
    trusted_key: str = "",
) -> SourceTree:
    """Read the catalogue that a SOURCE names.

    A source is "pypi:REQUIREMENT", "dir:PATH", "file:PATH", "github:OWNER/REPO@REF" or "hub:URL".
    `only_types` (empty: all) saves requests to a hub. For a file and a hub, `trusted_key` is the
    path of the public key that must have signed it (empty: HUB_SOURCE_KEY, if the source is
    HUB_SOURCE). Raises SourceUnavailable.
    """
    if not trusted_key and source == settings.ENV.hub_source:
        trusted_key = settings.ENV.hub_source_key
    kind, separator, rest = source.partition(":")
    if separator and rest and kind == "pypi":
        return read_wheel(rest, progress)
    if separator and rest and kind == "dir":
        return read_folder(rest)
    if separator and rest and kind == "file":
        return read_bundle(rest, trusted_key=trusted_key)
    if separator and rest and kind == "hub":
        return read_hub(rest, only_types=only_types, progress=progress, trusted_key=trusted_key)
    if separator and rest and kind == "github":
        # Only here: the client of GitHub loads slowly.
        from models_registry.sync.sources.github import read_github

        return read_github(rest, progress)
    raise SourceUnavailable("source_kind_unknown", source=repr(source), kinds=KINDS)
