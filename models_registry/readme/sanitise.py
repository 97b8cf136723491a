"""Returns HTML that is safe in our pages, by an allow-list.

SECURITY: this is the last step of rendering, and safety depends only on it; nothing may change the
HTML after it. Parsing and the allow-list are bleach's. The filters below it only
remove, or write values that are checked here. No other file imports bleach, so a successor has
one place to go to.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from bleach.sanitizer import Cleaner

from models_registry.readme.code import TOKEN_CLASSES
from models_registry.readme.limits import INLINE_TAGS, check_html
from models_registry.readme.links import Source, safe_url

ID_PREFIX = "readme-"
MAX_TOC_ENTRIES = 500
MAX_TITLE_CHARACTERS = 200

HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
TAGS = frozenset(
    """a abbr b bdo blockquote br caption center cite code col colgroup dd del details dfn div dl dt
    em figcaption figure h1 h2 h3 h4 h5 h6 hr i img input ins kbd li mark ol p pre q rp rt ruby s
    samp section small span strike strong sub summary sup table tbody td tfoot th thead tr tt u ul
    var wbr""".split()
)
# These are removed with their content. The parser must know them, so that it finds their ends.
DROPPED = frozenset(
    """applet audio canvas embed iframe math noembed noframes noscript object script style svg
    template textarea title video""".split()
)
# Prompts are full of words like `<video>`, `<title>` and `<s>`. A tag that is never
# closed is such a word, and so is a `<video>` without a file. As a tag it would hide all text after
# it.
WORDS = DROPPED | INLINE_TAGS
TAG = re.compile(rf"<(/?)({'|'.join(sorted(WORDS))})(?=[\s/>])([^<>]*)", re.IGNORECASE)
MAX_MEDIA_CHARACTERS = 4000
MEDIA = frozenset({"audio", "video"})
SOURCE_TAG = re.compile(r"<source\s", re.IGNORECASE)
SRC = re.compile(r"\ssrc\s*=", re.IGNORECASE)
# Elements whose direction follows their own text, as on GitHub.
OWN_DIRECTION = frozenset("p h1 h2 h3 h4 h5 h6 ul ol dl td th summary".split())
ATTRIBUTES: dict[str, frozenset[str]] = {
    "*": frozenset({"align", "class", "dir", "id", "title"}),
    "a": frozenset({"href", "name"}),
    "col": frozenset({"span"}),
    "colgroup": frozenset({"span"}),
    "details": frozenset({"open"}),
    "img": frozenset({"alt", "height", "src", "width"}),
    "input": frozenset({"checked", "disabled", "type"}),
    "li": frozenset({"value"}),
    "ol": frozenset({"reversed", "start"}),
    "table": frozenset({"width"}),
    "td": frozenset({"colspan", "rowspan", "valign", "width"}),
    "th": frozenset({"colspan", "rowspan", "scope", "valign", "width"}),
}
CLASSES = TOKEN_CLASSES | frozenset(
    """codehilite task-list task-list-item math alert alert-note alert-tip
    alert-important alert-warning alert-caution alert-title footnote footnote-ref
    footnote-backref""".split()
)
CLASS_NAMES = {"arithmatex": "math", "task-list-control": ""}
NUMBER = re.compile(r"[0-9]{1,4}")
LENGTH = re.compile(r"[0-9]{1,4}(\.[0-9]{1,3})?(px|%)?")
VALUES: dict[str, re.Pattern[str]] = {
    "align": re.compile(r"left|right|center|justify|middle|top|bottom"),
    "checked": re.compile(r".*", re.DOTALL),
    "colspan": NUMBER,
    "dir": re.compile(r"ltr|rtl|auto"),
    "disabled": re.compile(r".*", re.DOTALL),
    "height": LENGTH,
    "open": re.compile(r".*", re.DOTALL),
    "reversed": re.compile(r".*", re.DOTALL),
    "rowspan": NUMBER,
    "scope": re.compile(r"col|row|colgroup|rowgroup"),
    "span": NUMBER,
    "start": re.compile(r"-?[0-9]{1,9}"),
    "type": re.compile(r"checkbox"),
    "valign": re.compile(r"top|middle|bottom|baseline"),
    "value": re.compile(r"-?[0-9]{1,9}"),
    "width": LENGTH,
}
BOOLEANS = frozenset({"checked", "disabled", "open", "reversed"})
# Letters of many scripts come with marks, which \w leaves out: Devanagari, Thai, Arabic points.
MARKS = "\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0900-\u0903\u093a-\u094f\u0e31-\u0e4e\u3099\u309a"
NOT_IN_ID = re.compile(rf"[^\w{MARKS}.:-]+")
NOT_IN_SLUG = re.compile(rf"[^\w{MARKS}\- ]+")
EMOJI_SELECTORS = re.compile("[\ufe0e\ufe0f\u200d\u20e3]")

Token = dict[str, Any]


class TocEntry(NamedTuple):
    """A heading: level 1 to 6, the id of its element, and its title as plain text (not HTML)."""

    level: int
    anchor: str
    title: str


@dataclass
class _Document:
    """The shared state of the filters of one run."""

    source: Source | None
    toc: list[TocEntry] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    slugs: dict[str, int] = field(default_factory=dict)


def sanitise(markup: str, *, source: Source | None) -> tuple[str, list[TocEntry]]:
    """Return safe HTML made from any markup, and its headings in order.

    Raises OutOfBudgetError for markup that would take too long to parse.
    """
    markup = _words_as_text(markup)
    check_html(markup)
    document = _Document(source)

    # bleach names the argument; it calls a filter like a class and only iterates over the result.
    def filters(source: Iterator[Token]) -> Iterator[Token]:
        tokens = _attributes(_without_dropped(source, document), document)
        # A link may come before its heading, so all ids must be known first.
        return _fragments(list(_headings(tokens, document)), document)

    cleaner = Cleaner(
        tags=TAGS | DROPPED | {"source"},
        attributes=_is_listed,
        protocols={"http", "https", "mailto"},
        strip=True,
        strip_comments=True,
        filters=[filters],  # type: ignore[list-item]
    )
    return cleaner.clean(markup), document.toc


def _is_listed(tag: str, name: str, value: str) -> bool:
    if name == "src" and tag in {"audio", "source", "video"}:
        return True  # read for the link that stands in place of the element
    return name in ATTRIBUTES["*"] or name in ATTRIBUTES.get(tag, frozenset())


def _words_as_text(markup: str) -> str:
    """Escape tags of WORDS that no closing tag follows, and media without a file."""
    tags = list(TAG.finditer(markup))
    closings: dict[str, list[int]] = {}
    words: set[int] = set()
    for index in range(len(tags) - 1, -1, -1):
        tag, name = tags[index], tags[index][2].lower()
        if tag[1]:
            closings.setdefault(name, []).append(index)
            if name in DROPPED:
                words.add(index)
        elif closing := closings.get(name):
            end_of_media = min(tags[closing[-1]].start(), tag.end() + MAX_MEDIA_CHARACTERS)
            inside = markup[tag.end() : end_of_media] if name in MEDIA else ""
            has_file = SRC.search(tag[3]) or SOURCE_TAG.search(inside)
            end = closing.pop()
            if name in MEDIA and not has_file:
                words.add(index)
            else:
                words.discard(end)
        else:
            words.add(index)
    parts, last = [], 0
    for index in sorted(words):
        parts += [markup[last : tags[index].start()], "&lt;"]
        last = tags[index].start() + 1
    return "".join([*parts, markup[last:]])


def _without_dropped(tokens: Iterator[Token], document: _Document) -> Iterator[Token]:
    depth = 0
    media: Token | None = None
    for token in tokens:
        kind = token["type"]
        if depth or (kind == "StartTag" and token["name"].lower() in DROPPED):
            if kind == "StartTag" and token["name"].lower() in MEDIA and not depth:
                media = token
            if media is not None and (link := _media_link(token, document)):
                media = None
                yield from link
            depth += {"StartTag": 1, "EndTag": -1}.get(kind, 0)
        elif kind in {"Characters", "SpaceCharacters", "Entity"} or (
            kind in {"StartTag", "EndTag", "EmptyTag"} and token["name"] in TAGS
        ):
            yield token


def _media_link(token: Token, document: _Document) -> list[Token]:
    """Return a link to the file that a video, an audio or a source in them plays."""
    if token["type"] not in {"StartTag", "EmptyTag"}:
        return []
    address = html.unescape(token["data"].get((None, "src"), ""))
    url = safe_url(address, image=True, source=document.source)
    if not url:
        return []
    name = unquote(urlsplit(url).path.rpartition("/")[2]) or url
    return [
        {"type": "StartTag", "name": "a", "data": {(None, "href"): url}, "namespace": None},
        {"type": "Characters", "data": html.escape(f"▶ {name}", quote=False)},
        {"type": "EndTag", "name": "a", "data": {}, "namespace": None},
    ]


def _fragments(tokens: list[Token], document: _Document) -> Iterator[Token]:
    """Match links to headings without regard to case, as GitHub does."""
    for token in tokens:
        href = token["data"].get((None, "href"), "") if token["type"] == "StartTag" else ""
        if href.startswith("#") and href[1:] not in document.ids:
            token["data"] = token["data"] | {(None, "href"): href.lower()}
        yield token


def _attributes(tokens: Iterator[Token], document: _Document) -> Iterator[Token]:
    """Rewrite attributes; links without an allowed target lose their tag, images become text."""
    links: list[bool] = []
    for token in tokens:
        kind, name = token["type"], token.get("name")
        if name == "center":
            token["name"] = "div"
        if kind == "EndTag":
            if name != "a" or links.pop():
                yield token
            continue
        if kind not in {"StartTag", "EmptyTag"}:
            yield token
            continue
        present = {key: html.unescape(value) for (_, key), value in token["data"].items()}
        written = _rewritten(str(name), present, document)
        if name == "a":
            links.append(bool(written))
        if written is None or (name == "a" and not written):
            if name == "img" and present.get("alt"):
                yield {"type": "Characters", "data": html.escape(present["alt"], quote=False)}
            continue
        token["data"] = {(None, key): _escaped(value) for key, value in written.items()}
        yield token


def _escaped(value: str) -> str:
    # The serializer keeps entities as they are, and escapes quotes and brackets itself.
    return value.replace("&", "&amp;")


def _rewritten(tag: str, present: dict[str, str], document: _Document) -> dict[str, str] | None:
    """Return the attributes to write, or None if the element cannot be kept."""
    attributes = {
        name: "" if name in BOOLEANS else value
        for name, value in present.items()
        if name in VALUES and VALUES[name].fullmatch(value.lower().strip())
    }
    if "title" in present:
        attributes["title"] = present["title"]
    classes = [CLASS_NAMES.get(name, name) for name in present.get("class", "").split()]
    if allowed := [name for name in classes if name in CLASSES]:
        attributes["class"] = " ".join(dict.fromkeys(allowed))
    if anchor := _own_id(present.get("id") or present.get("name", ""), document):
        attributes["id"] = anchor
    if tag == "table" or (tag == "div" and "codehilite" in classes):
        # It can scroll, so the keyboard must reach it.
        attributes["tabindex"] = "0"
    if tag == "center":
        attributes["align"] = "center"
    if tag in OWN_DIRECTION:
        attributes.setdefault("dir", "auto")
    if tag == "a":
        return attributes | _link(present.get("href", ""), document)
    if tag == "img":
        return _image(attributes, present, document)
    if tag == "input":
        if attributes.get("type") != "checkbox":
            return None
        attributes["disabled"] = ""
    return attributes


def _own_id(wanted: str, document: _Document) -> str | None:
    """Return the id with our prefix, or None. SECURITY: it can't shadow an id of the page."""
    bare = _bare(wanted)
    anchor = ID_PREFIX + bare
    if not bare or anchor in document.ids:
        return None
    document.ids.add(anchor)
    return anchor


def _bare(fragment: str) -> str:
    """Return the characters of a fragment that an id may have, without emoji selectors."""
    return NOT_IN_ID.sub("", EMOJI_SELECTORS.sub("", fragment))[:MAX_TITLE_CHARACTERS]


def _link(address: str, document: _Document) -> dict[str, str]:
    address = address.strip()
    if address.startswith("#"):
        bare = _bare(unquote(address[1:]))
        return {"href": f"#{ID_PREFIX}{bare}"} if bare else {}
    url = safe_url(address, image=False, source=document.source)
    return {"href": url, "rel": "nofollow noopener ugc"} if url else {}


def _image(
    attributes: dict[str, str], present: dict[str, str], document: _Document
) -> dict[str, str] | None:
    url = safe_url(present.get("src", ""), image=True, source=document.source)
    if not url:
        return None
    return attributes | {
        "src": url,
        "alt": present.get("alt", ""),
        "loading": "lazy",
        "decoding": "async",
        "referrerpolicy": "no-referrer",
    }


def _headings(tokens: Iterator[Token], document: _Document) -> Iterator[Token]:
    """Give every heading an id made from its text, and add it to the table of contents."""
    for token in tokens:
        if token["type"] != "StartTag" or token["name"] not in HEADINGS:
            yield token
            continue
        content, depth = [], 1
        for inner in tokens:
            depth += {"StartTag": 1, "EndTag": -1}.get(inner["type"], 0)
            content.append(inner)
            if not depth:
                break
        _add_heading(token, content, document)
        yield token
        yield from content


def _add_heading(heading: Token, content: list[Token], document: _Document) -> None:
    title = " ".join("".join(map(_text, content)).split())[:MAX_TITLE_CHARACTERS]
    # As on GitHub: an emoji is removed, the space beside it stays.
    slug = NOT_IN_SLUG.sub("", title.lower()).replace(" ", "-")
    if not slug.strip("-"):
        return
    anchor = heading["data"].get((None, "id")) or _free_anchor(slug, document)
    heading["data"] = heading["data"] | {(None, "id"): anchor}
    if len(document.toc) < MAX_TOC_ENTRIES:
        document.toc.append(TocEntry(HEADINGS[heading["name"]], anchor, title))


def _free_anchor(slug: str, document: _Document) -> str:
    while True:
        count = document.slugs.get(slug, 0)
        document.slugs[slug] = count + 1
        anchor = ID_PREFIX + (f"{slug}-{count}" if count else slug)
        if anchor not in document.ids:
            document.ids.add(anchor)
            return anchor


def _text(token: Token) -> str:
    if token["type"] == "Entity":
        return html.unescape(f"&{token['name']};")
    if token["type"] in {"Characters", "SpaceCharacters"}:
        return str(token["data"])
    return ""
