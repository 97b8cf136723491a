"""Lists, fences, tables, HTML blocks and math, read as GitHub reads them."""

import pytest

from tests.models_registry.readme.rendered import html_of


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


def test_number_with_dot_within_a_paragraph_is_not_a_list():
    assert "<ol>" not in html_of("It came out in\n2024. It was good.")


def test_code_in_a_list_item_stays_in_it():
    html = html_of("1. first\n   ```python\n   x = 1\n   ```\n2. second").replace("\n", "")
    assert html.count("<ol>") == 1
    assert '<div class="codehilite" tabindex="0">' in html


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


def test_math_is_readable_and_not_taken_for_emphasis():
    html = html_of("$x_1 * y_2 * z_3$ and \\(a_b c_d\\)")
    assert '<span class="math">$x_1 * y_2 * z_3$</span>' in html
    assert "<em>" not in html
    assert html_of("$$\na_b * c_d * e\n$$").startswith('<div class="math">$$')


def test_non_breaking_space_without_semicolon_is_understood():
    assert html_of("<p>a&nbsp&nbsp| b</p>") == "<p>a&nbsp;&nbsp;| b</p>"


def test_price_in_dollars_is_not_math():
    assert "math" not in html_of("It costs $5 and $10.")


def test_a_long_table_stays_one_table():
    rows = "\n".join(f"| row {number} | {'x' * 80} |" for number in range(400))
    html = html_of(f"| a | b |\n|---|---|\n{rows}\n\nAfter.\n")
    assert html.count('<table tabindex="0">') == 1
    assert html.count("<tr>") == 401
    assert "<p>After.</p>" in html


@pytest.mark.parametrize("cell", ["12.5", "**x** `y`", "[a](https://x.example/a) **b**"])
def test_a_table_of_400_rows_and_12_columns_is_a_table(cell):
    rows = ("|" + f" {cell} |" * 12 + "\n") * 400
    html = html_of("# T\n\n|" + "h|" * 12 + "\n|" + "-|" * 12 + "\n" + rows)
    assert html.count("<tr>") == 401
    assert html.startswith('<h1 id="readme-t">')


def test_a_table_that_is_too_large_is_code_and_the_rest_is_formatted():
    rows = ("|" + "x|" * 12 + "\n") * 3000
    html = html_of(f"# T\n\n{'|' + 'h|' * 12}\n{'|' + '-|' * 12}\n{rows}\n**after**")
    assert html.startswith('<h1 id="readme-t">')
    assert html.endswith("<p><strong>after</strong></p>")
    assert "<table" not in html
    assert html.count("|x" * 12 + "|") == 3000
