"""GitHub's flavour of Markdown on top of Python-Markdown.

Model cards are written for Hugging Face and GitHub, which read them as GitHub Flavored Markdown
(https://github.github.com/gfm/). Python-Markdown is older: it wants a blank line before a list and
four spaces of indent in it, and takes HTML blocks whole. Here the text is brought into that form,
line by line and in linear time: fenced code and HTML blocks are put aside, lists are indented anew,
blank lines are added where GitHub does without.
"""

import re
from dataclasses import dataclass, field
from html import escape

from markdown import Markdown
from markdown.preprocessors import Preprocessor

from models_registry.readme.code import highlight
from models_registry.readme.limits import OutOfBudgetError

MAX_DEPTH = 8
MAX_LINE_CHARACTERS = 10_000
MAX_PARAGRAPH_CHARACTERS = 10_000
MAX_TABLE_CELLS = 20_000
MAX_OPEN_BRACKETS = 8
MAX_UNCLOSED_BRACKETS = 16

FENCE = re.compile(r"( *)(`{3,}|~{3,})[ ]*([^`]*)$")
ITEM = re.compile(r"( *)([-*+]|[0-9]{1,9}[.)])( +|$)(.*)")
RULE = re.compile(r" {0,3}(?:(?:\*[ ]*){3,}|(?:-[ ]*){3,}|(?:_[ ]*){3,})$")
HEADING = re.compile(r" {0,3}#{1,6}(?:\s|$)")
NOT_HEADING = re.compile(r"^(\s*(?:(?:[-*+]|[0-9]{1,9}\.) +)?)(#+\S)")
QUOTE = re.compile(r" {0,3}> ?")
TABLE_RULE = re.compile(r" {0,3}\|?[ ]*:?-+:?[ ]*(?:\|[ ]*:?-+:?[ ]*)*\|?[ ]*$")
HARD_BREAK = re.compile(r"(?<!\\)\\$")
FOOTNOTE_OR_REFERENCE = re.compile(r" {0,3}\[[^\]]*\]:")
LANGUAGE = re.compile(r"\{?\.?([\w+#-]+)")
BRACKET = re.compile(r"(?<!\\)(?:\]\(|[\[\]()])")

RAW_START = re.compile(r" {0,3}<(pre|script|style|textarea)(?=[\s>]|$)", re.IGNORECASE)
COMMENT_START = re.compile(r" {0,3}<(!--|\?|!\[CDATA\[|![A-Za-z])")
COMMENT_END = {"!--": "-->", "?": "?>", "![CDATA[": "]]>"}
BLOCK_TAGS = (
    "address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details|"
    "dialog|dir|div|dl|dt|fieldset|figcaption|figure|footer|form|frame|frameset|h[1-6]|head|"
    "header|hr|html|iframe|legend|li|link|main|menu|menuitem|nav|noframes|ol|optgroup|option|p|"
    "param|picture|search|section|source|summary|svg|table|tbody|td|tfoot|th|thead|title|tr|track|"
    "ul|video|audio|object|embed"
)
BLOCK_START = re.compile(rf" {{0,3}}</?(?:{BLOCK_TAGS})(?=[\s/>]|$)", re.IGNORECASE)
LONE_TAG = re.compile(
    r" {0,3}</?(?:a|b|br|em|font|i|img|kbd|span|strong|sub|sup)\b[^<>]*>\s*$", re.I
)


class GitHubBlocks(Preprocessor):
    """Bring the lines of a GitHub README into the form that Python-Markdown understands."""

    def run(self, lines: list[str]) -> list[str]:
        """Return the rewritten lines; code and HTML blocks are stashed in the Markdown object."""
        return [*_Blocks(self.md).rewrite(lines), "", ""]


@dataclass
class _Level:
    """An open list item: whether it is numbered, and the column of its content."""

    numbered: bool
    content: int


@dataclass
class _Blocks:
    """One pass over the lines of a document or of a block quote in it."""

    md: Markdown
    depth: int = 0
    out: list[str] = field(default_factory=list)
    levels: list[_Level] = field(default_factory=list)
    paragraph: int = 0
    table: bool = False

    def rewrite(self, lines: list[str]) -> list[str]:
        position = 0
        while position < len(lines):
            position = self._step(lines, position)
        return self.out

    def _step(self, lines: list[str], position: int) -> int:
        """Rewrite the block or line at `position` and return the position after it."""
        line = lines[position]
        if not line.strip():
            self._blank()
            return position + 1
        for read in (self._fence, self._quote, self._html):
            end = read(lines, position)
            if end is not None:
                return end
        if len(line) > MAX_LINE_CHARACTERS:
            self._stash(f"<p>{escape(line)}</p>", "")
            return position + 1
        following = lines[position + 1] if position + 1 < len(lines) else ""
        self._line(line, following)
        return position + 1

    def _blank(self) -> None:
        self.out.append("")
        self.paragraph = 0

    def _stash(self, markup: str, indent: str) -> None:
        self.out += ["", indent + self.md.htmlStash.store(markup), ""]
        self.paragraph = 0

    def _indent_of(self, column: int) -> str:
        """Close the list items that a block at `column` is not part of; return its new indent."""
        while self.levels and column < self.levels[-1].content:
            self.levels.pop()
        return "    " * len(self.levels)

    def _is_code(self, line: str) -> bool:
        column = len(line) - len(line.lstrip(" "))
        inner = self.levels[-1].content if self.levels else 0
        return not self.paragraph and column >= inner + 4

    def _fence(self, lines: list[str], position: int) -> int | None:
        opening = FENCE.match(lines[position])
        if not opening or self._is_code(lines[position]):
            return None
        column, fence = len(opening[1]), opening[2]
        closing = re.compile(rf" *{re.escape(fence[0])}{{{len(fence)},}} *$")
        body = []
        position += 1
        while position < len(lines) and not closing.match(lines[position]):
            text = lines[position]
            body.append(text[min(column, len(text) - len(text.lstrip(" "))) :])
            position += 1
        language = LANGUAGE.match(opening[3])
        markup = highlight("\n".join(body).rstrip("\n"), language[1] if language else "")
        self._stash(markup, self._indent_of(column))
        return position + 1

    def _quote(self, lines: list[str], position: int) -> int | None:
        if not QUOTE.match(lines[position]):
            return None
        inner = []
        while position < len(lines) and (marker := QUOTE.match(lines[position])):
            inner.append(lines[position][marker.end() :])
            position += 1
        if self.depth >= MAX_DEPTH:
            inner = [line.replace(">", "&gt;") for line in inner]
        self.levels.clear()
        quoted = _Blocks(self.md, self.depth + 1).rewrite(inner)
        self.out += ["", *(f"> {line}" for line in "\n".join(quoted).strip("\n").split("\n"))]
        self.paragraph = 0
        return position

    def _html(self, lines: list[str], position: int) -> int | None:
        if (end := self._html_end(lines, position)) is None:
            return None
        self._stash("\n".join(lines[position:end]).strip(), self._indent_of(0))
        return end

    def _html_end(self, lines: list[str], position: int) -> int | None:
        """Return where the HTML block that starts at `position` ends, None if there is none.

        The start and end conditions are those of https://spec.commonmark.org/0.31.2/#html-blocks.
        """
        line = lines[position]
        if raw := RAW_START.match(line):
            return self._line_with(f"</{raw[1].lower()}>", lines, position, raw.end())
        if comment := COMMENT_START.match(line):
            return self._line_with(
                COMMENT_END.get(comment[1].upper(), ">"), lines, position, comment.end()
            )
        if BLOCK_START.match(line) or (not self.paragraph and LONE_TAG.match(line)):
            while position < len(lines) and lines[position].strip():
                position += 1
            return position
        return None

    @staticmethod
    def _line_with(mark: str, lines: list[str], position: int, offset: int) -> int:
        while position < len(lines) and mark not in lines[position].lower()[offset:]:
            position, offset = position + 1, 0
        return min(position + 1, len(lines))

    def _line(self, line: str, following: str) -> None:
        item = None if RULE.match(line) else ITEM.match(line)
        if item and not self._is_code(line) and self._opens_item(item):
            self._item(item)
            return
        column = len(line) - len(line.lstrip(" "))
        if HEADING.match(line) or RULE.match(line):
            self._structural(line, is_setext=line.strip().startswith("-") and bool(self.paragraph))
        elif not self.paragraph:
            indent = self._indent_of(column)
            inner = self.levels[-1].content if self.levels else 0
            self._text(indent + line[min(inner, column) :])
        else:
            if "|" in line and "-" in following and TABLE_RULE.match(following):
                self._blank()
            self._text(line.strip(" ") + "  " if line.endswith("  ") else line.lstrip(" "))

    def _opens_item(self, item: re.Match[str]) -> bool:
        """Tell whether the line starts a list item rather than going on with a paragraph."""
        if self.levels or not self.paragraph:
            return True
        return bool(item[4]) and (not item[2][0].isdigit() or item[2][:-1] == "1")

    def _item(self, item: re.Match[str]) -> None:
        column, marker, gap = len(item[1]), item[2], len(item[3])
        if self.paragraph and not self.levels:
            self._blank()
        before = list(self.levels)
        indent = self._indent_of(column)
        numbered = marker[0].isdigit()
        if before[len(self.levels) :] and before[len(self.levels)].numbered != numbered:
            self._blank()
        if len(self.levels) < MAX_DEPTH:
            content = column + len(marker) + (gap if 1 <= gap <= 4 else 1)
            self.levels.append(_Level(numbered, content))
        else:
            indent = indent[4:]
        self.paragraph = 0
        self._text(f"{indent}{marker.replace(')', '.')} {item[4]}")

    def _structural(self, line: str, *, is_setext: bool) -> None:
        if is_setext and not self.levels:
            self.out.append(line.strip())
            self.paragraph = 0
            return
        column = len(line) - len(line.lstrip(" "))
        indent = self._indent_of(column)
        self.out += ["", indent + line.strip(), ""]
        self.paragraph = 0

    def _text(self, line: str) -> None:
        if not self._goes_on_with_table(line) and self.paragraph > MAX_PARAGRAPH_CHARACTERS:
            self._blank()
        line = HARD_BREAK.sub("  ", NOT_HEADING.sub(r"\1\\\2", line))
        self.out.append(line)
        self.paragraph += len(line) + 1
        if FOOTNOTE_OR_REFERENCE.match(line):
            self.paragraph = 0

    def _goes_on_with_table(self, line: str) -> bool:
        """Tell whether the line is a row of a table, which MAX_TABLE_CELLS bounds instead."""
        if "|" not in line or not self.paragraph:
            self.table = False
        elif "-" in line and TABLE_RULE.match(line) and "|" in self.out[-1]:
            self.table = True
        return self.table


class TamedParagraphs(Preprocessor):
    """Keep brackets and tables from costing more than their size.

    Python-Markdown looks for the end of a link from every opening bracket, to the end of the
    paragraph if need be; thousands of open brackets would take minutes. And it fills up short rows
    of a table to the width of the first.
    """

    def run(self, lines: list[str]) -> list[str]:
        """Return the lines with brackets as entities that are nested deep or never closed.

        Raises OutOfBudgetError for a table that would have more than MAX_TABLE_CELLS cells.
        """
        out: list[str] = []
        run: list[str] = []
        for line in [*lines, ""]:
            if line.strip():
                run.append(line)
                continue
            if max((_columns(row) for row in run), default=0) * len(run) > MAX_TABLE_CELLS:
                raise OutOfBudgetError("The README has a table that is too large to format.")
            out += [*_tamed("\n".join(run)).split("\n"), line] if run else [line]
            run = []
        return out[:-1]


def _columns(line: str) -> int:
    return line.count("|") + 1 if "|" in line and TABLE_RULE.match(line) else 0


def _tamed(text: str) -> str:
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
