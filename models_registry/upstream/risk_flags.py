"""What in a change reaches a download, pip or code that runs, for the text of its pull request.

The rules are those of the reviews, which stand above this app and register themselves here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from models_registry.definitions.json_text.document import Definition

# The definition as it was (None for a new model), and as it would be → sentences in English.
FlagRisks = Callable[[Definition | None, Definition], Sequence[str]]
_rules: list[FlagRisks] = []


def register(rule: FlagRisks) -> None:
    """Have the rule asked for every change that is sent."""
    if rule not in _rules:
        _rules.append(rule)


def flags(before: Definition | None, after: Definition) -> list[str]:
    """The risks that a change adds, as sentences in English."""
    return [text for rule in _rules for text in rule(before, after)]
