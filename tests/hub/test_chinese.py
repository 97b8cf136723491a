"""Everything that people read, in Simplified Chinese: no page, mail or notification is English.

What stays English is a name: of a product, a format, a field of a definition or a model.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Final

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.every_page import ADMINISTRATOR, ANONYMOUS, AUTHOR, REVIEWER, numbers
from tests.reviews.conftest import a_reviewer

pytestmark = pytest.mark.django_db

CHINESE: Final = {"accept-language": "zh-CN,zh;q=0.9"}
# Names of several words.
NAMES: Final = re.compile("Xinference Models Hub|Hugging Face|Sentence Transformers")
# What people wrote in the world of the tests.
WRITTEN: Final = re.compile(
    r"[\w-]+ is a small language model\.|First try|Thank you", re.IGNORECASE
)
SENTENCE: Final = re.compile(r"(?:\b[A-Za-z][a-z']+[,;:]? ){2,}[A-Za-z][a-z']+\b")
LABEL: Final = re.compile(r"[A-Z][a-z]+(?: [a-z]+)+")
# What people or other systems wrote, and what is code.
SKIPPED: Final = {"script", "style", "code", "pre", "textarea", "svg", "kbd"}
ATTRIBUTES: Final = ("title", "aria-label", "placeholder", "alt", "data-said", "data-confirm")
VOID: Final = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source",
               "track", "wbr", "use", "path", "circle", "rect", "line"}  # fmt: skip


class Texts(HTMLParser):
    """The texts of a page that the hub wrote: not those in code, and not those `lang` excludes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        other = values.get("lang", "zh-hans") not in {"zh-hans", "zh-Hans"}
        theirs = "prose" in (values.get("class") or "").split() or "data-theirs" in values
        skipped = tag in SKIPPED or other or theirs or any(skip for _tag, skip in self._open[-1:])
        if not skipped:
            self.found += [values[name] or "" for name in ATTRIBUTES if name in values]
            if tag == "input" and values.get("type") in {"submit", "button", "reset"}:
                self.found.append(values.get("value") or "")
        if tag not in VOID:
            self._open.append((tag, skipped))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not any(skip for _tag, skip in self._open[-1:]):
            self.found.append(" ".join(data.split()))


def english(texts: list[str]) -> set[str]:
    """The texts with an English sentence, or that are an English label."""
    return {
        text
        for text in (NAMES.sub("", each).strip() for each in texts)
        if (SENTENCE.search(text) or LABEL.fullmatch(text)) and not WRITTEN.fullmatch(text)
    }


def english_of(html: str) -> set[str]:
    """The same of a page."""
    page = Texts()
    page.feed(html)
    return english(page.found)


def administration() -> list[str]:
    """The lists of the administration, and the page of one row of each."""
    paths = ["/admin/", "/admin/password_change/"]
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        paths.append(reverse(f"{name}_changelist"))
        if (row := model._default_manager.first()) is not None:
            paths.append(reverse(f"{name}_change", args=[row.pk]))
    for app in ("accounts", "hub", "models_registry", "reviews"):
        paths.append(reverse("admin:app_list", args=[app]))
    return [*paths, "/admin/accounts/user/add/", "/admin/auth/group/add/"]


def test_no_page_has_an_english_sentence():
    known = numbers()
    people = {
        None: ANONYMOUS,
        User.objects.get(username="ada"): AUTHOR,
        a_reviewer(): REVIEWER,
        User.objects.get(username="root"): (*ADMINISTRATOR, *administration()),
    }
    found: dict[str, str] = {}
    for user, paths in people.items():
        client = Client(headers=CHINESE)
        if user is not None:
            client.force_login(user)
        for path in paths:
            page = client.get(path.format(**known))
            for text in english_of(page.content.decode()):
                found.setdefault(text, path)
    assert found == {}
