"""Reads a SOURCE as it is written on the command line and in HUB_SOURCE."""

from __future__ import annotations

from models_registry.errors import SourceUnavailable
from models_registry.sources.folder import read_folder
from models_registry.sources.github import read_github
from models_registry.sources.tree import Progress, SourceTree, silent
from models_registry.sources.wheel import read_wheel

KINDS = "pypi:xinference==VERSION, dir:PATH or github:OWNER/REPO@REF"


def read_source(source: str, progress: Progress = silent) -> SourceTree:
    """Read the catalogue that a SOURCE names.

    In: "pypi:REQUIREMENT", "dir:PATH" or "github:OWNER/REPO@REF". Out: its files. Raises
    SourceUnavailable.
    """
    kind, separator, rest = source.partition(":")
    if separator and rest and kind == "pypi":
        return read_wheel(rest, progress)
    if separator and rest and kind == "dir":
        return read_folder(rest)
    if separator and rest and kind == "github":
        return read_github(rest, progress)
    raise SourceUnavailable(f"{source!r} is no source that can be imported. Use {KINDS}.")
