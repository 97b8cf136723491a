"""Every kind of page in both themes, on a desktop and on a phone: axe-core finds nothing.

One test with one world and one browser: a page is opened once, and then shown in each way.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import pytest
from django.template.loader import render_to_string
from django.test import Client
from playwright.sync_api import Browser, Page

from accounts.models import User
from reviews.mailing import message
from reviews.models import Notification
from tests.browser.conftest import DESKTOP, PHONE, overflow
from tests.environment import ROOT
from tests.every_page import (
    ADMINISTRATOR,
    ANONYMOUS,
    AUTHOR,
    REFUSED,
    REVIEWER,
    administration,
    numbers,
)
from tests.reviews.conftest import a_reviewer

pytestmark = pytest.mark.django_db(transaction=True)

AXE: Final = ROOT / "node_modules/axe-core/axe.min.js"
# Error pages that are not in the site's frame.
BARE: Final = ("400.html", "413.html", "500.html", "503.html")
# The rules whose result depends on colours.
OF_COLOURS: Final = ("color-contrast", "link-in-text-block")
TABLET: Final = {"width": 768, "height": 1024}
# The rules whose result depends on what is shown at a width.
OF_LAYOUT: Final = (
    "aria-hidden-focus", "button-name", "label", "link-name", "region", "target-size",
    "scrollable-region-focusable",
)  # fmt: skip
# What is folded is looked at, too; an open menu would cover what is below.
UNFOLD = "document.querySelectorAll('details:not(.menu)').forEach((part) => { part.open = true; })"
# Of many parts that one template makes, as few as have each of their elements in each place: axe
# takes a minute for all. Ids, which differ, are compared in the whole page. Gives [all, kept, ids].
KEEP_EACH_ELEMENT = """() => {
  const ids = [...document.querySelectorAll("[id]")].map((part) => part.id);
  const paths = (one) => [...one.querySelectorAll("*")].map((part) => {
    let path = "";
    for (let at = part; at !== one; at = at.parentElement)
      path += `${at.tagName} ${at.getAttribute("class")} ${at.getAttributeNames().sort()}/`;
    return path;
  });
  const all = [...document.querySelectorAll(".api-operation")];
  const seen = new Set();
  let kept = 0;
  for (const [one, found] of all.map((one) => [one, paths(one)])
    .sort(([, a], [, b]) => new Set(b).size - new Set(a).size)) {
    if (found.every((path) => seen.has(path))) one.remove();
    else kept += 1;
    for (const path of found) seen.add(path);
  }
  return [all.length, kept, ids.filter((id, at) => ids.indexOf(id) !== at)];
}"""
LOOK = """async ([theme, rules, part]) => {
  document.documentElement.dataset.theme = theme;
  const runOnly = rules.length
    ? { type: "rule", values: rules }
    : { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa",
                              "best-practice"] };
  const { violations } = await axe.run(part, { runOnly, resultTypes: ["violations"] });
  return violations.flatMap(({ id, nodes }) => nodes.map((node) =>
    `${id}: ${node.target.join(" ")}: ${node.html.slice(0, 160)}`
    + ` (${node.any.map((check) => check.message).join("; ").slice(0, 160)})`));
}"""


@contextmanager
def a_browser_of(browser: Browser, live_server, user: User | None) -> Iterator[Page]:
    """A page of somebody's own browser."""
    context = browser.new_context(
        base_url=live_server.url, viewport=DESKTOP, reduced_motion="reduce"
    )
    if user is not None:
        client = Client()
        client.force_login(user)
        cookie: Any = {"name": "sessionid", "value": client.cookies["sessionid"].value}
        context.add_cookies([cookie | {"url": live_server.url}])
    yield context.new_page()
    context.close()


def violations(page: Page, *, menu: bool) -> dict[str, set[str]]:
    """What axe-core finds on the page, with the ways of showing it in which it does."""
    page.evaluate(UNFOLD)
    found: dict[str, set[str]] = {}

    def look(part: str, width: int) -> None:
        for theme, rules in (("light", ()), ("dark", OF_COLOURS)):
            for violation in page.evaluate(LOOK, [theme, list(rules), part]):
                found.setdefault(violation, set()).add(f"{theme} {width}")

    for size in (DESKTOP, PHONE):
        page.set_viewport_size(size)
        look("html", size["width"])
        if menu:
            page.locator(".site-header details.menu > summary").last.click()
            look(".site-header .menu[open]", size["width"])
            page.keyboard.press("Escape")
    # The layout of tablets, and of 400 % zoom: what needs colours is the same as above.
    page.set_viewport_size(TABLET)
    for violation in page.evaluate(LOOK, ["light", list(OF_LAYOUT), "html"]):
        found.setdefault(violation, set()).add("tablet")
    for width in (TABLET["width"], 720, 320):
        page.set_viewport_size({"width": width, "height": 800})
        if overflow(page) > 0:
            found.setdefault(f"wider than {width} px", set()).add(str(overflow(page)))
    page.set_viewport_size(DESKTOP)
    return found


@pytest.mark.skipif(
    not AXE.exists() and not os.environ.get("REQUIRE_AXE"),
    reason="node_modules has no axe-core: `make check` installs it.",
)
def test_axe_finds_nothing_on_any_kind_of_page(browser, live_server):
    axe = AXE.read_text(encoding="utf-8")
    known = numbers()
    people = {
        None: ANONYMOUS,
        User.objects.get(username="ada"): AUTHOR,
        a_reviewer(): REVIEWER,
        User.objects.get(username="root"): (*ADMINISTRATOR, *administration(every=False)),
    }
    found: dict[str, dict[str, set[str]]] = {}
    for user, paths in people.items():
        with a_browser_of(browser, live_server, user) as page:
            for path in paths:
                answer = page.goto(path.format(**known))
                assert answer is not None
                assert answer.status == REFUSED.get((user and user.username, path), 200), path
                if path == "/api/docs":
                    operations, kept, twice = page.evaluate(KEEP_EACH_ELEMENT)
                    assert operations > kept > 1
                    assert twice == []
                page.evaluate(axe)
                found[f"{path} as {user}"] = violations(page, menu=path == paths[0])
    with a_browser_of(browser, live_server, None) as page:
        page.goto("/healthz")
        pages = {name: render_to_string(name) for name in BARE}
        pages["mail"] = message(Notification.objects.first()).alternatives[0][0]
        for name, html in pages.items():
            page.set_content(html, wait_until="load")
            page.evaluate(axe)
            found[name] = violations(page, menu=False)
    assert {where: wrong for where, wrong in found.items() if wrong} == {}
