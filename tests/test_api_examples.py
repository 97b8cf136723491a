"""The examples of the API's help run as they are written, against a hub."""

from __future__ import annotations

import re
import subprocess

import pytest

from accounts import tokens
from accounts.models import Scope
from hub.help_files import EXAMPLE_ADDRESS, FOLDER
from models_registry.models import RegisteredModel
from tests.factories import a_model, a_person

TEXT = (FOLDER / "api.md").read_text()


def examples(language: str, address: str) -> str:
    """All blocks of a language, one after the other: later ones use what earlier ones made."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    return "\n".join(blocks).replace(EXAMPLE_ADDRESS, address)


@pytest.mark.django_db(transaction=True)
def test_the_examples_run(live_server, monkeypatch, tmp_path, capsys):
    ada = a_person("ada", "register_model")
    a_person("grace")
    a_model("qwen3", readme="# Qwen3")
    _, raw = tokens.issue(by=ada, name="t", scope=Scope.WRITE, expires_at=None)
    monkeypatch.setenv("HUB_TOKEN", raw)

    script = "set -eux\n" + examples("sh", live_server.url)
    shell = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert shell.returncode == 0, shell.stderr
    assert '"qwen3"' in (tmp_path / "llm.json").read_text()
    assert (tmp_path / "llm.etag").read_text().strip()
    model = RegisteredModel.objects.get(name="my-qwen", owner=ada)
    assert model.published_revision.readme.endswith("Our fine-tuned model.")

    exec(compile(examples("python", live_server.url), "api.md", "exec"), {})
    model.refresh_from_db()
    assert '"context_length": 65536' in model.published_revision.definition
    first, name, heir, waiting, second, *problems = capsys.readouterr().out.splitlines()
    assert first == "published 2"
    assert (name, heir, waiting) == ("my-qwen-7b", "grace", "0")
    assert second == "422 INVALID_DEFINITION"
    assert problems
