"""Reads folders of real definitions as the maps of texts that `read_tree` takes."""

from pathlib import Path


def read_files(root: Path) -> dict[str, str]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes().decode()
        for path in root.rglob("*.json")
    }
