"""Parts of pages that a process keeps as it has rendered them: a template tag (decision 0049)."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Final

from django import template
from django.template import Context
from django.template.loader import get_template
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language

register = template.Library()

# Of more parts than this, those that were asked for least recently are forgotten. Longer ones are
# not kept: a row shows what somebody wrote. "2 days ago" may be late by so many seconds.
MOST_PARTS: Final = 3_000
MOST_CHARACTERS: Final = 32_768
MOST_SECONDS: Final = 600

_parts: Final[OrderedDict[Hashable, SafeString]] = OrderedDict()
_lock: Final = Lock()


@register.simple_tag
def kept_part(template_name: str, by: Hashable = None, **values: object) -> SafeString:
    """A template with these values, rendered again only for others, another language or time zone.

    `by` stands for values that are not plain: it has all that the part shows of them. SECURITY: the
    template gets the values and nothing else, so that no request, user, permission or token of a
    reader can get into a part.
    """
    moment = time.monotonic() // MOST_SECONDS
    zone = timezone.get_current_timezone_name()
    # SECURITY: a text that is safe as it stands equals one that must be escaped.
    shown = (
        tuple((name, type(value), value) for name, value in values.items()) if by is None else by
    )
    key = (template_name, shown, get_language(), zone, moment)
    with _lock:
        if (kept := _parts.get(key)) is not None:
            _parts.move_to_end(key)
            return kept
    part: SafeString = get_template(template_name).template.render(Context(values))  # type: ignore[attr-defined]
    if len(part) <= MOST_CHARACTERS:
        with _lock:
            _parts[key] = part
            if len(_parts) > MOST_PARTS:
                _parts.popitem(last=False)
    return part
