"""Changes a model: at once, or as a proposal."""

from __future__ import annotations

from accounts.models import User
from models_registry import policy, publication
from models_registry.actions.submission import (
    Submission,
    checked,
    locked,
    publish_or_propose,
    readme_to_store,
    require_current,
    stamped,
    storable,
)
from models_registry.changes import changing
from models_registry.definitions.checks.run import public_path_problems
from models_registry.definitions.facts.kinds import record_name
from models_registry.definitions.facts.naming import with_name
from models_registry.definitions.json_text import document as definition_text
from models_registry.definitions.json_text.messages import gettext_noop
from models_registry.definitions.json_text.problems import Problem
from models_registry.definitions.json_text.timestamps import set_featured as with_featured
from models_registry.errors import (
    InvalidDefinition,
    NotAllowed,
    NothingChanged,
    ProposalOpen,
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
from models_registry.readme.generate import NOTE
from models_registry.readme.origin import readme_for


def edit(
    model: RegisteredModel,
    submission: Submission,
    *,
    by: User,
    base_revision: int,
    restored: Revision | None = None,
) -> Revision:
    """Change a model: at once, or as a proposal (the next round of one that is open).

    `base_revision` is the number of the revision that the edit started from, and
    `restored` the one whose text comes again, under the present name. Returns the new revision.
    Raises NotAllowed, InvalidDefinition, NameTaken, NothingChanged, InvalidParameter,
    ProposalOpen if somebody else's proposal waits, and StaleState with `current_revision` if
    somebody else was quicker.
    """
    with changing([model]) as change:
        model = locked(change, model)
        current = current_revision(model, by=by)
        visibility = submission.visibility or Visibility(current.visibility)
        outcome = policy.may_change_to(by, model, visibility)
        if outcome is None:
            if visibility == model.visibility:
                raise NotAllowed("may_not_change_model")
            raise NotAllowed("may_not_make_change", visibility=visibility)
        require_current(current, base_revision)
        if outcome is Outcome.REVIEW and model.owner_id != by.pk:
            _require_room(model, by=by)
        content = _edited(model, current, submission, by=by, restored=restored)
        if visibility == current.visibility and _says_nothing_new(content, submission, current):
            raise NothingChanged
        return publish_or_propose(
            change, model, content, outcome, by=by, visibility=visibility, started_from=current
        )


def current_revision(model: RegisteredModel, *, by: User) -> Revision:
    """The revision that an edit by this person starts from: the open proposal, if it is what they
    would continue, else the published one. Raises StaleState if there is neither.

    Of a published model, everybody continues their own proposal only: the owner of a model goes on
    from what is published, and not from what somebody has suggested.
    """
    proposal = publication.open_proposal(model)
    goes_on = proposal is not None and (
        proposal.author_id == by.pk or model.published_revision_id is None
    )
    current = proposal if goes_on else model.published_revision
    current = current or model.revisions.first()
    if current is None:
        raise StaleState("model_has_no_revision")
    return current


def _require_room(model: RegisteredModel, *, by: User) -> None:
    """Raise ProposalOpen if somebody else's proposal of the model is open, and NotAllowed if the
    person has suggested as much as they may."""
    proposal = publication.open_proposal(model)
    if proposal is not None and proposal.author_id != by.pk:
        if model.published_revision_id is not None:
            raise ProposalOpen(model.name)
    elif proposal is None and policy.open_suggestions(by) >= policy.MAX_SUGGESTIONS:
        raise NotAllowed("too_many_suggestions", max_suggestions=policy.MAX_SUGGESTIONS)


def _was_published(model: RegisteredModel, definition: str) -> bool:
    """True if a revision with that very text was published once."""
    if storable(definition) != definition:
        # The database has no such text, and PostgreSQL refuses to look for it.
        return False
    published = model.revisions.filter(published_at__isnull=False)
    return bool(published.filter(definition=definition).exists())


def _was_generated(model: RegisteredModel, readme: str) -> bool:
    """True if the hub has generated this very README for an earlier revision."""
    if not readme.startswith(NOTE):
        return False
    generated = model.revisions.filter(readme_origin=ReadmeOrigin.GENERATED)
    return bool(generated.filter(readme=readme).exists())


def _edited(
    model: RegisteredModel,
    current: Revision,
    submission: Submission,
    *,
    by: User,
    restored: Revision | None,
) -> publication.Content:
    """What the model's next revision would be made of."""
    visibility = submission.visibility or Visibility(current.visibility)
    # A proposal from before a renaming may have the former name.
    text = with_name(current.definition, model.name)
    if submission.definition is not None and submission.definition not in (
        text,
        current.definition,
    ):
        is_known = restored is not None and restored.published_at is not None
        if is_known or _was_published(model, submission.definition):
            # What was published once may come back, even if today's rules would refuse it as new.
            definition = definition_text.parse(submission.definition)
        else:
            definition = checked(
                model.model_type,
                submission.definition,
                published=model.published_revision,
                is_public=visibility == Visibility.PUBLIC,
            )
        name = record_name(definition.records[0])
        if name != model.name:
            line, column = definition.locate("/0/model_name")
            message = gettext_noop(
                "The name can't change: this model is %(name)s. Register a new model instead.",
                name=model.name,
            )
            raise InvalidDefinition(
                [Problem("/0/model_name", line, column, message, "name_changed")]
            )
        text = submission.definition
    if visibility == Visibility.PUBLIC and (problems := public_path_problems(text)):
        raise InvalidDefinition(problems)
    public = visibility != Visibility.PRIVATE
    if public and ModelVerb.FEATURE not in policy.verbs(by, model):
        # The mark is the maintainers' to give: an author's text neither sets nor drops it.
        shared = model.visibility != Visibility.PRIVATE
        text = with_featured(text, model.featured and shared)
    if model.published_revision is None or text != model.published_revision.definition:
        # Also for a proposal's text as it was: something newer may be published by now.
        text = stamped(text, model.published_revision)
    readme = current.readme if submission.readme is None else readme_to_store(submission.readme)
    origin = current.readme_origin if readme == current.readme else submission.readme_origin
    if readme != current.readme and _was_generated(model, readme):
        # A script keeps what it once read here, and sends it with each change.
        origin = ReadmeOrigin.GENERATED
    if readme != current.readme or text != current.definition:
        readme, origin = readme_for(text, model.model_type, readme, origin)
    return publication.Content(
        definition=text,
        readme=readme,
        readme_origin=ReadmeOrigin(origin),
        message=storable(submission.message),
        readme_zh=(
            current.readme_zh
            if submission.readme_zh is None
            else readme_to_store(submission.readme_zh)
        ),
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
    same_readmes = (content.readme, content.readme_zh) == (current.readme, current.readme_zh)
    return same_readmes and (as_it_was or content.definition == current.definition)
