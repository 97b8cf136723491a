"""Which releases can use a model, in short: "≥ 2.0.0 (not 3.4.0)", with the reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from models_registry.definitions.checks.release_loading import verdicts
from models_registry.definitions.checks.release_rules import spans
from models_registry.definitions.json_text.messages import Message


@dataclass(frozen=True, slots=True)
class ReleaseReason:
    """Why the servers of some releases can't use a model: they refuse it, or it stops them."""

    releases: str
    message: Message
    stops: bool


@dataclass(frozen=True, slots=True)
class WorksWith:
    """The oldest release that can use a model ("" if none can), and the later ones that can't."""

    since: str
    but: str
    reasons: tuple[ReleaseReason, ...]

    @property
    def has_limits(self) -> bool:
        """Whether some release can't use the model."""
        return bool(self.reasons)

    def in_short(self) -> str:
        """As people write it, in any language; empty if no release can use the model."""
        if not self.since:
            return ""
        return f"≥ {self.since}" + (f" (≠ {self.but})" if self.but else "")


def works_with(model_type: str, records: Sequence[Any], releases: Sequence[str]) -> WorksWith:
    """Which of these releases, in their order, can use the records of one model."""
    judged = verdicts(model_type, records, releases)
    usable = [release for release in releases if judged[release].is_fine]
    since = usable[0] if usable else ""
    but = [
        release
        for release in releases
        if since and not judged[release].is_fine and releases.index(release) > releases.index(since)
    ]
    grouped: dict[tuple[Message, bool], list[str]] = {}
    for release in releases:
        verdict = judged[release]
        if reason := verdict.refusal or verdict.stop:
            grouped.setdefault((reason, verdict.refusal is None), []).append(release)
    reasons = tuple(
        ReleaseReason(spans(group, among=releases), message, stops)
        for (message, stops), group in grouped.items()
    )
    return WorksWith(since, spans(but, among=releases), reasons)
