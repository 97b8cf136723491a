"""Renames a model: a private one for its owner, one that others see for those who may change it."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from hub.audit import Tag, record
from models_registry import policy, publication, revision_messages
from models_registry.actions.submission import checked, locked, name_taken, require_current, stamped
from models_registry.changes import changing
from models_registry.definitions.facts.kinds import is_valid_name, name_key
from models_registry.definitions.facts.naming import with_name
from models_registry.definitions.json_text.problems import DefinitionTextError, quoted
from models_registry.errors import InvalidParameter, NameTaken, NotAllowed, StaleState
from models_registry.models import (
    LIVE_STATES,
    Draft,
    FormerName,
    ReadmeOrigin,
    RegisteredModel,
    Revision,
    RevisionState,
    UpstreamChange,
    UpstreamFile,
    UpstreamRemoval,
    Visibility,
)
from models_registry.readme.origin import readme_for


def rename(
    model: RegisteredModel, name: str, *, by: User, base_revision: int | None = None
) -> Revision:
    """Give a model another name: the next revision has it, and so have drafts and the proposal.

    A model that others see goes on answering to its former name, and one pull request renames it
    upstream. `base_revision` is the number of the revision that the person saw. Raises NotAllowed,
    InvalidParameter for a name that upstream would refuse, NameTaken, InvalidDefinition, and
    StaleState: something else was published, or a private model is about to be shared, or a pull
    request about it is open.
    """
    name = name.strip()
    with changing([model]) as change:
        model = locked(change, model)
        published = model.published_revision
        if not policy.may_rename(by, model) or published is None:
            raise NotAllowed("may_not_rename")
        if name == model.name:
            return published
        if base_revision is not None:
            require_current(published, base_revision)
        is_shared = model.visibility != Visibility.PRIVATE
        if not is_shared:
            _require_nothing_open(model)
        if not is_valid_name(name):
            raise InvalidParameter("name_is_invalid", name=quoted(name))
        text = with_name(published.definition, name)
        is_public = model.visibility == Visibility.PUBLIC
        checked(model.model_type, text, published=published, is_public=is_public)
        before = model.name
        _take_name(model, name, by=by)
        if is_shared:
            text = stamped(text, published)
            _keep_former_name(model, before)
        else:
            # Upstream knows nothing of the model under its new name.
            UpstreamFile.objects.filter(model=model).update(model=None)
            UpstreamRemoval.objects.filter(model=model).delete()
        content = publication.with_readme_kept(
            model, text, message=revision_messages.RENAMED % {"name": before}
        )
        revision = publication.publish(model, content, by=by)
        _rename_drafts(model, name, before=published, after=revision)
        if is_shared:
            _rename_proposal(model, name, before=published, after=revision)
        change.touch(model, by=by)
        record(
            Tag.MODEL_RENAME,
            by=by,
            target=model,
            before=before,
            after=name,
            revision=revision.number,
        )
    return revision


def _require_nothing_open(model: RegisteredModel) -> None:
    if publication.open_proposal(model) is not None:
        raise StaleState("proposal_in_the_way")
    if UpstreamChange.objects.filter(model=model, state__in=LIVE_STATES).exists():
        raise StaleState("pull_request_in_the_way")


def _take_name(model: RegisteredModel, name: str, *, by: User) -> None:
    """Save the model with another name. Raises NameTaken."""
    try:
        with transaction.atomic():
            model.name, model.name_key = name, name_key(name)
            model.save(update_fields=["name", "name_key"])
            publication.require_free(model, model.visibility)
    except (IntegrityError, NameTaken) as error:
        visibility = Visibility(model.visibility)
        raise name_taken(model.model_type, name, visibility, by=by, without=model.pk) from error


def _keep_former_name(model: RegisteredModel, before: str) -> None:
    FormerName.objects.filter(model=model, name=model.name).delete()
    now = timezone.now()
    FormerName.objects.update_or_create(
        model=model,
        name=before,
        defaults={
            "model_type": model.model_type,
            "name_key": name_key(before),
            "visibility": model.visibility,
            "renamed_at": now,
            "answers_until": now + timedelta(days=settings.ENV.former_name_days),
        },
    )


def _rename_drafts(model: RegisteredModel, name: str, *, before: Revision, after: Revision) -> None:
    """The drafts of a change keep up with the name, if their texts can be parsed."""
    for draft in Draft.objects.select_for_update().filter(model=model).order_by("pk"):
        try:
            draft.definition = with_name(draft.definition, name)
        except DefinitionTextError:
            continue
        # A draft of an older revision must still be merged with what was published since.
        if draft.base_revision_id == before.pk:
            draft.base_revision = after
        draft.save()


def _rename_proposal(
    model: RegisteredModel, name: str, *, before: Revision, after: Revision
) -> None:
    """Hand in the proposal that waits for a review once more, under the new name.

    What is out of date, or with its author, is merged in the editor as after any other change.
    """
    proposal = publication.open_proposal(model)
    if proposal is None or proposal.author is None or proposal.base_id != before.pk:
        return
    if proposal.state != RevisionState.PROPOSED:
        return
    text = stamped(with_name(proposal.definition, name), after)
    readme, origin = readme_for(text, model.model_type, proposal.readme, proposal.readme_origin)
    content = publication.Content(
        text, readme, ReadmeOrigin(origin), proposal.message, proposal.readme_zh
    )
    publication.propose(
        model, content, by=proposal.author, visibility=Visibility(proposal.visibility)
    )
