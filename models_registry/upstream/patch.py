"""Patches for `git apply`: the changes of a pull request, to be sent by hand."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from models_registry.definitions.compare.lines import Line, line_diff
from models_registry.definitions.json_text.problems import DefinitionTextError
from models_registry.definitions.upstream_files.layouts import split_path
from models_registry.models import UpstreamChange, UpstreamFile, UpstreamPath
from models_registry.upstream.merge_back import base_as_here
from models_registry.upstream.plan import Item, Plan, make_plan

_SIGNS: Final = {"same": " ", "removed": "-", "added": "+"}
_NO_END: Final = "\n\\ No newline at end of file\n"


class LastSeen:
    """Upstream's files as last read; a split file is reconstructed from its model."""

    def __init__(self) -> None:
        self._aggregates = dict(UpstreamPath.objects.exclude(text="").values_list("path", "text"))
        paths = UpstreamFile.objects.filter(layout="split").values_list("path", flat=True)
        self._split = set(paths)

    def paths(self) -> Iterable[str]:
        """All paths of model files."""
        return [*self._aggregates, *self._split]

    def text(self, path: str) -> str | None:
        """The text of a file; None if it does not exist."""
        if path in self._aggregates:
            return self._aggregates[path]
        file = UpstreamFile.objects.filter(path=path).first() if path in self._split else None
        return file.text if file is not None else None


class _WithBases(LastSeen):
    """The same, with the files of models that were deleted here since."""

    def __init__(self, bases: Mapping[str, str]) -> None:
        super().__init__()
        self._bases = bases

    def text(self, path: str) -> str | None:
        """The text of a file; None if it does not exist."""
        return super().text(path) or self._bases.get(path)


def plan_from_last_seen(change: UpstreamChange) -> Plan:
    """Plan one change from upstream's last seen files, without a request to GitHub.

    Raises DefinitionTextError if a text can't be read.
    """
    base = base_as_here(change.model, change.base)
    item = Item(change.model_type, change.name, base, change.wanted)
    bases = {}
    if change.base and change.model_id is None:
        bases[split_path(change.model_type, change.name)] = change.base
    return make_plan([item], _WithBases(bases), now=int(time.time()))


def patch_of(change: UpstreamChange) -> str:
    """The patch of one change against upstream's last seen files; empty if nothing changes."""
    try:
        plan = plan_from_last_seen(change)
    except DefinitionTextError:
        return ""
    upstream = LastSeen()
    texts = []
    for path, after in plan.files.items():
        before = upstream.text(path)
        if before is None and change.model_id is None:
            before = change.base or None
        texts.append(file_patch(path, before, after))
    return "".join(texts)


def file_patch(path: str, before: str | None, after: str | None) -> str:
    """The patch of one file in git's format; None stands for a file that does not exist."""
    if before == after:
        return ""
    head = [f"diff --git a/{path} b/{path}\n"]
    if before is None:
        head.append("new file mode 100644\n")
    if after is None:
        head.append("deleted file mode 100644\n")
    head.append(f"--- {'a/' + path if before is not None else '/dev/null'}\n")
    head.append(f"+++ {'b/' + path if after is not None else '/dev/null'}\n")
    return "".join([*head, *_hunks(_lines(before), _lines(after))])


def _lines(text: str | None) -> list[Line]:
    """Lines as git counts them: only a line feed ends one."""
    if not text:
        return []
    *lines, last = text.split("\n")
    return [(line, "\n") for line in lines] + ([(last, "")] if last else [])


def _hunks(before: list[Line], after: list[Line]) -> Iterator[str]:
    for hunk in line_diff(before, after):
        yield f"{hunk.header}\n"
        for row in hunk.rows:
            yield f"{_SIGNS[row.kind]}{row.text}{row.ending or _NO_END}"
