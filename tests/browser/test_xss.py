"""Hostile READMEs, names and descriptions in a real browser: nothing of them runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import BrowserContext, Page

from models_registry import publication
from models_registry.definitions.facts.kinds import name_key
from models_registry.models import RegisteredModel
from models_registry.publication import Content
from tests.factories import llm_record, written
from tests.models_registry.xss_corpus import (
    HOSTILE_DESCRIPTIONS,
    HOSTILE_NAMES,
    HOSTILE_READMES,
)

TABS = ("readme", "specs", "definition")
# Whatever a payload calls leaves a trace that outlives the page.
TRAP = """
for (const name of ["alert", "confirm", "prompt", "print", "open"]) {
  window[name] = () => { window.__xss = name; console.error("XSS RAN: " + name); };
}
"""
# What a page of ours never has, wherever it stands.
FOREIGN_MARKUP = """() => {
  const found = [];
  for (const element of document.querySelectorAll("body *")) {
    const tag = element.tagName.toLowerCase();
    if (["script", "style", "iframe", "object", "embed", "base", "link", "meta"].includes(tag)) {
      found.push(tag);
    }
    for (const { name, value } of element.attributes) {
      if (name.startsWith("on") || name === "style" || name === "srcdoc") found.push(name);
      if (/^(href|src|action|formaction|xlink:href)$/.test(name)
          && /^\\s*(javascript|data|vbscript|blob|file):/i.test(value)) found.push(value);
    }
    if (tag === "form" && new URL(element.action).origin !== location.origin) found.push("form");
  }
  if (document.querySelectorAll(".prose :is(form, button, textarea, select, svg, math)").length) {
    found.push("form controls or foreign content in a README");
  }
  for (const one of document.querySelectorAll(".prose [id]")) {
    if (!one.id.startsWith("readme-")) found.push("id " + one.id);
  }
  return found;
}"""


@pytest.fixture
def trapped(context: BrowserContext, live_server) -> Iterator[tuple[Page, list[str]]]:
    """A page in which everything that a payload might do is noted."""
    page = context.new_page()
    page.add_init_script(TRAP)
    noted: list[str] = []

    def hear(message) -> None:
        is_refused_script = "Content Security Policy" in message.text and "script" in message.text
        if "XSS RAN" in message.text or is_refused_script:
            noted.append(message.text)

    def refuse(route) -> None:
        request = route.request
        if request.resource_type != "image" or not request.url.startswith("https://"):
            noted.append(f"request: {request.resource_type} {request.url}")
        route.abort()

    page.on("console", hear)
    page.on("dialog", lambda dialog: (noted.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    page.on("popup", lambda popup: noted.append(f"window: {popup.url}"))
    page.route(re.compile(f"^(?!{re.escape(live_server.url)}/)"), refuse)
    yield page, noted
    page.close()


def storable(text: str) -> str:
    """The text without what no database column takes."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def a_hostile_model(name: str, readme: str = "", **changes) -> RegisteredModel:
    """A public model as an attacker would have it published, past every check of names."""
    model = RegisteredModel.objects.create(
        model_type="llm", name=name[:200], name_key=name_key(name[:200]), visibility="public"
    )
    record = llm_record(name, **changes)
    publication.publish(model, Content(definition=written(record), readme=readme), by=None)
    return model


def look_at(trapped, address: str) -> None:
    """Open the page and expect that nothing of it ran or could run."""
    page, noted = trapped
    page.goto(address, wait_until="load")
    assert page.evaluate("window.__xss") is None, address
    assert page.evaluate(FOREIGN_MARKUP) == [], address
    assert noted == [], address


@pytest.mark.parametrize("part", range(4))
def test_no_readme_runs_anything(trapped, part):
    for number, readme in list(enumerate(HOSTILE_READMES))[part::4]:
        model = a_hostile_model(f"model-{number}", storable(readme))
        look_at(trapped, f"/models/detail/{model.pk}")


def test_no_name_runs_anything(trapped):
    for name in dict.fromkeys(map(storable, HOSTILE_NAMES)):
        model = a_hostile_model(name, model_ability=[name], model_lang=[name], stop=[name])
        for tab in TABS:
            look_at(trapped, f"/models/detail/{model.pk}?tab={tab}")
    look_at(trapped, "/models")


def test_no_description_runs_anything(trapped):
    for number, description in enumerate(map(storable, HOSTILE_DESCRIPTIONS)):
        model = a_hostile_model(
            f"model-{number}", model_description=description, chat_template=description
        )
        for tab in TABS:
            look_at(trapped, f"/models/detail/{model.pk}?tab={tab}")
    look_at(trapped, "/models")


def test_no_search_or_address_runs_anything(trapped):
    for text in dict.fromkeys(map(storable, HOSTILE_NAMES)):
        look_at(trapped, f"/models?q={quote(text)}&ability={quote(text)}&type={quote(text)}")
        look_at(trapped, f"/models/detail/{quote(text, safe='')}")


def test_what_a_payload_would_do_is_noticed(trapped, live_server):
    page, noted = trapped
    page.goto("/models")
    page.evaluate("alert(1)")
    assert page.evaluate("window.__xss") == "alert"
    page.evaluate("""() => {
        const image = document.createElement("img");
        image.setAttribute("onerror", "alert(1)");
        image.src = "/nothing";
        document.querySelector("main").append(image);
        fetch("https://evil.example/").catch(() => {});
    }""")
    page.wait_for_timeout(300)
    assert "onerror" in page.evaluate(FOREIGN_MARKUP)
    assert any("XSS RAN" in text for text in noted)
    assert any("Content Security Policy" in text for text in noted)
