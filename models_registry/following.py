"""Follows upstream: what people change there by hand comes into the hub, at the cost of a look.

The id of the folder with all models tells whether anything changed; the ids of its files tell what.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from hub.audit import Tag, record
from models_registry.catalogue import build
from models_registry.definitions.kinds import MODEL_TYPES, name_key
from models_registry.definitions.layouts import (
    AGGREGATE_PATHS,
    Layout,
    layout_of,
    read_tree,
    split_path,
)
from models_registry.definitions.placing import with_definitions
from models_registry.imports import (
    ImportReport,
    blob_id,
    import_catalogue,
    remember_aggregates,
)
from models_registry.models import CatalogueList, RegisteredModel, UpstreamFile, Visibility
from models_registry.outbox_tables import (
    LIVE_STATES,
    ChangeKind,
    PullRequest,
    PullRequestState,
    UpstreamChange,
    UpstreamPath,
)
from models_registry.sources.github import FEW_FILES, read_github
from models_registry.sources.tree import SourceTree
from models_registry.upstream import pulls
from models_registry.upstream.errors import GatewayError
from models_registry.upstream.github import GitHub
from models_registry.upstream.joining import Learnt, bring_in, learnt
from models_registry.upstream.outgoing import note_change

logger = logging.getLogger(__name__)

FOLDER = "xinference/model"
# More removals at once than this are no edit but another catalogue: a person must look.
MAX_REMOVALS = 20
# How often to look anew where upstream was quicker; then the next time does it.
LOOKS = 3


def follow_upstream() -> ImportReport | None:
    """Bring into the hub what has changed upstream since the last look; None where nothing has.

    New and changed models are published as upstream has them, joined with what was changed here.
    A model that upstream has removed expires here, unless it was changed here. A hub into which
    nothing was imported yet follows nothing. Raises GatewayError where GitHub can't be asked, and
    SourceUnavailable where its archive can't be read.
    """
    if not UpstreamFile.objects.exists():
        return None
    for _ in range(LOOKS):
        with suppress(_Overtaken):
            return _look()
    return None


class _Overtaken(Exception):
    """Of some of these models the hub has learnt something newer than what was looked at."""


def _look() -> ImportReport | None:
    # Read before upstream is asked: what changes from here on may be newer than the answer.
    before = learnt()
    github = GitHub(settings.ENV.github_api_url, settings.ENV.github_token)
    repository = github.repository(settings.ENV.upstream_repo).name
    commit = github.head(repository, settings.ENV.upstream_branch)
    if commit is None:
        raise GatewayError(f"{repository} has no branch {settings.ENV.upstream_branch}.")
    folder = github.model_tree(repository, github.tree_of(repository, commit))
    seen = dict(UpstreamPath.objects.values_list("path", "blob"))
    if folder is None:
        return None
    if seen.get(FOLDER) == folder:
        UpstreamPath.objects.filter(path=FOLDER).update(seen_at=timezone.now())
        return None
    blobs = _used(github.model_files(repository, folder))
    known = {**_imported_blobs(), **seen}
    changed = [path for path, blob in blobs.items() if known.get(path) != blob]
    if len(changed) > FEW_FILES:
        tree = read_github(f"{repository}@{commit}")
        files = {path: tree.files[path] for path in changed if path in tree.files}
    else:
        files = {path: github.blob(repository, blobs[path]) for path in sorted(changed)}
    label = f"github:{repository}@{commit}"
    _look_at_own_pull_requests(files)
    with transaction.atomic():
        gone = _gone(blobs, files)
        _refuse_if_overtaken(before, files, gone)
        report = import_catalogue(SourceTree(label, _without_refused(files)), by=None)
        _remove(gone, source=label)
        _remember({**blobs, FOLDER: folder})
        remember_aggregates(files)
    return report


def last_look() -> datetime | None:
    """When upstream was last seen to be as the hub knows it; None where it never was."""
    return UpstreamPath.objects.filter(path=FOLDER).values_list("seen_at", flat=True).first()


def _look_at_own_pull_requests(files: dict[str, str]) -> None:
    """Find out first whether what changed upstream is a pull request of the hub's own.

    Else a merge, with hand edits since, looks like somebody else's definition of the same model.
    Raises GatewayError.
    """
    names = {name_key(one.name) for one in read_tree(files).models}
    watched = (PullRequestState.OPEN, PullRequestState.STOPPED)
    own = PullRequest.objects.filter(number__isnull=False, state__in=watched)
    for pull_request in own.filter(changes__name_key__in=names).distinct():
        pulls.look_at(pull_request)


def _refuse_if_overtaken(before: Learnt, files: dict[str, str], gone: list[UpstreamFile]) -> None:
    """Hold the models that a look at upstream would change. Raises _Overtaken.

    A pull request may have been merged, and its models noted, since that look. To believe the look
    would take a new model for one that upstream has removed.
    """
    keys = {(one.model_type, name_key(one.name)) for one in read_tree(files).models}
    keys |= {(seen.model_type, seen.name_key) for seen in gone}
    # Models, then lists, then pull requests: in the order of everybody who changes a model.
    models = RegisteredModel.objects.select_for_update().order_by("pk")
    list(models.filter(name_key__in={name for _, name in keys}).values_list("pk"))
    lists = CatalogueList.objects.select_for_update().order_by("model_type")
    list(lists.filter(model_type__in={model_type for model_type, _ in keys}).values_list("pk"))
    now = learnt()
    if any(before.get(key) != now.get(key) for key in keys):
        raise _Overtaken


def _used(blobs: dict[str, str]) -> dict[str, str]:
    """The files that say what models there are: in a type with split files, these alone."""
    aggregates = {path: model_type for model_type, path in AGGREGATE_PATHS.items()}
    split = {one for one in MODEL_TYPES if layout_of(one, blobs) == "split"}
    return {path: blob for path, blob in blobs.items() if aggregates.get(path) not in split}


def _imported_blobs() -> dict[str, str]:
    """The ids of the split files that the hub has seen, as git computes them from their texts."""
    rows = UpstreamFile.objects.filter(layout="split").values_list("path", "text")
    return {path: blob_id(text) for path, text in rows.iterator()}


def _without_refused(files: dict[str, str]) -> dict[str, str]:
    """Leave out models that were deleted here and are upstream as they were then.

    Their removal is on its way, or upstream has refused it; nobody asked for them again.
    """
    removed = {
        (change.model_type, change.name): change
        for change in UpstreamChange.objects.filter(
            kind=ChangeKind.REMOVE, model__isnull=True
        ).order_by("pk")
    }
    kept = dict(files)
    for model in read_tree(files).models:
        change = removed.get((model.model_type, model.name))
        if change is None:
            continue
        if change.state not in LIVE_STATES and change.base != model.text:
            continue
        if model.layout == "split":
            kept.pop(model.path)
        else:
            kept[model.path] = with_definitions(kept[model.path], {model.name: None})
    return kept


def _remove(gone: list[UpstreamFile], *, source: str) -> None:
    """Let models expire that upstream has no more."""
    if len(gone) > MAX_REMOVALS:
        logger.error(
            "%s lacks %d models that it had: none of them was removed here.", source, len(gone)
        )
        return
    for seen in gone:
        model = seen.model
        if model is None:
            seen.delete()
            continue
        layout: Layout = "aggregate" if seen.layout == "aggregate" else "split"
        result = bring_in(model, "", (layout, seen.path), source=source)
        if result.problem:
            continue
        seen.delete()
        if result.hub:
            # It was removed by the hub's own pull request, and is wanted again since.
            continue
        if model.visibility == Visibility.PUBLIC and not model.is_expired():
            now = timezone.now()
            RegisteredModel.objects.filter(pk=model.pk).update(expires_at=now, changed_at=now)
            record(Tag.MODEL_EXPIRY, by=None, target=model, after=now.isoformat(), source=source)
            build.rebuild([model.model_type])


def _gone(blobs: dict[str, str], files: dict[str, str]) -> list[UpstreamFile]:
    """The models of which upstream had a text that it has no more."""
    aggregated = {
        (one.model_type, name_key(one.name))
        for one in read_tree(files).models
        if one.layout == "aggregate"
    }
    split = {path.casefold() for path in blobs}
    # What was never seen there is not gone from there.
    gone = []
    for seen in UpstreamFile.objects.filter(is_seen=True):
        model_type = seen.model_type
        layout = layout_of(model_type, blobs)
        if layout == "split" and _key(model_type, seen.name_key) not in split:
            gone.append(seen)
        elif layout == "aggregate" and AGGREGATE_PATHS[model_type] in files:
            if (model_type, seen.name_key) not in aggregated:
                gone.append(seen)
    return gone


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


def note_expired() -> int:
    """Note the removal of public models that have expired by now; how many there were."""
    expired = RegisteredModel.objects.filter(
        visibility=Visibility.PUBLIC, expires_at__lte=timezone.now(), upstream_file__isnull=False
    ).select_related("published_revision")
    return sum(note_change(model, by=None) is not None for model in expired)


def note_leftovers() -> PullRequest | None:
    """Gather what the hub and upstream still differ in into one pull request of the hub's own."""
    with transaction.atomic():
        models = (
            RegisteredModel.objects.filter(
                visibility=Visibility.PUBLIC, published_revision__isnull=False
            )
            # What came from the source as it is, its own hub brings to upstream.
            .exclude(source_text__text=F("published_revision__definition"))
            .select_related("published_revision")
        )
        noted = [change for model in models if (change := note_change(model, by=None))]
        fresh = [
            change
            for change in noted
            if change.pull_request is not None and change.pull_request.changes.count() == 1
        ]
        if not fresh:
            return None
        first = fresh[0].pull_request
        if first is None:
            return None
        first.is_sync = True
        first.save(update_fields=["is_sync"])
        for change in fresh[1:]:
            spare = change.pull_request
            change.pull_request = first
            change.save(update_fields=["pull_request"])
            if spare is not None:
                spare.delete()
        return first
