"""Upstream's model files as a person sees them, in either layout."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from models_registry.definitions.upstream_files.layouts import (
    AGGREGATE_PATHS,
    Layout,
    split_path,
)
from tests.factories import written
from tests.standins.github import GitHubStandIn

Key = tuple[str, str]


class UpstreamFiles:
    """Reads and edits models of the stand-in's main branch; a model is (type, name)."""

    def __init__(self, github: GitHubStandIn, layout: Layout) -> None:
        self.github, self.layout = github, layout
        self._known: dict[str, str] = {}

    def records(self, revision: str = "main") -> dict[Key, list[dict[str, Any]]]:
        """All models at a branch or commit."""
        commit = self.github.git("rev-parse", revision)
        if commit not in self._known:
            self._known[commit] = json.dumps([*self._read(commit).items()])
        return {(key[0], key[1]): records for key, records in json.loads(self._known[commit])}

    def _read(self, revision: str) -> dict[Key, list[dict[str, Any]]]:
        found: dict[Key, list[dict[str, Any]]] = {}
        for path, text in self.github.files(revision).items():
            if path.endswith(".json"):
                model_type = path.split("/")[2]
                for record in json.loads(text):
                    found.setdefault((model_type, record["model_name"]), []).append(record)
        return found

    def edit(self, key: Key, changes: Mapping[str, Any]) -> None:
        """Edit the first record of a model by hand; the rest of its file stays as it is."""
        with self.github.lock:
            path, records = self._file(key)
            (record,) = [one for one in records if one["model_name"] == key[1]][:1]
            record.update(changes)
            self.github.commit({path: written(*records)})

    def begin(self, models: Mapping[Key, dict[str, Any]]) -> None:
        """Commit the first models of all."""
        files: dict[str, list[dict[str, Any]]] = {}
        for (model_type, name), record in models.items():
            path = AGGREGATE_PATHS[model_type]
            if self.layout == "split":
                path = split_path(model_type, name)
            files.setdefault(path, []).append(record)
        texts = {path: written(*records) for path, records in files.items()}
        self.github.commit({**texts, "README.md": "# Xinference\n"}, message="Begin")

    def _file(self, key: Key) -> tuple[str, list[dict[str, Any]]]:
        path = AGGREGATE_PATHS[key[0]] if self.layout == "aggregate" else split_path(*key)
        return path, json.loads(self.github.file(path) or "[]")
