"""Reads a SOURCE as it is written on the command line and in HUB_SOURCE."""

from __future__ import annotations

from collections.abc import Collection

from django.conf import settings

from models_registry.errors import SourceUnavailable
from models_registry.sources.bundle import read_bundle
from models_registry.sources.folder import read_folder
from models_registry.sources.github import read_github
from models_registry.sources.hub import read_hub
from models_registry.sources.tree import Progress, SourceTree, silent
from models_registry.sources.wheel import read_wheel

KINDS = "pypi:xinference==VERSION, dir:PATH, file:PATH, github:OWNER/REPO@REF or hub:URL"


def read_source(
    source: str,
    progress: Progress = silent,
    *,
    only_types: Collection[str] = (),
    trusted_key: str = "",
) -> SourceTree:
    """Read the catalogue that a SOURCE names.

    In: "pypi:REQUIREMENT", "dir:PATH", "file:PATH", "github:OWNER/REPO@REF" or "hub:URL"; the types
    that are wanted (none: all), which spares a hub the others; for a file and a hub also the path
    of the public key that must have signed it (empty: HUB_SOURCE_KEY, where the source is
    HUB_SOURCE). Out: its files. Raises SourceUnavailable.
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
        return read_github(rest, progress)
    raise SourceUnavailable(f"{source!r} is no source that can be imported. Use {KINDS}.")
