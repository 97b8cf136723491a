"""How a definition becomes what the hub shows and serves: the only writer of a revision's state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from accounts.models import User
from models_registry.definitions import facts as definition_facts
from models_registry.definitions import text as definition_text
from models_registry.definitions.loading import loading_problems
from models_registry.errors import StaleState
from models_registry.models import Facet, ReadmeOrigin, RegisteredModel, Revision
from models_registry.models import RevisionState as State
from models_registry.querysets import normalised


class Verb(StrEnum):
    """What can be done to a revision."""

    PUBLISH = "publish"
    SUPERSEDE = "supersede"


# (state before, verb) → state after; None is a revision that is about to be written. What is not
# here can't happen.
TRANSITIONS: dict[tuple[State | None, Verb], State] = {
    (None, Verb.PUBLISH): State.PUBLISHED,
    (State.PUBLISHED, Verb.SUPERSEDE): State.SUPERSEDED,
}


@dataclass(frozen=True, slots=True)
class Draft:
    """What a revision is made of, before it is written."""

    definition: str
    readme: str
    readme_origin: ReadmeOrigin = ReadmeOrigin.GENERATED
    message: str = ""


def publish(model: RegisteredModel, draft: Draft, *, by: User | None, by_name: str = "") -> Revision:
    """Write a new revision of the model and make it the published one, in one transaction.

    In: a saved model, the draft (its definition's text must parse), the author (None with `by_name`
    for one without an account, as "upstream"). Out: the revision; the model's derived fields follow
    it. The list of its type is not rebuilt here, since many models may be published at once: callers
    end with `catalogue.build.rebuild`. Raises DefinitionTextError and StaleState.
    """
    definition = definition_text.parse(draft.definition)
    with transaction.atomic():
        model = RegisteredModel.objects.select_for_update().get(pk=model.pk)
        previous = model.published_revision
        if previous is not None:
            _move(previous, Verb.SUPERSEDE)
        last = model.revisions.aggregate(last=Max("number"))["last"] or 0
        problems = loading_problems(
            model.model_type, definition.records, definition=definition
        )
        revision = Revision.objects.create(
            model=model,
            number=last + 1,
            state=TRANSITIONS[None, Verb.PUBLISH],
            definition=draft.definition,
            readme=draft.readme,
            readme_origin=draft.readme_origin,
            message=draft.message[:500],
            author=by,
            author_name=(by.username if by is not None else by_name)[:150],
            visibility=model.visibility,
            base=previous,
            loading_problems=[problem.as_dict() for problem in problems],
        )
        model.published_revision = revision
        _derive(model, definition_facts.derive(model.model_type, definition.records))
        model.changed_at = timezone.now()
        model.save()
    return revision


def _move(revision: Revision, verb: Verb) -> None:
    """Take a revision to its next state, if it is still in the one that it was read in."""
    expected = State(revision.state)
    following = TRANSITIONS[expected, verb]
    moved = Revision.objects.filter(pk=revision.pk, state=expected).update(state=following)
    if not moved:
        raise StaleState(f"{revision} is no longer {expected.label.lower()}.")
    revision.state = following


def derive_again(model: RegisteredModel) -> None:
    """Recompute what is derived from the published revision, after the rules of it changed."""
    if (revision := model.published_revision) is None:
        return
    definition = definition_text.parse(revision.definition)
    problems = [p.as_dict() for p in loading_problems(model.model_type, definition.records)]
    with transaction.atomic():
        Revision.objects.filter(pk=revision.pk).update(loading_problems=problems)
        _derive(model, definition_facts.derive(model.model_type, definition.records))
        model.save()


def _derive(model: RegisteredModel, facts: definition_facts.Facts) -> None:
    """Set the fields and facets by which the model is listed, searched and filtered."""
    model.featured = facts.featured
    model.description = facts.description
    model.context_length = facts.context_length
    model.definition_updated_at = _moment(facts.updated_at)
    # The variants fill most of it and only the model's own page shows them: it derives them itself.
    model.facts = {key: value for key, value in facts.as_dict().items() if key != "variants"}
    words = [model.name, facts.description, facts.family, *facts.abilities, *facts.languages]
    words += [*facts.formats, *facts.engines, *facts.source_ids, *facts.architectures]
    model.search_text = normalised("\n".join(word for word in words if word)).replace("\x00", "")
    wanted = {
        Facet.Kind.ABILITY: facts.abilities,
        Facet.Kind.FORMAT: facts.formats,
        Facet.Kind.SIZE: facts.size_buckets,
        Facet.Kind.CONTEXT: facts.context_buckets,
        Facet.Kind.LANGUAGE: facts.languages,
        Facet.Kind.ENGINE: facts.engines,
    }
    model.facets.all().delete()
    Facet.objects.bulk_create(
        Facet(model=model, kind=kind, value=value)
        for kind, values in wanted.items()
        for value in sorted({value[:80] for value in values})
    )


def _moment(seconds: int | None) -> datetime | None:
    """Unix seconds as a moment; None for what no calendar has."""
    if seconds is None:
        return None
    try:
        return datetime.fromtimestamp(seconds, tz=UTC)
    except (OverflowError, OSError, ValueError):
        return None
