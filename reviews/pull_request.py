"""What the pull request of a proposal will be: its title and its exact patch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import unified_diff

from models_registry.definitions.layouts import split_path
from models_registry.models import Revision, Visibility


@dataclass(frozen=True, slots=True)
class Preview:
    """A pull request before it is made: title, file, and the patch as `git apply` takes it."""

    title: str
    path: str
    patch: str
    is_new: bool

    @property
    def lines(self) -> list[tuple[str, str]]:
        """The patch line by line, each with its kind: head, hunk, added, gone or same."""
        return [(_kind(line), line) for line in self.patch.splitlines()]


def preview(revision: Revision) -> Preview | None:
    """The pull request that approving the revision would start; None where it starts none.

    Titles are those that upstream's maintainers know. The base is the text last seen upstream.
    """
    if revision.visibility != Visibility.PUBLIC:
        return None
    model = revision.model
    upstream = getattr(model, "upstream_file", None)
    path = split_path(model.model_type, model.name)
    before = upstream.text if upstream is not None else ""
    patch = "".join(_patch(path, before, revision.definition))
    if not patch:
        return None
    title = f'ENH: update model "{model.name}" JSON'
    if upstream is None:
        title = f"FEAT: [model] {model.name} support"
    return Preview(title, path, patch, upstream is None)


def _patch(path: str, before: str, after: str) -> Iterator[str]:
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    source = f"a/{path}" if before else "/dev/null"
    for line in unified_diff(old, new, source, f"b/{path}", n=3):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _kind(line: str) -> str:
    if line.startswith(("--- ", "+++ ")):
        return "head"
    return {"@": "hunk", "+": "added", "-": "gone"}.get(line[:1], "same")
