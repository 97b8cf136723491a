"""A README looks as it does on GitHub, and costs no more than it may."""

import time

import pytest

from models_registry.readme.limits import MAX_BYTES, ReadmeTooLarge
from models_registry.readme.links import Source
from models_registry.readme.render import RENDERER, render
from tests.models_registry.readme.markup_checks import problems_in

HUGGING_FACE = Source("huggingface", "Qwen/Qwen3")
MODELSCOPE = Source("modelscope", "Qwen/Qwen3", "v1")


def html_of(text, source=None):
    return render(text, source=source).html


def test_rendered_tells_the_version_of_the_renderer():
    assert render("x").renderer == RENDERER


def test_list_directly_after_a_paragraph_is_a_list():
    assert html_of("Features:\n- one\n- two").replace("\n", "") == (
        "<p>Features:</p><ul><li>one</li><li>two</li></ul>"
    )


def test_list_indented_by_two_spaces_is_nested():
    assert html_of("- a\n  - b\n    - c\n- d").replace("\n", "") == (
        "<ul><li>a<ul><li>b<ul><li>c</li></ul></li></ul></li><li>d</li></ul>"
    )


def test_numbered_list_after_a_bullet_list_is_a_list_of_its_own():
    html = html_of("- a\n1. b\n2. c").replace("\n", "")
    assert html == "<ul><li>a</li></ul><ol><li>b</li><li>c</li></ol>"


def test_number_with_dot_within_a_paragraph_is_no_list():
    assert "<ol>" not in html_of("It came out in\n2024. It was good.")


def test_code_in_a_list_item_stays_in_it():
    html = html_of("1. first\n   ```python\n   x = 1\n   ```\n2. second").replace("\n", "")
    assert html.count("<ol>") == 1
    assert '<div class="codehilite">' in html


def test_fence_is_coloured_by_classes_and_keeps_its_text():
    html = html_of('```python\nprint("<b>")\n```')
    assert '<span class="nb">print</span>' in html
    assert "&lt;b&gt;" in html
    assert "style=" not in html


def test_unknown_language_and_unclosed_fence_come_out_plain():
    assert "<code>a &lt; b</code>" in html_of("```nosuch\na < b")


def test_longer_fence_may_hold_a_shorter_one():
    assert "```" in html_of("````md\n```\nx\n```\n````")


def test_table_directly_after_a_paragraph_keeps_its_alignment():
    html = html_of("See:\n| a | b |\n|---|:-:|\n| 1 | `x` |")
    assert '<td align="center"><code>x</code></td>' in html


def test_markdown_between_html_tags_is_rendered():
    html = html_of('<div align="center">\n\n# Title\n\n</div>')
    assert html.replace("\n", "") == ('<div align="center"><h1 id="readme-title">Title</h1></div>')


def test_details_hide_markdown():
    html = html_of("<details>\n<summary>More</summary>\n\n**x**\n\n</details>")
    assert html.replace("\n", "") == (
        "<details><summary>More</summary><p><strong>x</strong></p></details>"
    )


def test_center_becomes_an_aligned_block():
    assert html_of("<center>x</center>") == '<div align="center">x</div>'


def test_picture_keeps_its_image():
    html = html_of(
        '<picture>\n<source srcset="a.webp">\n<img src="https://x.example/a.png">\n</picture>'
    )
    assert html.count("<img") == 1
    assert "srcset" not in html


def test_tags_that_are_not_html_stay_visible():
    assert html_of("It says <think> and List<String>.") == (
        "<p>It says &lt;think&gt; and List&lt;String&gt;.</p>"
    )


def test_math_is_readable_and_not_taken_for_emphasis():
    html = html_of("$x_1 * y_2 * z_3$ and \\(a_b c_d\\)")
    assert '<span class="math">$x_1 * y_2 * z_3$</span>' in html
    assert "<em>" not in html
    assert html_of("$$\na_b * c_d * e\n$$").startswith('<div class="math">$$')


def test_display_math_within_a_paragraph_is_one_piece():
    assert html_of("so $$a_b * c_d$$ it is") == (
        '<p>so <span class="math">$$a_b * c_d$$</span> it is</p>'
    )


def test_non_breaking_space_without_semicolon_is_understood():
    assert html_of("<p>a&nbsp&nbsp| b</p>") == "<p>a&nbsp;&nbsp;| b</p>"


def test_price_in_dollars_is_not_math():
    assert "math" not in html_of("It costs $5 and $10.")


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
    ("address", "source", "expected"),
    [
        ("docs/x.md", HUGGING_FACE, "https://huggingface.co/Qwen/Qwen3/blob/main/docs/x.md"),
        ("./a/../b.md", HUGGING_FACE, "https://huggingface.co/Qwen/Qwen3/blob/main/b.md"),
        ("../../x", HUGGING_FACE, "https://huggingface.co/Qwen/Qwen3/blob/main/x"),
        ("/Qwen/Other", HUGGING_FACE, "https://huggingface.co/Qwen/Other"),
        ("x.md", MODELSCOPE, "https://www.modelscope.cn/models/Qwen/Qwen3/file/view/v1/x.md"),
    ],
)
def test_relative_links_point_into_the_source_repository(address, source, expected):
    assert f'<a href="{expected}"' in html_of(f"[x]({address})", source)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (HUGGING_FACE, "https://huggingface.co/Qwen/Qwen3/resolve/main/a%20b.png"),
        (MODELSCOPE, "https://www.modelscope.cn/models/Qwen/Qwen3/resolve/v1/a%20b.png"),
    ],
)
def test_relative_images_point_to_the_files_content(source, expected):
    assert f'src="{expected}"' in html_of("![x](<a b.png>)", source)
    assert f'src="{expected}"' in html_of('<img src="a b.png">', source)


def test_without_a_source_relative_links_and_images_become_text():
    assert html_of("[text](docs/x.md) ![alt](a.png)") == "<p>text alt</p>"


def test_source_with_an_odd_model_id_is_no_source():
    assert html_of("[x](y)", Source("huggingface", "../../evil?x")) == "<p>x</p>"


def test_front_matter_is_hidden_and_read():
    rendered = render("---\nlicense: mit\ntags: [a, b]\ndeep: {x: 1}\n---\n# T")
    assert rendered.front_matter == {"license": "mit", "tags": ["a", "b"]}
    assert "license" not in rendered.html


def test_plain_text_and_empty_text_work():
    assert html_of("just text") == "<p>just text</p>"
    assert html_of("") == ""


def test_windows_line_ends_and_byte_order_mark_do_not_matter():
    assert html_of("\ufeff# T\r\n\r\n- a\r\n- b\r\n") == html_of("# T\n\n- a\n- b\n")


def test_too_large_readme_is_refused_with_a_sentence():
    with pytest.raises(ReadmeTooLarge, match=r"1,048,577 bytes; at most 1,048,576"):
        render("x" * (MAX_BYTES + 1))


def test_size_is_counted_in_bytes():
    with pytest.raises(ReadmeTooLarge):
        render("模" * (MAX_BYTES // 3 + 1))


def test_text_that_cannot_be_formatted_in_time_comes_out_plain_and_escaped():
    html = html_of("<b>\n\n" * 2000)
    assert html.startswith("<pre>&lt;b&gt;")
    assert problems_in(html) == []


COSTLY = {
    "open brackets": "[" * 10_000,
    "open links": "[a](" * 10_000,
    "open images": "![" * 10_000,
    "nested brackets": "[" * 5000 + "x" + "](y)" * 5000,
    "nested quotes": ">" * 5000,
    "deeper and deeper quotes": "\n".join(">" * depth for depth in range(1000)),
    "deeper and deeper lists": "\n".join("  " * depth + "- a" for depth in range(700)),
    "stars": "*" * 20_000,
    "open emphasis": "*a **b " * 10_000,
    "underscores": "_a" * 20_000,
    "backticks of all lengths": " ".join("`" * length for length in range(1, 700)),
    "open tags": "<a " * 20_000,
    "open comments": "<!--" * 20_000,
    "open math": "\\(" * 10_000,
    "dollars": "$a" * 20_000,
    "nested blocks": "<div>" * 20_000,
    "unclosed bold": "<b>" + "<p>x" * 20_000,
    "many bold": "".join(f"<b id={n}>" for n in range(3000)) + "<p>x" * 3000,
    "long table": "|a|b|\n|-|-|\n" + "|*a*|`b`|\n" * 50_000,
    "wide table": "|" + "a|" * 3000 + "\n|" + "-|" * 3000 + "\n" + "|a\n" * 3000,
    "many references": "[a]: https://x.example/" + "x" * 1900 + "\n\n" + "[a] " * 100_000,
    "many footnotes": "[^1]" * 50_000 + "\n\n[^1]: x",
    "many paragraphs": "a\n\n" * 300_000,
    "one long line": "a@" * 500_000,
    "many fences": "```python\nx = 1\n```\n" * 5000,
    "huge range in a fence": '```python hl_lines="1-99999999999" linenums="1"\nx\n```',
    "deep front matter": "---\na: " + "[" * 30_000 + "\n---\n",
    "front matter of aliases": "---\na: &a [x]\nb: &b [*a,*a,*a]\nc: [*b,*b,*b]\n---\n",
    "front matter of dashes": "---\na:\n " + "- " * 15_000 + "\n---\n",
}


@pytest.mark.parametrize("name", COSTLY)
def test_hostile_text_is_rendered_in_time(name):
    start = time.thread_time()
    html = html_of(COSTLY[name], HUGGING_FACE)
    assert time.thread_time() - start < 2
    assert problems_in(html) == []
    assert len(html) < 10 * len(COSTLY[name]) + 1000


def test_a_long_table_stays_one_table():
    rows = "\n".join(f"| row {number} | {'x' * 80} |" for number in range(400))
    html = render(f"| a | b |\n|---|---|\n{rows}\n\nAfter.\n").html
    assert html.count("<table>") == 1
    assert html.count("<tr>") == 401
    assert "<p>After.</p>" in html


def test_hashes_inside_code_and_text_are_not_escaped():
    html = render("Needs `#engine#` here, and see #12.\n\n- #tag in an item\n").html
    assert "<code>#engine#</code>" in html
    assert "see #12" in html
    assert "\\#" not in html
    assert "<h1" not in html
