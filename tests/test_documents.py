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
