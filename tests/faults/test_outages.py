"""Each part of a whole site fails while people publish, and the doctor says which.

PostgreSQL, Redis, nginx, the mail server, GitHub, a webhook's receiver, web processes, workers and
beats, the disk and the clock. At the end nothing is lost, nothing is double, and all is well. The
long run, with outages of a minute, one part after the other:

    make outages ARGS="-k minute"

OUTAGE_SECONDS (60) is the length of each. CI runs the short one by itself, on a machine that is
else idle. Needs root, for the small disk.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from email import message_from_string, policy
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import requests

from tests.factories import llm_record, written
from tests.faults.invariants import touched_models
from tests.faults.site import MISSING, Site, settled
from tests.faults.upstream_files import UpstreamFiles
from tests.reviews.test_webhooks import Receiver
from tests.standins.faulty import MailServer
from tests.standins.github import GitHubStandIn

pytestmark = [
    pytest.mark.servers,
    pytest.mark.faults,
    pytest.mark.skipif(
        bool(MISSING) and not os.environ.get("REQUIRE_OUTAGES"),
        reason=f"needs {', '.join(MISSING)}",
    ),
]
AHEAD_SECONDS = 90
LIST = "/api/models/download?model_type=llm"


class World(NamedTuple):
    """A site, and what it talks to."""

    site: Site
    github: GitHubStandIn
    mail: MailServer
    receiver: Receiver


class Life(threading.Thread):
    """An author who registers and edits models, and a reviewer who approves, through nginx.

    A request that fails is sent again until it has an answer, as a good program does.
    """

    def __init__(self, site: Site) -> None:
        super().__init__(daemon=True)
        self.site = site
        # What each published model is now, and how many revisions of it were approved.
        self.texts: dict[str, str] = {}
        self.approved: Counter[str] = Counter()
        self.failure: BaseException | None = None
        self._ended = threading.Event()

    def run(self) -> None:
        try:
            while not self._ended.is_set():
                self.publish_a_model()
                self._ended.wait(0.5)
        except BaseException as failure:  # noqa: BLE001 - the test raises it
            self.failure = failure

    def end(self) -> None:
        self._ended.set()
        self.join(timeout=120)
        assert not self.is_alive()
        if self.failure is not None:
            raise self.failure

    def publish_a_model(self) -> None:
        name = f"model-{len(self.texts)}"
        body = {"model_type": "llm", "visibility": "public", "definition": text_of(name, 0)}
        made = self._ask("ada", "POST", "/api/models", body, key=name)
        self._approve(made, 0)
        if len(self.texts) % 2:
            edit = {"definition": text_of(name, 1), "base_revision": made["revision"]}
            self._approve(self._ask("ada", "PUT", f"/api/models/{made['id']}", edit), 1)

    def _approve(self, proposal: dict[str, Any], number: int) -> None:
        name = proposal["model_name"]
        path = f"/api/models/{proposal['id']}/reviews"
        body = {"revision": proposal["revision"], "decision": "approve"}
        self._ask("rita", "POST", path, body, key=f"{name}-{proposal['revision']}")
        self.texts[name] = text_of(name, number)
        self.approved[name] += 1

    def _ask(
        self, who: str, method: str, path: str, body: dict[str, Any], key: str = ""
    ) -> dict[str, Any]:
        """The data of the answer, however often the request must be sent."""
        headers = {"Authorization": f"Bearer {self.site.tokens[who]}"}
        if key:
            headers["Idempotency-Key"] = f"{who}-{key}"
        is_again = False
        until = time.monotonic() + 600
        while time.monotonic() < until:
            try:
                answer = requests.request(
                    method, self.site.url + path, json=body, headers=headers, timeout=20,
                    verify=self.site.certificate,
                )  # fmt: skip
            except requests.RequestException:
                is_again = True
            else:
                if answer.status_code < 300:
                    return answer.json()["data"]
                if is_again and not key and answer.status_code == 409:
                    # The first one was carried out, and its answer did not arrive.
                    return self._newest(path, headers)
                assert answer.status_code in {429, 502, 503, 504}, answer.text
                is_again = True
            time.sleep(0.3)
        raise AssertionError(f"no answer to {method} {path}")

    def _newest(self, path: str, headers: dict[str, str]) -> dict[str, Any]:
        number = path.rpartition("/")[2]
        (((name, revision),)) = [
            (row[0], int(row[1])) for row in self.site.rows(
                "SELECT m.name, max(r.number) FROM models_registry_registeredmodel m "
                "JOIN models_registry_revision r ON r.model_id = m.id "
                f"WHERE m.id = {int(number)} GROUP BY m.name"
            )
        ]  # fmt: skip
        return {"id": int(number), "model_name": name, "revision": revision}


def text_of(name: str, number: int) -> str:
    return written(llm_record(name, model_description=f"{name}, text {number}"))


class Outage(NamedTuple):
    """A part that fails: how, how it comes back, and what the doctor says meanwhile."""

    name: str
    begin: Callable[[World], object]
    end: Callable[[World], object]
    wrong: frozenset[str]
    says: str = ""


def away(name: str, wrong: str = "", says: str = "", *, processes: str = "") -> Outage:
    """Processes that are killed."""
    names = (processes or name).split()
    return Outage(
        name,
        lambda world: world.site.kill(*names),
        lambda world: world.site.bring_back(*names),
        frozenset(filter(None, wrong.split(", "))),
        says,
    )


OUTAGES = {
    outage.name: outage
    for outage in (
        away("one of each", processes="web-1 worker-1 beat-1"),
        away("postgres", "database", "does not answer"),
        away("redis", "broker, cache, workers", "Repair the broker first"),
        away("nginx", "site", "SITE_URL does not answer"),
        away("web", "site", processes="web-1 web-2"),
        away("workers", "workers", "--only worker", processes="worker-1 worker-2"),
        away("beats", "workers", "--only beat", processes="beat-1 beat-2"),
        Outage(
            "mail server", lambda world: world.mail.stop(), lambda world: world.mail.start(),
            frozenset({"mail server"}), "does not let the hub in",
        ),
        Outage(
            "GitHub",
            lambda world: setattr(world.github, "fault", lambda verb, asked: "502 before"),
            lambda world: setattr(world.github, "fault", None),
            frozenset({"GitHub token"}),
        ),
        Outage(
            "receiver", lambda world: setattr(world.receiver, "status", 500),
            lambda world: setattr(world.receiver, "status", 204), frozenset(),
        ),
        Outage(
            "disk", lambda world: world.site.fill_disk(), lambda world: world.site.make_room(),
            frozenset({"disk"}), "The disk is full",
        ),
        Outage(
            "clock", lambda world: world.site.move_clock(AHEAD_SECONDS),
            lambda world: world.site.move_clock(0), frozenset({"clock"}), "seconds away",
        ),
    )
}  # fmt: skip


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A site that is well."""
    with ExitStack() as stack:
        github = GitHubStandIn(tmp_path)
        stack.callback(github.stop)
        github.knows("ghp_" + "h" * 36, "hub-bot")
        UpstreamFiles(github, "split").begin(
            {("llm", "upstreams-own"): llm_record("upstreams-own")}
        )
        mail, receiver = MailServer(), Receiver()
        stack.callback(mail.stop)
        stack.callback(receiver.server.server_close)
        stack.callback(receiver.server.shutdown)
        site = Site(github.url, mail.port, receiver.url)
        stack.callback(site.stop)
        settled(site.doctor, {})
        yield World(site, github, mail, receiver)


def test_parts_fail_for_seconds_and_nothing_is_lost(world):
    """Several at once, so that the run is short: the doctor names each of them."""
    with living(world) as life:
        for names in (
            "one of each", "postgres + mail server", "redis + nginx", "disk + workers + GitHub",
            "beats + web", "clock + receiver",
        ):  # fmt: skip
            fail(world, life, [OUTAGES[name] for name in names.split(" + ")], seconds=1)


def test_each_part_fails_for_a_minute_and_nothing_is_lost(world):
    seconds = float(os.environ.get("OUTAGE_SECONDS", "60"))
    with living(world) as life:
        for outage in OUTAGES.values():
            fail(world, life, [outage], seconds=seconds)


def fail(world: World, life: Life, outages: list[Outage], *, seconds: float) -> None:
    """Let parts fail for at least so long, until the doctor names exactly them; mend them."""
    names = " + ".join(outage.name for outage in outages)
    before = len(life.texts)
    began = time.monotonic()
    for outage in outages:
        outage.begin(world)
    expected = sorted(frozenset().union(*(outage.wrong for outage in outages)))

    def examine() -> tuple[list[str], list[str]]:
        """What the doctor names, and the outages that it does not put as it should: the queue of a
        schedule that stands may be noticed before the other one."""
        found = world.site.doctor()
        said = " ".join(found.values())
        return sorted(found), [each.name for each in outages if each.says not in said]

    settled(examine, (expected, []))
    time.sleep(max(0.0, began + seconds - time.monotonic()))
    for outage in outages:
        outage.end(world)
    settled(world.site.doctor, {})
    # Somebody who waited has published since.
    settled(lambda: len(life.texts) > before or life.failure is not None, True)
    print(f"{names}: {time.monotonic() - began:.0f} s, {len(life.texts)} models")


@contextmanager
def living(world: World) -> Iterator[Life]:
    """People publish meanwhile; afterwards all that they did is there, once."""
    life = Life(world.site)
    life.start()
    yield life
    life.end()
    life.publish_a_model()
    check(world, life)


def check(world: World, life: Life) -> None:
    """Nothing is lost, and nothing is double."""
    site, names = world.site, set(life.texts)
    settled(lambda: waiting(site), {"mail": 0, "notifications": 0, "webhooks": 0, "changes": 0})
    answer = requests.get(site.url + LIST, timeout=20, verify=site.certificate)
    assert answer.headers["X-Hub-SHA256"] == hashlib.sha256(answer.content).hexdigest()
    listed = Counter(record["model_name"] for record in answer.json())
    assert listed == Counter(names)
    meant = {name: json.loads(text)[0]["model_description"] for name, text in life.texts.items()}
    assert {r["model_name"]: r["model_description"] for r in answer.json()} == meant
    published = site.rows(
        "SELECT m.name, count(*) FROM models_registry_registeredmodel m JOIN "
        "models_registry_revision r ON r.model_id = m.id GROUP BY m.name"
    )
    assert {name: int(count) for name, count in published} == life.approved
    check_mail(world, life)
    check_webhooks(world, life)
    check_pull_requests(world, life)


def waiting(site: Site) -> dict[str, int]:
    """What has not left the hub yet."""
    tables = {
        "mail": "hub_outgoingmail",
        "notifications": "reviews_notification WHERE by_mail AND mailed_at IS NULL",
        "webhooks": "hub_webhookdelivery WHERE state <> 'delivered'",
        "changes": "models_registry_upstreamchange WHERE state NOT IN ('open', 'merged')",
    }
    return {what: int(site.rows(f"SELECT count(*) FROM {of}")[0][0]) for what, of in tables.items()}


def check_mail(world: World, life: Life) -> None:
    """Each verdict was mailed to its author. One that came twice has the same Message-ID."""
    mails = [message_from_string(text, policy=policy.default) for text in world.mail.received]
    by_id = {mail["Message-ID"]: mail for mail in mails}
    told = Counter(
        name
        for mail in by_id.values()
        if mail["To"] == "ada@example.org"
        for name in re.findall(r"(model-\d+) was approved", " ".join(mail["Subject"].split()))
    )
    assert told == life.approved


def check_webhooks(world: World, life: Life) -> None:
    """Each event was told. One that came twice has the same number of the delivery."""

    def told(event: str) -> Counter[str]:
        by_id = {headers["X-Models-Hub-Delivery"]: body for headers, body in world.receiver.got}
        bodies = [json.loads(body) for body in by_id.values()]
        return Counter(b["model"]["model_name"] for b in bodies if b["event"] == event)

    # What became of pull requests is looked up at times, and told then.
    settled(lambda: sorted(told("pull_request.opened")), sorted(life.texts))
    assert told("model.published") == life.approved


def check_pull_requests(world: World, life: Life) -> None:
    """Each model is in one of them, with its last text.

    After the clock was set back, changes of one author may be gathered: they are from the future.
    """
    pulls, files = world.github.open_pulls(), UpstreamFiles(world.github, "split")
    branches = [pull["head"]["ref"] for pull in pulls]
    assert len(branches) == len(set(branches)) == len(world.github.pulls)
    heads = [pull["head"]["sha"] for pull in pulls]
    carried = Counter(name for head in heads for _type, name in touched_models(files, head))
    assert carried == Counter(set(life.texts))
    for pull in pulls:
        world.github.merge(pull["number"])
    there = files.records()
    assert {name for _, name in there} == {*life.texts, "upstreams-own"}
    for name, text in life.texts.items():
        (record,) = there["llm", name]
        assert record["model_description"] == json.loads(text)[0]["model_description"]
