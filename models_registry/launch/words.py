"""What a server's refusals mean, and what to do about them.

The texts are those of core/supervisor.py, core/worker.py, model/llm/llm_family.py and
model/*/core.py in Xinference 4.1.0; 3.x has the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Explained:
    """A refusal in words; `is_unknown` where registering the model there would help."""

    text: str
    is_unknown: bool = False


_MEANINGS: Final[tuple[tuple[re.Pattern[str], str | Promise, bool], ...]] = (
    (
        re.compile(r"model not found, name|model \S+ not found|not found, available", re.I),
        _("The server does not know this model, or not in this variant."),
        True,
    ),
    (
        re.compile(r"cannot be run on engine", re.I),
        _(
            "The server can't run this on that engine: the engine is not installed there, or does "
            "not take this format and quantization. Choose another engine."
        ),
        False,
    ),
    (
        re.compile(r"no available slot", re.I),
        _("No GPU of the server is free. Stop a model there, or use fewer replicas and devices."),
        False,
    ),
    (
        re.compile(r"no available worker|no workers available", re.I),
        _("The server has no worker at the moment. Start one, or wait until it is back."),
        False,
    ),
    (
        re.compile(r"already in the model list", re.I),
        _("This model runs there already, or is being launched."),
        False,
    ),
    (
        re.compile(r"out of memory|not enough (gpu )?memory", re.I),
        _("The server has too little memory for this. Choose a smaller quantization or context."),
        False,
    ),
    (
        re.compile(r"no module named|failed to import|is not installed", re.I),
        _("The server lacks a library that this engine needs. Choose another engine."),
        False,
    ),
    (
        re.compile(r"connection ?error|max retries exceeded|couldn't connect|timed out", re.I),
        _("The server could not download the model's files."),
        False,
    ),
)


def explained(message: str, said: str) -> Explained:
    """Say what a refusal means; in: what the hub would say of it, and the server's own words."""
    for pattern, meaning, is_unknown in _MEANINGS:
        if pattern.search(said):
            return Explained(f"{meaning} ({said})", is_unknown)
    return Explained(message)
