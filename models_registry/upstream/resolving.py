"""What a maintainer does with a change that can't be joined with upstream's own edit."""

from __future__ import annotations

import time
from collections.abc import Mapping

from django.db import transaction

from accounts.models import User
from hub.audit import Tag, record
from models_registry import policy, publication
from models_registry.catalogue import build
from models_registry.definitions.merge import Conflict, Side
from models_registry.definitions.reconcile import WHOLE, decided, new_problems, places, same_content
from models_registry.errors import InvalidDefinition, InvalidParameter, NotAllowed, StaleState
from models_registry.models import ReadmeOrigin, RegisteredModel, Revision
from models_registry.outbox_tables import ChangeState, UpstreamChange
from models_registry.policy import ModelVerb
from models_registry.upstream.joining import remember_there
from models_registry.upstream.outgoing import LIVE_PULL_REQUESTS, regroup, wake


def conflicts(change: UpstreamChange) -> list[Conflict]:
    """The places where a change and upstream differ; a model as a whole is one place."""
    return places(change.base, change.wanted, change.theirs)


def resolve(change: UpstreamChange, choices: Mapping[str, Side], *, by: User) -> UpstreamChange:
    """Go on with a change in conflict, with a decision for each place.

    In: the change, key of the conflict → "ours" (the hub's) or "theirs" (upstream's), the person.
    Out: the change, on its way again; or with nothing to do where all was given to upstream. The
    hub's model becomes what was decided. Raises NotAllowed, StaleState, InvalidParameter, and
    InvalidDefinition where what was chosen does not fit together.
    """
    with transaction.atomic():
        # The model first, as everybody locks them.
        held = RegisteredModel.objects.select_for_update()
        model = held.filter(pk=change.model_id).first() if change.model_id else None
        change = UpstreamChange.objects.select_for_update().get(pk=change.pk)
        _check(change, model, by)
        text = _decided(change, choices)
        if model is not None:
            if text or not change.theirs:
                # A removal has joined nothing: the model may be wanted again as it was.
                remember_there(model, change.theirs, source="upstream")
            if text and text != change.wanted:
                change.revision = _published(change, model, text, by)
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
            chosen=dict(sorted(choices.items())),
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
        raise NotAllowed("Only who may edit this model can decide between it and upstream.")
    if change.state != ChangeState.CONFLICT:
        raise StaleState("This change is no longer in conflict with upstream.")
    published = model.published_revision if model is not None else None
    if change.wanted and (published is None or published.definition != change.wanted):
        raise StaleState("Another revision of this model was published since; that one goes on.")


def _decided(change: UpstreamChange, choices: Mapping[str, Side]) -> str:
    found = decided(change.base, change.wanted, change.theirs, choices, now=int(time.time()))
    if [one.key for one in found.undecided] == [WHOLE]:
        raise InvalidParameter("Choose the hub's definition or upstream's.")
    if found.undecided:
        named = ", ".join(one.pointer or "/" for one in found.undecided)
        raise InvalidParameter(f"Choose a side at each of these places: {named}.")
    if problems := new_problems(change.model_type, found.text, change.wanted, change.theirs):
        raise InvalidDefinition(problems)
    return found.text


def _published(change: UpstreamChange, model: RegisteredModel, text: str, by: User) -> Revision:
    published = model.published_revision
    content = publication.Content(
        definition=text,
        readme=published.readme if published is not None else "",
        readme_origin=ReadmeOrigin(
            published.readme_origin if published is not None else ReadmeOrigin.GENERATED
        ),
        message="Decided between the hub's and upstream's changes",
    )
    revision = publication.publish(model, content, by=by)
    build.rebuild([model.model_type])
    record(Tag.MODEL_PUBLISH, by=by, target=model, revision=revision.number, conflict=change.pk)
    return revision
