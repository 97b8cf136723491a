"""What somebody hands in, how it is checked, and how it becomes a revision."""

from __future__ import annotations

import time
from dataclasses import dataclass

from django.conf import settings

from accounts.models import User
from hub.audit import Tag, record
from models_registry import policy, publication
from models_registry.changes import Change
from models_registry.definitions.checks.run import check
from models_registry.definitions.facts.kinds import name_key
from models_registry.definitions.json_text import document as definition_text
from models_registry.definitions.json_text.document import Definition
from models_registry.definitions.json_text.problems import DefinitionTextError
from models_registry.definitions.json_text.timestamps import stamp
from models_registry.definitions.prefill.shapes import other_file_problems
from models_registry.errors import (
    InvalidDefinition,
    InvalidParameter,
    ModelNotFound,
    NameTaken,
    NotAllowed,
    StaleState,
)
from models_registry.models import (
    FormerName,
    ReadmeOrigin,
    RegisteredModel,
    Revision,
    Visibility,
)
from models_registry.policy import ModelVerb, Outcome

MAX_README_BYTES = 1_048_576


@dataclass(frozen=True, slots=True)
class Submission:
    """What somebody hands in: None leaves a part as it is."""

    definition: str | None = None
    readme: str | None = None
    readme_origin: ReadmeOrigin = ReadmeOrigin.WRITTEN
    visibility: Visibility | None = None
    message: str = ""
    readme_zh: str | None = None


def checked(
    model_type: str, text: str, *, published: Revision | None = None, is_public: bool = True
) -> Definition:
    """The definition in a text, if it may be registered.

    Raises InvalidDefinition with every error, or with one where the text is another file than a
    definition. An error that the published revision already has does not count.
    """
    try:
        definition = definition_text.parse(text)
    except DefinitionTextError as error:
        raise InvalidDefinition(other_file_problems(text) or error.problems) from error
    old = definition_text.parse(published.definition) if published is not None else None
    problems = check(model_type, definition, published=old, is_public=is_public)
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors:
        raise InvalidDefinition(other_file_problems(text) or errors)
    return definition


def publish_or_propose(
    change: Change,
    model: RegisteredModel,
    content: publication.Content,
    outcome: Outcome,
    *,
    by: User,
    visibility: Visibility,
    started_from: Revision | None = None,
) -> Revision:
    """Publish or propose, and record who did it; the model is one that `change` has locked.

    Raises what `publication` raises.
    """
    try:
        return _published_or_proposed(change, model, content, outcome, by, visibility, started_from)
    except NameTaken as error:
        raise name_taken(
            model.model_type, model.name, visibility, by=by, without=model.pk
        ) from error


def name_taken(
    model_type: str, name: str, visibility: Visibility, *, by: User, without: int = 0
) -> NameTaken:
    """The error that names the model in the way, if the person may see it. `without` is the number
    of the model that was to get the name."""
    taken = RegisteredModel.objects.visible_to(by).filter(
        model_type=model_type, name_key=name_key(name), visibility=visibility
    )
    taken = taken.exclude(pk=without)
    if visibility == Visibility.PRIVATE:
        taken = taken.filter(owner=by)
    model = taken.first()
    if model is None and visibility != Visibility.PRIVATE:
        rows = FormerName.objects.reserved(model_type, name_key(name), visibility)
        visible = RegisteredModel.objects.visible_to(by)
        row = rows.filter(model__in=visible.values("pk")).select_related("model").first()
        if row is not None:
            return name_is_former(row)
    if model is None:
        return NameTaken(model_type, name)
    address = settings.SITE_URL + model.get_absolute_url()
    return NameTaken(model_type, name, model_id=model.pk, model_url=address)


def name_is_former(row: FormerName) -> NameTaken:
    """The error that names the model that had the name before."""
    model = row.model
    address = settings.SITE_URL + model.get_absolute_url()
    return NameTaken(
        model.model_type,
        row.name,
        model_id=model.pk,
        model_url=address,
        now_named=model.name,
    )


def _published_or_proposed(
    change: Change,
    model: RegisteredModel,
    content: publication.Content,
    outcome: Outcome,
    by: User,
    visibility: Visibility,
    started_from: Revision | None,
) -> Revision:
    before = model.published_revision
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
        change.touch(model, by=by)
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


def stamped(text: str, previous: Revision | None) -> str:
    """A definition with `updated_at` and `featured` as they must be when it is published."""
    base = definition_text.parse(previous.definition) if previous else None
    return stamp(definition_text.parse(text), base, now=int(time.time()))


def locked(change: Change, model: RegisteredModel) -> RegisteredModel:
    """The model as it was when `change` had locked it. Raises ModelNotFound."""
    held = change.get(model)
    if held is None:
        raise ModelNotFound(model.pk)
    return held


def locked_for(
    change: Change, model: RegisteredModel, verb: ModelVerb, by: User, deed: str
) -> RegisteredModel:
    """The same, if the person may do that with it. Raises ModelNotFound and NotAllowed."""
    model = locked(change, model)
    if verb not in policy.verbs(by, model):
        raise NotAllowed("may_not", deed=deed)
    return model


def require_current(current: Revision, base_revision: int) -> None:
    """Raise StaleState, with `current_revision`, unless an edit started from this revision."""
    if current.number != base_revision:
        raise StaleState(
            "edit_is_stale",
            base_revision=base_revision,
            number=current.number,
            author_name=current.author_name or "somebody",
            current_revision=current.number,
        )


def readme_to_store(text: str) -> str:
    """A README as it is stored: storable, and its lines end in LF."""
    text = storable(text.replace("\r\n", "\n"))
    if len(text.encode()) > MAX_README_BYTES:
        raise InvalidParameter("readme_is_too_large", max_readme_bytes=MAX_README_BYTES)
    return text


def storable(text: str) -> str:
    """Text that every database stores: without NUL and lone surrogates."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")
