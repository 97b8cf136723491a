"""Renders a README to safe HTML. SECURITY: the only way from untrusted text into our pages."""

import html
import logging
import re
from dataclasses import dataclass, field

from models_registry.readme.front_matter import split_front_matter
from models_registry.readme.limits import OutOfBudgetError, check_size
from models_registry.readme.links import Source
from models_registry.readme.markup import to_html
from models_registry.readme.sanitise import TocEntry, sanitise

RENDERER = "4"
"""Version of the output. Raise it when the HTML of an unchanged README changes."""

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Rendered:
    """A README ready for a page: `html` is safe; titles in `toc` are plain text."""

    html: str
    toc: list[TocEntry] = field(default_factory=list)


def render(markdown_text: str, *, source: Source | None = None) -> Rendered:
    """Return the safe HTML of a README in GitHub's flavour of Markdown, with its headings.

    `source` is the repository that relative links and images belong to; without it they are left
    out. Text that can't be formatted in reasonable time is returned plain. Raises only
    ReadmeTooLarge, for more than limits.MAX_BYTES.
    """
    check_size(markdown_text)
    text = markdown_text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    text = CONTROL.sub("\ufffd", text)
    _, body = split_front_matter(text)
    try:
        markup, toc = sanitise(to_html(body), source=source)
    except (OutOfBudgetError, RecursionError):
        return Rendered(_plain(body))
    # The text is untrusted and the parsers are third-party; a page must not fail because of them.
    except Exception:
        logger.exception("A README could not be formatted and is shown as plain text.")
        return Rendered(_plain(body))
    return Rendered(markup, toc)


def _plain(text: str) -> str:
    return f"<pre>{html.escape(text)}</pre>"
