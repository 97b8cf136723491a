"""Renames a model that only its owner can see."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from accounts.models import User
from hub.audit import Tag, record
from models_registry import policy, publication, revision_messages
from models_registry.actions.submission import checked, locked, name_taken
from models_registry.changes import changing
from models_registry.definitions.facts.kinds import is_valid_name, name_key
from models_registry.definitions.json_text import document as definition_text
from models_registry.definitions.json_text.edit import set_members
from models_registry.definitions.json_text.problems import DefinitionTextError, quoted
from models_registry.errors import InvalidParameter, NotAllowed, StaleState
from models_registry.models import (
    LIVE_STATES,
    Draft,
    RegisteredModel,
    Revision,
    UpstreamChange,
    UpstreamFile,
    UpstreamRemoval,
    Visibility,
)


def rename(model: RegisteredModel, name: str, *, by: User) -> Revision:
    """Give a private model another name: the next revision has it, and the owner's drafts.

    Raises NotAllowed, InvalidParameter for a name that upstream would refuse, NameTaken, StaleState
    while a proposal to share the model or a pull request about it is open, and InvalidDefinition.
    """
    name = name.strip()
    with changing([model]) as change:
        model = locked(change, model)
        published = model.published_revision
        if not policy.may_rename(by, model) or published is None:
            raise NotAllowed("may_not_rename")
        if publication.open_proposal(model) is not None:
            raise StaleState("proposal_in_the_way")
        if UpstreamChange.objects.filter(model=model, state__in=LIVE_STATES).exists():
            raise StaleState("pull_request_in_the_way")
        if not is_valid_name(name):
            raise InvalidParameter("name_is_invalid", name=quoted(name))
        if name == model.name:
            return published
        text = renamed(published.definition, name)
        checked(model.model_type, text, published=published, is_public=False)
        before = model.name
        try:
            with transaction.atomic():
                model.name, model.name_key = name, name_key(name)
                model.save(update_fields=["name", "name_key"])
        except IntegrityError as error:
            raise name_taken(model.model_type, name, Visibility.PRIVATE, by=by) from error
        # Upstream knows nothing of the model under its new name.
        UpstreamFile.objects.filter(model=model).update(model=None)
        UpstreamRemoval.objects.filter(model=model).delete()
        content = publication.with_readme_kept(
            model, text, message=revision_messages.RENAMED % {"name": before}
        )
        revision = publication.publish(model, content, by=by)
        _rename_drafts(model, name, before=published, after=revision)
        change.touch(model, by=by)
        record(Tag.MODEL_RENAME, by=by, target=model, before=before, after=name)
    return revision


def renamed(text: str, name: str) -> str:
    """The definition with another name in each record, every other character kept.

    Raises DefinitionTextError.
    """
    for index, each in enumerate(definition_text.parse(text).records):
        field = "model_name" if each.get("model_name") else "model_family"
        text = set_members(text, index, {field: name})
    return text


def _rename_drafts(model: RegisteredModel, name: str, *, before: Revision, after: Revision) -> None:
    """The drafts of a change keep up with the name, if their texts can be parsed."""
    for draft in Draft.objects.select_for_update().filter(model=model):
        try:
            draft.definition = renamed(draft.definition, name)
        except DefinitionTextError:
            continue
        # A draft of an older revision must still be merged with what was published since.
        if draft.base_revision_id == before.pk:
            draft.base_revision = after
        draft.save()
