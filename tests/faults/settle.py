"""Brings a life to its end: people look after what is left, until hub and upstream agree."""

from __future__ import annotations

import time
from collections.abc import Callable

from models_registry.models import PullRequest, UpstreamChange, UpstreamPath
from tests.faults.invariants import check_disjoint, hub_models
from tests.faults.random_history import LIVE, Life


def come_to_rest(life: Life, work: Callable[[], object], *, seconds: float = 300) -> None:
    """Let maintainers merge all that comes, until hub and upstream agree and nothing is open.

    In: what lets the workers work for a moment.
    """
    deadline = time.monotonic() + seconds
    while not (is_settled(life) and not life.github.open_pulls() and agrees(life)):
        assert time.monotonic() < deadline, what_is_left(life)
        work()
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
