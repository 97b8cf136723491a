"""`dir:PATH`: a checkout of upstream, or any folder with upstream's paths."""

from __future__ import annotations

from pathlib import Path

from models_registry.errors import SourceUnavailable
from models_registry.sources.tree import MAX_FILE_BYTES, SourceTree, is_catalogue_path


def read_folder(path: str) -> SourceTree:
    """Read upstream's JSON files below a folder.

    In: the folder that has `xinference/model/`. Out: its files; links are not followed. Raises
    SourceUnavailable where there is no such folder.
    """
    root = Path(path).expanduser()
    models = root / "xinference" / "model"
    if not models.is_dir():
        raise SourceUnavailable(
            f"There is no folder {models}. Name a folder that has xinference/model/ in it, "
            "such as a checkout of the Xinference repository."
        )
    files, unreadable = {}, {}
    for file in sorted(models.rglob("*.json")):
        name = file.relative_to(root).as_posix()
        if not is_catalogue_path(name):
            continue
        if file.is_symlink() or not file.is_file():
            unreadable[name] = "It is a link, not a file."
        elif file.stat().st_size > MAX_FILE_BYTES:
            unreadable[name] = f"It is larger than {MAX_FILE_BYTES} bytes."
        else:
            try:
                files[name] = file.read_bytes().decode("utf-8")
            except UnicodeDecodeError as error:
                unreadable[name] = f"It is not UTF-8 text (byte {error.start})."
            except OSError as error:
                unreadable[name] = f"It can't be read: {error.strerror}."
    return SourceTree(label=f"dir:{path}", files=files, unreadable=unreadable)
