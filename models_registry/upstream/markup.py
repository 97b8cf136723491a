"""Escaping for GitHub's Markdown.

SECURITY: text from people is put into code spans, where GitHub ignores mentions, HTML and "Fixes
#1"; characters that would end a span or begin a mention are broken up.
"""

from __future__ import annotations

import re
from typing import Any

_CONTROL = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")
_LONE = re.compile(r"[\ud800-\udfff]")


def size(text: str) -> int:
    """The length in UTF-16 units, the largest of all ways to count characters."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def one_line(text: Any) -> str:
    """A text on one line, without control characters and marks that change its direction."""
    return _CONTROL.sub(" ", _LONE.sub("\ufffd", str(text))).strip()


def clipped(text: str, limit: int) -> str:
    """A text of at most `limit` characters."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def code(text: Any, limit: int = 120) -> str:
    """Text from people as a code span on one line that can't end early or mention anyone."""
    plain = unlinked(clipped(one_line(text).replace("`", "'"), limit))
    return f"`{plain or ' '}`"


def unlinked(text: str) -> str:
    """A text with a zero-width space in mentions, issue numbers and addresses."""
    return re.sub(r"([@#])(?=\w)", "\\1\u200b", text).replace("://", ":\u200b//")


def cell(text: Any) -> str:
    """Text from people as the content of a table cell."""
    return code(text).replace("|", "\\|")


def link(text: Any, address: str) -> str:
    """A link with text from people; the address must be made by the hub."""
    return f"[{cell(text)}]({address})" if address else cell(text)


def plain_name(name: str) -> str:
    """A person's name in the form that git accepts in a signature."""
    return one_line(name).replace("<", "").replace(">", "").strip(" .,:;'\"")[:100]
