"""A result of an automatic check."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Level(StrEnum):
    """The severity of a finding, the most severe first."""

    ERROR = "error"
    RISK = "risk"
    WARNING = "warning"
    INFO = "info"
    GOOD = "good"


@dataclass(frozen=True, slots=True)
class ReviewFinding:
    """One result: its text and, if it is about a place, the definition's line (from 1).

    `about` groups findings of one check.
    """

    level: Level
    about: str
    text: str
    line: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """The finding as JSON values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> ReviewFinding:
        """The finding that `as_dict` has returned."""
        return cls(Level(data["level"]), data["about"], data["text"], data["line"])


def weight(finding: ReviewFinding) -> int:
    """A sort key: the most severe first."""
    return list(Level).index(finding.level)
