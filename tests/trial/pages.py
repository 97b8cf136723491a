"""The hub's pages as somebody without JavaScript uses them: read, fill in, press."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

import requests

from tests.journeys.browsing import signed_in

SILENT = {"script", "style", "head", "svg"}


@dataclass
class Form:
    """A form as it would be sent: its fields with their values, and what its buttons say."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    """Collects a page's words and forms."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.forms: list[Form] = []
        self.open: list[Form] = []
        self.silent = 0
        self.select = ""
        self.button: list[str] | None = None

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {key: value or "" for key, value in attributes}
        self.silent += tag in SILENT
        if tag == "form":
            form = Form(given.get("action", ""), given.get("method", "get").lower())
            self.forms.append(form)
            self.open.append(form)
        elif tag == "button":
            self.button = []
        elif self.open:
            self._take(tag, given)

    def _take(self, tag: str, given: dict[str, str]) -> None:
        fields, name = self.open[-1].fields, given.get("name", "")
        if tag == "select":
            self.select = name
        elif tag == "option" and (self.select not in fields or "selected" in given):
            fields[self.select] = given.get("value", "")
        elif tag in {"input", "textarea"} and name:
            off = given.get("type") in {"radio", "checkbox"} and "checked" not in given
            if not off and given.get("type") != "file":
                fields[name] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in SILENT
        if tag == "form" and self.open:
            self.open.pop()
        elif tag == "button" and self.button is not None:
            if self.open:
                self.open[-1].buttons.append(" ".join("".join(self.button).split()))
            self.button = None

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.words.append(data)
            if self.button is not None:
                self.button.append(data)


class Page:
    """A page: where it is, what it says, what can be pressed on it."""

    def __init__(self, answer: requests.Response) -> None:
        reader = _Reader()
        reader.feed(answer.text)
        self.url, self.status, self.forms = answer.url, answer.status_code, reader.forms
        self.words = re.sub(r"\s+", " ", " ".join(reader.words)).strip()

    def form(self, button: str, **having: str) -> Form:
        """The form with that button, and with fields of those values."""
        for form in self.forms:
            if button in form.buttons and having.items() <= form.fields.items():
                return form
        there = [(one.action, one.buttons) for one in self.forms]
        raise AssertionError(f"no “{button}” {having} at {self.url}: {there}\n{self.words}")


class Person:
    """The administrator, signed in."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = signed_in(url)

    def open(self, path: str) -> Page:
        """Go to an address."""
        return Page(self.session.get(urljoin(self.url, path), timeout=120))

    def press(self, page: Page, button: str, *, form: Form | None = None, **entered: str) -> Page:
        """Press a button of a page with its fields as they stand, but for what is entered."""
        form = form or page.form(button)
        sent = {**form.fields, **entered}
        target = urljoin(page.url, form.action)
        return Page(
            self.session.request(
                form.method.upper(),
                target,
                data=sent if form.method == "post" else None,
                params=sent if form.method == "get" else None,
                headers={"Referer": page.url},
                timeout=120,
            )
        )


EMBEDDING = {
    "version": 2,
    "model_name": "trial-embedding",
    "dimensions": 384,
    "max_tokens": 256,
    "language": ["en"],
    "model_specs": [
        {
            "model_format": "pytorch",
            "model_src": {
                "huggingface": {
                    "quantizations": ["none"],
                    "model_id": "sentence-transformers/all-MiniLM-L6-v2",
                    "model_revision": "main",
                }
            },
        }
    ],
}
