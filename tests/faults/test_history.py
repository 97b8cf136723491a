"""Changes here and hand edits there, interleaved at random, without workers: no edit is missing."""

from __future__ import annotations

import dataclasses
import itertools
import random

import pytest
from django.core.management import call_command

from models_registry.sync.follow_upstream import follow_upstream, record_expired
from models_registry.upstream import polling, worker
from tests.factories import a_user
from tests.faults.conftest import TOKEN
from tests.faults.invariants import check, check_disjoint
from tests.faults.random_history import Life
from tests.faults.settle import come_to_rest
from tests.faults.upstream_files import UpstreamFiles

pytestmark = pytest.mark.django_db
# Both layouts and both ways of sending each day, and each pair of them with `-m faults`.
DAILY = {(1, "split", 3600), (1, "aggregate", 0)}
HISTORIES = [
    pytest.param(*history, marks=() if history in DAILY else pytest.mark.faults)
    for history in itertools.product(range(1, 20), ("split", "aggregate"), (0, 3600))
]


@pytest.mark.parametrize(("seed", "layout", "gather"), HISTORIES)
def test_a_history_of_changes_here_and_there_ends_in_what_was_meant(
    github, settings, seed, layout, gather
):
    settings.ENV = dataclasses.replace(
        settings.ENV, github_api_url=github.url, github_token=TOKEN, gather_seconds=gather
    )
    chance = random.Random(seed)
    people = [a_user(name, is_superuser=True) for name in ("ada", "bob")]
    life = Life(UpstreamFiles(github, layout), people, chance, tokens=[TOKEN])
    call_command("import_catalogue", "github:xorbitsai/inference", verbosity=0)
    for _ in range(30):
        life.change_something()
        life.happen()
        if life.revoked:
            life.give_tokens_back()
        for deed in (send, polling.poll, follow_upstream):
            if chance.random() < 0.3:
                deed()
                check_disjoint(life)
        if chance.random() < 0.1:
            life.look_after_the_outbox()
    come_to_rest(life, work)
    check(life, gathering=bool(gather))


def send() -> None:
    record_expired()
    worker.send_due(at_once=True)


def work() -> None:
    """One round of all that workers do."""
    polling.poll()
    follow_upstream()
    send()
