"""Broker, workers, schedule, and whether what waits for them leaves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.db.models import Min
from django.utils import timezone

from hub import heartbeat, task_queue
from hub.doctor.findings import Finding, duration, ok, warning, wrong
from hub.models import OutgoingMail
from models_registry.models import ChangeState, UpdateRun, UpstreamChange
from models_registry.upstream import github_app

# The schedule asks a worker for its sign of life every 30 seconds.
STILL_SECONDS = 180
WAITING_SECONDS = 3600
_MANY_TASKS = 100


def broker() -> Iterator[Finding]:
    """Whether the broker takes messages, and how many wait."""
    waiting = task_queue.waiting_tasks()
    if waiting is None:
        yield wrong(
            "broker",
            "The broker does not answer: work waits in the database.",
            "Start Redis, and compare its address with REDIS_URL."
            if settings.ENV.redis_url
            else "Make the folder broker in HUB_VAR_DIR writable.",
        )
    elif (count := sum(waiting.values())) > _MANY_TASKS:
        yield warning(
            "broker",
            f"{count} tasks wait in the broker.",
            "Start the workers, or more of them: `manage.py serve --only worker`.",
        )
    else:
        yield ok("broker", f"The broker answers; {count} tasks wait.")


def workers() -> Iterator[Finding]:
    """Whether schedule and workers work: they have stored a time lately."""
    ages = {
        queue: heartbeat.age_seconds(queue) for queue in (task_queue.PEOPLE, task_queue.BACKGROUND)
    }
    still = [queue for queue, age in ages.items() if age is None or age > STILL_SECONDS]
    if not still:
        yield ok("workers", "Workers of both queues have worked lately.")
        return
    age = ages[still[0]]
    when = f"{duration(age)} ago" if age is not None else "never, as far as is known"
    which = "" if len(still) > 1 else f" of the queue {still[0]}"
    waiting, worked = task_queue.waiting_tasks(), heartbeat.seconds_since_work()
    # Where the schedule stands, the times of the queues differ by less than one of its rounds.
    other = min((a for a in ages.values() if a is not None and a <= STILL_SECONDS), default=None)
    if waiting is None:
        advice = "Repair the broker first: schedule and workers need it."
    elif other is not None and (age is None or other < age / 2):
        advice = (
            "Workers of the other queue hear of the schedule: start a worker "
            "(`manage.py serve --only worker`)."
        )
    elif age is not None and worked is not None and worked < age / 2:
        advice = (
            "Workers do what others ask for, so the schedule stands: start it "
            "(`manage.py serve --only beat`)."
        )
    elif sum(waiting.values()):
        advice = (
            "Tasks wait, so the schedule runs: start a worker (`manage.py serve --only worker`)."
        )
    else:
        advice = "No task waits, so the schedule stands: start it (`manage.py serve --only beat`)."
    yield wrong("workers", f"A worker{which} last heard of the schedule {when}.", advice)


def waiting_changes() -> Iterator[Finding]:
    """Whether changes for upstream leave. Without a token of the hub they wait on purpose."""
    unsent = UpstreamChange.objects.filter(state__in=[ChangeState.WAITING, ChangeState.SENDING])
    age = _age(unsent.aggregate(oldest=Min("created_at"))["oldest"])
    if not github_app.is_configured():
        yield ok("changes", "Changes wait for GITHUB_TOKEN." if age else "No change waits.")
    elif age > WAITING_SECONDS:
        yield warning(
            "changes",
            f"A change for upstream has waited for {duration(age)}.",
            "See what is in the way under Outgoing changes in the administration.",
        )
    else:
        yield ok("changes", "No change for upstream has waited for an hour.")


def waiting_mail() -> Iterator[Finding]:
    """Whether mail leaves."""
    oldest = OutgoingMail.objects.waiting().aggregate(oldest=Min("created_at"))["oldest"]
    age = _age(oldest)
    if age > WAITING_SECONDS:
        yield warning(
            "mail outbox",
            f"A message has waited for {duration(age)}.",
            "Run `manage.py doctor --mail YOUR-ADDRESS`, and read the log of the workers.",
        )
    else:
        yield ok("mail outbox", "No message has waited for an hour.")


def waiting_updates() -> Iterator[Finding]:
    """Whether updates that people have asked for start."""
    queued = UpdateRun.objects.filter(state=UpdateRun.State.QUEUED)
    age = _age(queued.aggregate(oldest=Min("created_at"))["oldest"])
    if age > WAITING_SECONDS:
        yield warning(
            "updates",
            f"An update has waited for a worker for {duration(age)}.",
            "Start a worker: `manage.py serve --only worker`.",
        )
    else:
        yield ok("updates", "No update waits for a worker.")


def _age(moment: datetime | None) -> float:
    return (timezone.now() - moment).total_seconds() if moment is not None else 0
