"""What must hold for any HTML that we show of a stranger, looked at with a parser of its own."""

from html.parser import HTMLParser
from urllib.parse import urlsplit

from models_registry.readme.sanitise import CLASSES

# Written out once more on purpose: a change of the allow-list must be made knowingly, here too.
ALLOWED = {
    **{
        tag: set()
        for tag in """abbr b bdo blockquote br caption cite code dd del dfn dl dt em figcaption
        figure h1 h2 h3 h4 h5 h6 hr i ins kbd mark p pre q rp rt ruby s samp section small span
        strike strong sub summary sup tbody tfoot thead tr tt u ul var wbr""".split()
    },
    "a": {"href", "rel"},
    "col": {"span"},
    "colgroup": {"span"},
    "details": {"open"},
    "div": {"tabindex"},
    "img": {"alt", "decoding", "height", "loading", "referrerpolicy", "src", "width"},
    "input": {"checked", "disabled", "type"},
    "li": {"value"},
    "ol": {"reversed", "start"},
    "table": {"tabindex", "width"},
    "td": {"colspan", "rowspan", "valign", "width"},
    "th": {"colspan", "rowspan", "scope", "valign", "width"},
}
EVERYWHERE = {"align", "class", "dir", "id", "title"}


class _Collector(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.problems = []
        self.ids = []

    def handle_starttag(self, tag, attrs):
        if tag not in ALLOWED:
            self.problems.append(f"tag {tag}")
            return
        names = [name for name, _ in attrs]
        if len(set(names)) != len(names):
            self.problems.append(f"repeated attribute in {tag}")
        for name, value in attrs:
            if name not in ALLOWED[tag] | EVERYWHERE:
                self.problems.append(f"attribute {name} of {tag}")
            self._check_value(name, value or "")
        values = dict(attrs)
        if tag == "a" and "href" in values and not values["href"].startswith("#"):
            if values.get("rel") != "nofollow noopener ugc":
                self.problems.append("link without rel")
        if tag == "img" and (values.get("loading"), values.get("referrerpolicy")) != (
            "lazy",
            "no-referrer",
        ):
            self.problems.append("image that tells where it is shown")
        if tag == "input" and (values.get("type") != "checkbox" or "disabled" not in values):
            self.problems.append("input that is not a disabled checkbox")

    def _check_value(self, name, value):
        if name == "href" and not value.startswith("#readme-"):
            scheme = urlsplit(value).scheme
            if scheme not in {"http", "https", "mailto"} or value != value.strip():
                self.problems.append(f"href {value}")
        if name == "tabindex" and value != "0":
            self.problems.append(f"tabindex {value}")
        if name == "src" and urlsplit(value).scheme not in {"http", "https"}:
            self.problems.append(f"src {value}")
        if name == "id":
            self.ids.append(value)
            if not value.startswith("readme-"):
                self.problems.append(f"id {value}")
        if name == "class" and not set(value.split()) <= CLASSES:
            self.problems.append(f"class {value}")

    def handle_comment(self, data):
        self.problems.append("comment")

    def handle_decl(self, decl):
        self.problems.append("declaration")

    def unknown_decl(self, data):
        self.problems.append("declaration")

    def handle_pi(self, data):
        self.problems.append("processing instruction")


def problems_in(html):
    """List what is not allowed in the HTML; an empty list is a pass."""
    collector = _Collector()
    collector.feed(html)
    collector.close()
    if len(set(collector.ids)) != len(collector.ids):
        collector.problems.append("repeated id")
    return collector.problems
