"""Resolves a conflict between a change and upstream's own edit."""

from __future__ import annotations

from collections.abc import Mapping

from accounts.models import User
from hub.audit import Tag, record
from models_registry import policy, publication, revision_messages
from models_registry.changes import changing
from models_registry.conflict_sides import Sides
from models_registry.definitions.compare.merge import Conflict, Side
from models_registry.definitions.compare.reconcile import new_problems, same_content
from models_registry.definitions.facts.naming import with_name
from models_registry.definitions.json_text.problems import DefinitionTextError
from models_registry.errors import InvalidDefinition, NotAllowed, StaleState
from models_registry.models import (
    ChangeState,
    RegisteredModel,
    Revision,
    UpstreamChange,
)
from models_registry.outbox.pull_requests import (
    LIVE_PULL_REQUESTS,
    lock_change,
    regroup,
    wake,
)
from models_registry.policy import ModelVerb
from models_registry.upstream.merge_back import remember_there


def sides(change: UpstreamChange) -> Sides:
    """The two sides of the conflict: the hub's definition and upstream's, as they are now."""
    return Sides(
        subject=f"change {change.pk}",
        model_type=change.model_type,
        base=change.base,
        ours=change.wanted,
        theirs=change.theirs,
        is_open=True,
    )


def conflicts(change: UpstreamChange) -> list[Conflict]:
    """The places where a change and upstream differ; a model as a whole is one place."""
    return sides(change).places()


def resolve(
    change: UpstreamChange, posted: Mapping[str, str], *, by: User, version: str
) -> UpstreamChange:
    """Resolve a conflict with a choice for each place, and continue with the change.

    `posted` are the form's fields (see `Sides.choices`), `version` is the one of the sides that the
    person saw. The hub's model becomes the result; the change is sent again, or has nothing to do
    if upstream's side was chosen everywhere. Raises NotAllowed, StaleState if one of the sides has
    changed, InvalidParameter, and InvalidDefinition if the choices do not fit together.
    """
    # A model that was deleted has no number.
    models = RegisteredModel.objects.filter(pk=change.model_id or 0)
    with changing(models, lists=[change.model_type]) as changed:
        model = next(iter(changed.models.values()), None)
        change = lock_change(change)
        _check(change, model, by)
        both = sides(change)
        both.require_seen(version)
        choices = both.choices(posted)
        text = _resolved(both, choices, name=model.name if model is not None else change.name)
        if model is not None:
            if text or not change.theirs:
                # A removal was not merged: the model may be wanted again as it was.
                remember_there(model, change.theirs, source="upstream")
            if text and text != change.wanted:
                change.revision = _published(change, model, text, by)
                changed.touch_list(model)
        change.base, change.wanted = change.theirs, text
        change.theirs = change.last_error = ""
        is_done = same_content(change.wanted, change.base)
        change.state = ChangeState.NOTHING if is_done else ChangeState.WAITING
        change.save()
        record(
            Tag.UPSTREAM_RESOLVE,
            by=by,
            target=model or change,
            change=change.pk,
            chosen=both.summary(choices),
            state=change.state,
        )
        pull_request = change.pull_request
        if pull_request is not None and pull_request.state in LIVE_PULL_REQUESTS:
            wake(pull_request)
        elif not is_done:
            regroup([change])
    return change


def _check(change: UpstreamChange, model: RegisteredModel | None, by: User) -> None:
    may = by.is_superuser if model is None else ModelVerb.EDIT in policy.verbs(by, model)
    if not may:
        raise NotAllowed("may_not_resolve_upstream_conflict")
    if change.state != ChangeState.CONFLICT:
        raise StaleState("change_not_in_conflict")
    published = model.published_revision if model is not None else None
    if change.wanted and (published is None or published.definition != change.wanted):
        raise StaleState("newer_revision_replaced_change")


def _resolved(both: Sides, choices: Mapping[str, Side], *, name: str) -> str:
    """The text that results from the choices, checked. Raises InvalidParameter and
    InvalidDefinition."""
    text = both.chosen_text(choices)
    try:
        problems = new_problems(both.model_type, text, both.ours, both.theirs)
        if text:
            # Upstream may still have the former name of a model that was renamed here.
            text = with_name(text, name)
    except DefinitionTextError as error:
        raise InvalidDefinition(error.problems) from error
    if problems:
        raise InvalidDefinition(problems)
    return text


def _published(change: UpstreamChange, model: RegisteredModel, text: str, by: User) -> Revision:
    message = revision_messages.DECIDED_ON_UPSTREAM
    content = publication.with_readme_kept(model, text, message=message)
    revision = publication.publish(model, content, by=by)
    record(Tag.MODEL_PUBLISH, by=by, target=model, revision=revision.number, conflict=change.pk)
    return revision
