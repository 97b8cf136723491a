"""Markdown to HTML that is not safe yet: Python-Markdown with the extensions of our choice."""

import re
from collections.abc import Callable
from typing import Any
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.blockprocessors import BlockProcessor
from markdown.inlinepatterns import HTML_RE, HtmlInlineProcessor, InlineProcessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

from models_registry.readme.flavour import GitHubBlocks, TamedParagraphs
from models_registry.readme.limits import Budget
from models_registry.readme.sanitise import DROPPED, TAGS

MARKDOWN_SECONDS = 0.9
MAX_FOOTNOTE_MARKS = 300
EXTENSIONS = ["tables", "sane_lists"]
PYMDOWN_EXTENSIONS = [
    "pymdownx.arithmatex",
    "pymdownx.magiclink",
    "pymdownx.tasklist",
    "pymdownx.tilde",
]
EXTENSION_CONFIGS: dict[str, dict[str, Any]] = {
    "footnotes": {"BACKLINK_TEXT": "↩", "BACKLINK_TITLE": "Back to the text, footnote {}"},
    "pymdownx.arithmatex": {
        "generic": True,
        "tex_inline_wrap": ["$", "$"],
        "tex_block_wrap": ["$$", "$$"],
    },
    "pymdownx.tilde": {"subscript": False},
    "tables": {"use_align_attribute": True},
}
ALERT = re.compile(r"\s*\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\][ \t]*(?:\n|$)", re.IGNORECASE)
DATA_URL = re.compile(r"data:[a-z0-9.+/-]{1,60}(?:;[a-z0-9=.-]{1,40})*,[A-Za-z0-9+/=%]{200,}", re.I)
DISPLAY_MATH = r"(?<![\\$])\$\$([^$\x02\x03]{1,2000})\$\$(?!\$)"
# Model cards are full of `&nbsp` without the semicolon, which browsers take for the entity.
BARE_SPACE = re.compile(r"&nbsp(?![;\w=])")
TAG_NAME = re.compile(r"</?([a-zA-Z][a-zA-Z0-9]*)")
HTML_NAMES = TAGS | DROPPED | frozenset("picture source font main header footer nav".split())


def to_html(text: str) -> str:
    """Return unsafe HTML made from Markdown; raises OutOfBudgetError if that takes too long."""
    text = DATA_URL.sub("data:,", text)
    footnotes = ["footnotes"] if text.count("[^") <= MAX_FOOTNOTE_MARKS else []
    extensions = [*EXTENSIONS, *PYMDOWN_EXTENSIONS, *footnotes]
    configs = {name: EXTENSION_CONFIGS[name] for name in extensions if name in EXTENSION_CONFIGS}
    md = Markdown(extensions=extensions, extension_configs=configs)
    budget = Budget(MARKDOWN_SECONDS)
    md.preprocessors.deregister("html_block")
    md.preprocessors.register(GitHubBlocks(md), "github_blocks", 25)
    md.preprocessors.register(TamedParagraphs(md), "tamed_paragraphs", 24)
    md.parser.blockprocessors.register(_Watch(md, budget), "watch", 1000)
    md.inlinePatterns.register(_KnownHtml(HTML_RE, md), "html", 90)
    md.inlinePatterns.register(_DisplayMath(DISPLAY_MATH, md), "display_math", 189.95)
    md.treeprocessors.register(_Alerts(md), "alerts", 30)
    for pattern in md.inlinePatterns:
        _watch(pattern, budget.check)
    return BARE_SPACE.sub("&nbsp;", md.convert(text))


class _Watch(BlockProcessor):
    """Takes no block; stops the parser when the time is used up."""

    def __init__(self, md: Markdown, budget: Budget) -> None:
        super().__init__(md.parser)
        self.budget = budget

    def test(self, parent: Element, block: str) -> bool:
        self.budget.check()
        return False


def _watch(pattern: object, check: Callable[[], None]) -> None:
    """Let an inline pattern stop when the time is used up; Python-Markdown has no hook for it."""
    for name in ("getCompiledRegExp", "handleMatch"):
        original = getattr(pattern, name)

        def watched(*args: object, call: Callable[..., object] = original) -> object:
            check()
            return call(*args)

        setattr(pattern, name, watched)


class _KnownHtml(HtmlInlineProcessor):
    """Takes only the tags of HTML for tags; `<think>` or `List<String>` stay text."""

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


class _Alerts(Treeprocessor):
    """GitHub's alerts: a block quote whose first line is `[!NOTE]` or one of its kin."""

    def run(self, root: Element) -> None:
        """Mark the alerts below `root`, in place."""
        for parent in list(root.iter()):
            for index in range(len(parent) - 1, -1, -1):
                if parent[index].tag == "blockquote":
                    parent[index : index + 1] = _alerts(parent[index])


def _alerts(quote: Element) -> list[Element]:
    """Return the block quote parted at its alert markers.

    Python-Markdown joins block quotes that follow each other, so one may hold several alerts.
    """
    parts = [quote]
    for child in list(quote):
        match = ALERT.match(child.text or "") if child.tag == "p" else None
        if match:
            if len(parts) > 1 or child is not quote[0]:
                parts.append(Element("blockquote"))
            kind = match[1].lower()
            parts[-1].set("class", f"alert alert-{kind}")
            title = Element("p", {"class": "alert-title"})
            title.text = kind.capitalize()
            child.text = (child.text or "")[match.end() :]
            if parts[-1] is quote:
                quote.insert(0, title)
            else:
                parts[-1].append(title)
        if parts[-1] is not quote or not _holds_anything(child):
            quote.remove(child)
        if parts[-1] is not quote and _holds_anything(child):
            parts[-1].append(child)
    return parts


def _holds_anything(element: Element) -> bool:
    return element.tag != "p" or len(element) > 0 or bool(element.text)
