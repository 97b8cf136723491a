"""Merges a source's list of one type into the hub's, without losing what was edited here."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from hub.audit import Tag, record
from models_registry import publication
from models_registry.catalogue import build
from models_registry.definitions import text as definition_text
from models_registry.definitions.kinds import name_key
from models_registry.definitions.layouts import UpstreamModel
from models_registry.definitions.reconcile import Joint, Kind, reconcile
from models_registry.definitions.text import Definition
from models_registry.imports import (
    AUTHOR,
    is_kept_from_the_public,
    publish_found,
    published_text,
)
from models_registry.launch.bases import base_of, remember_source
from models_registry.models import ReadmeOrigin, RegisteredModel, Revision, Visibility
from models_registry.outbox_tables import LIVE_STATES, UpstreamChange
from models_registry.update_tables import SourceMark
from models_registry.upstream.outgoing import note_change

MAX_CONFLICTS = 40
MAX_VALUE = 2_000


@dataclass(slots=True)
class Outcome:
    """What an update did, by name; `conflicts` and `refused` say more of each."""

    new: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    conflicts: list[dict[str, Any]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """The outcome as JSON has it."""
        return asdict(self)


def merge_list(
    model_type: str,
    models: Sequence[UpstreamModel],
    *,
    source: str,
    by: User | None,
    visibility: Visibility = Visibility.PUBLIC,
    is_whole: bool = True,
) -> Outcome:
    """Make the hub's models those of a source's list, in one transaction.

    In: the list's models, all of one type; the source's name for messages and marks; who asked for
    it; what new models become. With `is_whole`, models that came from a source and are not in the
    list are marked as missing there, and kept. Out: what became of each. A model that was edited
    here is joined with the source's version; where both changed one value it is kept as it is here,
    marked, and the conflict is told. What of a model is on its way to upstream goes on as it is
    published then. Raises nothing of its own.
    """
    merging = _Merging(model_type, source, visibility)
    outcome = merging.outcome
    with transaction.atomic():
        # Held until the end: an edit that somebody makes meanwhile waits, and is not overwritten.
        # Read only then: PostgreSQL joins what it waited for with rows from before.
        own = RegisteredModel.objects.filter(model_type=model_type, visibility=visibility)
        list(own.select_for_update().order_by("pk").values_list("pk"))
        here = {
            model.name_key: model
            for model in own.select_related(
                "published_revision", "upstream_file", "source_text", "source_mark"
            )
        }
        for found in models:
            merging.merge_one(found, here.get(name_key(found.name)))
        if is_whole:
            names = {name_key(found.name) for found in models}
            _mark_missing((m for key, m in here.items() if key not in names), outcome)
        build.rebuild([model_type])
        merging.tell_outbox()
        told = {key: value for key, value in outcome.as_dict().items() if key != "unchanged"}
        told["conflicts"] = [one["name"] for one in outcome.conflicts]
        record(Tag.CATALOGUE_UPDATE, by=by, source=source, model_type=model_type, **told)
    return outcome


@dataclass(slots=True)
class _Merging:
    """One list on its way into the hub; `published` are the models that got a new revision."""

    model_type: str
    source: str
    visibility: Visibility
    outcome: Outcome = field(default_factory=Outcome)
    published: list[int] = field(default_factory=list)

    def merge_one(self, found: UpstreamModel, model: RegisteredModel | None) -> None:
        if model is not None and _is_known(model, found):
            self.outcome.unchanged.append(found.name)
            return
        definition = definition_text.parse(found.text)
        if model is None:
            model = self._added(found, definition)
            if model is None:
                return
        elif why := _why_apart(model, found):
            self._tell(model.name, model.pk, why)
            return
        elif not self._joined(found, definition, model):
            return
        SourceMark.objects.filter(model=model).delete()
        remember_source(model, definition, (found.layout, found.path), source=self.source)

    def _added(self, found: UpstreamModel, definition: Definition) -> RegisteredModel | None:
        """Publish what is new here; None where it must not be."""
        if self.visibility == Visibility.PUBLIC and is_kept_from_the_public(found):
            why = "It was public once, is not any more, and stays as it is."
            self._tell(found.name, None, why)
            return None
        model = RegisteredModel.objects.create(
            model_type=found.model_type,
            name=found.name,
            name_key=name_key(found.name),
            visibility=self.visibility,
        )
        publish_found(model, found, definition, self.source)
        self.published.append(model.pk)
        self.outcome.new.append(found.name)
        return model

    def _joined(self, found: UpstreamModel, definition: Definition, model: RegisteredModel) -> bool:
        """Bring a model that is here to what it is to be now; False where the two collide."""
        ours = published_text(model) or ""
        joint = reconcile(self.model_type, base_of(model), ours, found.text, now=int(time.time()))
        if joint.kind is Kind.CONFLICT:
            self._mark_conflict(model, found, joint)
            return False
        if joint.kind is Kind.THEIRS:
            publish_found(model, found, definition, self.source)
        elif joint.kind is Kind.JOINED and model.published_revision is not None:
            _publish_joined(model, model.published_revision, joint.here)
        if joint.here != ours:
            self.published.append(model.pk)
        getattr(self.outcome, _LISTS[joint.kind]).append(found.name)
        return True

    def _mark_conflict(self, model: RegisteredModel, found: UpstreamModel, joint: Joint) -> None:
        why = joint.why("the source")
        values = [
            {
                "pointer": one.pointer,
                **{
                    side: (getattr(one, side) or "")[:MAX_VALUE]
                    for side in ("base", "ours", "theirs")
                },
            }
            for one in joint.conflicts[:MAX_CONFLICTS]
        ]
        SourceMark.objects.update_or_create(
            model=model,
            defaults={
                "conflicts": values,
                "their_text": found.text,
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

    def tell_outbox(self) -> None:
        """Let what is on its way to upstream be what is published now: an edit that was joined, or
        the removal of a model that has come back."""
        if self.visibility != Visibility.PUBLIC:
            return
        live = UpstreamChange.objects.filter(model_type=self.model_type, state__in=LIVE_STATES)
        names = live.values("name_key")
        for model in RegisteredModel.objects.filter(
            pk__in=self.published, name_key__in=names
        ).select_related("published_revision"):
            note_change(model, by=None)


_LISTS: Final = {
    Kind.UNCHANGED: "unchanged",
    Kind.THEIRS: "updated",
    Kind.OURS: "kept",
    Kind.JOINED: "merged",
}


def _is_known(model: RegisteredModel, found: UpstreamModel) -> bool:
    """Whether all is as it was when it was last looked at: most of a list, most of the time."""
    seen = getattr(model, "source_text", None)
    return (
        seen is not None
        and seen.text == found.text == published_text(model)
        and model.name == found.name
        and getattr(model, "source_mark", None) is None
    )


def _why_apart(model: RegisteredModel, found: UpstreamModel) -> str:
    """Why the model of that name here is another one than the source's; empty where it is not."""
    if model.name != found.name:
        return f"Here it is spelled {model.name}; the names differ in case alone."
    if model.published_revision is None:
        return "A submission of this name waits for its review here."
    return ""


def _publish_joined(model: RegisteredModel, published: Revision, text: str) -> None:
    content = publication.Content(
        definition=text,
        readme=published.readme,
        readme_origin=ReadmeOrigin(published.readme_origin),
        message="Joined with changes at the source",
    )
    publication.publish(model, content, by=None, by_name=AUTHOR)


def _mark_missing(models: Iterable[RegisteredModel], outcome: Outcome) -> None:
    """Mark the models that once came from a source and are not in its list any more."""
    for model in models:
        if not base_of(model):
            continue
        mark, _ = SourceMark.objects.get_or_create(model=model)
        if mark.missing_since is None:
            mark.missing_since = timezone.now()
            mark.save(update_fields=["missing_since", "changed_at"])
        if mark.kept_since is None:
            outcome.removed.append(model.name)
