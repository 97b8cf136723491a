"""Reads the forms of a page, so that a test sends what a browser would send."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, Any]]] = []
        self.inside = False
        self.area = self.select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name, value = given.get("name") or "", given.get("value") or ""
        if tag == "form" and (given.get("method") or "").lower() == "post":
            self.found.append((given.get("action") or "", {}))
            self.inside = True
        elif self.inside and name and tag == "textarea":
            self.area = name
            self.found[-1][1][name] = ""
        elif self.inside and name and tag == "select":
            self.select = name
            self.found[-1][1][name] = []
        elif self.select and tag == "option" and "selected" in given:
            self.found[-1][1][self.select].append(value)
        elif self.inside and name and tag == "input":
            if given.get("type") in ("radio", "checkbox") and "checked" not in given:
                return
            if given.get("type") not in ("submit", "file"):
                self.found[-1][1][name] = value

    def handle_data(self, data: str) -> None:
        if self.area:
            self.found[-1][1][self.area] += data.removeprefix("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self.area = ""
        elif tag == "select":
            self.select = ""
        elif tag == "form":
            self.inside = False


def form_fields(page: str, action: str) -> dict[str, Any]:
    """What the form with that action (or one that ends so) holds before anything is typed.

    Raises LookupError where the page has no such form.
    """
    parser = _Forms()
    parser.feed(page)
    for address, fields in parser.found:
        if address == action or (action and address.endswith(action)):
            return {k: v for k, v in fields.items() if k != "csrfmiddlewaretoken"}
    raise LookupError(f"no form {action!r}, but {[address for address, _ in parser.found]}")
