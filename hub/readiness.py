"""Whether this process can serve pages, and what else is wrong: the content of `/readyz`."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Final

from django.db import DatabaseError, InterfaceError

from hub.doctor import database, machine, workers
from hub.doctor.findings import Finding, Severity, worst, wrong
from hub.version import VERSION

# Without these, pages fail; without the others they are served, and work waits. Only the first may
# take a web process out of a load balancer: Redis that is away would take out all of them.
_REQUIRED: Final = frozenset({"database", "migrations"})
_WITH_DATABASE: Final[tuple[Callable[[], Iterator[Finding]], ...]] = (
    database.migrations,
    database.shared_cache,
    workers.workers,
    workers.waiting_changes,
    workers.waiting_mail,
)
# SECURITY: anybody may ask, and each broken service costs a timeout: one answer serves them all.
_KEPT_SECONDS: Final = 2.0
# How long others wait for the first result.
_WAIT_SECONDS: Final = 1.0

_lock = threading.Lock()
_kept: tuple[float, list[Finding]] = (0.0, [])


def findings() -> list[Finding]:
    """The quick checks, at most two seconds old; while somebody checks, others get the last result.

    So probes of a hub whose database hangs don't occupy all threads. Before the first result they
    wait for a second, and are told that the process is not ready.
    """
    global _kept
    if _lock.acquire(timeout=0 if _kept[1] else _WAIT_SECONDS):
        try:
            if not _kept[1] or time.monotonic() - _kept[0] > _KEPT_SECONDS:
                _kept = (time.monotonic(), _checked())
        finally:
            _lock.release()
    return _kept[1] or [
        wrong("database", "The first check has not ended.", "See whether the database hangs.")
    ]


def forget() -> None:
    """Check again at the next call."""
    global _kept
    _kept = (0.0, [])


def is_ready(found: list[Finding]) -> bool:
    """Whether pages can be served."""
    return not any(
        finding.severity == Severity.WRONG and finding.check in _REQUIRED for finding in found
    )


def report(found: list[Finding]) -> dict[str, Any]:
    """The findings as JSON values; `wrong` has what needs a person, with the advice."""
    severity = worst(found)
    if not is_ready(found):
        status = "not ready"
    else:
        status = "ok" if severity == Severity.OK else "degraded"
    return {
        "status": status,
        "version": VERSION,
        "checks": {finding.check: finding.severity.value for finding in found},
        "wrong": [
            {"check": finding.check, "text": finding.text, "advice": finding.advice}
            for finding in found
            if finding.severity != Severity.OK
        ],
    }


def _checked() -> list[Finding]:
    found = [*machine.disk(), *workers.broker()]
    if not database.is_answering():
        advice = "Start it, and compare its address with DATABASE_URL."
        return [wrong("database", "The database does not answer.", advice), *found]
    found.insert(0, Finding("database", Severity.OK, "The database answers."))
    for check in _WITH_DATABASE:
        try:
            found += check()
        except (DatabaseError, InterfaceError):
            text = "The database has no tables, or has just stopped answering."
            found.append(wrong("migrations", text, "Run `manage.py prepare`."))
            break
    return found
