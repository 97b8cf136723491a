"""Updates a type's models from the configured source: requested on a page, run by a worker."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.errors import DomainError
from accounts.models import User
from hub.task_queue import BACKGROUND, PEOPLE, ask_worker
from models_registry import policy
from models_registry.changes import changing
from models_registry.definitions.facts.kinds import MODEL_TYPES, name_key
from models_registry.definitions.json_text.document import scanned_once
from models_registry.definitions.upstream_files.layouts import (
    MAX_AGGREGATE_BYTES,
    UpstreamModel,
    read_tree,
)
from models_registry.errors import InvalidModelType, NotAllowed, SourceUnavailable, StaleState
from models_registry.models import SourceList, UpdateRun, Visibility
from models_registry.permissions import Right
from models_registry.servers import access, commands
from models_registry.stored_reasons import reason, reason_of, several, shown
from models_registry.sync import source_facts
from models_registry.sync.merge_list import merge_list
from models_registry.sync.sources.hub import HubList, fetch_list, fetch_repositories, read_list
from models_registry.sync.sources.reader import read_source
from models_registry.sync.sources.tree import Progress

TASK: Final = "models_registry.update_type"
# A run whose worker has not reported for this long has lost it.
LOST_AFTER: Final = timedelta(minutes=11)
ASK_AGAIN_AFTER: Final = timedelta(seconds=30)
PROGRESS_SECONDS: Final = 0.4
# The key of a run's result for enterprise models.
RESTRICTED: Final = "restricted"


def update_type(model_type: str, *, by: User) -> UpdateRun:
    """Request an update of a type; a run that is under way is returned instead of a second one.

    Raises NotAllowed and InvalidModelType.
    """
    if model_type not in MODEL_TYPES:
        raise InvalidModelType(model_type)
    if not policy.holds(by, Right.UPDATE_CATALOGUE):
        raise NotAllowed("may_not_update_catalogue")
    return _started(model_type, by)


def ask_for_due() -> list[str]:
    """Request an update of each type whose last one is older than HUB_SOURCE_HOURS; their types.

    0 hours disable the schedule. A failed update is retried no sooner than a successful one.
    """
    give_up_lost()
    hours = settings.ENV.hub_source_hours
    if not hours:
        return []
    since = timezone.now() - timedelta(hours=hours)
    recent = set(
        UpdateRun.objects.filter(created_at__gt=since).values_list("model_type", flat=True)
    )
    due = [model_type for model_type in MODEL_TYPES if model_type not in recent]
    for model_type in due:
        _started(model_type, None)
    return due


def _started(model_type: str, by: User | None) -> UpdateRun:
    """A new run that was sent to a worker, or the one that is under way."""
    give_up_lost()
    try:
        with transaction.atomic():
            started = UpdateRun.objects.create(
                model_type=model_type, source=settings.ENV.hub_source[:300], by=by
            )
            transaction.on_commit(lambda: ask_worker(TASK, started.pk, queue=_queue(started.by_id)))
            return started
    except IntegrityError:
        under_way = UpdateRun.objects.get(
            model_type=model_type, state__in=[UpdateRun.State.QUEUED, UpdateRun.State.RUNNING]
        )
        if under_way.state == UpdateRun.State.QUEUED:
            # Its message may be lost. The second of two messages finds the run taken, and ends.
            ask_worker(TASK, under_way.pk, queue=_queue(by.pk if by else None))
        return under_way


def ask_again_for_waiting() -> int:
    """Send the message again for each run that was queued too long; the number of messages.

    A broker that was down or was emptied has lost it; the run itself is in the database.
    """
    since = timezone.now() - ASK_AGAIN_AFTER
    waiting = UpdateRun.objects.filter(state=UpdateRun.State.QUEUED, created_at__lt=since)
    return sum(
        ask_worker(TASK, pk, queue=_queue(by)) for pk, by in waiting.values_list("pk", "by_id")
    )


def _queue(by: int | None) -> str:
    """A person waits for the update that they have asked for, and nobody for a scheduled one."""
    return PEOPLE if by is not None else BACKGROUND


def run(run_id: int) -> None:
    """Run an update that was requested; errors are stored in it for the page to show.

    A run that another worker has taken is not touched.
    """
    now = timezone.now()
    waiting = UpdateRun.objects.filter(pk=run_id, state=UpdateRun.State.QUEUED)
    if not waiting.update(state=UpdateRun.State.RUNNING, seen_at=now):
        return
    update = UpdateRun.objects.select_related("by").get(pk=run_id)
    try:
        result, is_whole = _fetch_and_merge(update)
    except DomainError as error:
        _finish(update, UpdateRun.State.FAILED, message=reason_of(error))
    except SoftTimeLimitExceeded:
        message = reason("update_was_given_up")
        _finish(update, UpdateRun.State.FAILED, message=message)
    except Exception:
        _finish(
            update,
            UpdateRun.State.FAILED,
            message=reason("update_failed_internally"),
        )
        raise
    else:
        missed = [] if is_whole else [reason("source_facts_not_taken")]
        server_message = _update_servers(update.model_type, update.by, missed)
        _finish(update, UpdateRun.State.DONE, result=result, server_message=server_message)


@dataclass(frozen=True, slots=True)
class _Fetched:
    """The models of a type at the source; `restricted` are those visible only with the token,
    `hub_list` is stored for the next conditional request; `repositories` are what the source saw of
    source repositories."""

    models: Sequence[UpstreamModel]
    restricted: Sequence[UpstreamModel] = ()
    hub_list: HubList | None = None
    repositories: Sequence[Mapping[str, Any]] = ()


@scanned_once()
def _fetch_and_merge(update: UpdateRun) -> tuple[dict[str, Any], bool]:
    """Fetch everything, then merge everything, so that an earlier failure changes nothing.

    The result, and whether what the source saw of source repositories was taken over as well.
    """
    kind, _colon, address = update.source.partition(":")
    progress = _progress_of(update)
    progress(0, 0, f"Asking {address} for the {update.model_type} list")
    if kind == "hub":
        fetched = _from_hub(update, address, progress)
    else:
        fetched = _from_files(update, progress)
    progress(0, 0, f"Merging {len(fetched.models)} models")
    result = _merge(update, fetched)
    is_whole = source_facts.taken_over(fetched.repositories) is not None
    if fetched.hub_list is not None:
        SourceList.objects.update_or_create(
            source=update.source,
            model_type=update.model_type,
            defaults={
                "etag": fetched.hub_list.etag[:300],
                "seen_at": timezone.now(),
                **SourceList.packed(fetched.hub_list.body),
            },
        )
    return result, is_whole


def _from_hub(update: UpdateRun, address: str, progress: Progress) -> _Fetched:
    """Fetch from another hub. An unmodified list is merged again, since the result of an update
    must depend only on both hubs, not on what was fetched before."""
    stored = SourceList.objects.filter(source=update.source, model_type=update.model_type).first()
    stored_body = stored.read_body(MAX_AGGREGATE_BYTES) if stored is not None else None
    etag = stored.etag if stored is not None and stored_body is not None else ""
    # SECURITY: the public list is requested without the token. With it, the answer would include
    # models that only some may see, and this hub would publish them to everybody.
    digest = stored.digest if stored is not None else ""
    hub_list = fetch_list(address, update.model_type, etag=etag, sha256=digest, progress=progress)
    if hub_list.models is None:
        hub_list = read_list(
            address, update.model_type, stored_body or b"", etag=etag, progress=progress
        )
    models = hub_list.models or ()
    # A hub that visits the repositories itself need not ask another one.
    visits = settings.ENV.source_visits
    repositories = [] if visits else fetch_repositories(address, update.model_type)
    if not settings.ENV.hub_source_token:
        return _Fetched(models, (), hub_list, repositories)
    visible = fetch_list(address, update.model_type, token=settings.ENV.hub_source_token)
    names = {name_key(model.name) for model in models}
    restricted = [model for model in visible.models or () if name_key(model.name) not in names]
    return _Fetched(models, restricted, hub_list, repositories)


def _merge(update: UpdateRun, fetched: _Fetched) -> dict[str, Any]:
    """Merge the public models, and those visible only with the token as enterprise models.

    Raises StaleState if the run was given up, so that another one may be running, or if somebody
    registered one of the models at the same time.
    """
    try:
        return _merged(update, fetched)
    except IntegrityError as error:
        raise StaleState("update_met_new_model") from error


def _merged(update: UpdateRun, fetched: _Fetched) -> dict[str, Any]:
    model_type, source, by = update.model_type, update.source, update.by
    with changing():
        running = UpdateRun.objects.filter(pk=update.pk, state=UpdateRun.State.RUNNING)
        if not running.update(seen_at=timezone.now()):
            raise StaleState("update_was_given_up")
        result = merge_list(model_type, fetched.models, source=source, by=by).as_dict()
        if fetched.restricted:
            restricted_result = merge_list(
                model_type,
                fetched.restricted,
                source=source,
                by=by,
                visibility=Visibility.ENTERPRISE,
                is_whole=False,
            )
            result[RESTRICTED] = restricted_result.as_dict()
    return result


def result_for(user: User, run: UpdateRun) -> dict[str, Any]:
    """The result of an update, as far as this user may see it.

    SECURITY: results about enterprise models, which the hub's token makes visible, are shown only
    to users who see all enterprise models.
    """
    result = dict(run.result)
    restricted = result.pop(RESTRICTED, {})
    if policy.holds(user, Right.VIEW_ENTERPRISE_MODEL):
        for kind, entries in restricted.items():
            result[kind] = [*result.get(kind, ()), *entries]
    result["conflicts"] = [
        {**conflict, "why": shown(conflict["why"])} for conflict in result.get("conflicts", ())
    ]
    return result


def _from_files(update: UpdateRun, progress: Progress) -> _Fetched:
    """Read the type's models from a wheel, a folder or a repository; all of them, or none."""
    tree = read_source(update.source, progress, only_types=[update.model_type])
    reading = read_tree(tree.files)
    prefix = f"xinference/model/{update.model_type}/"
    problems = [f"{problem.path}:{problem.line}: {problem.message}" for problem in reading.problems]
    problems += [f"{path}: {why}" for path, why in tree.unreadable.items()]
    broken = [problem for problem in problems if problem.startswith(prefix)]
    models = tuple(model for model in reading.models if model.model_type == update.model_type)
    if broken:
        raise SourceUnavailable(
            "source_files_are_broken", model_type=update.model_type, broken=broken[0]
        )
    if not models:
        raise SourceUnavailable(
            "source_has_no_models_of_type", source=update.source, model_type=update.model_type
        )
    return _Fetched(models, repositories=tree.repositories)


def _progress_of(update: UpdateRun) -> Progress:
    """A callback that writes progress into the run: each new step at once, numbers now and then.

    Not used inside the merge's transaction, where nobody could see it.
    """
    last_step, last_time = "", 0.0

    def report(done: int, total: int, step: str) -> None:
        nonlocal last_step, last_time
        now = time.monotonic()
        if step == last_step and now - last_time < PROGRESS_SECONDS:
            return
        last_step, last_time = step, now
        UpdateRun.objects.filter(pk=update.pk, state=UpdateRun.State.RUNNING).update(
            done=done, total=total, step=step[:300], seen_at=timezone.now()
        )

    return report


def _update_servers(model_type: str, by: User | None, said: Sequence[str]) -> str:
    """Make the hub's server and the user's own fetch the list; their messages after those that
    were `said` before, as `stored_reasons` writes them."""
    messages = list(said)
    for server in access.servers_of(by) if by is not None else [access.hub_server()]:
        if server is None:
            continue
        try:
            messages.append(commands.update_type(server, model_type, by=by))
        except DomainError as error:
            messages.append(reason_of(error))
    return several(messages) if messages else ""


def _finish(
    update: UpdateRun,
    state: UpdateRun.State,
    *,
    message: str = "",
    result: object = None,
    server_message: str = "",
) -> None:
    # A run that was given up stays so: another one may have replaced it.
    UpdateRun.objects.filter(pk=update.pk, state=UpdateRun.State.RUNNING).update(
        state=state,
        message=message,
        server_message=server_message,
        result=result or {},
        finished_at=timezone.now(),
        seen_at=timezone.now(),
    )


def give_up_lost() -> None:
    """Mark runs as failed whose worker has not reported for too long."""
    UpdateRun.objects.filter(
        state__in=[UpdateRun.State.QUEUED, UpdateRun.State.RUNNING],
        seen_at__lt=timezone.now() - LOST_AFTER,
    ).update(
        state=UpdateRun.State.FAILED,
        finished_at=timezone.now(),
        message=reason("update_lost_its_worker"),
    )
