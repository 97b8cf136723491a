"""Brings into the hub what was found upstream: hand edits, conflicts, and what upstream has now."""

from __future__ import annotations

import time
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from hub.audit import Tag, record
from models_registry import publication
from models_registry.catalogue import build
from models_registry.definitions.layouts import Layout
from models_registry.definitions.merge import merge
from models_registry.definitions.placing import path_of
from models_registry.definitions.reconcile import same_content
from models_registry.definitions.stamp import is_timestamp
from models_registry.definitions.text import Definition, parse
from models_registry.models import ReadmeOrigin, RegisteredModel, Revision, UpstreamFile
from models_registry.outbox_tables import LIVE_STATES, ChangeState, UpstreamChange
from models_registry.upstream.outgoing import wake
from models_registry.upstream.plan import Item, Result, join

AUTHOR = "upstream"
# Sources that say what a hub has, not what upstream has.
_OF_HUBS = ("hub:", "file:")


# (type, name key) → when the hub has learnt last what upstream has of a model.
Learnt = dict[tuple[str, str], datetime]


def learnt(**of: str) -> Learnt:
    """When the hub has learnt what it knows of upstream; read it before upstream is asked."""
    rows = UpstreamFile.objects.filter(**of).order_by("pk")
    found = rows.values_list("model_type", "name_key", "seen_at")
    return {(model_type, key): seen_at for model_type, key, seen_at in found}


def take_over(
    changes: list[UpstreamChange],
    result: Result,
    place: tuple[Layout, str],
    *,
    source: str,
    before: Learnt | None = None,
) -> bool:
    """Let the hub follow what a plan found of one model, in one transaction.

    In: the model's live changes, newest last, the plan's result, the layout and path of its file,
    where it was read, and what was learnt before that. A conflict is noted on the newest change.
    Where upstream was edited by hand, the joined definition is published as a revision by
    "upstream". Out: False where the hub's definition is no longer the one that was planned with, or
    something newer was learnt of upstream's, so that the plan is stale.
    """
    newest = changes[-1]
    with transaction.atomic():
        model = (
            RegisteredModel.objects.select_for_update().filter(pk=newest.model_id).first()
            if newest.model_id
            else None
        )
        fresh = UpstreamChange.objects.select_for_update().get(pk=newest.pk)
        if fresh.wanted != result.item.wanted or fresh.state == ChangeState.CANCELLED:
            return False
        if fresh.pull_request_id != newest.pull_request_id or _is_superseded(fresh):
            return False
        if before is not None and _is_older(fresh, before):
            return False
        if result.problem:
            _hold(changes, fresh, result)
            return True
        if result.hub not in ("", result.item.wanted) and result.item.wanted and model is not None:
            revision = publish_joined(model, result.hub, expected=result.item.wanted)
            if revision is None:
                _want_what_is_published(fresh, model)
                return False
            fresh.wanted, fresh.revision = result.hub, revision
        # What is to be removed has joined nothing: the model may be wanted again as it was.
        if model is not None and result.theirs and result.hub:
            remember(model, result.theirs, place, source=source)
        elif model is not None and not result.theirs:
            UpstreamFile.objects.filter(model=model).delete()
        if before is not None:
            before.pop((fresh.model_type, fresh.name_key), None)
            before.update(learnt(model_type=fresh.model_type, name_key=fresh.name_key))
        fresh.base = result.theirs
        fresh.save(update_fields=["base", "wanted", "revision", "changed_at"])
    newest.refresh_from_db()
    return True


def _is_older(change: UpstreamChange, before: Learnt) -> bool:
    """Whether the hub has learnt something of a model since; a base must not go back in time."""
    now = learnt(model_type=change.model_type, name_key=change.name_key)
    key = change.model_type, change.name_key
    return now.get(key) != before.get(key)


def _is_superseded(change: UpstreamChange) -> bool:
    """Whether the model was changed once more since; that one says what is wanted."""
    own = UpstreamChange.objects.filter(
        model_type=change.model_type, name_key=change.name_key, pull_request=change.pull_request_id
    )
    return own.filter(pk__gt=change.pk, state__in=LIVE_STATES).exists()


def _want_what_is_published(change: UpstreamChange, model: RegisteredModel) -> None:
    """Let a change go on with what its model says now."""
    if model.published_revision is None:
        return
    change.wanted, change.revision = model.published_revision.definition, model.published_revision
    change.save(update_fields=["wanted", "revision", "changed_at"])


def bring_in(
    model: RegisteredModel, theirs: str, place: tuple[Layout, str], *, source: str
) -> Result:
    """Join what upstream has now into a model that was changed here since.

    In: the model, upstream's definition (empty: it was removed there), the layout and path of its
    file, where it was read. Out: what comes of it; its `problem` says why the two can't be one, and
    `hub` is what the hub has now. What is on the way to upstream is planned anew.
    """
    with transaction.atomic():
        model = RegisteredModel.objects.select_for_update().get(pk=model.pk)
        live = list(
            UpstreamChange.objects.filter(model=model, state__in=LIVE_STATES).order_by("pk")
        )
        published = model.published_revision.definition if model.published_revision else ""
        seen = UpstreamFile.objects.filter(model=model).first()
        base = live[-1].base if live else (seen.text if seen is not None else "")
        is_guess = seen is not None and not seen.is_seen and (bool(live) or published != base)
        for change in live:
            if change.commit and is_merged_in(change, theirs):
                # The pull request has not been looked at since: what differs there is our own.
                base = base_after_merge(change, base)
        wanted = live[-1].wanted if live else published
        item = Item(model.model_type, model.name, base, wanted, is_guess=is_guess)
        result = join(item, theirs, now=int(time.time()))
        if live:
            take_over(live, result, place, source=source)
            if live[-1].pull_request is not None:
                # In a conflict too: the pull request says that it is held back.
                wake(live[-1].pull_request)
            return result
        if result.problem:
            return result
        if result.hub not in ("", published):
            publish_joined(model, result.hub, expected=published)
        if theirs:
            remember(model, theirs, place, source=source)
        return result


def is_merged_in(change: UpstreamChange, theirs: str) -> bool:
    """Whether upstream's definition has all that was sent, and perhaps edits made by hand since."""
    if not (change.sent and change.theirs and theirs):
        return same_content(change.sent, theirs)
    merged = merge(change.theirs, change.sent, theirs)
    return not merged.conflicts and same_content(merged.text, theirs)


def base_after_merge(change: UpstreamChange, seen: str) -> str:
    """What upstream has since a change was merged, as far as the hub knows: the next merge's base.

    In: the change, the text that upstream was last seen to have. That may be newer than the one
    that was sent: to go back to what was sent would make upstream's own edits, which the hub has
    joined since, look like edits made here.
    """
    if not change.sent or not seen:
        return change.sent
    if not change.theirs:
        return seen
    merged = merge(change.theirs, change.sent, seen)
    return change.sent if merged.conflicts else merged.text


def publish_joined(model: RegisteredModel, text: str, *, expected: str) -> Revision | None:
    """Publish a definition that has upstream's own edits in it, as a revision by "upstream".

    None where something else was published here by now.
    """
    published = model.published_revision
    if published is None or published.definition != expected:
        return None
    content = publication.Content(
        definition=text,
        readme=published.readme,
        readme_origin=ReadmeOrigin(published.readme_origin),
        message="Joined with an edit made upstream",
    )
    revision = publication.publish(model, content, by=None, by_name=AUTHOR)
    build.rebuild([model.model_type])
    record(
        Tag.MODEL_PUBLISH,
        by=None,
        target=model,
        revision=revision.number,
        before=published.number,
        author=AUTHOR,
    )
    return revision


def remember(model: RegisteredModel, text: str, place: tuple[Layout, str], *, source: str) -> None:
    """Make a text the base of the next merge of a model with upstream."""
    remember_parsed(model, parse(text), place, source=source)


def remember_there(model: RegisteredModel, text: str, *, source: str) -> None:
    """The same where its file is known from before, or is where new models go.

    The empty text says that it is not there any more.
    """
    seen = UpstreamFile.objects.filter(model=model).first()
    if not text:
        UpstreamFile.objects.filter(model=model).delete()
        return
    layout: Layout = "aggregate" if seen is not None and seen.layout == "aggregate" else "split"
    remember(model, text, (layout, path_of(layout, model.model_type, model.name)), source=source)


def remember_parsed(
    model: RegisteredModel, definition: Definition, place: tuple[Layout, str], *, source: str
) -> None:
    """The same for a definition that was parsed already, as when hundreds are imported.

    What comes from another hub is a guess at what upstream has.
    """
    name = {"model_type": model.model_type, "name_key": model.name_key}
    # What is left of a model of this name that was deleted here says nothing new any more.
    UpstreamFile.objects.filter(**name, model=None).delete()
    UpstreamFile.objects.update_or_create(
        model=model,
        defaults={
            **name,
            "layout": place[0],
            "path": place[1],
            "text": definition.text,
            "is_seen": not source.startswith(_OF_HUBS),
            "has_updated_at": all(is_timestamp(r.get("updated_at")) for r in definition.records),
            "source": source[:300],
            "seen_at": timezone.now(),
        },
    )


def _hold(changes: list[UpstreamChange], newest: UpstreamChange, result: Result) -> None:
    """Let a change wait for a person, with both sides to look at."""
    newest.state = ChangeState.CONFLICT
    newest.theirs = result.theirs
    newest.last_error = result.problem
    newest.save(update_fields=["state", "theirs", "last_error", "changed_at"])
    for change in changes[:-1]:
        if change.state in (ChangeState.WAITING, ChangeState.SENDING):
            UpstreamChange.objects.filter(pk=change.pk).update(state=ChangeState.CANCELLED)
