"""Only markup that is on the list comes out: nothing of a stranger becomes active content."""

import pytest

from models_registry.readme.links import Source
from models_registry.readme.render import render
from tests.models_registry.readme.markup_checks import problems_in
from tests.models_registry.readme.rendered import HUGGING_FACE, html_of
from tests.models_registry.xss_corpus import (
    HOSTILE_DESCRIPTIONS,
    HOSTILE_NAMES,
    HOSTILE_READMES,
)


def test_center_becomes_an_aligned_block():
    assert html_of("<center>x</center>") == '<div align="center">x</div>'


def test_picture_keeps_its_image():
    html = html_of(
        '<picture>\n<source srcset="a.webp">\n<img src="https://x.example/a.png">\n</picture>'
    )
    assert html.count("<img") == 1
    assert "srcset" not in html


def test_headings_have_unique_prefixed_anchors():
    rendered = render("# Usage\n## Usage\n### 使用 方法")
    assert rendered.toc == [
        (1, "readme-usage", "Usage"),
        (2, "readme-usage-1", "Usage"),
        (3, "readme-使用-方法", "使用 方法"),
    ]
    assert all(f'id="{anchor}"' in rendered.html for _, anchor, _ in rendered.toc)


def test_raw_html_headings_are_in_the_table_of_contents():
    assert render('<h1 align="center">My <b>Model</b></h1>').toc == [
        (1, "readme-my-model", "My Model")
    ]


@pytest.mark.parametrize(
    "word", ["video", "audio", "title", "textarea", "style", "math", "iframe", "s", "b", "svg"]
)
def test_a_word_that_looks_like_a_tag_hides_nothing(word):
    html = html_of(f"The word <{word}> stands here.\n\n## Licence\n\nApache")
    assert f"&lt;{word}&gt; stands here." in html
    assert '<h2 id="readme-licence">Licence</h2>\n<p>Apache</p>' in html


def test_a_pair_of_media_words_without_a_file_is_text():
    assert html_of("Frames: <video>0 1 2</video>.") == (
        "<p>Frames: &lt;video&gt;0 1 2&lt;/video&gt;.</p>"
    )


def test_video_and_audio_become_links_to_their_files():
    html = html_of(
        '<video src="a b.mp4" controls></video> '
        '<audio><source src="https://x.example/s.wav"></audio> <video src="javascript:x"></video>',
        HUGGING_FACE,
    )
    assert (
        '<a href="https://huggingface.co/Qwen/Qwen3/resolve/main/a%20b.mp4" '
        'rel="nofollow noopener ugc">▶ a b.mp4</a>'
    ) in html
    assert '<a href="https://x.example/s.wav" rel="nofollow noopener ugc">▶ s.wav</a>' in html
    assert html.count("<a ") == 2
    assert problems_in(html) == []


@pytest.mark.parametrize(
    ("heading", "link"),
    [
        ("🔥 News", "#-news"),
        ("⚙️ Set-up", "#️-set-up"),
        ("⚙️ Set-up", "#-set-up"),
        ("Both & more 🎉", "#both--more-"),
        ("3.1 安装（Linux）", "#31-安装linux"),
        ("中文标题", "#%E4%B8%AD%E6%96%87%E6%A0%87%E9%A2%98"),
        ("Usage", "#Usage"),
        ("हिन्दी में", "#हिन्दी-में"),
    ],
)
def test_links_to_headings_find_them(heading, link):
    rendered = render(f"[go]({link})\n\n## {heading}")
    assert f'<a href="#{rendered.toc[0].anchor}">go</a>' in rendered.html


def test_text_takes_the_direction_of_its_letters():
    assert render("مرحبا").html == '<p dir="auto">مرحبا</p>'
    assert render('<p dir="rtl">x</p>').html == '<p dir="rtl">x</p>'


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
