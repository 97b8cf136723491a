"""Records which files of upstream have problems, for the maintainers of the catalogue."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from models_registry.definitions.json_text.messages import gettext_noop
from models_registry.definitions.upstream_files.layouts import FileProblem
from models_registry.models import UnreadableFile
from models_registry.stored_reasons import stored_message


def record(
    problems: Iterable[FileProblem], looked_at: Collection[str], blobs: Mapping[str, str]
) -> None:
    """Record the problems of the files that were read; fixed and removed files are deleted.

    `problems` are all problems found, `looked_at` the paths that were read now, `blobs` path → blob
    id of upstream's files.
    """
    by_path: dict[str, list[FileProblem]] = {}
    for problem in problems:
        by_path.setdefault(problem.path, []).append(problem)
    for row in UnreadableFile.objects.all():
        if row.path not in blobs or (row.path in looked_at and row.path not in by_path):
            row.delete()
    for path, file_problems in by_path.items():
        first = min(file_problems, key=lambda problem: (problem.line, problem.column))
        values = {
            "line": first.line,
            "column": first.column,
            "message": stored_message(first.message),
            "problem_count": len(file_problems),
        }
        _store(path, blobs.get(path, ""), values)


def record_missing_folder(path: str) -> None:
    """Record that upstream lacks the folder with all models; deleted by the next read that finds
    it."""
    message = gettext_noop(
        "Upstream's branch does not have this folder, so the hub can't sync with it."
    )
    _store(path, "", {"message": stored_message(message)})


def _store(path: str, blob: str, values: Mapping[str, object]) -> None:
    row = UnreadableFile.objects.filter(path=path, blob=blob).first()
    if row is None:
        UnreadableFile.objects.filter(path=path).delete()
        row = UnreadableFile(path=path, blob=blob)
    for name, value in values.items():
        setattr(row, name, value)
    row.save()
