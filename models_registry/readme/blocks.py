"""Parses the blocks of a README as CommonMark and GitHub do.

Model cards are written for Hugging Face and GitHub: GitHub Flavored Markdown
(https://github.github.com/gfm/). Python-Markdown's own block parser is older: it needs a blank
line before a list and four spaces of indent in it. So markdown-it-py finds the blocks, and
Python-Markdown formats the text in them and writes the HTML.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any
from xml.etree.ElementTree import Element, ElementTree, SubElement

from markdown import Markdown
from markdown.blockparser import BlockParser
from markdown.util import AtomicString
from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.footnote import footnote_plugin

from models_registry.readme.code import highlight

MAX_NESTING = 60
MAX_PARAGRAPH_CHARACTERS = 10_000
MAX_TABLE_CELLS = 8_000
MAX_OPEN_BRACKETS = 8
MAX_UNCLOSED_BRACKETS = 16

LANGUAGE = re.compile(r"\{?\.?([\w+#-]+)")
HARD_BREAK = re.compile(r"(?<!\\)\\\n")
INDENT = re.compile(r"\n[ \t]+")
MATH = re.compile(r"\\\[.*\\\]|\\begin\{(\w+\*?)\}.*\\end\{\1\}", re.DOTALL)
TABLE_RULE = re.compile(r"\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$")
ALIGN = re.compile(r"text-align:(left|center|right)")
BRACKET = re.compile(r"(?<!\\)(?:\]\(|[\[\]()])")
# What Python-Markdown's inline patterns look for. Text without it needs none of them.
MARKUP = re.compile(r"[\\`*_\[\]<>!$~&@:^\n]|www\.", re.IGNORECASE)
FIRST_TAG = re.compile(r"\s*</?([a-zA-Z][a-zA-Z0-9-]*)")


class GitHubBlockParser(BlockParser):
    """Replaces Python-Markdown's block parser; fills its tree, references and footnotes.

    `is_html` is true for the names of HTML tags; a block of other tags (`<tool_call>`) is text.
    `check` is called for each block, and may raise OutOfBudgetError.
    """

    def __init__(
        self,
        md: Markdown,
        *,
        footnotes: dict[str, Any] | None,
        is_html: Callable[[str], bool],
        check: Callable[[], None],
    ) -> None:
        super().__init__(md)
        self.footnotes = footnotes
        self.is_html = is_html
        self.check = check

    def parseDocument(self, lines: Iterable[str]) -> ElementTree:
        root = Element(self.md.doc_tag)
        environment: dict[str, Any] = {"check": self.check}
        reader = _reader(with_footnotes=self.footnotes is not None)
        tokens = reader.parse("\n".join(lines), environment)
        for label, reference in environment.get("references", {}).items():
            address = (reference["href"], reference.get("title", ""))
            self.md.references.setdefault(label.lower(), address)
        self._build(root, tokens)
        return ElementTree(root)

    def parseChunk(self, parent: Element, text: str | list[Element]) -> None:
        """Append the blocks of a footnote, which were parsed with the document, to `parent`."""
        parent.extend(text)  # type: ignore[arg-type]

    def _build(self, root: Element, tokens: Sequence[Token]) -> None:
        open_elements = [root]
        for token in tokens:
            self.check()
            parent = open_elements[-1]
            if token.nesting == 1:
                open_elements.append(self._opened(parent, token))
            elif token.nesting == -1:
                open_elements.pop()
            elif token.type == "inline":
                self._text(parent, token.content)
            else:
                self._leaf(parent, token)

    def _opened(self, parent: Element, token: Token) -> Element:
        if token.hidden:  # a paragraph of a tight list has no element
            return parent
        if token.type == "footnote_reference_open":
            # The extension puts its elements into the list of footnotes at the end.
            return self._footnote(str(token.meta["label"]))
        element = SubElement(parent, token.tag)
        if token.tag == "p":
            element.text = ""
        if start := token.attrs.get("start"):
            element.set("start", str(start))
        if align := ALIGN.search(str(token.attrs.get("style", ""))):
            element.set("align", align[1])
        return element

    def _footnote(self, label: str) -> Element:
        holder = Element("div")
        if self.footnotes is not None:
            self.footnotes.setdefault(label, holder)
        return holder

    def _text(self, parent: Element, text: str) -> None:
        if parent.tag == "p" and (math := _math(text)):
            parent.tag, parent.attrib = "div", {"class": "math"}
            parent.text = AtomicString(math)
            return
        text = HARD_BREAK.sub("  \n", INDENT.sub("\n", text))
        if len(text) > MAX_PARAGRAPH_CHARACTERS:
            for piece in _pieces(text):
                part = SubElement(parent, "span")
                too_long = len(piece) > MAX_PARAGRAPH_CHARACTERS
                part.text = AtomicString(piece) if too_long else tamed(piece)
                part.tail = "\n"
        elif not len(parent) and not parent.text and not MARKUP.search(text):
            parent.text = AtomicString(text)
        else:
            _append(parent, tamed(text))

    def _leaf(self, parent: Element, token: Token) -> None:
        if token.type == "hr":
            SubElement(parent, "hr")
        elif token.type in {"fence", "code_block"}:
            language = LANGUAGE.match(token.info.strip())
            code = token.content.removesuffix("\n")
            self._raw(parent, highlight(code, language[1] if language else ""))
        elif token.type == "math_block":
            math = SubElement(parent, "div", {"class": "math"})
            math.text = AtomicString(f"$${token.content}$$")
        elif token.type == "html_block":
            name = FIRST_TAG.match(token.content)
            if name and not self.is_html(name[1].lower()):
                self._text(SubElement(parent, "p"), token.content.strip())
            else:
                self._raw(parent, token.content.strip("\n"))

    def _raw(self, parent: Element, markup: str) -> None:
        _append(parent, f"\n{self.md.htmlStash.store(markup)}\n")


@cache
def _reader(*, with_footnotes: bool) -> MarkdownIt:
    def bounded(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        state.env["check"]()
        return not silent and _too_large_a_table(state, start, end)

    reader = MarkdownIt("commonmark", {"maxNesting": MAX_NESTING}).enable("table")
    dollarmath_plugin(reader, allow_labels=False)
    if with_footnotes:
        footnote_plugin(reader, inline=False, move_to_end=False)
    reader.block.ruler.before("table", "bounded", bounded, {"alt": ["paragraph"]})
    # Only the blocks are parsed here: Python-Markdown formats their text.
    reader.disable(["inline", "text_join"])
    return reader


def _too_large_a_table(state: StateBlock, start: int, end: int) -> bool:
    """Treat a table beyond the remaining MAX_TABLE_CELLS as code; short rows count in full."""
    if start + 1 >= end or not TABLE_RULE.match(_line(state, start + 1)):
        return False
    columns = _line(state, start + 1).strip().strip("|").count("|") + 1
    after = start
    while after < end and not state.isEmpty(after):
        after += 1
    state.env["cells"] = cells = state.env.get("cells", 0) + (after - start) * columns
    if cells <= MAX_TABLE_CELLS:
        return False
    state.env["cells"] -= (after - start) * columns
    token = state.push("code_block", "code", 0)
    token.content = state.getLines(start, after, state.blkIndent, True)
    token.map = [start, after]
    state.line = after
    return True


def _line(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]


def _append(parent: Element, text: str) -> None:
    """Append text to the content of `parent`."""
    if len(parent):
        parent[-1].tail = (parent[-1].tail or "") + text
    else:
        parent.text = (parent.text or "") + text


def _math(text: str) -> str:
    stripped = text.strip()
    return stripped if MATH.fullmatch(stripped) else ""


def _pieces(text: str) -> list[str]:
    """Cut a long text between its lines: the cost of formatting grows faster than the length."""
    pieces: list[list[str]] = [[]]
    size = 0
    for line in text.split("\n"):
        if size + len(line) > MAX_PARAGRAPH_CHARACTERS and pieces[-1]:
            pieces.append([])
            size = 0
        pieces[-1].append(line)
        size += len(line) + 1
    return ["\n".join(lines) for lines in pieces]


def tamed(text: str) -> str:
    """Return the text with deeply nested and unclosed brackets as entities.

    SECURITY: Python-Markdown searches for the end of a link from every opening bracket to the end
    of the paragraph; thousands of open brackets would take minutes.
    """
    open_brackets: dict[str, list[re.Match[str]]] = {"[": [], "(": []}
    excess: list[re.Match[str]] = []
    for match in BRACKET.finditer(text):
        mark = match[0]
        if mark.startswith("]") and open_brackets["["]:
            open_brackets["["].pop()
        elif mark == ")" and open_brackets["("]:
            open_brackets["("].pop()
        if mark in {"[", "](", "("}:
            pending = open_brackets["[" if mark == "[" else "("]
            pending.append(match)
            if len(pending) > MAX_OPEN_BRACKETS:
                excess.append(match)
    unclosed = sorted(
        {match.start(): match for pending in open_brackets.values() for match in pending}.items()
    )
    if len(unclosed) > MAX_UNCLOSED_BRACKETS:
        excess += [match for _, match in unclosed]
    return _with_entities(text, {match.start() for match in excess})


def _with_entities(text: str, positions: set[int]) -> str:
    if not positions:
        return text
    parts, last = [], 0
    for position in sorted(positions):
        parts += [text[last:position], f"&#{ord(text[position])};"]
        last = position + 1
    return "".join([*parts, text[last:]])
