"""What an automatic check has to say."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Level(StrEnum):
    """How much a finding weighs, from the heaviest."""

    ERROR = "error"
    RISK = "risk"
    WARNING = "warning"
    INFO = "info"
    GOOD = "good"


@dataclass(frozen=True, slots=True)
class Finding:
    """One result: what was found and, where it is about a place, the definition's line (from 1).

    `about` groups findings of one check.
    """

    level: Level
    about: str
    text: str
    line: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """The finding as JSON has it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Finding:
        """The finding that `as_dict` wrote down."""
        return cls(Level(data["level"]), data["about"], data["text"], data["line"])


def weight(finding: Finding) -> int:
    """A number to sort by, the heaviest first."""
    return list(Level).index(finding.level)
