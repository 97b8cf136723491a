"""How a definition becomes what the hub shows and serves: the only writer of a revision's state.

Each function is one verb: it locks the model, checks that the verb fits the state as it is then,
writes, and derives what lists and search need. Who may do it, the use cases check; they also
rebuild the lists (`catalogue.build.rebuild`) at the end of their transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from accounts.models import User
from models_registry.definitions import facts as definition_facts
from models_registry.definitions import loading_rules
from models_registry.definitions import text as definition_text
from models_registry.definitions.loading import loading_problems
from models_registry.errors import NameTaken, StaleState
from models_registry.models import Facet, ReadmeOrigin, RegisteredModel, Revision, Visibility
from models_registry.models import RevisionState as State
from models_registry.querysets import normalised


class Verb(StrEnum):
    """What can be done to a revision."""

    PUBLISH = "publish"
    PROPOSE = "propose"
    SUPERSEDE = "supersede"
    APPROVE = "approve"
    REQUEST_CHANGES = "request_changes"
    REJECT = "reject"
    WITHDRAW = "withdraw"


# (state before, verb) → state after; None is a revision that is about to be written. What is not
# here can't happen.
TRANSITIONS: dict[tuple[State | None, Verb], State] = {
    (None, Verb.PUBLISH): State.PUBLISHED,
    (None, Verb.PROPOSE): State.PROPOSED,
    (State.PUBLISHED, Verb.SUPERSEDE): State.SUPERSEDED,
    # A new round of a proposal takes the place of the last one.
    (State.PROPOSED, Verb.SUPERSEDE): State.SUPERSEDED,
    (State.CHANGES_REQUESTED, Verb.SUPERSEDE): State.SUPERSEDED,
    (State.PROPOSED, Verb.APPROVE): State.PUBLISHED,
    (State.PROPOSED, Verb.REQUEST_CHANGES): State.CHANGES_REQUESTED,
    (State.PROPOSED, Verb.REJECT): State.REJECTED,
    (State.PROPOSED, Verb.WITHDRAW): State.WITHDRAWN,
    (State.CHANGES_REQUESTED, Verb.WITHDRAW): State.WITHDRAWN,
}
# By which rules the fields below are derived; a model says which ones its own were derived by.
DERIVED_BY = f"{definition_facts.VERSION}.{loading_rules.VERSION}"
DERIVED_FIELDS = (
    "featured",
    "description",
    "context_length",
    "definition_updated_at",
    "facts",
    "search_text",
)
OPEN_STATES = (State.PROPOSED, State.CHANGES_REQUESTED)


@dataclass(frozen=True, slots=True)
class Content:
    """What a revision is made of, before it is written."""

    definition: str
    readme: str
    readme_origin: ReadmeOrigin = ReadmeOrigin.GENERATED
    message: str = ""


def publish(
    model: RegisteredModel,
    content: Content,
    *,
    by: User | None,
    by_name: str = "",
    visibility: Visibility | None = None,
    instead_of: Revision | None = None,
) -> Revision:
    """Write a new revision of the model and make it the published one.

    In: a saved model, the content (its definition's text must parse), the author (None with
    `by_name` for one without an account, as "upstream"), what the model becomes (None: what it is),
    and the open proposal that this takes the place of, if any. Out: the revision. Raises
    DefinitionTextError, StaleState and NameTaken.
    """
    with transaction.atomic():
        model = _locked(model)
        if instead_of is not None:
            _move(Revision.objects.get(pk=instead_of.pk), Verb.SUPERSEDE)
        revision = _write(
            model, content, Verb.PUBLISH, by=by, by_name=by_name, visibility=visibility
        )
        _go_live(model, revision)
    return revision


def propose(
    model: RegisteredModel,
    content: Content,
    *,
    by: User,
    visibility: Visibility,
) -> Revision:
    """Write a new revision that waits for review; what is published stays as it is.

    Where a proposal of the model is open already, this is its next round. Raises
    DefinitionTextError and StaleState.
    """
    with transaction.atomic():
        model = _locked(model)
        previous = open_proposal(model)
        if previous is not None:
            _move(previous, Verb.SUPERSEDE)
        revision = _write(
            model, content, Verb.PROPOSE, by=by, visibility=visibility, round_after=previous
        )
        model.changed_at = timezone.now()
        model.save(update_fields=["changed_at"])
    return revision


def approve(revision: Revision) -> Revision:
    """Publish a proposed revision: the model becomes what the revision says.

    Raises StaleState where it is no longer proposed, or where something else was published since it
    was written, so that it would undo that; NameTaken where the model would enter a namespace in
    which another one has its name by now.
    """
    with transaction.atomic():
        model = _locked(revision.model)
        fresh = Revision.objects.get(pk=revision.pk)
        if fresh.base_id != model.published_revision_id:
            raise StaleState(
                f"Since revision {fresh.number} was submitted, another one was published. "
                "Its author must bring the two together and submit again."
            )
        if model.published_revision is not None:
            _move(model.published_revision, Verb.SUPERSEDE)
        _move(fresh, Verb.APPROVE)
        # The rules may have changed since it was written.
        _judge(fresh)
        _go_live(model, fresh)
    return fresh


def request_changes(revision: Revision) -> Revision:
    """Send a proposed revision back to its author. Raises StaleState."""
    return _decide(revision, Verb.REQUEST_CHANGES)


def reject(revision: Revision) -> Revision:
    """Refuse a proposed revision for good. Raises StaleState."""
    return _decide(revision, Verb.REJECT)


def withdraw(revision: Revision) -> Revision:
    """Take a proposal back. Raises StaleState."""
    return _decide(revision, Verb.WITHDRAW)


def open_proposal(model: RegisteredModel) -> Revision | None:
    """The revision of the model that waits for review or for its author, if there is one."""
    return model.revisions.filter(state__in=OPEN_STATES).first()


def derive_again(model: RegisteredModel) -> bool:
    """Recompute what is derived from the published revision, after the rules of it changed.

    Out: whether anything came out otherwise; the lists are then to be built anew. Raises
    DefinitionTextError, where nothing is changed.
    """
    with transaction.atomic():
        model = _locked(model)
        if (revision := model.published_revision) is None:
            return False
        before = _derived(model, revision)
        definition = _judge(revision)
        _derive(model, definition_facts.derive(model.model_type, definition.records))
        model.save(update_fields=[*DERIVED_FIELDS, "derived_by"])
        model.refresh_from_db(fields=DERIVED_FIELDS)
        return before != _derived(model, revision)


def _judge(revision: Revision) -> definition_text.Definition:
    """Note what a server's loader has against a revision, by the rules of today."""
    definition = definition_text.parse(revision.definition)
    model_type = revision.model.model_type
    problems = loading_problems(model_type, definition.records, definition=definition)
    revision.loading_problems = [problem.as_dict() for problem in problems]
    Revision.objects.filter(pk=revision.pk).update(loading_problems=revision.loading_problems)
    return definition


def _derived(model: RegisteredModel, revision: Revision) -> list[object]:
    """All that is derived, to be compared."""
    facets = sorted(model.facets.values_list("kind", "value"))
    return [*(getattr(model, name) for name in DERIVED_FIELDS), facets, revision.loading_problems]


def _decide(revision: Revision, verb: Verb) -> Revision:
    with transaction.atomic():
        model = _locked(revision.model)
        fresh = Revision.objects.get(pk=revision.pk)
        _move(fresh, verb)
        model.changed_at = timezone.now()
        model.save(update_fields=["changed_at"])
    return fresh


def _locked(model: RegisteredModel) -> RegisteredModel:
    """The model as it is now, held against other writers until the transaction ends."""
    return RegisteredModel.objects.select_for_update().get(pk=model.pk)


def _write(
    model: RegisteredModel,
    content: Content,
    verb: Verb,
    *,
    by: User | None,
    by_name: str = "",
    visibility: Visibility | None = None,
    round_after: Revision | None = None,
) -> Revision:
    definition = definition_text.parse(content.definition)
    problems = loading_problems(model.model_type, definition.records, definition=definition)
    published = model.published_revision
    if verb is Verb.PUBLISH and published is not None:
        _move(published, Verb.SUPERSEDE)
    last = model.revisions.aggregate(last=Max("number"))["last"] or 0
    return Revision.objects.create(
        model=model,
        number=last + 1,
        state=TRANSITIONS[None, verb],
        definition=content.definition,
        readme=content.readme,
        readme_origin=content.readme_origin,
        visibility=visibility or model.visibility,
        proposal=(round_after.proposal or round_after) if round_after is not None else None,
        message=content.message[:500],
        author=by,
        author_name=(by.username if by is not None else by_name)[:150],
        base=published,
        loading_problems=[problem.as_dict() for problem in problems],
    )


def _move(revision: Revision, verb: Verb) -> None:
    """Take a revision to its next state, if it is still in the one that it was read in."""
    expected = State(revision.state)
    following = TRANSITIONS.get((expected, verb))
    moved = following is not None and Revision.objects.filter(
        pk=revision.pk, state=expected
    ).update(state=following)
    if not moved or following is None:
        raise StaleState(
            f"Revision {revision.number} is {expected.label.lower()}, "
            "so this can't be done to it any more."
        )
    revision.state = following


def _go_live(model: RegisteredModel, revision: Revision) -> None:
    definition = definition_text.parse(revision.definition)
    revision.published_at = timezone.now()
    Revision.objects.filter(pk=revision.pk).update(published_at=revision.published_at)
    model.published_revision = revision
    model.visibility = revision.visibility
    _derive(model, definition_facts.derive(model.model_type, definition.records))
    model.changed_at = timezone.now()
    try:
        with transaction.atomic():
            model.save()
    except IntegrityError as error:
        raise NameTaken(model.model_type, model.name) from error


def _derive(model: RegisteredModel, facts: definition_facts.Facts) -> None:
    """Set the fields and facets by which the model is listed, searched and filtered."""
    model.derived_by = DERIVED_BY
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
