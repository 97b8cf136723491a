"""Merges a source's list of one type into the hub's, without losing what was edited here."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from hub.audit import Tag, record
from models_registry import publication
from models_registry.catalogue import build
from models_registry.definitions import schema
from models_registry.definitions import text as definition_text
from models_registry.definitions.kinds import name_key
from models_registry.definitions.layouts import UpstreamModel
from models_registry.definitions.loading import loading_problems
from models_registry.definitions.merge import Conflict, merge
from models_registry.definitions.problems import DefinitionTextError
from models_registry.definitions.stamp import stamp
from models_registry.imports import (
    AUTHOR,
    is_kept_from_the_public,
    publish_found,
    published_text,
)
from models_registry.models import ReadmeOrigin, RegisteredModel, Revision, Visibility
from models_registry.sources.tree import Progress, silent
from models_registry.update_tables import SourceMark
from models_registry.upstream.joining import remember_parsed

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
    progress: Progress = silent,
) -> Outcome:
    """Make the hub's models those of a source's list, in one transaction.

    In: the list's models, all of one type; the source's name for messages and marks; who asked for
    it; what new models become. With `is_whole`, models that came from a source and are not in the
    list are marked as missing there, and kept. Out: what became of each. A model that was edited
    here is joined with the source's version; where both changed one value it is kept as it is here,
    marked, and the conflict is told. Raises nothing of its own.
    """
    outcome = Outcome()
    with transaction.atomic():
        here = {
            model.name_key: model
            for model in RegisteredModel.objects.filter(
                model_type=model_type, visibility=visibility
            ).select_related("published_revision", "upstream_file")
        }
        for count, found in enumerate(models, start=1):
            _merge_one(found, here.get(name_key(found.name)), source, visibility, outcome)
            progress(count, len(models), found.name)
        if is_whole:
            names = {name_key(found.name) for found in models}
            _mark_missing((m for key, m in here.items() if key not in names), outcome)
        build.rebuild([model_type])
        told = {key: value for key, value in outcome.as_dict().items() if key != "unchanged"}
        told["conflicts"] = [one["name"] for one in outcome.conflicts]
        record(Tag.CATALOGUE_UPDATE, by=by, source=source, model_type=model_type, **told)
    return outcome


def _merge_one(
    found: UpstreamModel,
    model: RegisteredModel | None,
    source: str,
    visibility: Visibility,
    outcome: Outcome,
) -> None:
    definition = definition_text.parse(found.text)
    if model is None and visibility == Visibility.PUBLIC and is_kept_from_the_public(found):
        why = "It was public once, is not any more, and stays as it is."
        outcome.conflicts.append({"name": found.name, "model": None, "why": why, "values": []})
        return
    if model is None:
        model = RegisteredModel.objects.create(
            model_type=found.model_type,
            name=found.name,
            name_key=name_key(found.name),
            visibility=visibility,
        )
        publish_found(model, found, definition, source)
        remember_parsed(model, definition, (found.layout, found.path), source=source)
        outcome.new.append(found.name)
        return
    if why := _why_apart(model, found):
        _tell(outcome, model, why)
        return
    ours, base = published_text(model), getattr(model, "upstream_file", None)
    if ours is None or ours == found.text or (base is not None and ours == base.text):
        (outcome.unchanged if ours == found.text else outcome.updated).append(found.name)
        if ours != found.text:
            publish_found(model, found, definition, source)
    elif base is not None and base.text == found.text:
        outcome.kept.append(found.name)
    elif not _join(model, found, ours, base.text if base is not None else None, outcome):
        return
    SourceMark.objects.filter(model=model).delete()
    remember_parsed(model, definition, (found.layout, found.path), source=source)


def _why_apart(model: RegisteredModel, found: UpstreamModel) -> str:
    """Why the model of that name here is another one than the source's; empty where it is not."""
    if model.name != found.name:
        return f"Here it is spelled {model.name}; the names differ in case alone."
    if model.published_revision is None:
        return "A submission of this name waits for its review here."
    return ""


def _join(
    model: RegisteredModel, found: UpstreamModel, ours: str, base: str | None, outcome: Outcome
) -> bool:
    """Publish what is edited here with the source's changes in it; False where they collide."""
    if base is None:
        _mark_conflict(model, found, [], outcome, "It was registered here, and differs there.")
        return False
    try:
        joined = merge(base, ours, found.text)
    except DefinitionTextError as error:
        _mark_conflict(model, found, [], outcome, error.problems[0].message)
        return False
    if joined.conflicts:
        why = "The same values were changed here and at the source."
        _mark_conflict(model, found, joined.conflicts, outcome, why)
        return False
    published = model.published_revision
    if joined.text == ours or published is None:
        outcome.kept.append(found.name)
        return True
    before = definition_text.parse(ours)
    text = stamp(definition_text.parse(joined.text), before, now=int(time.time()))
    if why := _why_invalid(found.model_type, text):
        _mark_conflict(model, found, [], outcome, f"Joined, the definition would be invalid: {why}")
        return False
    _publish_joined(model, published, text)
    outcome.merged.append(found.name)
    return True


def _why_invalid(model_type: str, text: str) -> str:
    definition = definition_text.parse(text)
    problems = [one for one in schema.validate(model_type, definition) if one.severity == "error"]
    problems += loading_problems(model_type, definition.records, definition=definition)
    return problems[0].message if problems else ""


def _publish_joined(model: RegisteredModel, published: Revision, text: str) -> None:
    content = publication.Content(
        definition=text,
        readme=published.readme,
        readme_origin=ReadmeOrigin(published.readme_origin),
        message="Joined with changes at the source",
    )
    publication.publish(model, content, by=None, by_name=AUTHOR)


def _mark_conflict(
    model: RegisteredModel,
    found: UpstreamModel,
    conflicts: Sequence[Conflict],
    outcome: Outcome,
    why: str,
) -> None:
    values = [
        {
            "pointer": one.pointer,
            **{side: (getattr(one, side) or "")[:MAX_VALUE] for side in ("base", "ours", "theirs")},
        }
        for one in conflicts[:MAX_CONFLICTS]
    ]
    SourceMark.objects.update_or_create(
        model=model,
        defaults={"conflicts": values, "their_text": found.text, "missing_since": None},
    )
    _tell(outcome, model, why, values)


def _tell(
    outcome: Outcome, model: RegisteredModel, why: str, values: Sequence[dict[str, str]] = ()
) -> None:
    outcome.conflicts.append(
        {"name": model.name, "model": model.pk, "why": why, "values": list(values)}
    )


def _mark_missing(models: Iterable[RegisteredModel], outcome: Outcome) -> None:
    """Mark the models that once came from a source and are not in its list any more."""
    for model in models:
        if getattr(model, "upstream_file", None) is None:
            continue
        mark, _ = SourceMark.objects.get_or_create(model=model)
        if mark.missing_since is None:
            mark.missing_since = timezone.now()
            mark.save(update_fields=["missing_since", "changed_at"])
        outcome.removed.append(model.name)
