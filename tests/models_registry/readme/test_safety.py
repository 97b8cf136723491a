"""Nothing that a stranger writes into a README becomes active content."""

import pytest

from models_registry.readme.links import Source
from models_registry.readme.render import render
from tests.models_registry.readme.markup_checks import problems_in
from tests.models_registry.xss_corpus import (
    HOSTILE_DESCRIPTIONS,
    HOSTILE_NAMES,
    HOSTILE_READMES,
)

SOURCE = Source("huggingface", "owner/model")
WRAPPINGS = [
    "{}",
    "# {}",
    "- {}\n  - {}",
    "> {}",
    "| {} |\n|---|\n| {} |",
    "<div>\n\n{}\n\n</div>",
    "<details><summary>{}</summary>\n\n{}\n</details>",
    "x[^1]\n\n[^1]: {}",
    "[{}](https://good.example '{}')",
    "**{}** `{}` ~~{}~~",
    "<table><tr><td>{}",
    "$${}$$",
]


@pytest.mark.parametrize("source", [None, SOURCE], ids=["without source", "with source"])
@pytest.mark.parametrize("readme", HOSTILE_READMES + HOSTILE_NAMES + HOSTILE_DESCRIPTIONS)
def test_hostile_text_renders_to_allowed_markup_only(readme, source):
    assert problems_in(render(readme, source=source).html) == []


@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_hostile_text_stays_harmless_inside_other_markdown(wrapping):
    for readme in HOSTILE_READMES:
        text = wrapping.replace("{}", readme)
        assert problems_in(render(text, source=SOURCE).html) == [], text


def test_all_hostile_texts_in_one_readme_stay_harmless():
    for separator in ("\n\n", "\n", " ", ""):
        assert problems_in(render(separator.join(HOSTILE_READMES)).html) == []


def test_corpus_is_large_and_has_no_repetitions():
    assert len(set(HOSTILE_READMES)) == len(HOSTILE_READMES) >= 80
    assert len(set(HOSTILE_NAMES)) == len(HOSTILE_NAMES) >= 15
    assert len(set(HOSTILE_DESCRIPTIONS)) == len(HOSTILE_DESCRIPTIONS) >= 15


@pytest.mark.parametrize(
    "readme",
    [
        "a <script>SECRET</script> b",
        "<script>\n\nSECRET\n\n</script>\n\na b",
        "<style>\nSECRET\n</style>\n\na b",
        "a <!-- SECRET --> b",
        "<!--\n\nSECRET\n\n-->\n\na b",
        "a <svg><text>SECRET</text></svg> b",
        "a <iframe>SECRET</iframe> b",
        "a\n\n<title>SECRET</title>\n\nb",
    ],
)
def test_content_of_dropped_elements_goes_with_them(readme):
    html = render(readme).html
    assert "SECRET" not in html
    assert "a" in html
    assert "b" in html


def test_titles_in_the_table_of_contents_are_plain_text_without_dropped_content():
    rendered = render("# <b>Bold</b> &amp; `code` <script>SECRET</script>")
    assert [(1, "readme-bold--code", "Bold & code")] == rendered.toc


def test_ids_of_the_author_get_our_prefix_and_links_to_them_still_work():
    html = render('<a name="usage"></a><p id="main">x</p>\n\n[go](#usage)').html
    assert 'id="readme-usage"' in html
    assert 'id="readme-main"' in html
    assert 'href="#readme-usage"' in html


def test_problem_finder_finds_problems():
    for html in (
        "<script></script>",
        "<p onclick=x>",
        '<a href="javascript:x" rel="nofollow noopener ugc">',
        "<!-- x -->",
        '<p id="x">',
        '<p class="navbar">',
        '<img src="https://x.example/x">',
        '<input type="text">',
        '<p id="readme-a"></p><p id="readme-a"></p>',
    ):
        assert problems_in(html), html
