"""Patches that `git apply` takes: what a pull request would change, to be sent by hand."""

from __future__ import annotations

import difflib
import time
from collections.abc import Iterable, Iterator, Mapping

from models_registry.definitions.problems import DefinitionTextError
from models_registry.models import UpstreamFile
from models_registry.outbox_tables import UpstreamChange, UpstreamPath
from models_registry.upstream.plan import Item, Plan, make_plan

_CONTEXT = 3


class LastSeen:
    """Upstream's files as the hub last saw them; a split file is that of its model."""

    def __init__(self) -> None:
        self._aggregates = dict(UpstreamPath.objects.exclude(text="").values_list("path", "text"))
        known = UpstreamFile.objects.filter(layout="split").values_list("path", flat=True)
        self._split = set(known)

    def paths(self) -> Iterable[str]:
        """All paths of model files."""
        return [*self._aggregates, *self._split]

    def text(self, path: str) -> str | None:
        """The text of a file, None where there is none."""
        if path in self._aggregates:
            return self._aggregates[path]
        seen = UpstreamFile.objects.filter(path=path).first() if path in self._split else None
        return seen.text if seen is not None else None


class _WithBases(LastSeen):
    """As last seen, with the files of models that were deleted here since."""

    def __init__(self, bases: Mapping[str, str]) -> None:
        super().__init__()
        self._bases = bases

    def text(self, path: str) -> str | None:
        """The text of a file, None where there is none."""
        return super().text(path) or self._bases.get(path)


def plan_from_last_seen(change: UpstreamChange) -> Plan:
    """Plan one change without asking GitHub, with upstream as it was last seen.

    Raises DefinitionTextError where an aggregate can't be read.
    """
    item = Item(change.model_type, change.name, change.base, change.wanted)
    bases = {}
    if change.base and change.model_id is None:
        bases[f"xinference/model/{change.model_type}/models/{change.name}.json"] = change.base
    return make_plan([item], _WithBases(bases), now=int(time.time()))


def patch_of(change: UpstreamChange) -> str:
    """The patch of one change against upstream as it was last seen; empty where there is none."""
    try:
        plan = plan_from_last_seen(change)
    except DefinitionTextError:
        return ""
    seen = LastSeen()
    texts = []
    for path, after in plan.files.items():
        before = seen.text(path)
        if before is None and change.model_id is None:
            before = change.base or None
        texts.append(file_patch(path, before, after))
    return "".join(texts)


def file_patch(path: str, before: str | None, after: str | None) -> str:
    """The patch of one file in git's format; None stands for a file that is not there."""
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


def _lines(text: str | None) -> list[str]:
    """Lines as git has them: only a line feed ends one."""
    if not text:
        return []
    lines = [f"{line}\n" for line in text.split("\n")]
    if text.endswith("\n"):
        lines.pop()
    else:
        lines[-1] = lines[-1][:-1]
    return lines


def _hunks(before: list[str], after: list[str]) -> Iterator[str]:
    """The hunks between two texts.

    Their common start and end are cut off first: difflib takes long for large files.
    """
    start = 0
    while start < min(len(before), len(after)) and before[start] == after[start]:
        start += 1
    start = max(0, start - _CONTEXT)
    end = 0
    shorter = min(len(before), len(after)) - start
    while end < shorter and before[-1 - end] == after[-1 - end]:
        end += 1
    end = max(0, end - _CONTEXT)
    old, new = before[start : len(before) - end], after[start : len(after) - end]
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for group in matcher.get_grouped_opcodes(_CONTEXT):
        first, last = group[0], group[-1]
        removed = _range(start, first[1], last[2])
        added = _range(start, first[3], last[4])
        yield f"@@ -{removed} +{added} @@\n"
        for tag, i, j, k, m in group:
            if tag == "equal":
                yield from (_line(" ", line) for line in old[i:j])
            else:
                yield from (_line("-", line) for line in old[i:j])
                yield from (_line("+", line) for line in new[k:m])


def _range(offset: int, start: int, stop: int) -> str:
    length = stop - start
    # An empty range stands after the line that it names.
    first = offset + start + (1 if length else 0)
    return f"{first},{length}"


def _line(sign: str, line: str) -> str:
    return (
        f"{sign}{line}" if line.endswith("\n") else f"{sign}{line}\n\\ No newline at end of file\n"
    )
