"""Follows upstream: merges what people changed there by hand into the hub.

The tree id of the folder with all models shows whether anything changed; its blob ids show what.
"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from models_registry.changes import changing
from models_registry.definitions.compare.reconcile import same_but_for_layout
from models_registry.definitions.facts.kinds import MODEL_TYPES, name_key
from models_registry.definitions.json_text.document import scanned_once
from models_registry.definitions.json_text.messages import gettext_noop
from models_registry.definitions.upstream_files.layouts import (
    AGGREGATE_PATHS,
    FileProblem,
    Layout,
    TreeReading,
    is_schema,
    layout_of,
    not_text,
    read_tree,
    split_path,
)
from models_registry.models import (
    LIVE_STATES,
    ChangeKind,
    FormerName,
    PullRequest,
    PullRequestState,
    RegisteredModel,
    RegisteredModelQuerySet,
    RemovalReason,
    UnreadableFile,
    UpstreamChange,
    UpstreamFile,
    UpstreamPath,
    UpstreamRemoval,
    Visibility,
)
from models_registry.sync.catalogue_import import ImportReport, blob_id, import_catalogue
from models_registry.sync.sources.github import FEW_FILES, read_github
from models_registry.sync.sources.tree import SourceTree
from models_registry.upstream import polling, removals, unreadable_files
from models_registry.upstream import schemas as upstream_schemas
from models_registry.upstream.errors import GatewayError, NotText
from models_registry.upstream.github import GitHub
from models_registry.upstream.github_app import hub_token
from models_registry.upstream.merge_back import SeenTimes, seen_times
from models_registry.upstream.removals import Gone

FOLDER = "xinference/model"
# How often to read upstream again if it changed during the merge; after that, the next run does it.
MAX_READS = 3


def follow_upstream() -> ImportReport | None:
    """Merge into the hub what has changed upstream since the last read; None if nothing has.

    New and changed models are published as upstream has them, merged with edits made here. A model
    that upstream has removed expires here unless it was edited here, and is restored when upstream
    has it again. An unreadable file is reported, and removes nothing. A hub without imported models
    follows nothing. Raises GatewayError if GitHub can't be reached, and SourceUnavailable if its
    archive can't be read.
    """
    if not UpstreamFile.objects.exists() and not UpstreamRemoval.objects.exists():
        return None
    for _ in range(MAX_READS):
        with suppress(_Overtaken):
            return _sync_once()
    return None


class _Overtaken(Exception):
    """The hub has recorded something newer about some of these models than this read."""


@scanned_once()
def _sync_once() -> ImportReport | None:
    # Read before upstream is requested: later changes may be newer than its answer.
    before = seen_times()
    github = GitHub(settings.ENV.github_api_url, hub_token())
    repository = github.repository(settings.ENV.upstream_repo).name
    commit = github.head(repository, settings.ENV.upstream_branch)
    if commit is None:
        raise GatewayError(
            "upstream_has_no_branch",
            repository=repository,
            branch=settings.ENV.upstream_branch,
        )
    folder = github.model_tree(repository, github.tree_of(repository, commit))
    known_paths = dict(UpstreamPath.objects.values_list("path", "blob"))
    if folder is None:
        unreadable_files.record_missing_folder(FOLDER)
        return None
    if known_paths.get(FOLDER) == folder:
        UpstreamPath.objects.filter(path=FOLDER).update(seen_at=timezone.now())
        UnreadableFile.objects.filter(path=FOLDER).delete()
        removals.restore(())
        return None
    listed_blobs = github.model_files(repository, folder)
    schema_problems = upstream_schemas.read(github, repository, commit, listed_blobs)
    blobs = _used({path: blob for path, blob in listed_blobs.items() if not is_schema(path)})
    known_blobs = {**_imported_blobs(), **known_paths}
    changed = [path for path, blob in blobs.items() if known_blobs.get(path) != blob]
    tree = _read(github, repository, commit, {path: blobs[path] for path in changed})
    _poll_own_pull_requests(tree.files)
    files = _UpstreamFiles.at(tree, blobs)
    with transaction.atomic():
        gone = _gone(files)
        keys = {(model.model_type, name_key(model.name)) for model in files.reading.models}
        keys |= {(item.seen.model_type, item.seen.name_key) for item in gone}
        names = {name for _, name in keys}
        renamed = FormerName.objects.filter(name_key__in=names).values("model")
        models = RegisteredModel.objects.filter(Q(name_key__in=names) | Q(pk__in=renamed))
        with changing(models, lists={model_type for model_type, _ in keys}):
            _refuse_if_overtaken(before, keys)
            without = _refused(files.reading)
            report = import_catalogue(tree, by=None, as_it_is=True, without=without, paths=blobs)
            removals.forget(_still_there(files))
            removals.remove(gone, source=tree.label)
            removals.restore(files.present())
            schemas = [path for path in listed_blobs if is_schema(path)]
            problems = [*files.problems(gone), *schema_problems]
            unreadable_files.record(
                problems, [*changed, *schemas], {**blobs, **dict.fromkeys(schemas, "")}
            )
            # What waits for a name is read again with the next change.
            known = {path: blobs[path] for path in blobs.keys() - set(report.reserved)}
            _remember({**known, FOLDER: folder})
    return report


def _read(github: GitHub, repository: str, commit: str, blobs: dict[str, str]) -> SourceTree:
    """Read these files of upstream; one that is not text is reported and does not stop the rest."""
    tree = SourceTree(f"github:{repository}@{commit}", {})
    if len(blobs) > FEW_FILES:
        archive = read_github(f"{repository}@{commit}")
        tree.files.update({path: archive.files[path] for path in blobs if path in archive.files})
        tree.unreadable.update(
            {path: archive.unreadable[path] for path in blobs if path in archive.unreadable}
        )
    for path in sorted(blobs.keys() - tree.files.keys() - tree.unreadable.keys()):
        try:
            tree.files[path] = github.blob(repository, blobs[path])
        except NotText as error:
            tree.unreadable[path] = not_text(error.params["start"])
    return tree


@dataclass(frozen=True, slots=True)
class _UpstreamFiles:
    """Upstream's files (path → blob id), and the contents of those that changed."""

    tree: SourceTree
    blobs: dict[str, str]
    reading: TreeReading
    layouts: dict[str, Layout | None]

    @classmethod
    def at(cls, tree: SourceTree, blobs: dict[str, str]) -> _UpstreamFiles:
        """Read the files that changed."""
        layouts = {model_type: layout_of(model_type, blobs) for model_type in MODEL_TYPES}
        return cls(tree, blobs, read_tree(tree.files), layouts)

    def present(self) -> set[tuple[str, str]]:
        """The type and name key of each model in a file that changed."""
        return {(model.model_type, name_key(model.name)) for model in self.reading.models}

    def is_read(self, path: str) -> bool:
        """Whether a file changed and was read completely. Then a model that it lacks is gone."""
        broken = {problem.path for problem in self.reading.problems}
        return path in self.tree.files and path not in broken

    def problems(self, gone: list[Gone]) -> list[FileProblem]:
        """The problems of the changed files, for maintainers."""
        emptied = Counter(
            AGGREGATE_PATHS[item.seen.model_type]
            for item in gone
            if item.reason == RemovalReason.EMPTIED
        )
        return [
            *(FileProblem(path, 0, 0, why) for path, why in self.tree.unreadable.items()),
            *self.reading.problems,
            *(
                FileProblem(
                    path,
                    0,
                    0,
                    gettext_noop("It has no models any more; it had %(count)s.", count=count),
                )
                for path, count in emptied.items()
            ),
        ]


def last_synced_at() -> datetime | None:
    """When the last read of upstream found no unknown change; None if there was no such read."""
    return UpstreamPath.objects.filter(path=FOLDER).values_list("seen_at", flat=True).first()


def _poll_own_pull_requests(files: dict[str, str]) -> None:
    """Poll the hub's own pull requests whose models have changed upstream.

    Otherwise a merged pull request that was edited by hand since then looks like somebody else's
    definition of the same model. Raises GatewayError.
    """
    names = {name_key(model.name) for model in read_tree(files).models}
    watched = (PullRequestState.OPEN, PullRequestState.STOPPED)
    pull_requests = PullRequest.objects.filter(number__isnull=False, state__in=watched)
    renamed = FormerName.objects.filter(name_key__in=names).values("model")
    theirs = Q(changes__name_key__in=names) | Q(changes__model__in=renamed)
    for pull_request in pull_requests.filter(theirs).distinct():
        polling.poll_one(pull_request)


def _refuse_if_overtaken(before: SeenTimes, keys: set[tuple[str, str]]) -> None:
    """Raise _Overtaken if the hub has recorded something newer about these locked models.

    A pull request may have been merged and recorded since that read. With the outdated read, a new
    model would look like one that upstream has removed.
    """
    current = seen_times()
    if any(before.get(key) != current.get(key) for key in keys):
        raise _Overtaken


def _used(blobs: dict[str, str]) -> dict[str, str]:
    """The files that define the models: for a type with split files, only these."""
    aggregates = {path: model_type for model_type, path in AGGREGATE_PATHS.items()}
    split = {model_type for model_type in MODEL_TYPES if layout_of(model_type, blobs) == "split"}
    return {path: blob for path, blob in blobs.items() if aggregates.get(path) not in split}


def _imported_blobs() -> dict[str, str]:
    """The blob ids of the split files that the hub has seen, computed from their texts."""
    rows = UpstreamFile.objects.filter(layout="split").values_list("path", "text")
    return {path: blob_id(text) for path, text in rows.iterator()}


def _refused(reading: TreeReading) -> set[tuple[str, str]]:
    """The models that were deleted here and are unchanged upstream.

    Their removal is on its way, or upstream has refused it; nobody has registered them again.
    """
    removed = {
        (change.model_type, change.name): change
        for change in UpstreamChange.objects.filter(
            kind=ChangeKind.REMOVE, model__isnull=True
        ).order_by("pk")
    }
    refused = set()
    for model in reading.models:
        change = removed.get((model.model_type, model.name))
        if change is None:
            continue
        if change.state in LIVE_STATES or same_but_for_layout(change.base, model.text):
            refused.add((model.model_type, model.name))
    return refused


def _gone(files: _UpstreamFiles) -> list[Gone]:
    """The models that upstream has removed.

    An unreadable file is never a removal: nothing is gone from a file with problems. A model that
    was never seen there can't be gone either.
    """
    present = files.present()
    split = {path.casefold() for path in files.blobs}
    gone = []
    for upstream_file in UpstreamFile.objects.filter(is_seen=True).select_related(
        "model__published_revision"
    ):
        model_type, layout = upstream_file.model_type, files.layouts[upstream_file.model_type]
        moved = RemovalReason.MOVED if layout != upstream_file.layout else ""
        path = AGGREGATE_PATHS[model_type]
        if layout == "split" and _key(model_type, upstream_file.name_key) not in split:
            gone.append(Gone(upstream_file, moved))
        elif layout == "aggregate" and files.is_read(path):
            if (model_type, upstream_file.name_key) not in present:
                emptied = not any(model.path == path for model in files.reading.models)
                gone.append(Gone(upstream_file, RemovalReason.EMPTIED if emptied else moved))
        elif layout is None:
            gone.append(Gone(upstream_file, RemovalReason.MOVED))
    return gone


def _still_there(files: _UpstreamFiles) -> set[int]:
    """The ids of models whose removal was recorded and that upstream has again."""
    present, split = files.present(), {path.casefold() for path in files.blobs}
    restored = set()
    for row in UpstreamRemoval.objects.select_related("model"):
        model, key = row.model, removals.key_there(row)
        path = _key(model.model_type, key)
        is_split = files.layouts[model.model_type] == "split"
        if (model.model_type, key) in present or (is_split and path in split):
            restored.add(model.pk)
    return restored


def _key(model_type: str, name: str) -> str:
    return split_path(model_type, name).casefold()


def _remember(blobs: dict[str, str]) -> None:
    UpstreamPath.objects.exclude(path__in=blobs).delete()
    UpstreamPath.objects.bulk_create(
        [UpstreamPath(path=path, blob=blob) for path, blob in blobs.items()],
        update_conflicts=True,
        unique_fields=["path"],
        update_fields=["blob", "seen_at"],
    )


def record_expired() -> int:
    """Record the removal of public models that have expired; the number of them.

    Only if a person set the expiry: nobody asked upstream to remove the others.
    """
    expired = RegisteredModel.objects.filter(
        visibility=Visibility.PUBLIC,
        expires_at__lte=timezone.now(),
        upstream_file__isnull=False,
    ).exclude(expiry_by="")
    return len(_record_changes(expired))


def _record_changes(models: RegisteredModelQuerySet) -> list[UpstreamChange]:
    """Write the missing outbox rows of these models on behalf of the hub itself; the new rows."""
    with changing(models) as change:
        for model in change.models.values():
            change.tell_upstream(model, by=None)
    return change.rows


def record_leftovers() -> PullRequest | None:
    """Send the remaining differences between the hub and upstream as a pull request of the hub."""
    with transaction.atomic():
        models = (
            RegisteredModel.objects.filter(
                visibility=Visibility.PUBLIC, published_revision__isnull=False
            )
            # A model that equals the source's is sent to upstream by the source's own hub.
            .exclude(source_text__text=F("published_revision__definition"))
        )
        rows = _record_changes(models)
        new_rows = [
            change
            for change in rows
            if change.pull_request is not None and change.pull_request.changes.count() == 1
        ]
        if not new_rows:
            return None
        first = new_rows[0].pull_request
        if first is None:
            return None
        first.is_sync = True
        first.save(update_fields=["is_sync"])
        for change in new_rows[1:]:
            spare = change.pull_request
            change.pull_request = first
            change.save(update_fields=["pull_request"])
            if spare is not None:
                spare.delete()
        return first
