"""The help of the product: Markdown files in docs/help, in English and Chinese."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language

PAGES: Final = ("visitor", "author", "reviewer", "maintainer", "operator", "api", "glossary")
"""The pages in the order of the navigation; each is the name of a file."""

FOLDER: Final = settings.BASE_DIR / "docs" / "help"
# The address of the hub in the files: readers see that of their own hub.
EXAMPLE_ADDRESS: Final = "https://hub.example.org"


def read(name: str) -> str:
    """The Markdown of one of PAGES, in the reader's language, with this hub's address."""
    ending = ".zh.md" if (get_language() or "").startswith("zh") else ".md"
    text = (FOLDER / f"{name}{ending}").read_text(encoding="utf-8")
    return text.replace(EXAMPLE_ADDRESS, settings.SITE_URL)


def address(name: str, anchor: str = "") -> str:
    """The address of one of PAGES, or of an anchor of it: `<a id>` in the file."""
    # As the sanitiser writes ids.
    return reverse("help", args=[name]) + (f"#readme-{anchor}" if anchor else "")


def title(name: str) -> str:
    """The title of a page in the reader's language: the file's first line."""
    return read(name).partition("\n")[0].removeprefix("# ")
