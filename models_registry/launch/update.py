"""Updates a type's models from the configured source: asked for on a page, done by a worker."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from celery import current_app
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import DomainError
from accounts.models import User
from models_registry import policy
from models_registry.definitions.kinds import MODEL_TYPES, name_key
from models_registry.definitions.layouts import MAX_AGGREGATE_BYTES, UpstreamModel, read_tree
from models_registry.errors import InvalidModelType, NotAllowed, SourceUnavailable, StaleState
from models_registry.launch import servers, telling
from models_registry.launch.merging import merge_list
from models_registry.models import Visibility
from models_registry.sources.hub import HubList, fetch_list, read_list
from models_registry.sources.open import read_source
from models_registry.sources.tree import Progress
from models_registry.update_tables import SourceList, UpdateRun

TASK: Final = "models_registry.update_type"
# A run that gave no sign of life for so long has lost its worker.
LOST_AFTER: Final = timedelta(minutes=11)
PROGRESS_SECONDS: Final = 0.4
# The part of a run's result that is about enterprise models.
RESTRICTED: Final = "restricted"


def update_type(model_type: str, *, by: User) -> UpdateRun:
    """Ask for an update of a type; one that is under way is joined.

    Out: the run, to be watched. Raises NotAllowed and InvalidModelType.
    """
    if model_type not in MODEL_TYPES:
        raise InvalidModelType(model_type)
    if not policy.holds(by, "update_catalogue"):
        raise NotAllowed(_("You may not update the hub's lists from their source."))
    return _started(model_type, by)


def ask_for_due() -> list[str]:
    """Ask for an update of each type whose last one is older than HUB_SOURCE_HOURS; say which.

    With 0 hours there is no schedule. A failed update is tried again as late as any other.
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
    """A new run that the worker was told of, or the one that is under way."""
    give_up_lost()
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
        result = _fetch_and_merge(update)
    except DomainError as error:
        _finish(update, UpdateRun.State.FAILED, message=error.message)
    except SoftTimeLimitExceeded:
        message = "The update took too long, and was ended. Nothing was changed."
        _finish(update, UpdateRun.State.FAILED, message=message)
    except Exception:
        _finish(
            update,
            UpdateRun.State.FAILED,
            message="The hub made a mistake of its own; its log says more. Nothing was changed.",
        )
        raise
    else:
        said = _tell_servers(update.model_type, update.by)
        _finish(update, UpdateRun.State.DONE, result=result, server_message=said)


@dataclass(frozen=True, slots=True)
class _Fetched:
    """What the source has of a type; `restricted` are the models that it shows to the token alone,
    `listed` is what to keep of its list for the next time."""

    models: Sequence[UpstreamModel]
    restricted: Sequence[UpstreamModel] = ()
    listed: HubList | None = None


def _fetch_and_merge(update: UpdateRun) -> dict[str, Any]:
    """Fetch everything, then merge everything: a failure before the end leaves all as it was."""
    kind, _colon, address = update.source.partition(":")
    saying = _progress(update)
    saying(0, 0, f"Asking {address} for the {update.model_type} list")
    if kind == "hub":
        fetched = _from_hub(update, address, saying)
    else:
        fetched = _Fetched(_from_files(update, saying))
    saying(0, 0, f"Joining {len(fetched.models)} models with what is here")
    result = _merge(update, fetched)
    if fetched.listed is not None:
        SourceList.objects.update_or_create(
            source=update.source,
            model_type=update.model_type,
            defaults={
                "etag": fetched.listed.etag[:300],
                "seen_at": timezone.now(),
                **SourceList.packed(fetched.listed.body),
            },
        )
    return result


def _from_hub(update: UpdateRun, address: str, saying: Progress) -> _Fetched:
    """Ask another hub. Where its list is as it was, that is merged again: what an update does must
    follow from both hubs alone, not from what this one happened to ask before."""
    known = SourceList.objects.filter(source=update.source, model_type=update.model_type).first()
    kept = known.read_body(MAX_AGGREGATE_BYTES) if known is not None else None
    etag = known.etag if known is not None and kept is not None else ""
    # SECURITY: the public list is asked for without the token. With it, the answer would hold
    # what only some may see, and this hub would publish it to everybody.
    digest = known.digest if known is not None else ""
    listed = fetch_list(address, update.model_type, etag=etag, sha256=digest, progress=saying)
    if listed.models is None:
        listed = read_list(address, update.model_type, kept or b"", etag=etag, progress=saying)
    models = listed.models or ()
    if not settings.ENV.hub_source_token:
        return _Fetched(models, (), listed)
    shown = fetch_list(address, update.model_type, token=settings.ENV.hub_source_token)
    names = {name_key(one.name) for one in models}
    restricted = [one for one in shown.models or () if name_key(one.name) not in names]
    return _Fetched(models, restricted, listed)


def _merge(update: UpdateRun, fetched: _Fetched) -> dict[str, Any]:
    """Merge the public models, and those that the token alone sees as enterprise models.

    Raises StaleState where the run was given up meanwhile, so that another one may be at work, or
    where somebody registered one of the models at the same moment.
    """
    try:
        return _merged(update, fetched)
    except IntegrityError as error:
        raise StaleState(
            "Somebody registered a model of this list at the same moment. Nothing was changed; "
            "update once more."
        ) from error


def _merged(update: UpdateRun, fetched: _Fetched) -> dict[str, Any]:
    model_type, source, by = update.model_type, update.source, update.by
    with transaction.atomic():
        own = UpdateRun.objects.filter(pk=update.pk, state=UpdateRun.State.RUNNING)
        if not own.update(seen_at=timezone.now()):
            raise StaleState("This update took so long that it was given up. Nothing was changed.")
        result = merge_list(model_type, fetched.models, source=source, by=by).as_dict()
        if fetched.restricted:
            more = merge_list(
                model_type,
                fetched.restricted,
                source=source,
                by=by,
                visibility=Visibility.ENTERPRISE,
                is_whole=False,
            )
            result[RESTRICTED] = more.as_dict()
    return result


def result_for(user: User, run: UpdateRun) -> dict[str, Any]:
    """What an update did, as far as somebody may know who may update.

    SECURITY: of enterprise models, which the hub's token brings in, it is told to those alone who
    see all of them.
    """
    result = dict(run.result)
    restricted = result.pop(RESTRICTED, {})
    if policy.holds(user, "view_enterprise_model"):
        for kind, more in restricted.items():
            result[kind] = [*result.get(kind, ()), *more]
    return result


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


def _progress(update: UpdateRun) -> Progress:
    """Return what writes progress into the run: each new step, and how far it is now and then.

    Inside the merge's transaction nobody would see it, so that nothing is written there.
    """
    last_step, last_time = "", 0.0

    def say(done: int, total: int, what: str) -> None:
        nonlocal last_step, last_time
        now = time.monotonic()
        if what == last_step and now - last_time < PROGRESS_SECONDS:
            return
        last_step, last_time = what, now
        UpdateRun.objects.filter(pk=update.pk, state=UpdateRun.State.RUNNING).update(
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
    # One that was given up stays so: another one may have taken its place.
    UpdateRun.objects.filter(pk=update.pk, state=UpdateRun.State.RUNNING).update(
        state=state,
        message=message,
        server_message=server_message,
        result=result or {},
        finished_at=timezone.now(),
        seen_at=timezone.now(),
    )


def give_up_lost() -> None:
    """Let runs fail that have given no sign of life for so long that their worker must be gone."""
    UpdateRun.objects.filter(
        state__in=[UpdateRun.State.QUEUED, UpdateRun.State.RUNNING],
        seen_at__lt=timezone.now() - LOST_AFTER,
    ).update(
        state=UpdateRun.State.FAILED,
        finished_at=timezone.now(),
        message="The worker that did this update was lost. Nothing was changed.",
    )
