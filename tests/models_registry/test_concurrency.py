"""Many people at once: one name gives one model, one edit wins, and nobody sees a crash."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections import Counter

import pytest
from django.db import connection
from django.test import Client

from accounts import tokens
from accounts.models import Scope, User
from models_registry import publication
from models_registry.actions.declare import declare
from models_registry.actions.edit import edit as edit_model
from models_registry.actions.register import register
from models_registry.actions.rename import rename
from models_registry.actions.submission import Submission
from models_registry.catalogue import history, pieces, pinning
from models_registry.catalogue.selection import joined, models_of, select
from models_registry.drafting import drafts
from models_registry.errors import StaleState
from models_registry.models import CatalogueList, Draft, ListRevision, RegisteredModel, Revision
from tests.factories import a_model, a_person, llm_record, written
from tests.threads import ON_POSTGRESQL

pytestmark = pytest.mark.django_db(transaction=True)

SUBMISSIONS = 300 if ON_POSTGRESQL else 60


def test_many_submissions_of_one_name_give_one_model(at_once):
    names = ["ada", "ben", "cid"]
    for name in names:
        a_person(name, "register_model")

    def submit(number):
        record = llm_record("Tiny-LLM" if number % 2 else "tiny-llm")
        submission = Submission(written(record), visibility="public")
        by = User.objects.get(username=names[number % 3])
        return register("llm", submission, by=by).state

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
        return edit_model(model, submission, by=mia, base_revision=1).number

    answers = Counter(at_once(edit, range(SUBMISSIONS // 2)))
    assert answers == {2: 1, "STALE_REVISION": SUBMISSIONS // 2 - 1}


def test_edits_that_start_again_when_told_to_are_all_published_in_a_row(at_once):
    model = a_model()
    mia = a_person("mia", "change_public_model")

    def insist(number):
        while True:
            current = Revision.objects.get(model=model, state="published").number
            try:
                submission = Submission(readme=f"# Number {number}\n")
                return edit_model(model, submission, by=mia, base_revision=current).number
            except StaleState:
                continue

    assert sorted(at_once(insist, range(20))) == list(range(2, 22))


@pytest.mark.skipif(not ON_POSTGRESQL, reason="SQLite has one lock for everything.")
def test_a_draft_is_submitted_while_the_model_is_renamed(at_once, monkeypatch):
    """Both lock the model first: the other order is a deadlock."""
    model, mia = a_model(), a_person("mia", "change_public_model")
    draft = drafts.open_for(model, by=mia)
    Draft.objects.filter(pk=draft.pk).update(readme="# New\n")
    holds_locks = threading.Event()

    def edit_late(*args, **kwargs):
        holds_locks.set()
        wait_for_lock()
        return edit_model(*args, **kwargs)

    def wait_for_lock():
        with connection.cursor() as cursor:
            for _ in range(1000):
                cursor.execute(
                    "SELECT count(*) FROM pg_locks "
                    "WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
                )
                if cursor.fetchone()[0]:
                    return
                time.sleep(0.01)
        raise AssertionError("The renaming waits for nothing.")

    monkeypatch.setattr(drafts, "edit", edit_late)

    def either(is_renaming):
        if not is_renaming:
            return drafts.submit(draft, by=mia).number
        assert holds_locks.wait(10)
        return rename(model, "omega", by=mia).number

    assert at_once(either, [False, True]) == [2, 3]
    assert RegisteredModel.objects.get().name == "omega"


def test_many_who_publish_at_once_leave_a_list_of_pieces_that_has_them_all(at_once, monkeypatch):
    monkeypatch.setattr(pieces, "_SIZE", 2_000)
    mia = a_person("mia", "register_public_model")

    def publish(number):
        submission = Submission(written(llm_record(f"m-{number}")), visibility="public")
        return register("llm", submission, by=mia).state

    assert set(at_once(publish, range(12))) == {"published"}

    def check(_):
        newest = history.newest("llm")
        assert history.body_of(newest) == joined(select("llm", models_of("llm")))
        return newest.model_count, len(newest.pieces) > 1

    assert at_once(check, [None]) == [(12, True)]


def test_a_proposal_is_decided_once(at_once):
    ada = a_person("ada", "register_model")
    submission = Submission(written(llm_record()), visibility="public")
    proposal = register("llm", submission, by=ada)
    verbs = [publication.approve, publication.reject, publication.withdraw] * 8
    answers = at_once(lambda verb: verb(proposal).state, verbs)
    assert answers.count("STALE_REVISION") == len(verbs) - 1


def test_revisions_of_a_list_are_numbered_without_gaps_and_each_fits_its_digest(at_once):
    """Many publish at once: every state of the list is kept, under a number of its own."""
    mia = a_person("mia", "register_public_model")

    def publish(number):
        submission = Submission(written(llm_record(f"m-{number}")), visibility="public")
        return register("llm", submission, by=mia).state

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
        return register("llm", submission, by=mia).state

    at_once(act, range(12))

    def check(_):
        listing = CatalogueList.objects.get(model_type="llm")
        return listing.pinned, listing.revision, listing.last_revision, listing.model_count

    assert at_once(check, [None]) == [(1, 1, 12, 1)]


def test_one_request_that_is_sent_many_times_at_once_is_done_once(at_once):
    """A proxy that repeats what it got no answer to does not register a model twice."""
    _, token = tokens.issue(
        by=a_person("ada", "register_model"), name="ci", scope=Scope.WRITE, expires_at=None
    )
    body = json.dumps({"model_type": "llm", "definition": written(llm_record())})

    def post(_number):
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "k"}
        answer = Client().generic(
            "POST", "/api/models", body, content_type="application/json", headers=headers
        )
        return answer.status_code, answer.content

    answers = Counter(at_once(post, range(20)))
    assert [status for status, _content in answers] == [201]
    (count,) = at_once(lambda _: Revision.objects.count(), [None])
    assert count == 1


def test_many_that_declare_one_model_make_one(at_once):
    """Each finds it, or is told to read it again: nobody makes a second one, or undoes anything."""
    by = a_person("ada", "register_model")

    def put(number):
        text = written(llm_record(context_length=1000 + number % 2))
        return str(declare("llm", "tiny-llm", Submission(text), by=by).result)

    answers = Counter(at_once(put, range(20)))
    assert answers["created"] == 1
    assert set(answers) <= {"created", "updated", "unchanged", "STALE_REVISION"}
    (counts,) = at_once(
        lambda _: (RegisteredModel.objects.count(), Revision.objects.count()), [None]
    )
    assert counts == (1, 1 + answers["updated"])
