"""Lists of a source that the hub takes."""

from __future__ import annotations

import json

from models_registry.definitions.upstream_files.layouts import UpstreamModel, split_path
from models_registry.models import (
    Visibility,
)
from models_registry.sync.merge_list import ListMergeResult, merge_list
from tests.factories import written

SOURCE = "hub:https://source.example.org"


def update(*records, visibility=Visibility.PUBLIC, is_whole=False) -> ListMergeResult:
    """Merge the source's list."""
    models = [
        UpstreamModel(
            "llm",
            record["model_name"],
            written(record),
            split_path("llm", record["model_name"]),
            "split",
        )
        for record in records
    ]
    return merge_list(
        "llm", models, source=SOURCE, by=None, visibility=visibility, is_whole=is_whole
    )


def first(text: str) -> dict:
    return json.loads(text)[0]
