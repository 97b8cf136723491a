"""What a maintainer does with a change that can't be joined with upstream's own edit."""

from __future__ import annotations

import time
from collections.abc import Mapping

from django.db import transaction

from accounts.models import User
from hub.audit import Tag, record
from models_registry import policy, publication
from models_registry.catalogue import build
from models_registry.definitions.merge import Conflict, Side, merge
from models_registry.definitions.placing import path_of
from models_registry.definitions.stamp import stamp
from models_registry.definitions.text import join_records, parse
from models_registry.errors import InvalidParameter, NotAllowed, StaleState
from models_registry.models import ReadmeOrigin, RegisteredModel, Revision, UpstreamFile
from models_registry.outbox_tables import ChangeState, UpstreamChange
from models_registry.policy import ModelVerb
from models_registry.upstream.joining import remember
from models_registry.upstream.outgoing import LIVE_PULL_REQUESTS, regroup, wake
from models_registry.upstream.plan import same_content

# The key of the one choice where a whole model, not a part of it, is in conflict.
WHOLE = ""


def conflicts(change: UpstreamChange) -> list[Conflict]:
    """The places where a change and upstream differ; a model as a whole is one place."""
    if change.base and change.wanted and change.theirs:
        return merge(change.base, change.wanted, change.theirs).conflicts
    base, ours, theirs = (text or None for text in (change.base, change.wanted, change.theirs))
    return [Conflict("", base, ours, theirs, key=WHOLE)]


def resolve(change: UpstreamChange, choices: Mapping[str, Side], *, by: User) -> UpstreamChange:
    """Go on with a change in conflict, with a decision for each place.

    In: the change, key of the conflict → "ours" (the hub's) or "theirs" (upstream's), the person.
    Out: the change, on its way again; or with nothing to do where all was given to upstream. The
    hub's model becomes what was decided. Raises NotAllowed, StaleState, InvalidParameter.
    """
    with transaction.atomic():
        # The model before its change, as a worker that sends it.
        models = RegisteredModel.objects.select_for_update()
        model = models.filter(pk=change.model_id).first() if change.model_id else None
        change = UpstreamChange.objects.select_for_update().get(pk=change.pk)
        _check(change, model, by)
        text = _decided(change, choices)
        if model is not None:
            if text or not change.theirs:
                # A removal has joined nothing: the model may be wanted again as it was.
                _take_theirs_as_base(change, model)
            if text and text != change.wanted:
                change.revision = _published(change, model, text, by)
        change.base, change.wanted = change.theirs, text
        change.theirs = change.last_error = ""
        is_done = same_content(change.wanted, change.base)
        change.state = ChangeState.NOTHING if is_done else ChangeState.WAITING
        change.save()
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
    if not (change.base and change.wanted and change.theirs):
        if WHOLE not in choices:
            raise InvalidParameter("Choose the hub's definition or upstream's.")
        return change.wanted if choices[WHOLE] == "ours" else change.theirs
    merged = merge(change.base, change.wanted, change.theirs, choices=choices)
    if merged.conflicts:
        places = ", ".join(conflict.pointer for conflict in merged.conflicts)
        raise InvalidParameter(f"Choose a side at each of these places: {places}.")
    if same_content(merged.text, change.theirs):
        return change.theirs
    if same_content(merged.text, change.wanted):
        return change.wanted
    both = parse(join_records([change.theirs, change.wanted]))
    return stamp(parse(merged.text), both, now=int(time.time()))


def _take_theirs_as_base(change: UpstreamChange, model: RegisteredModel) -> None:
    if not change.theirs:
        UpstreamFile.objects.filter(model=model).delete()
        return
    seen = UpstreamFile.objects.filter(model=model).first()
    if seen is not None and seen.layout == "aggregate":
        path = path_of("aggregate", model.model_type, model.name)
        remember(model, change.theirs, ("aggregate", path), source="upstream")
    else:
        path = path_of("split", model.model_type, model.name)
        remember(model, change.theirs, ("split", path), source="upstream")


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
