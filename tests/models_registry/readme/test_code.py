"""Code is shown in colour, safely and quickly."""

import html
import re
import time

from models_registry.readme.code import MAX_JSON_CHARACTERS, highlight, highlight_json


def text_of(markup):
    return html.unescape(re.sub(r"<[^>]*>", "", markup))


def test_json_keeps_its_text():
    text = '[\n  {"a": 3.0, "b": "<x> & \\u4e2d", "c": null}\n]'
    assert text_of(highlight_json(text)) == text


def test_json_has_an_anchor_on_every_line():
    markup = highlight_json("[\n1\n]\n")
    assert re.findall(r'<span class="line" id="(L\d+)">', markup) == ["L1", "L2", "L3"]


def test_json_lines_are_closed_where_they_end():
    for line in highlight_json('["a\nb",\n/* x\n y */ 1]').split("\n"):
        assert line.count("<span") == line.count("</span>")


def test_json_with_markup_in_it_is_escaped():
    markup = highlight_json('["</span><script>alert(1)</script>"]')
    assert "<script" not in markup


def test_text_that_is_not_json_is_shown_all_the_same():
    assert text_of(highlight_json("not <json> {")) == "not <json> {"


def test_real_definitions_of_200_kilobytes_are_quick():
    text = ('[\n  {\n    "name": "x",\n    "n": 1.5,\n    "ok": true\n  },\n' * 4000)[:200_000]
    start = time.thread_time()
    highlight_json(text)
    assert time.thread_time() - start < 1


def test_long_json_has_plain_lines():
    text = "[\n" + "1,\n" * (MAX_JSON_CHARACTERS // 3) + "1]"
    markup = highlight_json(text)
    assert text_of(markup) == text
    assert 'class="mi"' not in markup
    assert 'id="L2"' in markup


def test_language_that_is_not_listed_is_plain():
    assert highlight("a < b", "brainfuck") == (
        '<div class="codehilite" tabindex="0"><pre><code>a &lt; b</code></pre></div>'
    )


def test_listed_language_has_token_classes_and_keeps_its_text():
    code = "def f(x):\n    return 'a\\n' < x\n"
    markup = highlight(code, "Python")
    assert '<span class="k">def</span>' in markup
    assert text_of(markup) == code
