"""Real Celery workers on PostgreSQL and Redis, killed at random, beside a GitHub that fails.

The short runs are part of `make test-servers`. The long ones take about a quarter of an hour each:

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
from models_registry.outbox_tables import PullRequest, UpstreamChange, UpstreamPath
from tests.factories import a_user
from tests.faults.fleet import Fleet
from tests.faults.life import LIVE, Life
from tests.faults.proof import check, check_disjoint, hub_models
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
        come_to_rest(life)
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


def come_to_rest(life: Life) -> None:
    """Let maintainers merge all that comes, until hub and upstream agree and nothing is open."""
    deadline = time.monotonic() + 300
    while not (is_settled(life) and not life.github.open_pulls() and agrees(life)):
        assert time.monotonic() < deadline, what_is_left(life)
        time.sleep(1)
        life.look_after_the_outbox()
        if is_settled(life):
            check_disjoint(life)
            while life.github.open_pulls() and life.merge_one() is None:
                if not any(life.github.is_mergeable(p["number"]) for p in life.github.open_pulls()):
                    break
            if has_seen_all(life):
                mean_again_what_was_refused(life)


def is_settled(life: Life) -> bool:
    """Whether nothing is on its way from the hub."""
    waiting = UpstreamChange.objects.filter(state__in=LIVE).exists()
    return not waiting and not PullRequest.objects.filter(state="planned").exists()


def has_seen_all(life: Life) -> bool:
    """Whether the hub knows what upstream is now, and what became of every pull request."""
    with life.github.lock:
        folder = life.github.git("rev-parse", "main:xinference/model")
        numbers = {pull["number"] for pull in life.github.open_pulls()}
    seen = UpstreamPath.objects.filter(path="xinference/model", blob=folder).exists()
    known = PullRequest.objects.filter(state="open").values_list("number", flat=True)
    return seen and set(known) == numbers


def agrees(life: Life) -> bool:
    return has_seen_all(life) and life.files.records() == hub_models()


def mean_again_what_was_refused(life: Life) -> None:
    """People edit once more what upstream has closed, since they still mean it."""
    there, here = life.files.records(), hub_models()
    on_its_way = {
        (change.model_type, change.name)
        for change in UpstreamChange.objects.filter(state__in=[*LIVE, "open"])
    }
    for key in sorted(life.alive - on_its_way):
        if there.get(key) != here.get(key):
            life.edit(key, life.chance.choice(life.people))
            life.note("meant again")


def what_is_left(life: Life) -> str:
    """What keeps hub and upstream from agreeing."""
    there, here = life.files.records(), hub_models()
    differing = sorted(key for key in {*there, *here} if there.get(key) != here.get(key))
    changes = UpstreamChange.objects.filter(state__in=LIVE)
    rows = PullRequest.objects.exclude(state__in=["merged", "closed", "dropped"])
    known = ("pk", "number", "state", "wanted_version", "sent_version", "last_error", "commits")
    return "\n".join(
        [
            f"open: {[one['number'] for one in life.github.open_pulls()]}; differ: {differing}",
            *(str(one) for one in changes.values("name", "state", "last_error", "pull_request")),
            *(str(one) for one in rows.values(*known)),
            *(life.story(key) for key in differing[:1]),
        ]
    )


def figures(life: Life, fleet: Fleet, layout: str, gather: int, seed: int, seconds: float) -> str:
    """What was lived through, on a few lines."""
    listed = ", ".join(f"{count} {what}" for what, count in sorted(life.counts.items()))
    return (
        f"\n{layout}, gathering {gather} s, seed {seed}: {seconds / 60:.1f} minutes, "
        f"{fleet.deaths} processes killed, {len(life.github.pulls)} pull requests, "
        f"{len(life.github.log)} requests\n{listed}"
    )
