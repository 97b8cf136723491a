"""Writes `hub/api_texts.py`: the texts of the OpenAPI document, where makemessages finds them.

They stand in docstrings and schemas, which gettext does not read.

    python -m tests.api_texts
"""

from __future__ import annotations

import subprocess
import sys

from tests.environment import ROOT

FILE = ROOT / "hub/api_texts.py"
HEAD = '''"""The texts of the OpenAPI document, for makemessages. Written by `make messages`."""

# ruff: noqa: E501

from django.utils.translation import gettext_noop

TEXTS = (
'''


def source() -> str:
    """The module as it should be."""
    from hub.api import api
    from hub.api_document import translate

    found: dict[str, None] = {}

    def collect(text: str) -> str:
        found[text] = None
        return text

    translate(api.get_openapi_schema(), collect)
    # A paragraph of a docstring stays on its lines.
    # They are not formatted, whatever they have after a percent sign.
    flag = "\n# xgettext:no-python-format\n"
    lines = [f"gettext_noop({flag * ('%' in text)}{text!r}),\n" for text in sorted(found)]
    formatted = subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--stdin-filename", FILE, "-"],
        input=HEAD + "".join(lines) + ")\n", capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    return formatted.stdout


if __name__ == "__main__":
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    FILE.write_text(source(), encoding="utf-8")
