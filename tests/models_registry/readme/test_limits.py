"""A README costs no more than it may: its size, and the time to render it."""

import time

import pytest

from models_registry.readme.limits import MAX_BYTES, ReadmeTooLarge
from models_registry.readme.render import render
from tests.models_registry.readme.markup_checks import problems_in
from tests.models_registry.readme.rendered import HUGGING_FACE, html_of


def test_too_large_readme_is_refused_with_a_sentence():
    with pytest.raises(ReadmeTooLarge, match=r"1,048,577 bytes; at most 1,048,576"):
        render("x" * (MAX_BYTES + 1))


def test_size_is_counted_in_bytes():
    with pytest.raises(ReadmeTooLarge):
        render("模" * (MAX_BYTES // 3 + 1))


def test_text_that_cannot_be_formatted_in_time_comes_out_plain_and_escaped():
    html = html_of("<div>\n\n" * 2000)
    assert html.startswith("<pre>&lt;div&gt;")
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
    assert time.thread_time() - start < 3
    assert problems_in(html) == []
    assert len(html) < 10 * len(COSTLY[name]) + 1000
