"""Updates a type's models from the configured source: asked for on a page, done by a worker."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from celery import current_app
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.errors import DomainError
from accounts.models import User
from models_registry import policy
from models_registry.definitions.kinds import MODEL_TYPES
from models_registry.definitions.layouts import UpstreamModel, read_tree
from models_registry.errors import InvalidModelType, NotAllowed, SourceUnavailable
from models_registry.launch import servers, telling
from models_registry.launch.merging import Outcome, merge_list
from models_registry.models import Visibility
from models_registry.sources.hub import fetch_list
from models_registry.sources.open import read_source
from models_registry.sources.tree import Progress
from models_registry.update_tables import SourceList, UpdateRun

TASK: Final = "models_registry.update_type"
# A run that gave no sign of life for so long has lost its worker.
LOST_AFTER: Final = timedelta(minutes=11)


def update_type(model_type: str, *, by: User) -> UpdateRun:
    """Ask for an update of a type; one that is under way is joined.

    Out: the run, to be watched. Raises NotAllowed and InvalidModelType.
    """
    if model_type not in MODEL_TYPES:
        raise InvalidModelType(model_type)
    if not policy.holds(by, "update_catalogue"):
        raise NotAllowed("You may not update the hub's lists from their source.")
    return _started(model_type, by)


def ask_for_due() -> list[str]:
    """Ask for an update of each type whose last one is older than HUB_SOURCE_HOURS; say which.

    With 0 hours there is no schedule. A failed update is tried again as late as any other.
    """
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
    """A new run that the worker was told of, or the one that is under way."""
    _give_up_lost(model_type)
    try:
        with transaction.atomic():
            started = UpdateRun.objects.create(
                model_type=model_type, source=settings.ENV.hub_source[:300], by=by
            )
            transaction.on_commit(lambda: current_app.send_task(TASK, args=[started.pk]))
            return started
    except IntegrityError:
        return UpdateRun.objects.get(
            model_type=model_type, state__in=[UpdateRun.State.QUEUED, UpdateRun.State.RUNNING]
        )


def run(run_id: int) -> None:
    """Do an update that was asked for; what goes wrong is written into it, for the page to say.

    A run that another worker has, or had, is left alone.
    """
    now = timezone.now()
    waiting = UpdateRun.objects.filter(pk=run_id, state=UpdateRun.State.QUEUED)
    if not waiting.update(state=UpdateRun.State.RUNNING, seen_at=now):
        return
    update = UpdateRun.objects.select_related("by").get(pk=run_id)
    try:
        outcome = _fetch_and_merge(update)
    except DomainError as error:
        _finish(update, UpdateRun.State.FAILED, message=error.message)
    except Exception:
        _finish(
            update,
            UpdateRun.State.FAILED,
            message="The hub made a mistake of its own; its log says more. Nothing was changed.",
        )
        raise
    else:
        said = _tell_servers(update.model_type, update.by)
        result = outcome.as_dict() if outcome else {}
        _finish(update, UpdateRun.State.DONE, result=result, server_message=said)


def _fetch_and_merge(update: UpdateRun) -> Outcome | None:
    """Fetch the list and merge it; None where the source says that it is as it was."""
    kind, _, address = update.source.partition(":")
    saying = _progress(update)
    saying(0, 0, f"Asking {address} for the {update.model_type} list")
    if kind != "hub":
        models = _from_files(update, saying)
        return _merge(update, models, saying)
    known = SourceList.objects.filter(source=update.source, model_type=update.model_type).first()
    # SECURITY: the public list is asked for without the token. With it, the answer would hold
    # what only some may see, and this hub would publish it to everybody.
    listed = fetch_list(address, update.model_type, etag=known.etag if known else "")
    outcome = _merge(update, listed.models, saying) if listed.models is not None else None
    if settings.ENV.hub_source_token:
        outcome = _restricted(update, address, saying, outcome)
    SourceList.objects.update_or_create(
        source=update.source,
        model_type=update.model_type,
        defaults={"etag": listed.etag[:300], "seen_at": timezone.now()},
    )
    return outcome


def _restricted(
    update: UpdateRun, address: str, saying: Progress, outcome: Outcome | None
) -> Outcome | None:
    """Merge what the source shows to the hub's token alone, as enterprise models."""
    shown = fetch_list(address, update.model_type, token=settings.ENV.hub_source_token)
    public = fetch_list(address, update.model_type)
    names = {one.name for one in public.models or ()}
    models = [one for one in shown.models or () if one.name not in names]
    if not models:
        return outcome
    more = merge_list(
        update.model_type,
        models,
        source=update.source,
        by=update.by,
        visibility=Visibility.ENTERPRISE,
        is_whole=False,
        progress=saying,
    )
    outcome = outcome or Outcome()
    for name in Outcome.__dataclass_fields__:
        getattr(outcome, name).extend(getattr(more, name))
    return outcome


def _merge(
    update: UpdateRun, models: tuple[UpstreamModel, ...] | None, saying: Progress
) -> Outcome:
    return merge_list(
        update.model_type, models or (), source=update.source, by=update.by, progress=saying
    )


def _from_files(update: UpdateRun, saying: Progress) -> tuple[UpstreamModel, ...]:
    """Read the type's models from a wheel, a folder or a repository; all of them, or none."""
    tree = read_source(update.source, saying, only_types=[update.model_type])
    reading = read_tree(tree.files)
    prefix = f"xinference/model/{update.model_type}/"
    problems = [f"{one.path}:{one.line}: {one.message}" for one in reading.problems]
    problems += [f"{path}: {why}" for path, why in tree.unreadable.items()]
    broken = [one for one in problems if one.startswith(prefix)]
    models = tuple(one for one in reading.models if one.model_type == update.model_type)
    if broken:
        raise SourceUnavailable(f"The source's {update.model_type} list is broken: {broken[0]}")
    if not models:
        raise SourceUnavailable(f"{update.source} has no {update.model_type} models.")
    return models


def _progress(update: UpdateRun) -> Callable[[int, int, str], None]:
    """Return what writes progress into the run, as far as that is seen from outside.

    Inside the merge's transaction nobody sees it, so it is written before and after alone.
    """

    def say(done: int, total: int, what: str) -> None:
        if not transaction.get_connection().in_atomic_block:
            UpdateRun.objects.filter(pk=update.pk).update(
                done=done, total=total, step=what[:300], seen_at=timezone.now()
            )

    return say


def _tell_servers(model_type: str, by: User | None) -> str:
    """Have the hub's server, and that of who asked, fetch the list; what they said to that."""
    said = []
    for server in servers.servers_of(by) if by is not None else [servers.hub_server()]:
        if server is None:
            continue
        try:
            said.append(telling.update_type(server, model_type, by=by))
        except DomainError as error:
            said.append(error.message)
    return "\n".join(said)


def _finish(
    update: UpdateRun,
    state: UpdateRun.State,
    *,
    message: str = "",
    result: object = None,
    server_message: str = "",
) -> None:
    UpdateRun.objects.filter(pk=update.pk).update(
        state=state,
        message=message,
        server_message=server_message,
        result=result or {},
        finished_at=timezone.now(),
        seen_at=timezone.now(),
    )


def _give_up_lost(model_type: str) -> None:
    UpdateRun.objects.filter(
        model_type=model_type,
        state__in=[UpdateRun.State.QUEUED, UpdateRun.State.RUNNING],
        seen_at__lt=timezone.now() - LOST_AFTER,
    ).update(
        state=UpdateRun.State.FAILED,
        finished_at=timezone.now(),
        message="The worker that did this update was lost. Nothing was changed.",
    )
