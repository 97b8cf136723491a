"""Restores an older revision."""

from __future__ import annotations

from accounts.models import User
from models_registry import policy, revision_messages
from models_registry.actions.edit import edit
from models_registry.actions.submission import Submission
from models_registry.definitions.facts.naming import with_name
from models_registry.definitions.json_text.problems import DefinitionTextError
from models_registry.errors import InvalidParameter
from models_registry.models import ReadmeOrigin, RegisteredModel, Revision


def restore(model: RegisteredModel, number: int, *, by: User, base_revision: int) -> Revision:
    """Publish (or propose) an older revision's definition and README again, as a new revision.

    Raises what `edit` raises, and InvalidParameter if the person may see no such revision.
    """
    old = policy.revisions_for(by, model).filter(number=number).first()
    if old is None:
        raise InvalidParameter("model_has_no_such_revision", number=number)
    try:
        # A model that was renamed since keeps its name.
        definition = with_name(old.definition, model.name)
    except DefinitionTextError:
        definition = old.definition
    submission = Submission(
        definition=definition,
        readme=old.readme,
        readme_origin=ReadmeOrigin(old.readme_origin),
        readme_zh=old.readme_zh,
        message=revision_messages.RESTORED % {"number": number},
    )
    return edit(model, submission, by=by, base_revision=base_revision, restored=old)
