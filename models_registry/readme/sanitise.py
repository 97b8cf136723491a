"""From any HTML to HTML that is safe in our pages: an allow-list, and nothing but it.

SECURITY: this is the last step of rendering and the only one that safety rests on; nothing may
change the HTML after it. Parsing and the allow-list are bleach's. The filters below it only
remove, or write values that are checked here. No other file imports bleach, so a successor has
one place to go to.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from bleach.sanitizer import Cleaner

from models_registry.readme.code import TOKEN_CLASSES
from models_registry.readme.limits import check_html
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
# These go with all that is in them. The parser must know them, so that it sees where they end.
DROPPED = frozenset(
    """applet audio canvas embed iframe math noembed noframes noscript object script style svg
    template textarea title video""".split()
)
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
NOT_IN_ID = re.compile(r"[^\w.:-]+")
NOT_IN_SLUG = re.compile(r"[^\w\- ]+")

Token = dict[str, Any]


class TocEntry(NamedTuple):
    """A heading: level 1 to 6, the id of its element, and its title as plain text (not HTML)."""

    level: int
    anchor: str
    title: str


@dataclass
class _Document:
    """What the filters of one run share."""

    source: Source | None
    toc: list[TocEntry] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    slugs: dict[str, int] = field(default_factory=dict)


def sanitise(markup: str, *, source: Source | None) -> tuple[str, list[TocEntry]]:
    """Return safe HTML made from any markup, and its headings in order.

    Raises OutOfBudgetError for markup that would take too long to parse.
    """
    check_html(markup)
    document = _Document(source)

    # bleach names the argument; it calls a filter like a class, and only iterates over the result.
    def filters(source: Iterator[Token]) -> Iterator[Token]:
        return _headings(_attributes(_without_dropped(source), document), document)

    cleaner = Cleaner(
        tags=TAGS | DROPPED,
        attributes=_is_listed,
        protocols={"http", "https", "mailto"},
        strip=True,
        strip_comments=True,
        filters=[filters],  # type: ignore[list-item]
    )
    return cleaner.clean(markup), document.toc


def _is_listed(tag: str, name: str, value: str) -> bool:
    return name in ATTRIBUTES["*"] or name in ATTRIBUTES.get(tag, frozenset())


def _without_dropped(tokens: Iterator[Token]) -> Iterator[Token]:
    depth = 0
    for token in tokens:
        kind = token["type"]
        if depth or (kind == "StartTag" and token["name"].lower() in DROPPED):
            depth += {"StartTag": 1, "EndTag": -1}.get(kind, 0)
        elif kind in {"Characters", "SpaceCharacters", "Entity"} or (
            kind in {"StartTag", "EndTag", "EmptyTag"} and token["name"] in TAGS
        ):
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
        given = {key: html.unescape(value) for (_, key), value in token["data"].items()}
        written = _rewritten(str(name), given, document)
        if name == "a":
            links.append(bool(written))
        if written is None or (name == "a" and not written):
            if name == "img" and given.get("alt"):
                yield {"type": "Characters", "data": html.escape(given["alt"], quote=False)}
            continue
        token["data"] = {(None, key): _escaped(value) for key, value in written.items()}
        yield token


def _escaped(value: str) -> str:
    # The serializer leaves what looks like an entity alone, and escapes quotes and brackets itself.
    return value.replace("&", "&amp;")


def _rewritten(tag: str, given: dict[str, str], document: _Document) -> dict[str, str] | None:
    """Return the attributes to write, or None if the element cannot be kept."""
    kept = {
        name: "" if name in BOOLEANS else value
        for name, value in given.items()
        if name in VALUES and VALUES[name].fullmatch(value.lower().strip())
    }
    if "title" in given:
        kept["title"] = given["title"]
    classes = [CLASS_NAMES.get(name, name) for name in given.get("class", "").split()]
    if allowed := [name for name in classes if name in CLASSES]:
        kept["class"] = " ".join(dict.fromkeys(allowed))
    if anchor := _own_id(given.get("id") or given.get("name", ""), document):
        kept["id"] = anchor
    if tag == "center":
        kept["align"] = "center"
    if tag == "a":
        return kept | _link(given.get("href", ""), document)
    if tag == "img":
        return _image(kept, given, document)
    if tag == "input":
        if kept.get("type") != "checkbox":
            return None
        kept["disabled"] = ""
    return kept


def _own_id(wanted: str, document: _Document) -> str | None:
    """Return the id with our prefix, so that it cannot shadow anything of the page, or None."""
    bare = NOT_IN_ID.sub("", wanted)[:MAX_TITLE_CHARACTERS]
    anchor = ID_PREFIX + bare
    if not bare or anchor in document.ids:
        return None
    document.ids.add(anchor)
    return anchor


def _link(address: str, document: _Document) -> dict[str, str]:
    address = address.strip()
    if address.startswith("#"):
        bare = NOT_IN_ID.sub("", address[1:])[:MAX_TITLE_CHARACTERS]
        return {"href": f"#{ID_PREFIX}{bare}"} if bare else {}
    url = safe_url(address, image=False, source=document.source)
    return {"href": url, "rel": "nofollow noopener ugc"} if url else {}


def _image(
    kept: dict[str, str], given: dict[str, str], document: _Document
) -> dict[str, str] | None:
    url = safe_url(given.get("src", ""), image=True, source=document.source)
    if not url:
        return None
    return kept | {
        "src": url,
        "alt": given.get("alt", ""),
        "loading": "lazy",
        "decoding": "async",
        "referrerpolicy": "no-referrer",
    }


def _headings(tokens: Iterator[Token], document: _Document) -> Iterator[Token]:
    """Give every heading an id made from its text, and note it in the table of contents."""
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
        _note_heading(token, content, document)
        yield token
        yield from content


def _note_heading(heading: Token, content: list[Token], document: _Document) -> None:
    title = " ".join("".join(map(_text, content)).split())[:MAX_TITLE_CHARACTERS]
    slug = NOT_IN_SLUG.sub("", title.lower()).strip().replace(" ", "-")
    if not slug:
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
