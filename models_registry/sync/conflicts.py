"""Resolves conflicts between a model and the source, value by value or as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.form_version import require
from accounts.form_version import version as version_of
from accounts.models import User
from hub.audit import Tag, record
from models_registry import policy, publication, revision_messages
from models_registry.changes import Change, changing
from models_registry.conflict_sides import Sides
from models_registry.definitions.checks.server_loading import loading_problems
from models_registry.definitions.compare.merge import Side
from models_registry.definitions.compare.reconcile import MergeOutcome, new_problems
from models_registry.definitions.facts.naming import name_in, with_name
from models_registry.definitions.json_text.document import parse
from models_registry.definitions.upstream_files.layouts import Layout, split_path
from models_registry.errors import InvalidDefinition, NotAllowed, StaleState
from models_registry.models import RegisteredModel, Revision, SourceMark, Visibility
from models_registry.permissions import Right
from models_registry.policy import ModelVerb
from models_registry.sync.merge_bases import base_of, remember_source


@dataclass(frozen=True)
class SourceDifference(Sides):
    """A model and the source's version of it, as they are now."""

    model: RegisteredModel = field(kw_only=True)
    mark: SourceMark = field(kw_only=True)


def may_resolve(user: User | AnonymousUser, model: RegisteredModel) -> bool:
    """Whether the user may resolve a model's conflict: they may edit it and, if it is public, they
    hold the right to update the catalogue."""
    if model.visibility == Visibility.PRIVATE or ModelVerb.EDIT not in policy.verbs(user, model):
        return False
    return model.visibility != Visibility.PUBLIC or policy.holds(user, Right.UPDATE_CATALOGUE)


def difference(model: RegisteredModel) -> SourceDifference | None:
    """The model's conflict with the source since the last update; None if there is none."""
    mark = SourceMark.objects.filter(model=model).exclude(their_text="").first()
    if mark is None or model.published_revision is None:
        return None
    return SourceDifference(
        subject=str(model.pk),
        model_type=model.model_type,
        base=base_of(model),
        ours=model.published_revision.definition,
        theirs=mark.their_text,
        model=model,
        mark=mark,
    )


def resolve(
    model: RegisteredModel, posted: Mapping[str, str], *, by: User, version: str
) -> Revision | None:
    """Publish the chosen values, and record the source's version as the next merge base.

    `posted` are the form's fields (see `Sides.choices`), `version` is the version that the page
    showed. Returns the published revision, or None if the model stays as it is. A revision that
    differs from upstream is sent there. Raises NotAllowed, StaleState if the model or the source's
    version has changed since, InvalidParameter if a choice is missing, and InvalidDefinition if the
    choices do not fit together.
    """
    with changing([model]) as change:
        model = _locked(model, change)
        if not may_resolve(by, model):
            raise NotAllowed("may_not_resolve_source_conflict")
        diff = difference(model)
        if diff is None:
            raise StaleState("model_not_in_source_conflict")
        diff.require_seen(version)
        choices = diff.choices(posted)
        text = _chosen_text(diff, choices)
        revision = _publish(diff, text, by) if text != diff.ours else None
        name = name_in(diff.theirs) or model.name
        place: tuple[Layout, str] = ("split", split_path(model.model_type, name))
        remember_source(model, parse(diff.theirs), place, source=diff.mark.source)
        _settle(diff.mark)
        change.touch(model, by=by)
        _record(diff, choices, revision, by)
    return revision


def missing_version(mark: SourceMark) -> str:
    """The version in the form that keeps a model which the source has removed."""
    return version_of(gone=mark.missing_since, source=mark.source)


def keep(model: RegisteredModel, *, by: User, seen: str = "") -> None:
    """Keep a model that the source has removed, and do not ask about it until it is back there.

    `seen` is the `missing_version` in the form. Raises NotAllowed, and StaleState if the source has
    the model, or has had and removed it again since.
    """
    with changing([model]) as change:
        model = _locked(model, change)
        if not may_resolve(by, model):
            raise NotAllowed("may_not_decide_about_missing_model")
        gone = SourceMark.objects.filter(model=model, missing_since__isnull=False)
        mark = gone.filter(kept_since=None).first()
        if mark is None:
            raise StaleState("missing_model_already_decided")
        require(seen, missing_version(mark), labels={"gone": _("since when it is gone")})
        gone.filter(kept_since=None).update(kept_since=timezone.now())
        record(Tag.SOURCE_DECIDE, by=by, target=model, decision="stays without the source")


def _chosen_text(diff: SourceDifference, choices: Mapping[str, Side]) -> str:
    """The checked text with the chosen values. Raises InvalidParameter and InvalidDefinition."""
    model_type = diff.model_type
    text = diff.chosen_text(choices)
    if diff.joint.kind is not MergeOutcome.CONFLICT:
        return text
    if text == diff.ours:
        return text
    # The source may still have the former name of a model that was renamed here.
    text = with_name(text, diff.model.name)
    definition = parse(text)
    problems = new_problems(model_type, text, diff.ours, diff.theirs)
    # Refuse a text that no server can load, even if it is the source's.
    problems += loading_problems(model_type, definition.records, definition=definition)
    if problems:
        raise InvalidDefinition(problems)
    return text


def _publish(diff: SourceDifference, text: str, by: User) -> Revision:
    message = revision_messages.DECIDED_ON_SOURCE
    if text == diff.theirs:
        message = revision_messages.TAKEN_FROM_SOURCE
    content = publication.with_readme_kept(diff.model, text, message=message)
    return publication.publish(diff.model, content, by=by)


def _settle(mark: SourceMark) -> None:
    if mark.missing_since is None:
        mark.delete()
        return
    mark.conflicts, mark.their_text, mark.why = [], "", ""
    mark.save(update_fields=["conflicts", "their_text", "why", "changed_at"])


def _record(
    diff: SourceDifference, choices: Mapping[str, Side], revision: Revision | None, by: User
) -> None:
    choices_text = diff.summary(choices)
    before = diff.model.published_revision
    if revision is None:
        data = {"source": diff.mark.source, "choices": choices_text}
        record(Tag.SOURCE_DECIDE, by=by, target=diff.model, decision="kept as it is here", **data)
        return
    record(
        Tag.MODEL_PUBLISH,
        by=by,
        target=diff.model,
        revision=revision.number,
        before=before.number if before is not None else None,
        visibility=str(diff.model.visibility),
        message=revision.message,
        source=diff.mark.source,
        choices=choices_text,
    )


def _locked(model: RegisteredModel, change: Change) -> RegisteredModel:
    locked = change.get(model)
    if locked is None:
        raise StaleState("model_was_deleted")
    return locked
