"""Registers a new model."""

from __future__ import annotations

import time

from django.db import IntegrityError, transaction

from accounts.models import User
from models_registry import policy, publication, revision_messages
from models_registry.actions.submission import (
    Submission,
    checked,
    name_taken,
    publish_or_propose,
    readme_to_store,
    storable,
)
from models_registry.changes import changing
from models_registry.definitions.facts.kinds import MODEL_TYPES, name_key, record_name
from models_registry.definitions.json_text.document import scanned_once
from models_registry.definitions.json_text.timestamps import set_featured as with_featured
from models_registry.definitions.json_text.timestamps import stamp
from models_registry.errors import InvalidModelType, NotAllowed
from models_registry.models import ReadmeOrigin, RegisteredModel, Revision, Visibility
from models_registry.permissions import Right
from models_registry.readme.origin import readme_for


@scanned_once()
def register(model_type: str, submission: Submission, *, by: User) -> Revision:
    """Register a new model: published or proposed, by its visibility and the person's rights.

    Returns its first revision. Raises NotAllowed, InvalidModelType, InvalidDefinition, NameTaken
    and InvalidParameter (a README that is too large).
    """
    if model_type not in MODEL_TYPES:
        raise InvalidModelType(model_type)
    visibility = submission.visibility or Visibility.PRIVATE
    outcome = policy.may_register(by, visibility)
    if outcome is None:
        raise NotAllowed("may_not_register_with_visibility", visibility=visibility)
    is_public = submission.visibility == Visibility.PUBLIC
    definition = checked(model_type, submission.definition or "", is_public=is_public)
    name = record_name(definition.records[0]) or ""
    with changing() as change:
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
            raise name_taken(model_type, name, visibility, by=by) from error
        text = stamp(definition, None, now=int(time.time()))
        if visibility != Visibility.PRIVATE and not policy.holds(by, Right.CHANGE_PUBLIC_MODEL):
            text = with_featured(text, False)
        readme, origin = readme_for(
            text, model_type, readme_to_store(submission.readme or ""), submission.readme_origin
        )
        content = publication.Content(
            definition=text,
            readme=readme,
            readme_origin=ReadmeOrigin(origin),
            message=storable(submission.message) or revision_messages.REGISTERED,
            readme_zh=readme_to_store(submission.readme_zh or ""),
        )
        return publish_or_propose(change, model, content, outcome, by=by, visibility=visibility)
