"""The help: files of docs/help as pages in both languages, linked where a question arises."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from django.urls import resolve

from hub.help_files import FOLDER, PAGES, address
from models_registry.models import Draft
from tests.environment import ROOT
from tests.factories import a_model, llm_record, written
from tests.hub.test_chinese import CHINESE, english_of
from tests.reviews.conftest import a_reviewer, an_author

pytestmark = pytest.mark.django_db

LINK = re.compile(r'href="(/[^"#]*)(?:#([^"]*))?"')
ARTICLE = re.compile(r"<article.*?</article>", re.DOTALL)
CODE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
ANCHOR = re.compile(r'<a id="([\w-]+)"></a>')


def test_every_file_is_a_page_in_both_languages():
    files = {path.name for path in FOLDER.iterdir()}
    assert files == {f"{name}{ending}" for name in PAGES for ending in (".md", ".zh.md")}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_in_the_readers_language_and_its_links_lead_somewhere(client, name):
    english = client.get(f"/help/{name}")
    chinese = client.get(f"/help/{name}", headers=CHINESE)
    assert (english.status_code, chinese.status_code) == (200, 200)
    for page, ending in ((english, ".md"), (chinese, ".zh.md")):
        text = (FOLDER / f"{name}{ending}").read_text()
        html = page.content.decode()
        assert f"<title>{text.splitlines()[0].removeprefix('# ')} · " in html
        [article] = ARTICLE.findall(html)
        assert text.count("](") == article.count('href="')
        for path, fragment in LINK.findall(article):
            resolve(path)
            if fragment:
                target = client.get(path, headers=CHINESE if page is chinese else {})
                assert f'id="{fragment}"' in target.content.decode(), path
    assert english_of(chinese.content.decode()) == set()


@pytest.mark.parametrize("name", PAGES)
def test_both_languages_have_the_same_sections_examples_and_anchors(name):
    texts = [(FOLDER / f"{name}{ending}").read_text() for ending in (".md", ".zh.md")]
    for found in (CODE.findall, ANCHOR.findall, lambda text: len(re.findall("^##", text, re.M))):
        assert all(found(one) == found(other) for one, other in pairwise(texts))


def test_visitors_find_the_help_on_every_page_and_other_names_do_not_exist(client):
    assert 'href="/help"' in client.get("/models").content.decode()
    first = client.get("/help")
    assert f'<link rel="canonical" href="http://testserver/help/{PAGES[0]}">' in (
        first.content.decode().replace("http://127.0.0.1:8000", "http://testserver")
    )
    for name in ("nothing", "author.zh", "..%2fguides%2fconfigure"):
        assert client.get(f"/help/{name}").status_code == 404
    assert client.post("/help/author").status_code == 405


def test_visitors_pages_can_be_kept_and_those_of_people_cannot(client):
    page = client.get("/help/author")
    assert page.headers["Cache-Control"] == "public, no-cache"
    again = client.get("/help/author", headers={"If-None-Match": page.headers["ETag"]})
    assert again.status_code == 304
    client.force_login(an_author("ada"))
    assert "private" in client.get("/help/author").headers["Cache-Control"]


def test_examples_name_the_hub_that_is_read(client, settings):
    settings.SITE_URL = "https://models.example.net"
    html = client.get("/help/api").content.decode()
    assert "https://models.example.net/api/models" in html
    assert "hub.example.org" not in html


def test_pages_with_a_question_link_to_the_answer(client):
    ada = an_author("ada")
    model = a_model("mine", owner=ada, visibility="private")
    draft = Draft.objects.create(owner=ada, model_type="llm", definition=written(llm_record("d")))
    for person, path, answer in (
        (ada, f"/model-registration/{draft.pk}/check", "/help/author#readme-visibility"),
        (ada, f"/models/detail/{model.pk}/settings", "/help/author#readme-visibility"),
        (ada, f"/models/detail/{model.pk}/review", "/help/author#readme-review"),
        (a_reviewer(), "/admin/reviews/", "/help/reviewer"),
        (ada, "/api/docs", "/help/api"),
    ):
        client.force_login(person)
        assert f'href="{answer}"' in client.get(path).content.decode(), path
        address, _, fragment = answer.partition("#")
        assert f'id="{fragment}"' in client.get(address).content.decode() or not fragment


def test_every_link_of_a_template_names_an_anchor_that_is_there(client):
    """In both languages: an anchor that is renamed would lead to the top of the page."""
    used = set()
    for path in (ROOT / "templates").rglob("*.html"):
        used |= set(re.findall(r'{% help_link "(\w+)" "(\w+)"', path.read_text()))
    assert len(used) > 8
    for name, anchor in used:
        for headers in ({}, CHINESE):
            page = client.get(f"/help/{name}", headers=headers).content.decode()
            assert f'id="{address(name, anchor).partition("#")[2]}"' in page, (name, anchor)


def test_the_sitemap_has_the_pages(client, settings):
    settings.SITE_URL = "https://hub.example.org"
    assert b"https://hub.example.org/sitemap-help.xml" in client.get("/sitemap.xml").content
    found = client.get("/sitemap-help.xml").content.decode()
    assert re.findall("<loc>(.*?)</loc>", found) == [
        f"https://hub.example.org/help/{name}" for name in PAGES
    ]


@pytest.mark.parametrize("name", PAGES)
def test_tables_have_a_name_for_each_column(name):
    """Screen readers read it with each cell."""
    for ending in (".md", ".zh.md"):
        assert not re.search(r"^\|\s*\|", (FOLDER / f"{name}{ending}").read_text(), re.MULTILINE)
