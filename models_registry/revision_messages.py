"""The messages of revisions that the hub itself writes, and how a reader sees them.

They are stored in English, as they go to upstream and through the API, and shown in the reader's
language; what a person wrote is shown as it is.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from django.utils.translation import gettext, gettext_noop

REGISTERED: Final = gettext_noop("Registered")
FEATURED: Final = gettext_noop("Featured")
NOT_FEATURED: Final = gettext_noop("No longer featured")
RENAMED: Final = gettext_noop("Renamed from %(name)s")
RESTORED: Final = gettext_noop("Restored revision %(number)s")
IMPORTED: Final = gettext_noop("Imported from %(source)s")
ADDED: Final = gettext_noop("Added")
ADDED_FROM: Final = gettext_noop("Added from %(source)s")
MERGED_WITH_SOURCE: Final = gettext_noop("Merged with changes at the source")
MERGED_WITH_UPSTREAM: Final = gettext_noop("Merged with an edit made upstream")
TAKEN_FROM_SOURCE: Final = gettext_noop("Taken from the source")
DECIDED_ON_SOURCE: Final = gettext_noop("Decided between the hub's and the source's changes")
DECIDED_ON_UPSTREAM: Final = gettext_noop("Decided between the hub's and upstream's changes")
MADE_PRIVATE: Final = gettext_noop("Made private")
MADE_ENTERPRISE: Final = gettext_noop("Made enterprise")
MADE_PUBLIC: Final = gettext_noop("Made public")
MADE: Final = {"private": MADE_PRIVATE, "enterprise": MADE_ENTERPRISE, "public": MADE_PUBLIC}
_ALL: Final = (
    REGISTERED, FEATURED, NOT_FEATURED, RENAMED, RESTORED, IMPORTED, ADDED, ADDED_FROM,
    MERGED_WITH_SOURCE, MERGED_WITH_UPSTREAM, TAKEN_FROM_SOURCE, DECIDED_ON_SOURCE,
    DECIDED_ON_UPSTREAM, *MADE.values(),
)  # fmt: skip


def shown(message: str) -> str:
    """A message in the language that is active now, if the hub wrote it."""
    for template, pattern in _patterns():
        if found := pattern.fullmatch(message):
            parts = found.groupdict()
            return gettext(template) % parts if parts else gettext(template)
    return message


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    parameter = re.compile(r"%\\\((\w+)\\\)s|%\((\w+)\)s")
    return tuple(
        (template, re.compile(parameter.sub(r"(?P<\1\2>.+)", re.escape(template))))
        for template in _ALL
    )
