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
from models_registry import publication
from models_registry.actions import ownership
from models_registry.actions.edit import edit
from models_registry.actions.submission import Submission
from models_registry.models import Draft, UpstreamRemoval
from reviews import owner_requests, webhooks
from reviews.models import Notification, NotificationKind
from tests.browser.conftest import DESKTOP, PHONE
from tests.environment import ROOT
from tests.factories import a_model, changed, image_record, llm_record, written
from tests.hub.hostile import build_world
from tests.reviews.conftest import a_reviewer, an_author

pytestmark = pytest.mark.django_db(transaction=True)

AXE: Final = ROOT / "node_modules/axe-core/axe.min.js"
# The rules whose result depends on colours.
OF_COLOURS: Final = ("color-contrast", "link-in-text-block")
# What is folded is looked at, too; an open menu would cover what is below.
UNFOLD = "document.querySelectorAll('details:not(.menu)').forEach((part) => { part.open = true; })"
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
README = "\n".join(
    (
        "# Tiny\n\nA model with a [link](https://example.org) and `code`.\n\n## Use\n",
        "```python\nprint(client.list_models())  # " + "a long line " * 20 + "\n```\n",
        "| a wide cell of a table " * 12 + "|",
        "|---" * 12 + "|",
        "| 1 " * 12 + "|\n",
        "### Notes\n\n- first\n- second\n",
    )
)

ANONYMOUS = (
    "/models", "/models?q=nothing-at-all", "/models?type=llm&view=detailed",
    "/models/detail/tiny", "/models/detail/tiny?tab=specs", "/models/detail/tiny?tab=definition",
    "/models/detail/{tiny}/history", "/models/detail/{tiny}/history/1",
    "/models/detail/{tiny}/compare/1...2",
    "/models/detail/{tiny}/upstream", "/models/detail/twice",
    "/models/compare", "/models/compare?model={tiny}&model={public}",
    "/launch_model/llm", "/launch_model/{tiny}/launch",
    "/signin", "/signup", "/accounts/password/reset/", "/nothing-here",
)  # fmt: skip
AUTHOR = (
    "/my-models", "/model-registration", "/model-registration/{draft}/form",
    "/model-registration/{draft}/json", "/model-registration/{draft}/readme",
    "/model-registration/{draft}/check", "/model-registration/{picture}/form",
    "/models/detail/{proposed}", "/models/detail/{proposed}/review",
    "/models/detail/{proposed}/settings", "/models/detail/{proposed}/edit",
    "/notifications", "/user-center", "/user-center/key", "/user-center/notifications",
    "/accounts/email/", "/accounts/password/change/", "/accounts/2fa/", "/upstream",
    "/models/detail/{suggested}/review", "/models/detail/{asked}/review",
    "/models/detail/{mine}/settings", "/user-center/webhooks", "/user-center/webhooks/{hook}",
)  # fmt: skip
REVIEWER = (
    "/admin/reviews/", "/admin/reviews/{proposal}/", "/admin/reviews/figures",
    "/admin/reviews/replies", "/admin/reviews/requests/{request}",
)  # fmt: skip
ADMINISTRATOR = (
    "/upstream", "/launch_model/llm", "/launch_model/fleet", "/launch_model/conflicts",
    "/launch_model/conflicts/{public}", "/launch_model/add", "/launch_model/updates/{run}",
    "/launch_model/server", "/models/detail/{public}/settings", "/models/detail/{public}/upstream",
)  # fmt: skip


# Pages of errors among them.
REFUSED = {(None, "/nothing-here"): 404, ("ada", "/upstream"): 403}


def numbers() -> dict[str, int]:
    """One of everything, and the numbers that stand in addresses."""
    world = build_world()
    root, ada = world.user, User.objects.get(username="ada")
    tiny = a_model("tiny", readme=README, owner=root)
    text = changed(tiny.published_revision, context_length=4096)
    publication.publish(tiny, publication.Content(definition=text, readme=README), by=root)
    a_model("twice")
    a_model("twice", model_type="image")
    UpstreamRemoval.objects.create(model=tiny, state="waiting", layout="split", path="x.json")
    kind = NotificationKind.values[0]
    Notification.objects.create(recipient=ada, kind=kind, title="News", url="/models")
    draft = Draft.objects.create(
        owner=ada, model_type="llm", definition=written(llm_record("d", context_length="many"))
    )
    picture = Draft.objects.create(
        owner=ada, model_type="image", definition=written(image_record("p"))
    )
    proposal = world.numbers["admin/reviews/"]
    suggested = a_model("suggested", owner=ada)
    sue = an_author("sue")
    submission = Submission(changed(suggested.published_revision, context_length=4096))
    edit(suggested, submission, by=sue, base_revision=1)
    ownership.offer(a_model("given", owner=sue), "ada", by=sue)
    asked = a_model("asked", owner=ada)
    request = owner_requests.ask(asked, "remove", reason="The licence forbids it.", by=ada)
    hook, _secret = webhooks.add("https://example.org/hook", list(webhooks.Event), by=ada)
    for state in ("waiting", "delivered", "failed"):
        made = webhooks.ping(hook, by=ada)
        type(made).objects.filter(pk=made.pk).update(state=state, last_error="HTTP 500")
    return {
        "suggested": suggested.pk,
        "asked": asked.pk,
        "mine": a_model("mine-only", owner=ada, visibility="private").pk,
        "request": request.pk,
        "hook": hook.pk,
        "tiny": tiny.pk,
        "public": world.numbers["models/"],
        "proposal": proposal,
        "proposed": ada.models.get(name="m-proposed").pk,
        "draft": draft.pk,
        "picture": picture.pk,
        "run": world.numbers["launch_model/updates/"],
    }


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
        User.objects.get(username="root"): ADMINISTRATOR,
    }
    found: dict[str, dict[str, set[str]]] = {}
    for user, paths in people.items():
        with a_browser_of(browser, live_server, user) as page:
            for path in paths:
                answer = page.goto(path.format(**known))
                assert answer is not None
                assert answer.status == REFUSED.get((user and user.username, path), 200), path
                page.evaluate(axe)
                found[f"{path} as {user}"] = violations(page, menu=path == paths[0])
    with a_browser_of(browser, live_server, None) as page:
        page.goto("/healthz")
        for name in ("400.html", "500.html", "503.html"):
            page.set_content(render_to_string(name), wait_until="load")
            page.evaluate(axe)
            found[name] = violations(page, menu=False)
    assert {where: wrong for where, wrong in found.items() if wrong} == {}
