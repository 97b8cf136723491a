"""Changes here and hand edits there, interleaved at random, without workers: no edit is missing."""

from __future__ import annotations

import dataclasses
import random

import pytest
from django.core.management import call_command

from models_registry.following import follow_upstream, note_expired
from models_registry.upstream import outbox, pulls
from tests.factories import a_user
from tests.faults.conftest import TOKEN
from tests.faults.life import Life
from tests.faults.proof import check, check_disjoint
from tests.faults.rest import come_to_rest
from tests.faults.upstream_files import UpstreamFiles

pytestmark = pytest.mark.django_db
SEEDS = [1, *(pytest.param(seed, marks=pytest.mark.faults) for seed in range(2, 20))]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("gather", [0, 3600], ids=["single", "gathered"])
@pytest.mark.parametrize("layout", ["split", "aggregate"])
def test_a_history_of_changes_here_and_there_ends_in_what_was_meant(
    github, settings, layout, gather, seed
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
        for deed in (send, pulls.poll, follow_upstream):
            if chance.random() < 0.3:
                deed()
                check_disjoint(life)
        if chance.random() < 0.1:
            life.look_after_the_outbox()
    come_to_rest(life, work)
    check(life, gathering=bool(gather))


def send() -> None:
    note_expired()
    outbox.send_due(at_once=True)


def work() -> None:
    """One round of all that workers do."""
    pulls.poll()
    follow_upstream()
    send()
