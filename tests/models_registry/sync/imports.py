"""The import by command, and where upstream keeps its files."""

from __future__ import annotations

import io

from django.core.management import call_command

LLM_DIR = "xinference/model/llm/models"


def run(*arguments: str) -> tuple[str, str]:
    """The command's output and errors."""
    out, err = io.StringIO(), io.StringIO()
    call_command("import_catalogue", *arguments, stdout=out, stderr=err, verbosity=0)
    return out.getvalue(), err.getvalue()


def last_line(output: str) -> str:
    return output.strip().splitlines()[-1]
