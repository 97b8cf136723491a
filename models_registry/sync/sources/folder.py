"""`dir:PATH`: a checkout of upstream, or any folder with upstream's paths."""

from __future__ import annotations

from pathlib import Path

from models_registry.definitions.json_text.messages import Message, gettext_noop
from models_registry.definitions.upstream_files.layouts import not_text
from models_registry.errors import SourceUnavailable
from models_registry.sync.sources.tree import (
    MAX_FILE_BYTES,
    TOO_LARGE,
    SourceTree,
    is_catalogue_path,
)


def read_folder(path: str) -> SourceTree:
    """Read upstream's JSON files in a folder that has `xinference/model/`.

    Symbolic links are not followed. Raises SourceUnavailable if there is no such folder.
    """
    root = Path(path).expanduser()
    models = root / "xinference" / "model"
    if not models.is_dir():
        raise SourceUnavailable("source_folder_not_found", models=models)
    files: dict[str, str] = {}
    unreadable: dict[str, Message] = {}
    for file in sorted(models.rglob("*.json")):
        name = file.relative_to(root).as_posix()
        if not is_catalogue_path(name):
            continue
        if file.is_symlink() or not file.is_file():
            unreadable[name] = gettext_noop("It is a link, not a file.")
        elif file.stat().st_size > MAX_FILE_BYTES:
            unreadable[name] = TOO_LARGE
        else:
            try:
                files[name] = file.read_bytes().decode("utf-8")
            except UnicodeDecodeError as error:
                unreadable[name] = not_text(error.start)
            except OSError as error:
                unreadable[name] = gettext_noop(
                    "It can't be read: %(reason)s.", reason=str(error.strerror)
                )
    return SourceTree(label=f"dir:{path}", files=files, unreadable=unreadable)
