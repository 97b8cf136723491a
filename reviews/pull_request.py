"""A preview of a proposal's pull request: its title and its exact patch."""

from __future__ import annotations

from dataclasses import dataclass

from models_registry.definitions.json_text.problems import DefinitionTextError
from models_registry.models import Revision, UpstreamChange, Visibility
from models_registry.outbox.last_seen import upstream_text
from models_registry.upstream import texts
from models_registry.upstream.patch import LastSeen, file_patch, plan_from_last_seen
from reviews.lines import MAX_ROWS


@dataclass(frozen=True, slots=True)
class PullRequestPreview:
    """A pull request before it is opened: title, file, and the patch for `git apply`."""

    title: str
    path: str
    patch: str
    is_new: bool

    @property
    def lines(self) -> list[tuple[str, str]]:
        """The patch line by line, each with its kind: head, hunk, added, gone or same; without the
        lines that are too many for a page."""
        return [(_kind(line), line) for line in self.patch.splitlines()[:MAX_ROWS]]

    @property
    def cut(self) -> int:
        """The number of lines that are cut off."""
        return max(0, len(self.patch.splitlines()) - MAX_ROWS)


def preview(revision: Revision) -> PullRequestPreview | None:
    """The pull request that approving the revision would open, or None.

    It is planned as the outbox will plan it, in upstream's layout, with the last seen snapshot of
    upstream; it sends no requests to GitHub and writes nothing.
    """
    if revision.visibility != Visibility.PUBLIC:
        return None
    model = revision.model
    change = UpstreamChange(
        model=model,
        model_type=model.model_type,
        name=model.name,
        base=upstream_text(model),
        wanted=revision.definition,
    )
    try:
        plan = plan_from_last_seen(change)
    except DefinitionTextError:
        return None
    if not plan.changes:
        return None
    seen = LastSeen()
    before = {path: seen.text(path) for path in plan.files}
    patch = "".join(file_patch(path, before[path], after) for path, after in plan.files.items())
    is_new = all(text is None for text in before.values())
    return PullRequestPreview(texts.title(plan), next(iter(plan.files)), patch, is_new)


def _kind(line: str) -> str:
    if line.startswith(("--- ", "+++ ", "diff ", "new file ", "deleted file ")):
        return "head"
    return {"@": "hunk", "+": "added", "-": "gone"}.get(line[:1], "same")
