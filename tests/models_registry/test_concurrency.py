"""Many people at once: one name gives one model, one edit wins, and nobody sees a crash."""

from __future__ import annotations

import hashlib
import sqlite3
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections

from accounts.models import User
from models_registry import publication, use_cases
from models_registry.catalogue import history, pinning
from models_registry.catalogue_tables import ListRevision
from models_registry.errors import DomainError
from models_registry.models import CatalogueList, RegisteredModel, Revision
from models_registry.use_cases import Submission
from tests.factories import a_model, a_person, llm_record, written

pytestmark = pytest.mark.django_db(transaction=True)

ON_POSTGRESQL = connection.vendor == "postgresql"
SUBMISSIONS = 300 if ON_POSTGRESQL else 60
AT_ONCE = 24 if ON_POSTGRESQL else 12


@pytest.fixture
def at_once(monkeypatch, tmp_path):
    """Runs a function for each argument, many at a time, each thread on a connection of its own.

    SQLite's database in memory, which tests run on, does not let its threads wait for each other as
    the file of a real hub does; so the threads get a copy of it in a file.
    """

    def run(function, arguments):
        path = tmp_path / "hub.sqlite3"
        if not ON_POSTGRESQL and not path.exists():
            with sqlite3.connect(path) as copy:
                connection.connection.backup(copy)
            monkeypatch.setitem(connections.settings["default"], "NAME", str(path))

        def alone(argument):
            try:
                return function(argument)
            except DomainError as refusal:
                return refusal.error_code
            finally:
                connection.close()

        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(alone, arguments))

    return run


def test_many_submissions_of_one_name_give_one_model(at_once):
    names = ["ada", "ben", "cid"]
    for name in names:
        a_person(name, "register_model")

    def submit(number):
        record = llm_record("Tiny-LLM" if number % 2 else "tiny-llm")
        submission = Submission(written(record), visibility="public")
        by = User.objects.get(username=names[number % 3])
        return use_cases.register("llm", submission, by=by).state

    answers = Counter(at_once(submit, range(SUBMISSIONS)))
    assert answers == {"proposed": 1, "NAME_TAKEN": SUBMISSIONS - 1}
    (counts,) = at_once(
        lambda _: (RegisteredModel.objects.count(), Revision.objects.count()), [None]
    )
    assert counts == (1, 1)


def test_of_many_edits_from_one_revision_one_wins_and_the_others_are_told(at_once):
    model = a_model()
    mia = a_person("mia", "change_public_model")

    def edit(number):
        submission = Submission(readme=f"# Number {number}\n")
        return use_cases.edit(model, submission, by=mia, base_revision=1).number

    answers = Counter(at_once(edit, range(SUBMISSIONS // 2)))
    assert answers == {2: 1, "STALE_REVISION": SUBMISSIONS // 2 - 1}


def test_edits_that_start_anew_when_told_to_are_all_published_in_a_row(at_once):
    model = a_model()
    mia = a_person("mia", "change_public_model")

    def insist(number):
        while True:
            current = Revision.objects.get(model=model, state="published").number
            try:
                submission = Submission(readme=f"# Number {number}\n")
                return use_cases.edit(model, submission, by=mia, base_revision=current).number
            except use_cases.StaleState:
                continue

    assert sorted(at_once(insist, range(20))) == list(range(2, 22))


def test_a_proposal_is_decided_once(at_once):
    ada = a_person("ada", "register_model")
    submission = Submission(written(llm_record()), visibility="public")
    proposal = use_cases.register("llm", submission, by=ada)
    verbs = [publication.approve, publication.reject, publication.withdraw] * 8
    answers = at_once(lambda verb: verb(proposal).state, verbs)
    assert answers.count("STALE_REVISION") == len(verbs) - 1


def test_revisions_of_a_list_are_numbered_without_gaps_and_each_fits_its_digest(at_once):
    """Many publish at once: every state of the list is kept, under a number of its own."""
    mia = a_person("mia", "register_public_model")

    def publish(number):
        submission = Submission(written(llm_record(f"m-{number}")), visibility="public")
        return use_cases.register("llm", submission, by=mia).state

    def check(_):
        kept = list(ListRevision.objects.order_by("number"))
        for one in kept:
            assert hashlib.sha256(history.body_of(one)).hexdigest() == one.sha256
        listing = CatalogueList.objects.get(model_type="llm")
        return [one.number for one in kept], listing.revision, kept[-1].model_count

    answers = at_once(publish, range(40))
    assert answers == ["published"] * 40
    [(numbers, served, count)] = at_once(check, [None])
    assert numbers == list(range(1, 41))
    assert (served, count) == (40, 40)


def test_a_roll_back_between_publications_is_kept(at_once):
    a_model("first")
    mia = a_person("mia", "register_public_model")

    def act(number):
        if number == 5:
            return pinning.pin("llm", 1, by=None).revision.number
        submission = Submission(written(llm_record(f"m-{number}")), visibility="public")
        return use_cases.register("llm", submission, by=mia).state

    at_once(act, range(12))

    def check(_):
        listing = CatalogueList.objects.get(model_type="llm")
        return listing.pinned, listing.revision, listing.last_revision, listing.model_count

    assert at_once(check, [None]) == [(1, 1, 12, 1)]
