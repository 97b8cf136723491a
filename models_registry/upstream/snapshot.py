"""Upstream's files at one commit, read from GitHub when needed."""

from __future__ import annotations

from collections.abc import Iterable

from models_registry.definitions.upstream_files.layouts import is_schema
from models_registry.upstream.github import GitHub


class Snapshot:
    """The model files of one commit; each blob is read once."""

    def __init__(self, github: GitHub, repository: str, commit: str) -> None:
        self.github = github
        self.repository = repository
        self.commit = commit
        self.tree = github.tree_of(repository, commit)
        folder = github.model_tree(repository, self.tree)
        files = {} if folder is None else github.model_files(repository, folder)
        self.blobs = {path: blob for path, blob in files.items() if not is_schema(path)}
        self._texts: dict[str, str] = {}

    def paths(self) -> Iterable[str]:
        """All paths of model files."""
        return self.blobs

    def text(self, path: str) -> str | None:
        """The text of a file; None if it does not exist. Raises NotText."""
        if path not in self.blobs:
            return None
        if path not in self._texts:
            self._texts[path] = self.github.blob(self.repository, self.blobs[path])
        return self._texts[path]
