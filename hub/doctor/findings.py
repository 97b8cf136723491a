"""What a check found."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple


class Severity(StrEnum):
    """How bad a finding is."""

    OK = "ok"
    WARNING = "warning"
    WRONG = "wrong"


class Finding(NamedTuple):
    """One line of the doctor: what was checked, how it is, and what to do.

    SECURITY: texts of the quick checks are shown to everybody at /readyz, and all texts are stored,
    so none contains a password, a token or a host name of the network.
    """

    check: str
    severity: Severity
    text: str
    advice: str = ""


def ok(check: str, text: str) -> Finding:
    return Finding(check, Severity.OK, text)


def warning(check: str, text: str, advice: str) -> Finding:
    return Finding(check, Severity.WARNING, text, advice)


def wrong(check: str, text: str, advice: str) -> Finding:
    return Finding(check, Severity.WRONG, text, advice)


def worst(findings: Iterable[Finding]) -> Severity:
    """The worst severity; OK if nothing was found."""
    order = list(Severity)
    return max((finding.severity for finding in findings), key=order.index, default=Severity.OK)


def duration(seconds: float) -> str:
    """A time in its largest unit: "40 seconds", "3 hours"."""
    for unit, length in (("day", 86_400), ("hour", 3600), ("minute", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}s"
    return f"{seconds:.0f} seconds"
