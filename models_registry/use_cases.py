"""What people do to models: register, edit, expire, feature, delete, restore, withdraw.

Each function checks the right itself, after the model is locked, and raises an exception of the
domain; pages, API and commands all call the same ones.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from hub.audit import Tag, record
from models_registry import policy, publication
from models_registry.catalogue import build
from models_registry.definitions import text as definition_text
from models_registry.definitions.checks import check
from models_registry.definitions.kinds import MODEL_TYPES, name_key, record_name
from models_registry.definitions.problems import DefinitionTextError, Problem
from models_registry.definitions.stamp import set_featured as with_featured
from models_registry.definitions.stamp import stamp
from models_registry.definitions.text import Definition
from models_registry.errors import (
    InvalidDefinition,
    InvalidModelType,
    InvalidParameter,
    ModelNotFound,
    NameTaken,
    NotAllowed,
    NothingChanged,
    StaleState,
)
from models_registry.models import (
    ReadmeOrigin,
    RegisteredModel,
    Revision,
    RevisionState,
    Visibility,
)
from models_registry.policy import ModelVerb, Outcome
from models_registry.upstream.outgoing import note_change

MAX_README_BYTES = 1_048_576
# Moments that every database, calendar and time zone can hold.
EXPIRY_YEARS = range(1970, 9000)


@dataclass(frozen=True, slots=True)
class Submission:
    """What somebody hands in: None leaves a part as it is."""

    definition: str | None = None
    readme: str | None = None
    readme_origin: ReadmeOrigin = ReadmeOrigin.WRITTEN
    visibility: Visibility | None = None
    message: str = ""


def register(model_type: str, submission: Submission, *, by: User) -> Revision:
    """Register a new model: published or proposed, by its visibility and the person's rights.

    Out: its first revision. Raises NotAllowed, InvalidModelType, InvalidDefinition, NameTaken and
    InvalidParameter (a README that is too large).
    """
    if model_type not in MODEL_TYPES:
        raise InvalidModelType(model_type)
    visibility = submission.visibility or Visibility.PRIVATE
    outcome = policy.may_register(by, visibility)
    if outcome is None:
        raise NotAllowed(f"You may not register {visibility} models.")
    definition = checked(model_type, submission.definition or "")
    name = record_name(definition.records[0]) or ""
    with transaction.atomic():
        try:
            with transaction.atomic():
                model = RegisteredModel.objects.create(
                    model_type=model_type,
                    name=name,
                    name_key=name_key(name),
                    visibility=visibility,
                    owner=by,
                )
        except IntegrityError as error:
            raise NameTaken(model_type, name) from error
        text = stamp(definition, None, now=int(time.time()))
        if visibility != Visibility.PRIVATE and not policy.holds(by, "change_public_model"):
            text = with_featured(text, False)
        content = publication.Content(
            definition=text,
            readme=_readme(submission.readme or ""),
            readme_origin=submission.readme_origin,
            message=_plain(submission.message) or "Registered",
        )
        return _bring_in(model, content, outcome, by=by, visibility=visibility)


def edit(
    model: RegisteredModel, submission: Submission, *, by: User, base_revision: int
) -> Revision:
    """Change a model: at once, or as a proposal (the next round of one that is open).

    In: the number of the revision that the edit started from. Out: the new revision. Raises
    NotAllowed, InvalidDefinition, NameTaken, NothingChanged, InvalidParameter, and StaleState with
    `current_revision` where somebody else was quicker.
    """
    with transaction.atomic():
        model = _locked(model)
        current = current_revision(model, by=by)
        visibility = submission.visibility or Visibility(current.visibility)
        outcome = policy.may_change_to(by, model, visibility)
        if outcome is None:
            raise NotAllowed(f"You may not change this model, or not make it {visibility}.")
        if current.number != base_revision:
            raise StaleState(
                f"Your edit began at revision {base_revision}, but revision {current.number} of "
                f"{current.author_name or 'somebody'} is there now. Bring the two together.",
                current_revision=current.number,
            )
        content = _edited(model, current, submission, by=by)
        if visibility == current.visibility and _says_nothing_new(content, submission, current):
            raise NothingChanged
        return _bring_in(
            model, content, outcome, by=by, visibility=visibility, started_from=current
        )


def current_revision(model: RegisteredModel, *, by: User) -> Revision:
    """The revision that an edit by this person starts from: the open proposal, if it is what he
    would go on with, else the published one. Raises StaleState where there is neither."""
    proposal = publication.open_proposal(model)
    direct = ModelVerb.EDIT in policy.verbs(by, model)
    goes_on = proposal is not None and (not direct or proposal.author_id == by.pk)
    current = proposal if goes_on else model.published_revision
    current = current or model.revisions.first()
    if current is None:
        raise StaleState("This model has no revision.")
    return current


def set_expiry(model: RegisteredModel, expires_at: datetime | None, *, by: User) -> None:
    """Let a model expire at a moment (a past one: at once), or restore it (None).

    Raises NotAllowed, and InvalidParameter for a moment without a zone or beyond all calendars.
    """
    if expires_at is not None and expires_at.tzinfo is None:
        raise InvalidParameter("The expiry needs a time zone, such as 2027-01-31T00:00:00Z.")
    if expires_at is not None and expires_at.year not in EXPIRY_YEARS:
        raise InvalidParameter(
            f"The expiry must lie between the years {EXPIRY_YEARS[0]} and {EXPIRY_YEARS[-1]}."
        )
    with transaction.atomic():
        model = _locked_for(model, ModelVerb.EXPIRE, by, "set the expiry of this model")
        before = model.expires_at
        model.expires_at = expires_at.astimezone(UTC) if expires_at else None
        if model.expires_at == before:
            return
        model.changed_at = timezone.now()
        model.save(update_fields=["expires_at", "changed_at"])
        record(
            Tag.MODEL_EXPIRY,
            by=by,
            target=model,
            before=before.isoformat() if before else None,
            after=model.expires_at.isoformat() if model.expires_at else None,
        )
        build.rebuild([model.model_type])
        note_change(model, by=by)


def set_featured(model: RegisteredModel, featured: bool, *, by: User) -> Revision:
    """Mark a model as featured, or not; the mark is part of its definition, so this publishes one.

    Raises NotAllowed and NothingChanged.
    """
    with transaction.atomic():
        model = _locked_for(model, ModelVerb.FEATURE, by, "feature this model")
        published = model.published_revision
        if published is None or model.featured == featured:
            raise NothingChanged
        text = with_featured(published.definition, featured)
        content = publication.Content(
            definition=_stamped(text, published),
            readme=published.readme,
            readme_origin=ReadmeOrigin(published.readme_origin),
            message="Featured" if featured else "No longer featured",
        )
        outcome = Outcome.PUBLISHED
        return _bring_in(model, content, outcome, by=by, visibility=Visibility(model.visibility))


def restore(model: RegisteredModel, number: int, *, by: User, base_revision: int) -> Revision:
    """Publish (or propose) an older revision's definition and README again, as a new revision.

    Raises what `edit` raises, and InvalidParameter where there is no such revision that the person
    may see.
    """
    old = policy.revisions_for(by, model).filter(number=number).first()
    if old is None:
        raise InvalidParameter(f"This model has no revision {number}.")
    submission = Submission(
        definition=old.definition,
        readme=old.readme,
        readme_origin=ReadmeOrigin(old.readme_origin),
        message=f"Restored revision {number}",
    )
    return edit(model, submission, by=by, base_revision=base_revision)


def withdraw(model: RegisteredModel, *, by: User) -> Revision:
    """Take back the open proposal of one's own. Raises NotAllowed and StaleState."""
    with transaction.atomic():
        model = _locked(model)
        proposal = publication.open_proposal(model)
        if proposal is None:
            raise StaleState("There is no open proposal of this model.")
        if proposal.author_id != by.pk and model.owner_id != by.pk:
            raise NotAllowed("Only its author can withdraw a proposal.")
        revision = publication.withdraw(proposal)
        record(Tag.MODEL_WITHDRAW, by=by, target=model, revision=revision.number)
        return revision


def delete(model: RegisteredModel, *, by: User) -> None:
    """Delete a model with all its revisions; the audit log keeps its last definition.

    Raises NotAllowed.
    """
    with transaction.atomic():
        model = _locked_for(model, ModelVerb.DELETE, by, "delete this model")
        last = model.published_revision or model.revisions.first()
        record(
            Tag.MODEL_DELETE,
            by=by,
            target=model,
            visibility=model.visibility,
            definition=last.definition if last else "",
        )
        note_change(model, by=by, is_deleted=True)
        model_type = model.model_type
        model.delete()
        build.rebuild([model_type])


def checked(model_type: str, text: str) -> Definition:
    """The definition in a text, if it may be registered. Raises InvalidDefinition, every error."""
    try:
        definition = definition_text.parse(text)
    except DefinitionTextError as error:
        raise InvalidDefinition(error.problems) from error
    errors = [p for p in check(model_type, definition) if p.severity == "error"]
    if errors:
        raise InvalidDefinition(errors)
    return definition


def _edited(
    model: RegisteredModel, current: Revision, submission: Submission, *, by: User
) -> publication.Content:
    """What the model's next revision would be made of."""
    text = current.definition
    if submission.definition is not None and submission.definition != text:
        if model.revisions.filter(
            published_at__isnull=False, definition=submission.definition
        ).exists():
            # What was published once may come back, even if today's rules would refuse it as new.
            definition = definition_text.parse(submission.definition)
        else:
            definition = checked(model.model_type, submission.definition)
        name = record_name(definition.records[0])
        if name != model.name:
            line, column = definition.locate("/0/model_name")
            message = (
                f"The name can't change: this model is {model.name}. Register a new model instead."
            )
            raise InvalidDefinition(
                [Problem("/0/model_name", line, column, message, "name_changed")]
            )
        text = submission.definition
    public = (submission.visibility or current.visibility) != Visibility.PRIVATE
    if public and ModelVerb.FEATURE not in policy.verbs(by, model):
        # The mark is the maintainers' to give: an author's text neither sets nor drops it.
        shared = model.visibility != Visibility.PRIVATE
        text = with_featured(text, model.featured and shared)
    if model.published_revision is None or text != model.published_revision.definition:
        # Also for a proposal's text as it was: something newer may be published by now.
        text = _stamped(text, model.published_revision)
    readme = current.readme if submission.readme is None else _readme(submission.readme)
    origin = ReadmeOrigin(current.readme_origin)
    return publication.Content(
        definition=text,
        readme=readme,
        readme_origin=origin if readme == current.readme else submission.readme_origin,
        message=_plain(submission.message),
    )


def _says_nothing_new(
    content: publication.Content, submission: Submission, current: Revision
) -> bool:
    """Whether an edit repeats the revision that it started from; what was withdrawn or rejected may
    be handed in again as it was."""
    if current.state in publication.OPEN_STATES:
        # Where something else was published since, handing the same in again is news.
        if current.base_id != current.model.published_revision_id:
            return False
    elif current.state != RevisionState.PUBLISHED:
        return False
    as_it_was = submission.definition in (None, current.definition)
    return content.readme == current.readme and (
        as_it_was or content.definition == current.definition
    )


def _stamped(text: str, previous: Revision | None) -> str:
    base = definition_text.parse(previous.definition) if previous else None
    return stamp(definition_text.parse(text), base, now=int(time.time()))


def _bring_in(
    model: RegisteredModel,
    content: publication.Content,
    outcome: Outcome,
    *,
    by: User,
    visibility: Visibility,
    started_from: Revision | None = None,
) -> Revision:
    """Publish or propose, rebuild the list, and record who did it."""
    before = model.published_revision
    was_public = model.visibility == Visibility.PUBLIC
    if outcome is Outcome.REVIEW:
        revision = publication.propose(model, content, by=by, visibility=visibility)
    else:
        if visibility == Visibility.PRIVATE and model.owner_id is None:
            # Imported models have no owner, and a private one without would be nobody's.
            RegisteredModel.objects.filter(pk=model.pk).update(owner=by)
        goes_on = started_from is not None and started_from.state in publication.OPEN_STATES
        revision = publication.publish(
            model,
            content,
            by=by,
            visibility=visibility,
            instead_of=started_from if goes_on else None,
        )
    if outcome is not Outcome.REVIEW and (was_public or visibility == Visibility.PUBLIC):
        build.rebuild([model.model_type])
        note_change(_locked(model), by=by)
    record(
        Tag.MODEL_PROPOSE if outcome is Outcome.REVIEW else Tag.MODEL_PUBLISH,
        by=by,
        target=model,
        revision=revision.number,
        before=before.number if before else None,
        visibility=str(visibility),
        message=content.message,
    )
    return revision


def _locked(model: RegisteredModel) -> RegisteredModel:
    """The model as it is now, held until the transaction ends."""
    locked = RegisteredModel.objects.select_for_update().filter(pk=model.pk).first()
    if locked is None:
        raise ModelNotFound(model.pk)
    return locked


def _locked_for(model: RegisteredModel, verb: ModelVerb, by: User, deed: str) -> RegisteredModel:
    model = _locked(model)
    if verb not in policy.verbs(by, model):
        raise NotAllowed(f"You may not {deed}.")
    return model


def _readme(text: str) -> str:
    """A README as it is stored: storable, and its lines end in LF."""
    text = _plain(text.replace("\r\n", "\n"))
    if len(text.encode()) > MAX_README_BYTES:
        raise InvalidParameter(f"The README is larger than {MAX_README_BYTES} bytes.")
    return text


def _plain(text: str) -> str:
    """Text that every database stores: without NUL and lone surrogates."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")
