"""What the guides tell people to type exists: commands with their arguments, settings, modules."""

from __future__ import annotations

import importlib.util
import re
import shlex

import pytest
from django.core.management import get_commands, load_command_class

from hub import env
from tests.environment import ROOT

GUIDES = sorted((ROOT / "docs/guides").glob("*.md"))
COMMAND = re.compile(r"manage\.py ([a-z_]+)((?: +[^\s`;&|)#…]+)*)")
MODULE = re.compile(r"python -m (hub\.\w+)")
SETTING = re.compile(r"\b(?:HUB|LOG)_[A-Z0-9_]+[A-Z]\b|\b[A-Z]+_URL\b")
# A name that a guide quotes because it is wrong, and what hubctl reads.
NO_SETTING = {"HUB_OPENREGISTRATION", "HUB_URL", "HUB_TOKEN"}


def settings_read(tmp_path) -> set[str]:
    """The names of all variables that the hub reads."""
    names: set[str] = set()

    class Reader(env._Reader):
        def __init__(self, environment):
            super().__init__(environment)
            self.names_read = names

    before, env._Reader = env._Reader, Reader
    try:
        env.read({"SECRET_KEY": "for-tests-only-0123456789-abcdefghijk"}, tmp_path)
    finally:
        env._Reader = before
    return names


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.stem)
def test_commands_take_the_arguments_that_a_guide_gives_them(guide):
    text = re.sub(r"\$\([^)]*\)", "x", guide.read_text())
    for name, rest in COMMAND.findall(text):
        assert name in get_commands(), f"{guide.name}: {name}"
        command = load_command_class(get_commands()[name], name)
        parser = command.create_parser("manage.py", name)
        arguments = shlex.split(rest.translate({91: None, 93: None}).rstrip(".,:"))
        if not arguments:
            continue
        try:
            parser.parse_args(arguments)
        except BaseException as error:
            raise AssertionError(f"{guide.name}: {name} {rest}") from error
    for module in MODULE.findall(text):
        assert importlib.util.find_spec(module), f"{guide.name}: {module}"


def test_settings_that_guides_name_exist(tmp_path):
    known = settings_read(tmp_path)
    for guide in GUIDES:
        named = set(SETTING.findall(guide.read_text())) - NO_SETTING
        assert named <= known, guide.name


def test_the_example_file_lists_every_setting_and_no_other(tmp_path):
    text = (ROOT / ".env.example").read_text()
    assert set(re.findall(r"^#([A-Z0-9_]+)=", text, re.MULTILINE)) == settings_read(tmp_path)


def test_links_between_guides_lead_somewhere():
    for guide in GUIDES:
        for target in re.findall(r"\]\(([^)#:]+)\)", guide.read_text()):
            assert (guide.parent / target).exists(), f"{guide.name}: {target}"
