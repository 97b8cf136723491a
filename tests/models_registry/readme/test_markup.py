"""Alerts, footnotes, task lists and what else is written within a paragraph."""

from models_registry.readme.render import render
from tests.models_registry.readme.rendered import html_of


def test_tags_that_are_not_html_stay_visible():
    assert html_of("It says <think> and List<String>.") == (
        "<p>It says &lt;think&gt; and List&lt;String&gt;.</p>"
    )


def test_display_math_within_a_paragraph_is_one_piece():
    assert html_of("so $$a_b * c_d$$ it is") == (
        '<p>so <span class="math">$$a_b * c_d$$</span> it is</p>'
    )


def test_alerts_are_marked_even_where_they_follow_each_other():
    html = html_of("> [!NOTE]\n> one\n\n> [!WARNING]\n> two")
    assert '<blockquote class="alert alert-note">\n<p class="alert-title">Note</p>' in html
    assert '<blockquote class="alert alert-warning">\n<p class="alert-title">Warning</p>' in html
    assert "[!" not in html


def test_task_list_has_disabled_checkboxes():
    html = html_of("- [x] done\n- [ ] open")
    assert '<ul class="task-list">' in html
    assert html.count("disabled") == 2
    assert html.count("checked") == 1


def test_strikethrough_bare_address_and_footnote_work():
    html = html_of("~~old~~ https://x.example/a_b_c text[^1]\n\n[^1]: Note.")
    assert "<del>old</del>" in html
    assert '<a href="https://x.example/a_b_c" rel="nofollow noopener ugc">' in html
    assert 'href="#readme-fn:1"' in html
    assert 'id="readme-fn:1"' in html


def test_hashes_inside_code_and_text_are_not_escaped():
    html = render("Needs `#engine#` here, and see #12.\n\n- #tag in an item\n").html
    assert "<code>#engine#</code>" in html
    assert "see #12" in html
    assert "\\#" not in html
    assert "<h1" not in html


def test_code_in_a_footnote_is_kept():
    html = html_of("a[^1] b\n\n[^1]: See:\n\n    ```python\n    x = 1\n    ```\n\nafter")
    assert "<pre><code>" in html.partition('class="footnote"')[2]
    assert "<p>after</p>" in html.partition('class="footnote"')[0]


def test_a_quote_after_an_alert_is_a_quote_of_its_own():
    html = html_of("> [!NOTE]\n> one\n\n> two").replace("\n", "")
    assert html == (
        '<blockquote class="alert alert-note"><p class="alert-title">Note</p><p>one</p>'
        "</blockquote>"
        "<blockquote><p>two</p></blockquote>"
    )
