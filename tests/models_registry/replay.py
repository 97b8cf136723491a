"""Reads the recorded changes of upstream's files: what was there, wanted, and made."""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models_registry.definitions.facts.kinds import record_name
from models_registry.definitions.json_text.document import write


@dataclass
class Case:
    folder: Path
    facts: dict[str, Any]

    @property
    def before(self) -> dict[str, str]:
        """Path → text of the touched files before the commit."""
        return {
            path: gzip.decompress((self.folder / "before" / f"{path}.gz").read_bytes()).decode()
            for path in self.facts["files"]
        }

    def wanted(self, before: dict[str, str]) -> dict[str, dict[str, str | None]]:
        """Path → model's name → the definition that the change leads to, None to remove it."""
        found: dict[str, dict[str, str | None]] = {}
        for path in self.facts["files"]:
            changes = [one for one in self.facts["changes"] if one["file"] == path]
            records: dict[str, dict[int, Any]] = {one["model_name"]: {} for one in changes}
            for place, record in enumerate(json.loads(before[path])):
                if (name := record_name(record)) in records:
                    records[name][place] = record
            for number, one in enumerate(changes):
                own = records[one["model_name"]]
                if one["op"] == "add":
                    own[1_000_000 + number] = one["after"]
                elif one["op"] == "update":
                    own[one["index"]] = one["after"]
                else:
                    del own[one["index"]]
            found[path] = {
                name: write(own.values()) if own else None for name, own in records.items()
            }
        return found

    def came_out(self, path: str, text: str) -> bool:
        """Whether the text is, byte for byte, what the real commit made of the file."""
        expected: str = self.facts["sha256"][path]["after"]
        return hashlib.sha256(text.encode()).hexdigest() == expected


def cases(upstream_dir: Path) -> list[Case]:
    """All recorded changes, oldest first."""
    return [
        Case(folder, json.loads((folder / "case.json").read_text(encoding="utf-8")))
        for folder in sorted((upstream_dir / "replay").iterdir())
    ]
