"""Merges upstream's edits into the hub, and stores conflicts and upstream's current texts."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from hub.audit import Tag, record
from models_registry import publication, revision_messages
from models_registry.changes import Change, changing
from models_registry.definitions.compare.merge import merge
from models_registry.definitions.compare.reconcile import same_but_for_layout, same_content
from models_registry.definitions.facts.kinds import name_key, record_name
from models_registry.definitions.facts.naming import name_in
from models_registry.definitions.json_text.document import Definition, parse
from models_registry.definitions.json_text.timestamps import is_timestamp
from models_registry.definitions.upstream_files.layouts import Layout
from models_registry.definitions.upstream_files.placing import path_of
from models_registry.models import (
    LIVE_STATES,
    ChangeState,
    RegisteredModel,
    Revision,
    UpstreamChange,
    UpstreamFile,
    UpstreamRemoval,
)
from models_registry.outbox.pull_requests import lock_change, wake
from models_registry.upstream.plan import Item, Result, merge_item

# The author of what comes from upstream or another source.
AUTHOR = "upstream"
# Sources that describe a hub's models, not upstream's.
OF_HUBS = ("hub:", "file:")
# How far back to look for the revision that upstream has in another layout.
_REVISIONS_LOOKED_AT = 20
_KEYS = ("id", "model")


# (type, name key) → when the hub last recorded upstream's text of a model.
SeenTimes = dict[tuple[str, str], datetime]


def _file_keys(change: UpstreamChange) -> set[tuple[str, str]]:
    """The keys under which upstream may have the model of a change, which may have been renamed."""
    names = {change.name_key}
    if change.model_id is not None:
        rows = UpstreamFile.objects.filter(model=change.model_id)
        names |= set(rows.values_list("name_key", flat=True))
    return {(change.model_type, name) for name in names}


def seen_times(**of: str) -> SeenTimes:
    """When the hub last recorded upstream's text of each model; call it before upstream is read."""
    rows = UpstreamFile.objects.filter(**of).order_by("pk")
    times = rows.values_list("model_type", "name_key", "seen_at")
    return {(model_type, key): seen_at for model_type, key, seen_at in times}


def store_result(
    changes: list[UpstreamChange],
    result: Result,
    place: tuple[Layout, str],
    *,
    source: str,
    before: SeenTimes | None = None,
) -> bool:
    """Store the result of a plan for one model in the hub, in one transaction.

    `changes` are the model's live changes, newest last; `before` is what `seen_times` returned
    before upstream was read. A conflict is stored on the newest change. If upstream was edited by
    hand, the merged definition is published as a revision by "upstream". False if the plan is
    stale: the hub's definition has changed, or something newer about upstream was recorded.
    """
    newest = changes[-1]
    # A model that was deleted has no number.
    models = RegisteredModel.objects.filter(pk=newest.model_id or 0)
    with changing(models, lists=[newest.model_type]) as change:
        model = next(iter(change.models.values()), None)
        fresh = lock_change(newest)
        if fresh.wanted != result.item.wanted or fresh.state == ChangeState.CANCELLED:
            return False
        if fresh.pull_request_id != newest.pull_request_id or _is_superseded(fresh):
            return False
        keys = _file_keys(fresh)
        if before is not None and _is_older(keys, before):
            return False
        if result.problem:
            _mark_conflict(changes, fresh, result)
            return True
        if result.hub not in ("", result.item.wanted) and result.item.wanted and model is not None:
            revision = _publish_merged(change, model, result.hub, expected=result.item.wanted)
            if revision is None:
                _want_published(fresh, model)
                return False
            fresh.wanted, fresh.revision = result.hub, revision
        # A removal is not merged: the model may be wanted again as it was.
        if model is not None and result.theirs and result.hub:
            remember(model, result.theirs, place, source=source)
        elif model is not None and not result.theirs:
            UpstreamFile.objects.filter(model=model).delete()
        if before is not None:
            for key in keys | _file_keys(fresh):
                before.pop(key, None)
                before.update(seen_times(model_type=key[0], name_key=key[1]))
        fresh.base = result.theirs
        fresh.save(update_fields=["base", "wanted", "revision", "changed_at"])
    newest.refresh_from_db()
    return True


def _is_older(keys: Collection[tuple[str, str]], before: SeenTimes) -> bool:
    """Whether the hub has recorded something newer about the model; a base must not go back in
    time."""
    for key in keys:
        now = seen_times(model_type=key[0], name_key=key[1])
        if now.get(key) != before.get(key):
            return True
    return False


def _is_superseded(change: UpstreamChange) -> bool:
    """Whether a newer change of the model replaces this one."""
    changes = UpstreamChange.objects.filter(
        model_type=change.model_type, name_key=change.name_key, pull_request=change.pull_request_id
    )
    return changes.filter(pk__gt=change.pk, state__in=LIVE_STATES).exists()


def _want_published(change: UpstreamChange, model: RegisteredModel) -> None:
    """Make a change want the definition that its model has published now."""
    if model.published_revision is None:
        return
    change.wanted, change.revision = model.published_revision.definition, model.published_revision
    change.save(update_fields=["wanted", "revision", "changed_at"])


def base_text(model: RegisteredModel) -> str:
    """Upstream's text of a model when the hub last read it, also if it was removed since."""
    upstream_file = UpstreamFile.objects.filter(model=model).first()
    if upstream_file is not None:
        return upstream_file.text
    removal = UpstreamRemoval.objects.filter(model=model).first()
    return removal.text if removal is not None else ""


def base_as_here(model: RegisteredModel | None, base: str) -> str:
    """Upstream's text as last seen, in the layout in which the hub has published it.

    If upstream has another layout, an edit made here is then merged into upstream's text, without
    the hub's layout.
    """
    if model is None or not base:
        return base
    texts = Revision.objects.filter(model=model).order_by("-number")
    for text in texts.values_list("definition", flat=True)[:_REVISIONS_LOOKED_AT]:
        if same_but_for_layout(text, base):
            return text
    return base


def merge_upstream(
    model: RegisteredModel,
    theirs: str,
    place: tuple[Layout, str],
    *,
    source: str,
    there: Collection[tuple[str, str]] = (),
) -> Result:
    """Merge upstream's current text into a model that was edited here since.

    `theirs` is upstream's definition; empty if it was removed there. `there` are the (type, name)
    of upstream's models. In the result, `problem` says
    why the two can't be merged, and `hub` is the hub's new text. A change on its way to upstream is
    planned again.
    """
    with changing([model], lists=[model.model_type]) as change:
        model = change.models[model.pk]
        live = list(
            UpstreamChange.objects.filter(model=model, state__in=LIVE_STATES).order_by("pk")
        )
        published = model.published_revision.definition if model.published_revision else ""
        upstream_file = UpstreamFile.objects.filter(model=model).first()
        base = live[-1].base if live else base_text(model)
        is_guess = (
            upstream_file is not None
            and not upstream_file.is_seen
            and (bool(live) or published != base)
        )
        for sent in live:
            if sent.commit and is_merged_in(sent, theirs):
                # The pull request has not been polled since, so the hub made these differences.
                base = base_after_merge(sent, base)
        wanted = live[-1].wanted if live else published
        base = base_as_here(model, base)
        if theirs and has_other_model(model, name_in(theirs), base, there):
            base = ""
        item = Item(model.model_type, model.name, base, wanted, is_guess=is_guess)
        result = merge_item(item, theirs, now=int(time.time()))
        if live:
            store_result(live, result, place, source=source)
            if live[-1].pull_request is not None:
                # Also for a conflict: the pull request must mention it.
                wake(live[-1].pull_request)
            return result
        if result.problem:
            return result
        if result.hub not in ("", published):
            _publish_merged(change, model, result.hub, expected=published)
        if theirs:
            remember(model, theirs, place, source=source)
        return result


def has_other_model(
    model: RegisteredModel, name: str, base: str, there: Collection[tuple[str, str]]
) -> bool:
    """Whether a source with these (type, name) has another model under the new name of one that was
    renamed here: it has the renamed one, too. Without a base, the two are in conflict."""
    former = name_in(base)
    return former not in ("", name) and (model.model_type, former) in there


def is_merged_in(change: UpstreamChange, theirs: str) -> bool:
    """Whether upstream's definition contains all that was sent, perhaps with later edits."""
    if not (change.sent and change.theirs and theirs):
        return same_content(change.sent, theirs)
    merged = merge(change.theirs, change.sent, theirs)
    return not merged.conflicts and same_content(merged.text, theirs)


def base_after_merge(change: UpstreamChange, seen: str) -> str:
    """Upstream's text after a change was merged, as far as the hub knows: the base of the next
    merge.

    The text that was last read upstream may be newer than the one that was sent: with the sent one
    as the base, upstream's own edits, which the hub has merged since, would look like edits made
    here.
    """
    if not change.sent or not seen:
        return change.sent
    if not change.theirs:
        return seen
    merged = merge(change.theirs, change.sent, seen)
    return change.sent if merged.conflicts else merged.text


def _publish_merged(
    change: Change, model: RegisteredModel, text: str, *, expected: str
) -> Revision | None:
    """Publish a definition that contains upstream's own edits, as a revision by "upstream".

    None if something else was published here by now.
    """
    published = model.published_revision
    if published is None or published.definition != expected:
        return None
    message = revision_messages.MERGED_WITH_UPSTREAM
    content = publication.with_readme_kept(model, text, message=message)
    revision = publication.publish(model, content, by=None, by_name=AUTHOR)
    change.touch_list(model)
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
    remember_all([SeenFile(model, parse(text), place)], source=source)


def remember_there(model: RegisteredModel, text: str, *, source: str) -> None:
    """Like `remember`, for the file that is known already or where new models go.

    The empty text means that upstream no longer has the model.
    """
    upstream_file = UpstreamFile.objects.filter(model=model).first()
    if not text:
        UpstreamFile.objects.filter(model=model).delete()
        return
    layout: Layout = (
        "aggregate"
        if upstream_file is not None and upstream_file.layout == "aggregate"
        else "split"
    )
    name = name_in(text) or model.name
    remember(model, text, (layout, path_of(layout, model.model_type, name)), source=source)


@dataclass(frozen=True, slots=True)
class SeenFile:
    """What upstream has of a model; `valid_by` names the schemas by which it is valid."""

    model: RegisteredModel
    definition: Definition
    place: tuple[Layout, str]
    valid_by: str = ""


def remember_all(files: Sequence[SeenFile], *, source: str) -> None:
    """`remember` for many models, each of which is there once, in a few queries for all.

    Each is stored under the name that it has there. What another hub has is a guess.
    """
    rows = [
        UpstreamFile(
            model=file.model,
            **_file_values(
                file.model, file.definition, file.place, source=source, valid_by=file.valid_by
            ),
        )
        for file in files
    ]
    # Records of deleted models of these names are out of date now.
    for model_type in {row.model_type for row in rows}:
        names = [row.name_key for row in rows if row.model_type == model_type]
        orphans = UpstreamFile.objects.filter(model=None, model_type=model_type)
        orphans.filter(name_key__in=names).delete()
    written = [field.name for field in UpstreamFile._meta.fields if field.name not in _KEYS]
    UpstreamFile.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["model"], update_fields=written
    )


def _file_values(
    model: RegisteredModel,
    definition: Definition,
    place: tuple[Layout, str],
    *,
    source: str,
    valid_by: str,
) -> dict[str, Any]:
    return {
        "model_type": model.model_type,
        "name_key": name_key(record_name(definition.records[0]) or model.name),
        "layout": place[0],
        "path": place[1],
        "text": definition.text,
        "is_seen": not source.startswith(OF_HUBS),
        "has_updated_at": all(is_timestamp(r.get("updated_at")) for r in definition.records),
        "valid_by": valid_by,
        "source": source[:300],
        "seen_at": timezone.now(),
    }


def _mark_conflict(changes: list[UpstreamChange], newest: UpstreamChange, result: Result) -> None:
    """Mark a change as in conflict, with both sides stored for a person's decision."""
    newest.state = ChangeState.CONFLICT
    newest.theirs = result.theirs
    newest.last_error = result.problem
    newest.save(update_fields=["state", "theirs", "last_error", "changed_at"])
    for change in changes[:-1]:
        if change.state in (ChangeState.WAITING, ChangeState.SENDING):
            UpstreamChange.objects.filter(pk=change.pk).update(state=ChangeState.CANCELLED)
