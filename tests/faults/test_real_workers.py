"""Real Celery workers on PostgreSQL and Redis, killed at random, beside a GitHub that fails.

The short runs are part of `make test-servers`. The long ones take three to five minutes each:

    TEST_DATABASE_URL=postgres://… TEST_REDIS_URL=redis://… \
        make test-servers ARGS="-m faults -n 0 tests/faults/test_real_workers.py -s"

FAULT_CHANGES (300) and FAULT_SEED (7) choose another number of changes and other dice.
"""

from __future__ import annotations

import dataclasses
import os
import random
import time

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from django.db import connection

from accounts.models import GitHubToken
from accounts.vault import seal
from tests.factories import a_user
from tests.faults.fleet import Fleet
from tests.faults.invariants import check, check_disjoint
from tests.faults.random_history import Life
from tests.faults.settle import come_to_rest
from tests.faults.upstream_files import UpstreamFiles
from tests.standins.github import GitHubStandIn

pytestmark = [
    pytest.mark.servers,
    pytest.mark.skipif(
        not (os.environ.get("REDIS_URL") and os.environ.get("DATABASE_URL")),
        reason="needs PostgreSQL and Redis, named by DATABASE_URL and REDIS_URL",
    ),
]
HUBS, ADAS, BOBS = ("ghp_" + letter * 36 for letter in "hab")
FAULTS = [
    "502 before", "502 after", "cut before", "cut after", "kill before", "kill after",
    "primary", "secondary", "429",
]  # fmt: skip


@pytest.fixture
def github(tmp_path):
    """Upstream; ada's and the hub's tokens may push there, bob's may not."""
    standin = GitHubStandIn(tmp_path)
    standin.knows(HUBS, "hub-bot")
    standin.knows(ADAS, "ada-gh")
    standin.knows(BOBS, "bob-gh", may_push=False)
    yield standin
    standin.stop()


@pytest.fixture
def people(transactional_db):
    """Three maintainers: two with tokens of their own, one without."""
    found = [a_user(name, is_superuser=True) for name in ("ada", "bob", "carol")]
    for user, token, login in ((found[0], ADAS, "ada-gh"), (found[1], BOBS, "bob-gh")):
        GitHubToken.objects.create(
            user=user, sealed=seal(token), last4=token[-4:], login=login, scopes=["repo"]
        )
    return found


LAYOUTS = pytest.mark.parametrize("layout", ["split", "aggregate"])
GATHERING = pytest.mark.parametrize("gather", [0, 2], ids=["single", "gathered"])


@LAYOUTS
@GATHERING
def test_a_short_life_with_killed_workers_loses_nothing(
    github, people, settings, tmp_path, layout, gather
):
    live(github, people, settings, tmp_path, layout, gather, changes=25, seed=3)


@pytest.mark.faults
@LAYOUTS
@GATHERING
def test_a_long_life_with_killed_workers_loses_nothing(
    github, people, settings, tmp_path, layout, gather
):
    changes = int(os.environ.get("FAULT_CHANGES", "300"))
    seed = int(os.environ.get("FAULT_SEED", "7"))
    live(github, people, settings, tmp_path, layout, gather, changes=changes, seed=seed)


def live(github, people, settings, folder, layout, gather, *, changes, seed) -> None:
    """Live for that many changes among faults, come to rest, and compare."""
    chance = random.Random(seed)
    settings.ENV = dataclasses.replace(
        settings.ENV, github_api_url=github.url, github_token=HUBS, gather_seconds=gather
    )
    life = Life(UpstreamFiles(github, layout), people, chance, tokens=[HUBS, ADAS, BOBS])
    call_command("import_catalogue", "github:xorbitsai/inference", verbosity=0)
    dice, faults = random.Random(seed + 1), {"is_on": True}

    def fault(verb: str, asked: str) -> str | None:
        if faults["is_on"] and dice.random() < 0.04:
            kind = dice.choice(FAULTS)
            life.note(kind)
            return kind
        return None

    fleet = Fleet(environment_of_workers(github, folder, gather), folder, random.Random(seed + 2))
    github.fault, github.kill = fault, fleet.kill_who_asks
    began = time.monotonic()
    try:
        fleet.is_deadly = True
        while life.counts.get("changes", 0) < changes:
            life.change_something()
            life.happen()
            time.sleep(chance.uniform(0, 0.6))
            if chance.random() < 0.1:
                life.look_after_the_outbox()
                check_disjoint(life)
        fleet.is_deadly = faults["is_on"] = False
        life.give_tokens_back()
        come_to_rest(life, lambda: time.sleep(1), seconds=max(300, 2 * changes))
    finally:
        fleet.stop()
    assert_nobody_waited_for_each_other(folder)
    print(figures(life, fleet, layout, gather, seed, time.monotonic() - began))
    check(life, gathering=bool(gather))


def assert_nobody_waited_for_each_other(folder) -> None:
    """PostgreSQL ends one of two transactions that wait for each other, and Celery writes it down;
    that of a person in the pages would have been an error in this process."""
    for log in folder.glob("worker-*.log"):
        assert "deadlock detected" not in log.read_text(), log


def environment_of_workers(github, folder, gather: int) -> dict[str, str]:
    """The tests' own database and broker, and settings that the pages here have, too."""
    server = os.environ["DATABASE_URL"].rpartition("/")[0]
    (folder / "var").mkdir()
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "hub.settings",
        "DATABASE_URL": f"{server}/{connection.settings_dict['NAME']}",
        "REDIS_URL": django_settings.ENV.redis_url,
        "HUB_VAR_DIR": str(folder / "var"),
        "GITHUB_API_URL": github.url,
        "GITHUB_TOKEN": HUBS,
        "HUB_GATHER_SECONDS": str(gather),
    }


def figures(life: Life, fleet: Fleet, layout: str, gather: int, seed: int, seconds: float) -> str:
    """What was lived through, on a few lines."""
    listed = ", ".join(f"{count} {what}" for what, count in sorted(life.counts.items()))
    return (
        f"\n{layout}, gathering {gather} s, seed {seed}: {seconds / 60:.1f} minutes, "
        f"{fleet.deaths} processes killed, {len(life.github.pulls)} pull requests, "
        f"{len(life.github.log)} requests\n{listed}"
    )
