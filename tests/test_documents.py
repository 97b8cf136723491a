"""Files that documents and tables name are there."""

from __future__ import annotations

import re

import pytest

from tests.environment import ROOT

NAMED = re.compile(r"[\w/]*\w+\.py")


DOCUMENTS = [
    "tests/test_stale_forms.py",
    *(str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md")),
]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_python_file_that_is_named_exists(document):
    text = (ROOT / document).read_text()
    paths = {path for path in NAMED.findall(text) if "/" in path}
    roots = (ROOT, ROOT / "models_registry", ROOT / "tests/models_registry")
    missing = [path for path in paths if not any((root / path).is_file() for root in roots)]
    assert missing == []


def test_no_comment_of_a_template_is_shown():
    """Django takes a `{#` whose `#}` is on a later line for text."""
    shown = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "templates").rglob("*")
        if path.is_file() and re.search(r"\{#(?!.*#\})", path.read_text())
    ]
    assert shown == []


def test_pictures_that_documents_show_are_there_and_small():
    for document in [ROOT / "README.md", ROOT / "README.zh-CN.md"]:
        for target in re.findall(r"(?:src=\"|\]\()(docs/[^\")#]+)", document.read_text()):
            file = ROOT / target
            assert file.is_file(), f"{document.name}: {target}"
            assert file.suffix != ".png" or file.stat().st_size < 100_000, target
