"""`manage.py prepare` says what it will do before it does it; afterwards nothing is left to do."""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from hub import new_key
from hub.management.commands import prepare as prepare_command
from models_registry.models import CatalogueList, ListingFigures, RegisteredModel
from tests.factories import a_model, llm_record, written

pytestmark = pytest.mark.django_db


@pytest.fixture
def umask():
    """The command closes new files of its process, which goes on here."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def empty_hub(settings, tmp_path, prepared_var, umask):
    """A hub without models, whose static files are collected: that takes 5 s."""
    settings.VAR_DIR = tmp_path / "var"
    settings.VAR_DIR.mkdir(mode=0o700)
    settings.STATIC_ROOT = prepared_var / "static"
    settings.ENV = dataclasses.replace(settings.ENV, skip_import=True)
    return settings


@pytest.fixture
def hub(empty_hub):
    """A hub with a model, for which nothing is to be done."""
    a_model()
    prepare()
    assert prepare("--plan") == []
    return empty_hub


def prepare(*arguments: str) -> list[str]:
    """The lines that the command prints."""
    out = StringIO()
    call_command("prepare", *arguments, stdout=out)
    return out.getvalue().splitlines()


def set_key(hub: Any) -> None:
    path = hub.VAR_DIR / f"signing-{len(list(hub.VAR_DIR.iterdir()))}.pem"
    new_key.signing(str(path))
    hub.ENV = dataclasses.replace(hub.ENV, signing_key=str(path))


def another_key(hub: Any) -> None:
    set_key(hub)
    prepare()
    set_key(hub)


def no_key_any_more(hub: Any) -> None:
    set_key(hub)
    prepare()
    hub.ENV = dataclasses.replace(hub.ENV, signing_key="")


def an_open_file(hub: Any) -> None:
    path = Path(hub.VAR_DIR, "open")
    path.touch()
    path.chmod(0o644)


def other_rules(_hub: Any) -> None:
    RegisteredModel.objects.update(derived_by=0)


def other_rules_of_releases(_hub: Any) -> None:
    CatalogueList.objects.update(release_rules=0)


def no_order(_hub: Any) -> None:
    ListingFigures.objects.all().delete()


@pytest.mark.parametrize(
    ("change", "planned"),
    [
        (an_open_file, r"Closing 1 files and folders"),
        (other_rules, r"Deriving 1 models again"),
        (other_rules_of_releases, r"Letting the rules of this version build"),
        (no_order, r"Putting the models into their first recommended order"),
        (set_key, r"Signing \d+ revisions of lists"),
        (another_key, r"Signing \d+ revisions of lists"),
        (no_key_any_more, r"Removing, without a key, the signatures of \d+ revisions of lists"),
    ],
)  # fmt: skip
def test_what_is_to_be_done_is_planned_once(hub, change: Callable[[Any], None], planned: str):
    change(hub)
    (line,) = prepare("--plan")
    assert re.match(planned, line)
    assert prepare()[0] == line, "the plan has changed nothing"
    assert prepare("--plan") == []


def test_after_the_first_import_nothing_is_left_to_do(empty_hub, tmp_path, monkeypatch):
    empty_hub.ENV = dataclasses.replace(empty_hub.ENV, skip_import=False)
    CatalogueList.objects.all().delete()
    folder = tmp_path / "xinference/model/llm/models"
    folder.mkdir(parents=True)
    (folder / "tiny.json").write_text(written(llm_record("tiny")))
    # The real one is asked from the package index.
    monkeypatch.setattr(prepare_command, "FIRST_CATALOGUE", f"dir:{tmp_path}")
    assert prepare("--plan") == [f"First start: importing the models of dir:{tmp_path}."]
    prepare()
    assert RegisteredModel.objects.get().name == "tiny"
    assert prepare("--plan") == []
