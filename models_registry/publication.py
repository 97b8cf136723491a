"""The state machine of revisions: the only writer of a revision's state.

Each function is one verb. It locks the model, checks that the verb is possible in the state it
writes, and derives what lists and search need. Who may do it, the use cases check; they call it
inside `changes.changing`, which builds the lists and writes the outbox.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from django.db import IntegrityError, transaction
from django.db.models import Max, OuterRef, Subquery
from django.utils import timezone

from accounts.models import User
from models_registry import derived_rows
from models_registry.definitions.checks.release_loading import usable_groups
from models_registry.definitions.checks.server_loading import loading_problems
from models_registry.definitions.facts import facts as definition_facts
from models_registry.definitions.facts.kinds import name_key
from models_registry.definitions.facts.naming import name_in
from models_registry.definitions.json_text import document as definition_text
from models_registry.errors import NameTaken, StaleState
from models_registry.models import (
    CatalogueList,
    Facet,
    FormerName,
    ReadmeOrigin,
    RegisteredModel,
    Revision,
    SearchDocument,
    Visibility,
)
from models_registry.models import RevisionState as State
from models_registry.readme.origin import readme_for
from models_registry.rules_version import DERIVED_BY
from models_registry.search import documents, normalised


class Verb(StrEnum):
    """What can be done to a revision."""

    PUBLISH = "publish"
    PROPOSE = "propose"
    SUPERSEDE = "supersede"
    APPROVE = "approve"
    REQUEST_CHANGES = "request_changes"
    REJECT = "reject"
    WITHDRAW = "withdraw"


# (state before, verb) → state after. None is a revision that is about to be written. A transition
# that is not listed here is refused.
TRANSITIONS: dict[tuple[State | None, Verb], State] = {
    (None, Verb.PUBLISH): State.PUBLISHED,
    (None, Verb.PROPOSE): State.PROPOSED,
    (State.PUBLISHED, Verb.SUPERSEDE): State.SUPERSEDED,
    # A new round of a proposal replaces the previous one.
    (State.PROPOSED, Verb.SUPERSEDE): State.SUPERSEDED,
    (State.CHANGES_REQUESTED, Verb.SUPERSEDE): State.SUPERSEDED,
    (State.PROPOSED, Verb.APPROVE): State.PUBLISHED,
    (State.PROPOSED, Verb.REQUEST_CHANGES): State.CHANGES_REQUESTED,
    (State.PROPOSED, Verb.REJECT): State.REJECTED,
    (State.PROPOSED, Verb.WITHDRAW): State.WITHDRAWN,
    (State.CHANGES_REQUESTED, Verb.WITHDRAW): State.WITHDRAWN,
}
DERIVED_FIELDS = (
    "featured",
    "description",
    "context_length",
    "definition_updated_at",
    "facts",
    "search_text",
)
_SEARCHED = ("words", "folded_name", "fields", "rank")
OPEN_STATES = (State.PROPOSED, State.CHANGES_REQUESTED)


@dataclass(frozen=True, slots=True)
class Content:
    """The content of a revision that is about to be written."""

    definition: str
    readme: str
    readme_origin: ReadmeOrigin = ReadmeOrigin.GENERATED
    message: str = ""
    readme_zh: str = ""


@dataclass(frozen=True, slots=True)
class FirstPublication:
    """What a model that the hub does not have yet is published with."""

    model_type: str
    name: str
    visibility: Visibility
    content: Content
    owner: User | None = None


@dataclass(frozen=True, slots=True)
class NextPublication:
    """What a model that is published is published with again."""

    model: RegisteredModel
    content: Content


@dataclass(frozen=True, slots=True)
class _DerivedRows:
    """What the published definition of a model says, until it is written beside the model's row."""

    model: RegisteredModel
    revision: Revision
    definition: definition_text.Definition
    facts: definition_facts.Facts

    def facets(self) -> dict[Facet.Kind, list[str]]:
        """The values by which the model is filtered."""
        records = self.definition.records
        releases = usable_groups(self.model.model_type, records)
        return {**facets_of(self.facts), Facet.Kind.RELEASE: releases}


def with_readme_kept(model: RegisteredModel, definition: str, *, message: str) -> Content:
    """The content of a model's next revision: another definition, and the README as published; a
    generated one follows the definition."""
    published = model.published_revision
    if published is None:
        return Content(definition, "", message=message)
    readme, origin = readme_for(
        definition, model.model_type, published.readme, published.readme_origin
    )
    return Content(definition, readme, ReadmeOrigin(origin), message, published.readme_zh)


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

    The model must be saved, and its definition must parse. Without `by`, `by_name` names the
    author, such as "upstream". `visibility` None keeps the present one. `instead_of` is an open
    proposal that this revision replaces. Raises DefinitionTextError, StaleState and NameTaken.
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


def publish_new(new: Sequence[FirstPublication], *, by_name: str) -> list[RegisteredModel | None]:
    """Write new models with their published first revisions, in a few queries for all of them.

    The result has None for each whose name is taken; that one is not written. `by_name` names the
    author, who is nobody in the hub. Raises DefinitionTextError.
    """
    if not new:
        return []
    try:
        with transaction.atomic():
            return list(_publish_new(new, by_name=by_name))
    except NameTaken:
        if len(new) == 1:
            return [None]
    half = len(new) // 2
    first = publish_new(new[:half], by_name=by_name)
    return [*first, *publish_new(new[half:], by_name=by_name)]


def publish_next(following: Sequence[NextPublication], *, by_name: str) -> None:
    """`publish` for many published models, each of which is there once, in a few queries for all.

    The caller has locked them and read afterwards that they are published. `by_name` names the
    author, who is nobody in the hub. Raises DefinitionTextError and StaleState.
    """
    contents = {each.model.pk: each.content for each in following}
    if not contents:
        return
    with transaction.atomic():
        rows = RegisteredModel.objects.defer("facts", "search_text").filter(pk__in=contents)
        models = list(rows.select_for_update().order_by("pk"))
        before = Revision.objects.filter(pk__in=[model.published_revision_id for model in models])
        _move_all(list(before.only("number", "state")), Verb.SUPERSEDE)
        numbers = Revision.objects.filter(model__in=models).order_by().values_list("model")
        last = dict(numbers.annotate(last=Max("number")))
        derived = []
        for model in models:
            content = contents[model.pk]
            revision = _revision(model, content, Verb.PUBLISH, by=None, by_name=by_name)
            revision.number = last[model.pk] + 1
            revision.base_id = model.published_revision_id
            revision.published_at = model.changed_at = timezone.now()
            derived.append(_derive(model, revision, definition_text.parse(content.definition)))
        Revision.objects.bulk_create(each.revision for each in derived)
        for each in derived:
            each.model.published_revision = each.revision
        names = ("published_revision", "changed_at", "derived_by", *DERIVED_FIELDS)
        RegisteredModel.objects.bulk_update(models, names)
        _write_derived(derived)


def propose(
    model: RegisteredModel,
    content: Content,
    *,
    by: User,
    visibility: Visibility,
) -> Revision:
    """Write a new revision that waits for review; the published revision stays as it is.

    If the model has an open proposal, this is its next round. Raises DefinitionTextError and
    StaleState, and NameTaken if an earlier proposal of the model was closed and another model has
    taken the name.
    """
    with transaction.atomic():
        model = _locked(model)
        if model.published_revision_id is None or model.visibility != visibility:
            require_free(model, visibility)
        previous = open_proposal(model)
        if previous is not None:
            _move(previous, Verb.SUPERSEDE)
        revision = _write(
            model, content, Verb.PROPOSE, by=by, visibility=visibility, round_after=previous
        )
        model.name_key = name_key(model.name)
        model.changed_at = timezone.now()
        _save_with_name(model, update_fields=["changed_at", "name_key"])
    return revision


def approve(revision: Revision) -> Revision:
    """Publish a proposed revision.

    Raises StaleState if it is no longer proposed, or if another revision was published since it was
    written, which it would undo, or if the model was renamed; NameTaken if another model already
    has the name among models with its visibility.
    """
    with transaction.atomic():
        model = _locked(revision.model)
        fresh = Revision.objects.get(pk=revision.pk)
        has_other_name = name_in(fresh.definition) != model.name
        if fresh.base_id != model.published_revision_id or has_other_name:
            raise StaleState("proposal_is_stale", number=fresh.number)
        if model.published_revision is not None:
            _move(model.published_revision, Verb.SUPERSEDE)
        _move(fresh, Verb.APPROVE)
        # The rules may have changed since the revision was written.
        _judge(fresh)
        _go_live(model, fresh)
    return fresh


def request_changes(revision: Revision) -> Revision:
    """Send a proposed revision back to its author. Raises StaleState."""
    return _decide(revision, Verb.REQUEST_CHANGES)


def reject(revision: Revision) -> Revision:
    """Reject a proposed revision. Raises StaleState."""
    return _decide(revision, Verb.REJECT)


def withdraw(revision: Revision) -> Revision:
    """Withdraw a proposal. Raises StaleState."""
    return _decide(revision, Verb.WITHDRAW)


def open_proposal(model: RegisteredModel) -> Revision | None:
    """The revision of the model that waits for review or for its author; None if there is none."""
    return model.revisions.filter(state__in=OPEN_STATES).first()


def derive_again(model: RegisteredModel) -> bool:
    """Recompute the derived fields of the published revision after their rules changed.

    True if any of them changed: then rebuild the lists. Raises DefinitionTextError and then changes
    nothing. The list is stale from here on if a server's loader has other problems with the model,
    because an entry of the list does not tell.
    """
    with transaction.atomic():
        model = _locked(model)
        if (revision := model.published_revision) is None:
            return False
        before, problems = _derived(model, revision), revision.loading_problems
        definition = _judge(revision)
        if revision.loading_problems != problems:
            # Before repositories, as everybody locks them.
            CatalogueList.objects.filter(model_type=model.model_type).update(fingerprint="")
        derived = _derive(model, revision, definition)
        model.save(update_fields=[*DERIVED_FIELDS, "derived_by"])
        _write_derived([derived])
        model.refresh_from_db(fields=DERIVED_FIELDS)
        return before != _derived(model, revision)


def _judge(revision: Revision) -> definition_text.Definition:
    """Store the problems that a server's loader has with a revision by the current rules."""
    definition = definition_text.parse(revision.definition)
    model_type = revision.model.model_type
    problems = loading_problems(model_type, definition.records, definition=definition)
    revision.loading_problems = [problem.to_store() for problem in problems]
    Revision.objects.filter(pk=revision.pk).update(loading_problems=revision.loading_problems)
    return definition


def _derived(model: RegisteredModel, revision: Revision) -> list[object]:
    """All derived values, for comparison."""
    facets = sorted(model.facets.values_list("kind", "value"))
    return [*(getattr(model, name) for name in DERIVED_FIELDS), facets, revision.loading_problems]


def _decide(revision: Revision, verb: Verb) -> Revision:
    with transaction.atomic():
        model = _locked(revision.model)
        fresh = Revision.objects.get(pk=revision.pk)
        _move(fresh, verb)
        if model.published_revision_id is None and fresh.state not in OPEN_STATES:
            model.name_key = released_key(model)
        model.changed_at = timezone.now()
        model.save(update_fields=["changed_at", "name_key"])
    return fresh


def released_key(model: RegisteredModel) -> str:
    """The name key of a closed proposal: no name maps to it, so the name is free for others.

    Submitting or publishing the model again takes the name back if it is still free.
    """
    return f"{name_key(model.name)[:180]}#{model.pk}"


def _locked(model: RegisteredModel) -> RegisteredModel:
    """The model as it is now, locked until the transaction ends."""
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
    published = model.published_revision
    if verb is Verb.PUBLISH and published is not None:
        _move(published, Verb.SUPERSEDE)
    last = model.revisions.aggregate(last=Max("number"))["last"] or 0
    revision = _revision(model, content, verb, by=by, by_name=by_name)
    revision.number = last + 1
    revision.visibility = visibility or model.visibility
    revision.base = published
    if round_after is not None:
        revision.proposal = round_after.proposal or round_after
    revision.save()
    return revision


def _revision(
    model: RegisteredModel, content: Content, verb: Verb, *, by: User | None, by_name: str
) -> Revision:
    """A model's first revision, not saved."""
    definition = definition_text.parse(content.definition)
    problems = loading_problems(model.model_type, definition.records, definition=definition)
    return Revision(
        model=model,
        number=1,
        state=TRANSITIONS[None, verb],
        definition=content.definition,
        readme=content.readme,
        readme_origin=content.readme_origin,
        readme_zh=content.readme_zh,
        visibility=model.visibility,
        message=content.message[:500],
        author=by,
        author_name=(by.username if by is not None else by_name)[:150],
        loading_problems=[problem.to_store() for problem in problems],
    )


def _move(revision: Revision, verb: Verb) -> None:
    """Move a revision to its next state if its state has not changed since it was read."""
    _move_all([revision], verb)


def _move_all(revisions: Sequence[Revision], verb: Verb) -> None:
    """Move revisions, which all have the same state."""
    if not revisions:
        return
    expected = State(revisions[0].state)
    following = TRANSITIONS.get((expected, verb))
    rows = Revision.objects.filter(pk__in=[revision.pk for revision in revisions], state=expected)
    moved = following is not None and rows.update(state=following)
    if moved != len(revisions) or following is None:
        raise StaleState(
            "revision_state_changed", number=revisions[0].number, label=expected.label.lower()
        )
    for revision in revisions:
        revision.state = following


def _go_live(model: RegisteredModel, revision: Revision) -> None:
    takes_name = model.published_revision_id is None or model.visibility != revision.visibility
    revision.published_at = timezone.now()
    Revision.objects.filter(pk=revision.pk).update(published_at=revision.published_at)
    model.published_revision = revision
    model.visibility = revision.visibility
    derived = _derive(model, revision, definition_text.parse(revision.definition))
    model.name_key = name_key(model.name)
    model.changed_at = timezone.now()
    _save_with_name(model)
    if takes_name:
        require_free(model, model.visibility)
    _write_derived([derived])


def _publish_new(new: Sequence[FirstPublication], *, by_name: str) -> list[RegisteredModel]:
    """`publish_new`; raises NameTaken if one of the names is taken."""
    derived = []
    for one in new:
        model = RegisteredModel(
            model_type=one.model_type,
            name=one.name,
            name_key=name_key(one.name),
            visibility=one.visibility,
            owner=one.owner,
        )
        revision = _revision(model, one.content, Verb.PUBLISH, by=None, by_name=by_name)
        revision.published_at = timezone.now()
        derived.append(_derive(model, revision, definition_text.parse(revision.definition)))
    models = [each.model for each in derived]
    try:
        with transaction.atomic():
            RegisteredModel.objects.bulk_create(models)
    except IntegrityError as error:
        raise NameTaken(models[0].model_type, models[0].name) from error
    former = FormerName.objects.filter(name_key__in=[model.name_key for model in models])
    reserved = set(former.values_list("model_type", "name_key"))
    for model in models:
        if (model.model_type, model.name_key) in reserved:
            require_free(model, model.visibility)
    Revision.objects.bulk_create(each.revision for each in derived)
    of_model = Revision.objects.filter(model=OuterRef("pk")).values("pk")
    written = RegisteredModel.objects.filter(pk__in=[model.pk for model in models])
    written.update(published_revision=Subquery(of_model))
    for each in derived:
        each.model.published_revision = each.revision
    _write_derived(derived)
    return models


def require_free(model: RegisteredModel, visibility: str) -> None:
    """Raise NameTaken if another model with that visibility has given up the name and still
    answers to it.

    Call it once the model is saved with its name: the unique index has waited for whoever renames
    at the same time.
    """
    if visibility == Visibility.PRIVATE:
        return
    rows = FormerName.objects.reserved(model.model_type, name_key(model.name), visibility)
    if rows.exclude(model=model.pk).exists():
        raise NameTaken(model.model_type, model.name)


def _save_with_name(model: RegisteredModel, *, update_fields: list[str] | None = None) -> None:
    """Save a model that takes its name. Raises NameTaken."""
    try:
        with transaction.atomic():
            model.save(update_fields=update_fields)
    except IntegrityError as error:
        raise NameTaken(model.model_type, model.name) from error


def _derive(
    model: RegisteredModel, revision: Revision, definition: definition_text.Definition
) -> _DerivedRows:
    """Set the model's fields by which it is listed, searched and filtered; it is not saved."""
    facts = definition_facts.derive(model.model_type, definition.records)
    model.derived_by = DERIVED_BY
    model.featured = facts.featured
    model.description = facts.description
    model.context_length = facts.context_length
    model.definition_updated_at = _moment(facts.updated_at)
    model.facts = facts.as_dict()
    words = [model.name, facts.description, facts.family, *facts.abilities, *facts.languages]
    words += [*facts.formats, *facts.engines, *facts.source_ids, *facts.architectures]
    model.search_text = normalised("\n".join(word for word in words if word)).replace("\x00", "")
    return _DerivedRows(model, revision, definition, facts)


def _write_derived(derived: Sequence[_DerivedRows]) -> None:
    """Write what definitions say beside the rows of their models, which are saved."""
    facets = [(each.model, each.facets()) for each in derived]
    Facet.objects.replace(
        [model.pk for model, _ in facets],
        {kind for _, values in facets for kind in values},
        [
            Facet(model=model, kind=kind, value=value)
            for model, values in facets
            for kind, values_of_kind in values.items()
            for value in values_of_kind
        ],
    )
    SearchDocument.objects.bulk_create(
        [search_document(each.model, each.revision, each.facts) for each in derived],
        update_conflicts=True, unique_fields=["model"], update_fields=_SEARCHED,
    )  # fmt: skip
    for each in derived:
        derived_rows.derive(each.model, each.facts, each.definition.records)


def facets_of(facts: definition_facts.Facts) -> dict[Facet.Kind, list[str]]:
    """The values by which a model with these facts is filtered, as they are stored."""
    wanted = {
        Facet.Kind.ABILITY: facts.abilities,
        Facet.Kind.FORMAT: facts.formats,
        Facet.Kind.SIZE: facts.size_buckets,
        Facet.Kind.CONTEXT: facts.context_buckets,
        Facet.Kind.LANGUAGE: facts.languages,
        Facet.Kind.ENGINE: facts.engines,
    }
    return {kind: sorted({value[:80] for value in wanted[kind]}) for kind in wanted}


def search_document(
    model: RegisteredModel, revision: Revision, facts: definition_facts.Facts
) -> SearchDocument:
    """What the search finds the model by, not saved. A generated README says nothing new."""
    is_written = revision.readme_origin != ReadmeOrigin.GENERATED
    text = f"{facts.description}\n{revision.readme if is_written else ''}\n{revision.readme_zh}"
    facets = {kind.value: values for kind, values in facets_of(facts).items()}
    document = documents.document_of(model.model_type, model.name, facts, facets, text)
    return SearchDocument(
        model=model,
        **{name: getattr(document, name) for name in _SEARCHED},
    )


def _moment(seconds: int | None) -> datetime | None:
    """Unix seconds as a datetime; None if the value is out of range."""
    if seconds is None:
        return None
    try:
        return datetime.fromtimestamp(seconds, tz=UTC)
    except (OverflowError, OSError, ValueError):
        return None
