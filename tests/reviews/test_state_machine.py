"""The rules of reviewing as a simple model, and the hub compared with it, step by step."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import pytest
from django.contrib.auth.models import Group
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from models_registry.actions.edit import current_revision, edit
from models_registry.actions.register import register
from models_registry.actions.submission import Submission
from models_registry.actions.withdraw import withdraw as withdraw_proposal
from models_registry.errors import NotAllowed, StaleState
from models_registry.models import CatalogueList, RegisteredModel, Revision, Visibility
from reviews import policy, use_cases
from reviews.models import Claim, Decision, Proposal, Review
from tests.factories import a_user, llm_record, written
from tests.reviews.conftest import with_rights
from tests.thorough import some_or_all

AFTER = {
    Decision.APPROVE: "published",
    Decision.REQUEST_CHANGES: "changes_requested",
    Decision.REJECT: "rejected",
}
DECIDERS = {"rita", "roland", "root", "ada"}  # ada holds the right too, but owns the model
PEOPLE = ["ada", "rita", "roland", "root", "victor", "mia", "uma"]
# Who takes part in reviews: with one of the rights of reviewers, or as the owner.
TALKERS = {"ada", "rita", "roland", "root", "victor"}


@dataclass
class Round:
    """What the simple model knows of a revision."""

    number: int
    state: str
    base: int | None
    author: str
    context_length: int
    # The number of its proposal's first round; None for direct publications.
    thread: int | None


@dataclass
class Rules:
    """The rules, without a database."""

    rounds: list[Round] = field(default_factory=list)
    verdicts: dict[int, str] = field(default_factory=dict)
    claims: dict[int, str] = field(default_factory=dict)

    def published(self) -> Round | None:
        return next((r for r in self.rounds if r.state == "published"), None)

    def open(self) -> Round | None:
        return next((r for r in self.rounds if r.state in {"proposed", "changes_requested"}), None)

    def own(self, who: str, one: Round) -> bool:
        return (
            who == "ada"
            or any(r.author == who for r in self.rounds if r.thread == one.thread and one.thread)
            or one.author == who
        )

    def may_decide(self, who: str, one: Round) -> bool:
        return who in DECIDERS and not self.own(who, one)


class Reviewing(RuleBasedStateMachine):
    """Everybody does anything, at any time, to any round, however old."""

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.rules = Rules()
        self.lengths = iter(range(1000, 100_000))
        self.people = {name: a_user(name) for name in PEOPLE}
        self.people["ada"].groups.add(Group.objects.get(name="Registrars"))
        for name in ("ada", "rita", "roland"):
            with_rights(self.people[name], "view_review_list", "review_model")
        with_rights(self.people["victor"], "view_review_list")
        with_rights(self.people["mia"], "change_public_model")
        self.people["root"].is_superuser = True
        self.people["root"].save()
        self.model: RegisteredModel | None = None

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    def who(self, name: str):
        return type(self.people[name]).objects.get(pk=self.people[name].pk)

    def proposal(self, one: Round) -> Proposal:
        return Proposal.objects.get(model=self.model, number=one.number)

    def is_allowed(self, error: type[Exception] | None, deed) -> bool:
        if error is None:
            deed()
            return True
        with pytest.raises(error), transaction.atomic():
            deed()
        return False

    @rule(by_owner=st.booleans())
    def hand_in(self, by_owner: bool) -> None:
        """The owner submits the first round, the next one, or an edit of what is published; a
        superuser goes on with somebody's new model."""
        who = "ada" if by_owner or not self.rules.rounds or self.rules.published() else "root"
        length = next(self.lengths)
        submission = Submission(
            definition=written(llm_record("tiny-llm", context_length=length)),
            visibility=Visibility.PUBLIC,
        )
        last = self.rules.open()
        if self.model is None:
            revision = register("llm", submission, by=self.who(who))
            self.model = revision.model
        else:
            model = RegisteredModel.objects.get(pk=self.model.pk)
            current = current_revision(model, by=self.who(who))
            edit(model, submission, by=self.who(who), base_revision=current.number)
        live = self.rules.published()
        number = len(self.rules.rounds) + 1
        if last is not None:
            last.state = "superseded"
        thread = last.thread if last is not None else number
        self.rules.rounds.append(
            Round(number, "proposed", live.number if live else None, who, length, thread)
        )

    @precondition(lambda self: self.rules.published())
    @rule()
    def publish_directly(self) -> None:
        """A maintainer edits what is published, past the queue."""
        live, length = self.rules.published(), next(self.lengths)
        model = RegisteredModel.objects.get(pk=self.model.pk)
        submission = Submission(definition=written(llm_record("tiny-llm", context_length=length)))
        edit(model, submission, by=self.who("mia"), base_revision=live.number)
        live.state = "superseded"
        number = len(self.rules.rounds) + 1
        self.rules.rounds.append(Round(number, "published", live.number, "mia", length, None))

    @precondition(lambda self: self.rules.rounds)
    @rule(name=st.sampled_from(PEOPLE), which=st.integers(0, 3), decision=st.sampled_from(Decision))
    def decide(self, name: str, which: int, decision: Decision) -> None:
        one = self.rules.rounds[max(0, len(self.rules.rounds) - 1 - which)]
        live = self.rules.published()
        error: type[Exception] | None = None
        if not self.rules.may_decide(name, one):
            error = NotAllowed
        elif one.state != "proposed":
            error = StaleState
        elif decision == Decision.APPROVE and one.base != (live.number if live else None):
            error = StaleState
        proposal, judge = self.proposal(one), self.who(name)
        if self.is_allowed(
            error, lambda: use_cases.decide(proposal, decision, by=judge, feedback="So.")
        ):
            if decision == Decision.APPROVE and live is not None:
                live.state = "superseded"
            one.state = AFTER[decision]
            self.rules.verdicts[one.number] = decision
            self.rules.claims.pop(one.thread, None)

    @precondition(lambda self: self.rules.rounds)
    @rule(name=st.sampled_from(PEOPLE))
    def withdraw(self, name: str) -> None:
        one = self.rules.open()
        error: type[Exception] | None = None
        if one is None:
            error = StaleState
        elif name not in {"ada", one.author}:
            error = NotAllowed
        if self.is_allowed(error, lambda: withdraw_proposal(self.model, by=self.who(name))):
            one.state = "withdrawn"

    @precondition(lambda self: self.rules.rounds)
    @rule(name=st.sampled_from(PEOPLE), which=st.integers(0, 2))
    def comment(self, name: str, which: int) -> None:
        one = self.rules.rounds[max(0, len(self.rules.rounds) - 1 - which)]
        error: type[Exception] | None = None
        if name not in TALKERS and not self.rules.own(name, one):
            error = NotAllowed
        elif one.state not in {"proposed", "changes_requested"}:
            error = StaleState
        proposal, person = self.proposal(one), self.who(name)
        self.is_allowed(error, lambda: use_cases.comment(proposal, by=person, text="Hm."))

    @precondition(lambda self: self.rules.open())
    @rule(name=st.sampled_from(PEOPLE))
    def claim(self, name: str) -> None:
        one = self.rules.open()
        holder = self.rules.claims.get(one.thread)
        error: type[Exception] | None = None
        if holder is not None and holder != name:
            error = StaleState
        elif holder is None and not self.rules.may_decide(name, one):
            error = NotAllowed
        elif holder is None and one.state != "proposed":
            error = StaleState
        if self.is_allowed(error, lambda: use_cases.claim(self.proposal(one), by=self.who(name))):
            self.rules.claims[one.thread] = name

    @precondition(lambda self: self.rules.open())
    @rule(name=st.sampled_from(PEOPLE))
    def release(self, name: str) -> None:
        one = self.rules.open()
        error = None if self.rules.claims.get(one.thread) == name else NotAllowed
        if self.is_allowed(error, lambda: use_cases.release(self.proposal(one), by=self.who(name))):
            del self.rules.claims[one.thread]

    @invariant()
    def the_hub_is_where_the_rules_are(self) -> None:
        if self.model is None:
            return
        found = Revision.objects.filter(model=self.model).order_by("number")
        assert [(r.number, r.state, r.author.username) for r in found] == [
            (r.number, r.state, r.author) for r in self.rules.rounds
        ]
        live = self.rules.published()
        published = RegisteredModel.objects.get(pk=self.model.pk).published_revision
        assert (published.number if published else None) == (live.number if live else None)
        verdicts = dict(Review.objects.values_list("revision__number", "decision"))
        assert verdicts == self.rules.verdicts
        threads = {r.number: r.thread for r in self.rules.rounds}
        claims = {
            threads[claim.proposal.number]: claim.reviewer.username
            for claim in Claim.objects.select_related("proposal", "reviewer")
        }
        assert claims == self.rules.claims

    @invariant()
    def the_list_serves_what_is_published(self) -> None:
        row = CatalogueList.objects.filter(model_type="llm").first()
        served = json.loads(bytes(row.body)) if row is not None else []
        live = self.rules.published()
        assert [r["context_length"] for r in served] == ([live.context_length] if live else [])

    @invariant()
    def what_is_offered_is_what_is_allowed(self) -> None:
        one = self.rules.open()
        if one is None:
            return
        for name in PEOPLE:
            offered = policy.available_verbs(self.who(name), self.proposal(one))
            decides = one.state == "proposed" and self.rules.may_decide(name, one)
            holder = self.rules.claims.get(one.thread)
            assert offered == {
                *(["approve", "request_changes", "reject"] if decides else []),
                *(["comment"] if name in TALKERS or self.rules.own(name, one) else []),
                *(["claim"] if decides and holder is None else []),
                *(["release"] if holder == name else []),
                *(["withdraw"] if name in {"ada", one.author} else []),
            }, name


@some_or_all
@pytest.mark.django_db
def test_no_sequence_of_deeds_leads_past_the_rules(thorough):
    run_state_machine_as_test(
        Reviewing,
        settings=settings(
            max_examples=60 if thorough else 5,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
