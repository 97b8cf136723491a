"""Addresses of links and images, and those that are relative to a repository."""

import pytest

from models_registry.readme.links import Source
from tests.models_registry.readme.rendered import HUGGING_FACE, html_of

MODELSCOPE = Source("modelscope", "Qwen/Qwen3", "v1")


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


def test_source_with_an_odd_model_id_is_not_a_source():
    assert html_of("[x](y)", Source("huggingface", "../../evil?x")) == "<p>x</p>"


def test_images_come_over_https():
    html = html_of("![a](http://x.example/a.png) ![b](http://x.example:8080/b.png)")
    assert 'src="https://x.example/a.png"' in html
    assert html.count("<img") == 1
    assert "b</p>" in html
