"""The states of a revision: every state and every verb, what follows and what is refused."""

from __future__ import annotations

import pytest

from models_registry import model_search, publication
from models_registry.errors import NameTaken, StaleState
from models_registry.models import Facet, FormerName, RegisteredModel, Revision, Visibility
from models_registry.models import RevisionState as State
from models_registry.publication import Content, FirstPublication, Verb
from models_registry.rules_version import DERIVED_BY
from tests.factories import a_model, a_user, llm_record, written

pytestmark = pytest.mark.django_db

# What each verb makes of a revision in each state; what is not here is refused. `publish` and
# `propose` are what becomes of it when another revision of its model is written.
FOLLOWS = {
    (State.PROPOSED, "approve"): State.PUBLISHED,
    (State.PROPOSED, "request_changes"): State.CHANGES_REQUESTED,
    (State.PROPOSED, "reject"): State.REJECTED,
    (State.PROPOSED, "withdraw"): State.WITHDRAWN,
    (State.CHANGES_REQUESTED, "withdraw"): State.WITHDRAWN,
    (State.PUBLISHED, "publish"): State.SUPERSEDED,
    (State.PROPOSED, "publish"): State.PROPOSED,
    (State.CHANGES_REQUESTED, "publish"): State.CHANGES_REQUESTED,
    (State.SUPERSEDED, "publish"): State.SUPERSEDED,
    (State.REJECTED, "publish"): State.REJECTED,
    (State.WITHDRAWN, "publish"): State.WITHDRAWN,
    (State.PUBLISHED, "propose"): State.PUBLISHED,
    (State.PROPOSED, "propose"): State.SUPERSEDED,
    (State.CHANGES_REQUESTED, "propose"): State.SUPERSEDED,
    (State.SUPERSEDED, "propose"): State.SUPERSEDED,
    (State.REJECTED, "propose"): State.REJECTED,
    (State.WITHDRAWN, "propose"): State.WITHDRAWN,
}
VERBS = ("approve", "request_changes", "reject", "withdraw", "publish", "propose")


def content(**changes) -> Content:
    return Content(definition=written(llm_record(**changes)), readme="# Another\n")


def a_revision(state: State) -> Revision:
    """A revision of a published model in that state, brought there by the verbs themselves."""
    ada = a_user()
    model = a_model(owner=ada)
    if state in (State.PUBLISHED, State.SUPERSEDED):
        first = model.published_revision
        if state == State.SUPERSEDED:
            publication.publish(model, content(context_length=1), by=ada)
        return Revision.objects.get(pk=first.pk)
    revision = publication.propose(model, content(context_length=2), by=ada, visibility="public")
    if state == State.CHANGES_REQUESTED:
        revision = publication.request_changes(revision)
    if state == State.REJECTED:
        revision = publication.reject(revision)
    if state == State.WITHDRAWN:
        revision = publication.withdraw(revision)
    return Revision.objects.get(pk=revision.pk)


def carry_out(verb: str, revision: Revision) -> None:
    if verb == "publish":
        publication.publish(revision.model, content(context_length=3), by=revision.author)
    elif verb == "propose":
        publication.propose(
            revision.model, content(context_length=3), by=revision.author, visibility="public"
        )
    else:
        getattr(publication, verb)(revision)


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("state", list(State))
def test_every_state_and_verb(state, verb):
    revision = a_revision(state)
    before = list(Revision.objects.order_by("pk").values())
    if (state, verb) in FOLLOWS:
        carry_out(verb, revision)
        assert Revision.objects.get(pk=revision.pk).state == FOLLOWS[state, verb]
    else:
        with pytest.raises(StaleState):
            carry_out(verb, revision)
        assert list(Revision.objects.order_by("pk").values()) == before


def test_every_verb_that_the_table_knows_is_tried_above():
    assert {verb.value for verb in Verb} - {"supersede"} == set(VERBS)


@pytest.mark.parametrize("verb", ["approve", "request_changes", "reject", "withdraw"])
def test_a_verb_on_a_revision_that_somebody_else_has_moved_is_refused(verb):
    revision = a_revision(State.PROPOSED)
    publication.withdraw(Revision.objects.get(pk=revision.pk))
    with pytest.raises(StaleState, match="withdrawn"):
        getattr(publication, verb)(revision)


def test_publishing_makes_the_model_what_its_revision_says():
    model = a_model()
    record = llm_record(context_length=1000, model_description="New words", featured=True)
    revision = publication.publish(model, Content(written(record), "# R\n"), by=None, by_name="up")
    model = RegisteredModel.objects.get(pk=model.pk)
    assert model.published_revision == revision
    assert (model.context_length, model.description, model.featured) == (1000, "New words", True)
    assert (revision.number, revision.author, revision.author_name) == (2, None, "up")
    assert revision.base.number == 1
    assert revision.published_at is not None
    found = model_search.find(RegisteredModel.objects.all(), "NEW words").models
    assert [one.pk for one in found] == [model.pk]


def test_facets_follow_the_published_revision():
    model = a_model()
    publication.publish(model, content(model_lang=["fr"]), by=None)
    languages = Facet.objects.filter(model=model, kind=Facet.Kind.LANGUAGE)
    assert list(languages.values_list("value", flat=True)) == ["fr"]


def test_a_proposal_leaves_what_is_published_as_it_is():
    model = a_model(owner=a_user())
    before = RegisteredModel.objects.filter(pk=model.pk).values().get()
    publication.propose(model, content(context_length=5), by=model.owner, visibility="enterprise")
    after = RegisteredModel.objects.filter(pk=model.pk).values().get()
    assert {**before, "changed_at": None} == {**after, "changed_at": None}


def test_the_rounds_of_a_proposal_belong_together():
    model = a_model(owner=a_user())
    rounds = []
    for length in (5, 6, 7):
        rounds.append(
            publication.propose(
                model, content(context_length=length), by=model.owner, visibility="public"
            )
        )
        if length < 7:
            publication.request_changes(rounds[-1])
    assert [one.proposal for one in rounds] == [None, rounds[0], rounds[0]]
    assert publication.open_proposal(model) == rounds[-1]


def test_a_proposal_can_not_undo_what_was_published_after_it():
    model = a_model(owner=a_user())
    proposed = publication.propose(
        model, content(context_length=5), by=model.owner, visibility="public"
    )
    publication.publish(model, content(context_length=6), by=None)
    with pytest.raises(StaleState, match="Another revision was published"):
        publication.approve(proposed)
    model.refresh_from_db()
    assert model.context_length == 6


def test_publishing_in_the_place_of_a_proposal_ends_it():
    model = a_model(owner=a_user())
    proposed = publication.propose(
        model, content(context_length=5), by=model.owner, visibility="public"
    )
    publication.publish(model, content(context_length=6), by=model.owner, instead_of=proposed)
    assert Revision.objects.get(pk=proposed.pk).state == State.SUPERSEDED
    assert publication.open_proposal(model) is None


def test_approval_into_a_namespace_where_the_name_is_taken_is_refused_and_changes_nothing():
    ada, ben = a_user(), a_user("ben")
    mine = a_model("Tiny", owner=ada, visibility="private")
    proposed = publication.propose(mine, content(model_name="Tiny"), by=ada, visibility="public")
    a_model("tiny", owner=ben)
    with pytest.raises(NameTaken):
        publication.approve(proposed)
    mine.refresh_from_db()
    assert mine.visibility == "private"
    assert Revision.objects.get(pk=proposed.pk).state == State.PROPOSED
    assert mine.published_revision.state == State.PUBLISHED


def test_only_one_revision_of_a_model_is_published_and_one_is_open():
    model = a_model(owner=a_user())
    for length in range(2, 6):
        publication.publish(model, content(context_length=length), by=None)
        publication.propose(
            model, content(context_length=length * 10), by=model.owner, visibility="public"
        )
    states = list(model.revisions.values_list("state", flat=True))
    assert states.count(State.PUBLISHED) == 1
    assert states.count(State.PROPOSED) == 1
    assert sorted(model.revisions.values_list("number", flat=True)) == list(range(1, 10))


def test_deriving_again_changes_nothing_where_the_rules_are_the_same():
    model = a_model()
    before = RegisteredModel.objects.filter(pk=model.pk).values().get()
    publication.derive_again(model)
    assert RegisteredModel.objects.filter(pk=model.pk).values().get() == before


def test_a_time_that_no_calendar_has_does_not_stop_a_publication():
    model = a_model(definition=written(llm_record(updated_at=2**62)))
    assert model.definition_updated_at is None


def test_the_version_of_the_rules_fits_its_column():
    """SQLite does not check the length, and PostgreSQL would refuse every publication."""
    column = RegisteredModel._meta.get_field("derived_by")
    assert len(DERIVED_BY) <= column.max_length


def test_of_many_new_models_those_with_a_taken_name_are_left_out():
    taken = a_model("taken")
    renamed = a_model("renamed")
    FormerName.objects.create(
        model=renamed,
        model_type="llm",
        name="former",
        name_key="former",
        visibility="public",
        answers_until="2100-01-01T00:00Z",
    )
    names = ("one", "Taken", "two", "former", "three")
    new = [
        FirstPublication("llm", name, Visibility.PUBLIC, Content(written(llm_record(name)), ""))
        for name in names
    ]
    written_models = publication.publish_new(new, by_name="upstream")
    assert [model and model.name for model in written_models] == ["one", None, "two", None, "three"]
    for name in ("one", "two", "three"):
        model = RegisteredModel.objects.get(name=name)
        assert (model.published_revision.number, model.published_revision.state) == (1, "published")
        assert model.published_revision.author_name == "upstream"
        assert model_search.find(RegisteredModel.objects.all(), name).models
    assert set(RegisteredModel.objects.values_list("name", flat=True)) == {
        taken.name, renamed.name, "one", "two", "three",
    }  # fmt: skip
