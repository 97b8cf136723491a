"""A README is rendered whole: what comes before, after and around its blocks."""

from models_registry.readme.render import render
from tests.models_registry.readme.rendered import html_of


def test_front_matter_is_hidden():
    rendered = render("---\nlicense: mit\ntags: [a, b]\ndeep: {x: 1}\n---\n# T")
    assert "license" not in rendered.html


def test_plain_text_and_empty_text_work():
    assert html_of("just text") == "<p>just text</p>"
    assert html_of("") == ""


def test_windows_line_ends_and_byte_order_mark_do_not_matter():
    assert html_of("\ufeff# T\r\n\r\n- a\r\n- b\r\n") == html_of("# T\n\n- a\n- b\n")
