"""The texts of the document, which know paragraphs and `code`, as HTML."""

from __future__ import annotations

import re

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString


def inline(text: str) -> SafeString:
    """One paragraph, with what is between backticks as code."""
    parts = re.split("`([^`]+)`", _one_line(text))
    return format_html_join(
        "",
        "{}",
        ((format_html("<code>{}</code>", part) if number % 2 else part,)
         for number, part in enumerate(parts)),
    )  # fmt: skip


def paragraphs(text: str) -> SafeString:
    """All paragraphs; empty lines are between them."""
    found = [part for part in re.split(r"\n\s*\n", text.strip()) if part]
    return format_html_join("", "<p>{}</p>", ((inline(part),) for part in found))


def _one_line(text: str) -> str:
    """Without line breaks, which would be spaces between Chinese characters."""
    text = re.sub(r"(?<=[^\x00-\u2e7f])\n(?=[^\x00-\u2e7f])", "", text.strip())
    return " ".join(text.split())
