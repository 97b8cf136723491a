"""Merges a source's list of one type into the hub's without losing edits made here."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from django.utils import timezone

from accounts.models import User
from hub.audit import Tag, record
from models_registry import publication, revision_messages
from models_registry.changes import Change, changing
from models_registry.definitions.compare.reconcile import MergeOutcome, Reconciliation, reconcile
from models_registry.definitions.facts.kinds import name_key
from models_registry.definitions.json_text import document as definition_text
from models_registry.definitions.json_text.document import Definition
from models_registry.definitions.upstream_files.layouts import UpstreamModel
from models_registry.models import (
    LIVE_STATES,
    FormerName,
    RegisteredModel,
    SourceMark,
    UpstreamChange,
    Visibility,
)
from models_registry.stored_reasons import reason, reason_of_conflict
from models_registry.sync.catalogue_import import (
    is_named,
    is_other_model,
    is_published_here,
    made_less_visible,
    newest_time,
    published_text,
)
from models_registry.sync.merge_bases import base_of, remember_sources
from models_registry.sync.source_publication import BATCH, ChangedModels, content_from
from models_registry.upstream.merge_back import AUTHOR, SeenFile, has_other_model

MAX_CONFLICTS = 40
MAX_VALUE = 2_000


@dataclass(slots=True)
class ListMergeResult:
    """The result of an update, by name; `conflicts` and `refused` have details."""

    new: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    conflicts: list[dict[str, Any]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """The outcome as JSON."""
        return asdict(self)


def merge_list(
    model_type: str,
    models: Sequence[UpstreamModel],
    *,
    source: str,
    by: User | None,
    visibility: Visibility = Visibility.PUBLIC,
    is_whole: bool = True,
) -> ListMergeResult:
    """Merge a source's list into the hub's models in one transaction; the outcome of each model.

    All models in the list have the same type. `source` names the source in messages and marks. With
    `is_whole`, models that came from a source and are missing in the list are marked as missing
    there, and kept. A model that was edited here is merged with the source's version; if both
    changed the same value, the hub's stays and the model is marked with the conflict. Changes on
    their way to upstream are updated to the newly published text.
    """
    hub_models = RegisteredModel.objects.filter(model_type=model_type, visibility=visibility)
    # Locked until the end: a concurrent edit waits, and is not overwritten.
    with changing(hub_models.defer("facts", "search_text")) as change:
        merging = _Merging(model_type, source, visibility, change)
        outcome = merging.outcome
        # Read after locking: while PostgreSQL waits for a lock, joined rows become outdated.
        by_key = {
            model.name_key: model
            for model in hub_models.select_related(
                "published_revision", "upstream_file", "source_text", "source_mark"
            )
        }
        given = [source_model.name for source_model in models]
        merging.there = {(model_type, name) for name in given}
        merging.less_visible = made_less_visible(model_type)
        for former, renamed in FormerName.objects.renamed(model_type, given, visibility).items():
            merging.renamed[former] = by_key.get(renamed.name_key, renamed)
        for source_model in models:
            merging.merge_one(source_model, by_key.get(name_key(source_model.name)))
        merging.finish()
        if is_whole:
            names = {name_key(name) for name in given}
            names |= {model.name_key for model in merging.renamed.values()}
            _mark_missing((model for key, model in by_key.items() if key not in names), outcome)
        if visibility == Visibility.PUBLIC:
            change.build_lists([model_type])
            merging.update_outbox()
        summary = {key: value for key, value in outcome.as_dict().items() if key != "unchanged"}
        summary["conflicts"] = [conflict["name"] for conflict in outcome.conflicts]
        record(Tag.CATALOGUE_UPDATE, by=by, source=source, model_type=model_type, **summary)
    return outcome


@dataclass(slots=True)
class _Merging:
    """The merge of one list; `published` are the models that got a new revision, `renamed` those
    that were renamed here, by the names that the source has for them; `there` are the (type, name)
    of the source's models, `less_visible` the keys of names that are no longer public here."""

    model_type: str
    source: str
    visibility: Visibility
    change: Change
    outcome: ListMergeResult = field(default_factory=ListMergeResult)
    published: list[int] = field(default_factory=list)
    renamed: dict[str, RegisteredModel] = field(default_factory=dict)
    there: set[tuple[str, str]] = field(default_factory=set)
    less_visible: set[str] = field(default_factory=set)
    _rewritten: ChangedModels = field(init=False)
    _new: list[tuple[UpstreamModel, Definition]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._rewritten = ChangedModels(self.source, _settle)

    def merge_one(self, source_model: UpstreamModel, model: RegisteredModel | None) -> None:
        now_named = None
        if model is None or model.name != source_model.name:
            now_named = self.renamed.get(source_model.name)
        if now_named is not None:
            base = base_of(now_named)
            if is_other_model(source_model, base, self.there):
                now_named = None
            elif not is_named(base, source_model.name):
                self.outcome.kept.append(now_named.name)
                return
            else:
                model = now_named
        if model is not None and _is_unchanged(model, source_model):
            self.outcome.unchanged.append(source_model.name)
            return
        if model is not None and model in self._rewritten:
            self._rewritten.publish()
        definition = definition_text.parse(source_model.text)
        if model is None:
            self._add(source_model, definition)
        elif why := _why_different(model, source_model, is_renamed=now_named is not None):
            self._tell(model.name, model.pk, why)
        else:
            self._merge(source_model, definition, model)

    def _add(self, source_model: UpstreamModel, definition: Definition) -> None:
        """Have a model published that is new here, unless it must not be."""
        is_public = self.visibility == Visibility.PUBLIC
        if is_public and name_key(source_model.name) in self.less_visible:
            why = reason("model_made_less_visible")
            self._tell(source_model.name, None, why)
            return
        self._new.append((source_model, definition))
        if len(self._new) >= BATCH:
            self._publish_new()

    def _publish_new(self) -> None:
        waiting, self._new = self._new, []
        models = publication.publish_new(
            [
                publication.FirstPublication(
                    self.model_type,
                    source_model.name,
                    self.visibility,
                    content_from(source_model, definition, self.source),
                )
                for source_model, definition in waiting
            ],
            by_name=AUTHOR,
        )
        for model, (source_model, definition) in zip(models, waiting, strict=True):
            if model is None:
                self._tell(source_model.name, None, reason("name_is_reserved"))
                continue
            self.published.append(model.pk)
            self.outcome.new.append(source_model.name)
            self._rewritten.add(_seen(model, source_model, definition), None)

    def finish(self) -> None:
        """Write what waits for more."""
        self._publish_new()
        self._rewritten.publish()

    def _merge(
        self, source_model: UpstreamModel, definition: Definition, model: RegisteredModel
    ) -> None:
        """Merge one model that exists here, or mark it as in conflict."""
        ours = published_text(model) or ""
        if is_published_here(ours, source_model.text, self.source):
            self.outcome.unchanged.append(source_model.name)
            self._rewritten.add(_seen(model, source_model, definition), None)
            return
        base = base_of(model)
        if has_other_model(model, source_model.name, base, self.there):
            base = ""
        merged = reconcile(self.model_type, base, ours, source_model.text, now=int(time.time()))
        if merged.kind is MergeOutcome.CONFLICT:
            self._mark_conflict(model, source_model, merged)
            return
        content = None
        if merged.kind is MergeOutcome.THEIRS:
            if 0 < newest_time(source_model.text) < newest_time(ours):
                # Servers would ignore what is older than what they have.
                self.outcome.kept.append(source_model.name)
                self._rewritten.add(_seen(model, source_model, definition), None)
                return
            content = content_from(
                source_model, definition, self.source, published=model.published_revision
            )
        elif merged.kind is MergeOutcome.JOINED and model.published_revision is not None:
            message = revision_messages.MERGED_WITH_SOURCE
            content = publication.with_readme_kept(model, merged.here, message=message)
        if merged.here != ours:
            self.published.append(model.pk)
        getattr(self.outcome, _LISTS[merged.kind]).append(source_model.name)
        self._rewritten.add(_seen(model, source_model, definition), content)

    def _mark_conflict(
        self, model: RegisteredModel, source_model: UpstreamModel, merged: Reconciliation
    ) -> None:
        why = reason_of_conflict(merged, "side_source")
        values = [
            {
                "pointer": conflict.pointer,
                **{
                    side: (getattr(conflict, side) or "")[:MAX_VALUE]
                    for side in ("base", "ours", "theirs")
                },
            }
            for conflict in merged.conflicts[:MAX_CONFLICTS]
        ]
        SourceMark.objects.update_or_create(
            model=model,
            defaults={
                "conflicts": values,
                "their_text": source_model.text,
                "source": self.source[:300],
                "why": why,
                "missing_since": None,
                "kept_since": None,
            },
        )
        self._tell(model.name, model.pk, why, values, is_marked=True)

    def _tell(
        self,
        name: str,
        model: int | None,
        why: str,
        values: Sequence[dict[str, str]] = (),
        *,
        is_marked: bool = False,
    ) -> None:
        self.outcome.conflicts.append(
            {"name": name, "model": model, "why": why, "values": list(values), "mark": is_marked}
        )

    def update_outbox(self) -> None:
        """Update changes on their way to upstream to what is published now: a merged edit, or the
        removal of a model that has come back."""
        live = UpstreamChange.objects.filter(model_type=self.model_type, state__in=LIVE_STATES)
        names = live.values("name_key")
        published = RegisteredModel.objects.filter(pk__in=self.published, name_key__in=names)
        for model in published.only("pk", "model_type"):
            self.change.tell_upstream(model, by=None)


_LISTS: Final = {
    MergeOutcome.UNCHANGED: "unchanged",
    MergeOutcome.THEIRS: "updated",
    MergeOutcome.OURS: "kept",
    MergeOutcome.JOINED: "merged",
}


def _settle(files: Sequence[SeenFile], *, source: str) -> None:
    SourceMark.objects.filter(model__in=[file.model.pk for file in files]).delete()
    remember_sources(files, source=source)


def _seen(model: RegisteredModel, source_model: UpstreamModel, definition: Definition) -> SeenFile:
    return SeenFile(model, definition, (source_model.layout, source_model.path))


def _is_unchanged(model: RegisteredModel, source_model: UpstreamModel) -> bool:
    """Whether nothing changed since the last update: true for most of a list."""
    source_text = getattr(model, "source_text", None)
    return (
        source_text is not None
        and source_text.text == source_model.text == published_text(model)
        and model.name == source_model.name
        and getattr(model, "source_mark", None) is None
    )


def _why_different(model: RegisteredModel, source_model: UpstreamModel, *, is_renamed: bool) -> str:
    """Why the hub's model of this name is a different model; empty if it is the same."""
    if model.name != source_model.name and not is_renamed:
        return reason("name_differs_in_case", name=model.name)
    if model.published_revision is None:
        return reason("name_is_proposed")
    return ""


def _mark_missing(models: Iterable[RegisteredModel], outcome: ListMergeResult) -> None:
    """Mark the models that came from a source and are no longer in its list."""
    for model in models:
        if not base_of(model):
            continue
        mark, _ = SourceMark.objects.get_or_create(model=model)
        if mark.missing_since is None:
            mark.missing_since = timezone.now()
            mark.save(update_fields=["missing_since", "changed_at"])
        if mark.kept_since is None:
            outcome.removed.append(model.name)
