"""Front matter is taken off the text, and read only as far as that is harmless."""

import pytest

from models_registry.readme.front_matter import split_front_matter


def test_scalars_and_lists_of_scalars_are_kept():
    text = "---\na: x\nb: 1\nc: [1, two]\nd: 2024-01-02\ne:\n  f: g\nh: null\n---\nbody"
    assert split_front_matter(text) == (
        {"a": "x", "b": 1, "c": [1, "two"], "d": "2024-01-02", "h": None},
        "body",
    )


def test_text_without_front_matter_stays_as_it_is():
    assert split_front_matter("# T\n\n---\na: b\n---\n") == ({}, "# T\n\n---\na: b\n---\n")


def test_text_between_two_rules_is_not_front_matter():
    assert split_front_matter("---\nSome words.\n---\nmore") == ({}, "---\nSome words.\n---\nmore")


def test_unclosed_front_matter_is_text():
    assert split_front_matter("---\na: b\n") == ({}, "---\na: b\n")


@pytest.mark.parametrize(
    "block",
    [
        "a: &x 1\nb: *x",
        "a: !!python/object/apply:os.system ['true']",
        "a: [",
        "a: b: c",
        "a: 2024-99-99",
        "a: " + "9" * 10_000,
        "a: " + "[" * 1000,
        "a: " + "x" * 40_000,
        "a:\n" + " - " * 5000,
    ],
)
def test_dangerous_or_broken_front_matter_is_hidden_and_read_as_empty(block):
    assert split_front_matter(f"---\n{block}\n---\nbody") == ({}, "body")


@pytest.mark.parametrize(
    ("matter", "expected"),
    [
        ("{}", {}),
        ("# only a comment\n{}", {}),
        ("{license: mit, tags: [a, b]}", {"license": "mit", "tags": ["a", "b"]}),
        ("许可证: mit\n标签:\n- 语音", {"许可证": "mit", "标签": ["语音"]}),
    ],
)
def test_front_matter_of_every_style_is_read(matter, expected):
    assert split_front_matter(f"---\n{matter}\n---\n\n# T\n") == (expected, "# T\n")
