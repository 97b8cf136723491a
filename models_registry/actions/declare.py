"""Makes a model what a text says: creates it, changes it, or leaves it as it is."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum

from django.db.models import Q

from accounts.models import User
from models_registry import policy
from models_registry.actions.edit import current_revision, edit
from models_registry.actions.register import register
from models_registry.actions.submission import Submission, name_is_former, readme_to_store
from models_registry.definitions.compare.reconcile import same_content
from models_registry.definitions.facts.kinds import name_key, record_name
from models_registry.definitions.json_text import document as definition_text
from models_registry.definitions.json_text.messages import gettext_noop
from models_registry.definitions.json_text.problems import DefinitionTextError, Problem
from models_registry.definitions.json_text.timestamps import set_featured as with_featured
from models_registry.definitions.json_text.timestamps import stamp
from models_registry.errors import (
    InvalidDefinition,
    InvalidParameter,
    NameTaken,
    NothingChanged,
    PreconditionFailed,
    StaleState,
)
from models_registry.models import (
    LIVE_STATES,
    FormerName,
    RegisteredModel,
    Revision,
    RevisionState,
    UpstreamChange,
    Visibility,
)
from models_registry.policy import ModelVerb, Person


class DeclaredResult(StrEnum):
    """What became of the model."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


class DeclaredOutcome(StrEnum):
    """Where the new revision is now."""

    PUBLISHED = "published"
    # Published, and a pull request carries it to upstream.
    PULL_REQUEST = "pull_request"
    REVIEW = "review"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Precondition:
    """What must be true of the model before it is changed; by default nothing.

    `etags` are those of If-Match, and "*" stands for any model; `is_absent` means that there must
    not be one; `base_revision` is the number that the edit started from.
    """

    etags: Collection[str] | None = None
    is_absent: bool = False
    base_revision: int | None = None


@dataclass(frozen=True, slots=True)
class DeclaredModel:
    """A model as it was declared: its revision now, and the one that it had for this person."""

    revision: Revision
    before: Revision | None
    result: DeclaredResult

    @property
    def outcome(self) -> DeclaredOutcome:
        """Where the declared text is now."""
        if self.result is DeclaredResult.UNCHANGED:
            return DeclaredOutcome.UNCHANGED
        if self.revision.state != RevisionState.PUBLISHED:
            return DeclaredOutcome.REVIEW
        on_its_way = UpstreamChange.objects.filter(
            model=self.revision.model_id, state__in=LIVE_STATES
        )
        return DeclaredOutcome.PULL_REQUEST if on_its_way.exists() else DeclaredOutcome.PUBLISHED


def etag_of(revision: Revision) -> str:
    """The entity tag of a revision's texts, for If-Match."""
    return f'"{revision.model_id}.{revision.number}"'


def declared_model(
    user: Person, model_type: str, name: str, visibility: Visibility | None = None
) -> RegisteredModel | None:
    """The model that a type and a name stand for, as `named_for` has it; None if there is none.

    With a visibility, the model that has it comes first, then one of the person's own that would
    get it. One's own model whose proposal was closed counts too, though its name is free.
    """
    closed = Q(name=name, published_revision=None, owner=user.pk)
    named = RegisteredModel.objects.named_for(user).filter(
        Q(name_key=name_key(name)) | closed, model_type=model_type
    )
    found = list(named.select_related("published_revision", "owner"))
    if visibility is not None:
        found = [
            model for model in found if model.visibility == visibility or model.owner_id == user.pk
        ]
        found.sort(key=lambda model: model.visibility != visibility)
    found.sort(key=lambda model: model.name_key != name_key(name))
    return found[0] if found else None


def declare(
    model_type: str,
    name: str,
    submission: Submission,
    *,
    by: User,
    is_data: bool = False,
    when: Precondition | None = None,
) -> DeclaredModel:
    """Create or change the model of this type and name, so that it is as the submission says.

    Nothing happens if it is already, apart from the fields that the hub manages; `is_data` says
    that the layout of the definition's text means nothing either. What was rejected or withdrawn
    is not handed in again as it was. Raises what `register` and `edit` raise, and
    PreconditionFailed.
    """
    when = when or Precondition()
    for is_last in (False, True):
        model = declared_model(by, model_type, name, submission.visibility)
        if model is not None:
            return _changed(model, submission, by=by, is_data=is_data, when=when)
        try:
            return _created(model_type, name, submission, by=by, when=when)
        except NameTaken:
            # Somebody may have created it in between: then it is the caller's to change.
            if is_last or declared_model(by, model_type, name, submission.visibility) is None:
                raise
    raise AssertionError("The second attempt returns or raises.")


def _created(
    model_type: str, name: str, submission: Submission, *, by: User, when: Precondition
) -> DeclaredModel:
    shown = {"model_type": model_type, "name": name}
    if when.etags is not None or when.base_revision:
        raise PreconditionFailed("declared_model_is_missing", **shown)
    if submission.visibility is None:
        # Otherwise a script would go on with a private copy of a model that was renamed.
        rows = FormerName.objects.answering().named_for(by, name).filter(model_type=model_type)
        if (row := rows.select_related("model").first()) is not None:
            raise name_is_former(row)
    if submission.definition is None:
        raise InvalidParameter("declared_needs_definition", **shown)
    _require_name(submission.definition, name)
    revision = register(model_type, submission, by=by)
    return DeclaredModel(revision, None, DeclaredResult.CREATED)


def _changed(
    model: RegisteredModel, submission: Submission, *, by: User, is_data: bool, when: Precondition
) -> DeclaredModel:
    current = current_revision(model, by=by)
    if when.is_absent:
        raise PreconditionFailed(
            "declared_model_exists", model_type=model.model_type, name=model.name
        )
    base = required_base(current, when)
    submission = _without_what_is_so(model, submission, current, by=by, is_data=is_data)
    if current.state in (RevisionState.REJECTED, RevisionState.WITHDRAWN) and _is_same(
        submission, current
    ):
        return DeclaredModel(current, current, DeclaredResult.UNCHANGED)
    try:
        revision = edit(model, submission, by=by, base_revision=base)
    except NothingChanged:
        return DeclaredModel(current, current, DeclaredResult.UNCHANGED)
    except StaleState as error:
        newer = error.details.get("current_revision")
        if when.etags is None or newer is None:
            raise
        raise _stale(model.revisions.get(number=newer)) from error
    return DeclaredModel(revision, current, DeclaredResult.UPDATED)


def required_base(current: Revision, when: Precondition) -> int:
    """The number that an edit is based on, if the model's revision is one that If-Match names.

    Raises PreconditionFailed.
    """
    if when.etags is not None and not {"*", etag_of(current)} & set(when.etags):
        raise _stale(current)
    return current.number if when.base_revision is None else when.base_revision


def _stale(current: Revision) -> PreconditionFailed:
    return PreconditionFailed(
        "declared_revision_is_stale",
        name=current.model.name,
        number=current.number,
        current_revision=current.number,
        etag=etag_of(current),
    )


def _without_what_is_so(
    model: RegisteredModel, submission: Submission, current: Revision, *, by: User, is_data: bool
) -> Submission:
    """The submission without a definition that the current revision has already.

    `updated_at` is the hub's. `featured` stays as it is where the text does not name it, or where
    the person may not set it.
    """
    text = submission.definition
    if text is None:
        return submission
    try:
        declared = definition_text.parse(text)
        present = definition_text.parse(current.definition)
    except DefinitionTextError:
        # `edit` says what is wrong with it.
        return submission
    is_featured = any(record.get("featured") is True for record in present.records)
    is_shared = (submission.visibility or current.visibility) != Visibility.PRIVATE
    is_theirs = not is_shared or ModelVerb.FEATURE in policy.verbs(by, model)
    is_named = any("featured" in record for record in declared.records)
    if is_theirs and is_named:
        as_it_is = [stamp(declared, present, now=0)]
    else:
        # Editing adds the mark first, and registering the time stamp.
        marked = definition_text.parse(with_featured(text, is_featured))
        unmarked = definition_text.parse(with_featured(text, False) if is_named else text)
        base = definition_text.parse(with_featured(current.definition, False))
        as_it_is = [
            stamp(marked, present, now=0),
            with_featured(stamp(unmarked, base, now=0), is_featured),
        ]
    if current.definition in as_it_is or (
        is_data and same_content(as_it_is[0], current.definition)
    ):
        return replace(submission, definition=None)
    # For people who may not set it, `edit` keeps the mark itself, after it has checked the text.
    keeps_mark = is_theirs and is_featured and not is_named
    return replace(submission, definition=as_it_is[-1]) if keeps_mark else submission


def _is_same(submission: Submission, current: Revision) -> bool:
    return (
        submission.definition is None
        and (submission.readme is None or readme_to_store(submission.readme) == current.readme)
        and (
            submission.readme_zh is None
            or readme_to_store(submission.readme_zh) == current.readme_zh
        )
        and submission.visibility in (None, current.visibility)
    )


def _require_name(text: str, name: str) -> None:
    """Raise InvalidDefinition if the text is a definition of a model with another name."""
    try:
        definition = definition_text.parse(text)
    except DefinitionTextError:
        # `register` says what is wrong with it.
        return
    if record_name(definition.records[0]) != name:
        line, column = definition.locate("/0/model_name")
        message = gettext_noop(
            "The address names the model %(name)s. Use the same name here.", name=name
        )
        raise InvalidDefinition([Problem("/0/model_name", line, column, message, "name_differs")])
