"""READMEs have the same elements as cmark-gfm, GitHub's own renderer, makes of them."""

import re
from html.parser import HTMLParser
from pathlib import Path

import cmarkgfm
import pytest
from cmarkgfm.cmark import Options

from models_registry.readme.limits import VOID_TAGS
from models_registry.readme.links import Source
from models_registry.readme.render import render

CARDS = Path(__file__).parent / "cards"
SOURCE = Source("huggingface", "owner/model")
WRAPPERS = {"span", "div", "tbody", "section"}


class Elements(HTMLParser):
    """The elements of HTML with the words in them; wrappers for colours and styles left out."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.seen = []
        self.text = ""
        self.feed(html)
        self.close()
        self._end_text()

    def handle_starttag(self, tag, attrs):
        if tag not in WRAPPERS:
            self._end_text()
            self.seen.append(f"<{tag}>")

    def handle_endtag(self, tag):
        if tag not in WRAPPERS | VOID_TAGS:
            self._end_text()
            self.seen.append(f"</{tag}>")

    def handle_data(self, data):
        self.text += data

    def _end_text(self):
        self.seen += self.text.split()
        self.text = ""


def elements_of_ours(text):
    html = render(text, source=SOURCE).html
    # cmark-gfm does not know alerts: it leaves their marker in the text.
    return Elements(
        re.sub(r'<p class="alert-title" dir="auto">(\w+)</p>\s*<p[^>]*>', _marker, html)
    ).seen


def _marker(title):
    return f"<p>[!{title[1].upper()}]\n"


def elements_of_github(text):
    html = cmarkgfm.github_flavored_markdown_to_html(text, Options.CMARK_OPT_UNSAFE)
    return Elements(html).seen


SAMPLES = {
    "a list item after a table": "- Models:\n  | a | b |\n  |---|---|\n  | 1 | 2 |\n- next\n- last",
    "a table in a numbered item": "1. one\n\n   | x |\n   |---|\n   | 1 |\n2. two\n\nText.",
    "a quote in an item": "1. one\n\n   > quoted\n   > twice\n\n2. two",
    "quotes with a blank line between": "> one\n\n> two\n\ntext",
    "code in an item with a tab": "* item\n\n\t```sh\n\ttabbed\n\t```\n\nafter",
    "an image in an item": '1. one\n\n   <img src="https://x.example/a">\n\n   still one\n2. two',
    "lists of three levels": "- a\n  - b\n    1. c\n    2. d\n  - e\n- f",
    "a loose list": "- a\n\n- b\n\n  more of b\n- c",
    "another marker begins another list": "- a\n- b\n* c\n+ d",
    "a number to begin with": "3. three\n4. four",
    "headings of both kinds": "Title\n=====\n\nSecond\n---\n\n### Third ###\n\n#no heading",
    "rules": "a\n\n***\n\nb\n\n---\n\nc\n\n_ _ _",
    "code by indent": "text\n\n    x = 1\n      y = 2\n\ntext",
    "fences in fences": "````md\n```sh\nls\n```\n````",
    "an open fence": "```\nx < y",
    "line breaks": "one  \ntwo\\\nthree\nfour",
    "escapes": r"\<think\> and V \& o, 5 \~ 6, \$5, 50\%, a\:b, \@user, \"q\", x \= y, \| \/ \? \,",
    "entities": "&amp; &lt; &copy; &#35; &nope;",
    "strike, strong, emphasis": "~~a~~ **b** *c* ***d*** __e__ _f_ snake_case_name",
    "code spans": "`a` ``b ` c`` `<d>`",
    "links": '[a](https://x.example) [b](<https://x.example/a b> "t") [c][d]\n\n[d]: https://x.example/d',
    "addresses": "see https://x.example/a_b_c and <https://y.example>.",
    "images": "![a](https://x.example/a.png) [![b](https://x.example/b.png)](https://x.example)",
    "html around markdown": '<div align="center">\n\n# T\n\n**x**\n\n</div>',
    "details": "<details>\n<summary>More</summary>\n\n- a\n- b\n\n</details>",
    "html table": "<table>\n<tr><td>1</td><td><b>2</b></td></tr>\n</table>\n\nafter",
    "a table without outer bars": "a | b\n--|--\n1 | 2\n\nafter",
    "a table with fewer and more cells": "| a | b |\n|---|---|\n| 1 |\n| 1 | 2 | 3 |",
    "bars in cells": "| a |\n|---|\n| `x \\| y` |",
    "a table ends at a heading": "| a |\n|---|\n| 1 |\n# T",
    "a table ends at a quote": "| a |\n|---|\n| 1 |\n> q",
    "a quote with a list and code": "> - a\n>   - b\n>\n> ```\n> x\n> ```",
    "lazy lines of a quote": "> one\ntwo\n\nthree",
    "nested quotes": "> a\n> > b\n> c",
    "a list after text": "Text:\n- a\n- b\n\n1. c",
    "numbers in text are no list": "It came out in\n2024. It was good.",
    "Chinese": "# 标题\n\n- 一\n- 二\n\n**粗体**，`代码`。\n\n| 甲 | 乙 |\n|---|---|\n| 1 | 2 |",
}


@pytest.mark.parametrize("name", SAMPLES)
def test_each_construct_has_the_elements_that_github_gives_it(name):
    assert elements_of_ours(SAMPLES[name]) == elements_of_github(SAMPLES[name])


@pytest.mark.parametrize("card", sorted(CARDS.glob("*.md")), ids=lambda card: card.stem)
def test_whole_cards_have_the_elements_that_github_gives_them(card):
    text = card.read_text()
    assert elements_of_ours(text) == elements_of_github(text)
