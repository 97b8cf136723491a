"""Converts Markdown to unsafe HTML: Python-Markdown with our extensions."""

import re
from collections.abc import Callable
from html import escape
from typing import Any
from xml.etree.ElementTree import Element, SubElement

from markdown import Markdown
from markdown.extensions.footnotes import FootnoteExtension
from markdown.inlinepatterns import (
    HTML_RE,
    EscapeInlineProcessor,
    HtmlInlineProcessor,
    InlineProcessor,
)
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

from models_registry.readme.blocks import GitHubBlockParser
from models_registry.readme.limits import Budget
from models_registry.readme.sanitise import DROPPED, TAGS

MARKDOWN_SECONDS = 1.5
MAX_FOOTNOTE_MARKS = 300
PYMDOWN_EXTENSIONS = [
    "pymdownx.arithmatex",
    "pymdownx.magiclink",
    "pymdownx.tasklist",
    "pymdownx.tilde",
]
EXTENSION_CONFIGS: dict[str, dict[str, Any]] = {
    "pymdownx.arithmatex": {
        "generic": True,
        "tex_inline_wrap": ["$", "$"],
        "tex_block_wrap": ["$$", "$$"],
    },
    "pymdownx.tilde": {"subscript": False},
}
ALERT = re.compile(r"\s*\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\][ \t]*(?:\n|$)", re.IGNORECASE)
DATA_URL = re.compile(r"data:[a-z0-9.+/-]{1,60}(?:;[a-z0-9=.-]{1,40})*,[A-Za-z0-9+/=%]{200,}", re.I)
# https://spec.commonmark.org/0.31.2/#backslash-escapes
ESCAPE = r"\\([!-/:-@\[-`{-~])"
STRONG_IN_EMPHASIS = r"(?<!\*)\*{3}(?![*\s])([^*\n]+)(?<!\s)\*{3}(?!\*)"
DISPLAY_MATH = r"(?<![\\$])\$\$([^$\x02\x03]{1,2000})\$\$(?!\$)"
# Model cards are full of `&nbsp` without the semicolon, which browsers take for the entity.
BARE_SPACE = re.compile(r"&nbsp(?![;\w=])")
TAG_NAME = re.compile(r"</?([a-zA-Z][a-zA-Z0-9]*)")
HTML_NAMES = TAGS | DROPPED | frozenset("picture source font main header footer nav".split())


def to_html(text: str) -> str:
    """Return unsafe HTML made from Markdown; raises OutOfBudgetError if that takes too long."""
    text = DATA_URL.sub("data:,", text)
    md = Markdown(extensions=PYMDOWN_EXTENSIONS, extension_configs=EXTENSION_CONFIGS)
    budget = Budget(MARKDOWN_SECONDS)
    notes = _footnotes(md, text)
    for name in ("normalize_whitespace", "html_block"):
        md.preprocessors.deregister(name)
    md.parser = GitHubBlockParser(
        md,
        footnotes=notes.footnotes if notes else None,
        is_html=HTML_NAMES.__contains__,
        check=budget.check,
    )
    if notes:
        notes.parser = md.parser
    md.inlinePatterns.register(_KnownHtml(HTML_RE, md), "html", 90)
    md.inlinePatterns.register(_DisplayMath(DISPLAY_MATH, md), "display_math", 189.95)
    md.inlinePatterns.register(_StrongInEmphasis(STRONG_IN_EMPHASIS, md), "three_stars", 61)
    md.inlinePatterns.register(_Escape(ESCAPE, md), "escape", 180)
    md.treeprocessors.register(_Alerts(md), "alerts", 30)
    for pattern in md.inlinePatterns:
        _watch(pattern, budget.check)
    return BARE_SPACE.sub("&nbsp;", md.convert(text))


def _footnotes(md: Markdown, text: str) -> FootnoteExtension | None:
    if text.count("[^") > MAX_FOOTNOTE_MARKS:
        return None
    extension = FootnoteExtension(BACKLINK_TEXT="↩", BACKLINK_TITLE="Back to the text, footnote {}")
    extension.extendMarkdown(md)
    return extension


def _watch(pattern: object, check: Callable[[], None]) -> None:
    """Make an inline pattern stop when the time is used up; Python-Markdown has no hook."""
    for name in ("getCompiledRegExp", "handleMatch"):
        original = getattr(pattern, name)

        def watched(*args: object, call: Callable[..., object] = original) -> object:
            check()
            return call(*args)

        setattr(pattern, name, watched)


class _KnownHtml(HtmlInlineProcessor):
    """Treats only HTML's own tags as tags; `<think>` or `List<String>` stay text."""

    def handleMatch(self, m: re.Match[str], data: str) -> tuple[str | None, int | None, int | None]:  # type: ignore[override]
        name = TAG_NAME.match(m[1])
        if name and name[1].lower() not in HTML_NAMES:
            return None, None, None
        return super().handleMatch(m, data)  # type: ignore[return-value]


class _DisplayMath(InlineProcessor):
    """`$$…$$` in the middle of a paragraph, which arithmatex takes only as a block of its own."""

    def handleMatch(self, m: re.Match[str], data: str) -> tuple[Element, int, int]:  # type: ignore[override]
        span = Element("span", {"class": "math"})
        span.text = AtomicString(f"$${m[1]}$$")
        return span, m.start(0), m.end(0)


class _StrongInEmphasis(InlineProcessor):
    """`***x***`: CommonMark puts the strong text into the emphasis, Python-Markdown the reverse."""

    def handleMatch(self, m: re.Match[str], data: str) -> tuple[Element, int, int]:  # type: ignore[override]
        emphasis = Element("em")
        SubElement(emphasis, "strong").text = m[1]
        return emphasis, m.start(0), m.end(0)


class _Escape(EscapeInlineProcessor):
    """A backslash before any ASCII punctuation, as CommonMark has it."""

    def handleMatch(self, m: re.Match[str], data: str) -> tuple[str, int, int]:  # type: ignore[override]
        return self.md.htmlStash.store(escape(m[1], quote=False)), m.start(0), m.end(0)


class _Alerts(Treeprocessor):
    """GitHub's alerts: a block quote whose first line is `[!NOTE]` or one of its kin."""

    def run(self, root: Element) -> None:
        """Mark the alerts below `root`, in place."""
        for quote in root.iter("blockquote"):
            first = quote[0] if len(quote) else None
            match = (
                ALERT.match(first.text or "") if first is not None and first.tag == "p" else None
            )
            if first is None or match is None:
                continue
            kind = match[1].lower()
            quote.set("class", f"alert alert-{kind}")
            first.text = (first.text or "")[match.end() :]
            if not first.text and not len(first):
                quote.remove(first)
            title = Element("p", {"class": "alert-title"})
            title.text = kind.capitalize()
            quote.insert(0, title)
