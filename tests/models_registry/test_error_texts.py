"""Each sentence of an error or stored reason is in a catalogue, and each entry is used."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from accounts.errors import TEXTS
from tests.environment import ROOT

APPS = ("accounts", "hub", "models_registry", "reviews")
CATALOGUES = ("error_texts.py", "reason_texts.py")
# Functions that take the key of a sentence, and keyword arguments that are not its parameters.
REASON_FUNCTIONS = {"reason", "stored_reason"}
OTHER_ARGUMENTS = {"until"}
PLACEHOLDER = re.compile(r"%\((\w+)\)")


@dataclass(frozen=True)
class Site:
    """A call that names a sentence; `params` is None where `**` hides them."""

    where: str
    keys: tuple[str, ...]
    params: frozenset[str] | None


def modules() -> dict[Path, ast.Module]:
    """The source files of the apps."""
    paths = (path for app in APPS for path in sorted((ROOT / app).rglob("*.py")))
    return {path: ast.parse(path.read_text()) for path in paths if "migrations" not in path.parts}


MODULES = modules()


def domain_errors() -> frozenset[str]:
    """The names of DomainError and its subclasses."""
    bases = {
        node.name: {base.id for base in node.bases if isinstance(base, ast.Name)}
        for tree in MODULES.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    found = {"DomainError"}
    while more := {name for name, parents in bases.items() if parents & found} - found:
        found |= more
    return frozenset(found)


def with_own_sentence() -> frozenset[str]:
    """The subclasses that name their sentence themselves: their arguments are no keys."""
    return frozenset(
        node.name
        for tree in MODULES.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and node.name in ERRORS and names_sentence(node)
    )


def names_sentence(error: ast.ClassDef) -> bool:
    """Whether the class gives a key of its own to the base class."""
    return any(
        isinstance(node, ast.Call) and called(node) == "__init__" and keys_in(node)
        for node in ast.walk(error)
    )


def called(call: ast.Call) -> str:
    """The name of what is called, without the module."""
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def keys_in(call: ast.Call) -> tuple[str, ...]:
    """The literal first argument, or both sides of a conditional one."""
    argument = call.args[0] if call.args else None
    sides = [argument.body, argument.orelse] if isinstance(argument, ast.IfExp) else [argument]
    found = [side.value for side in sides if isinstance(side, ast.Constant)]
    return tuple(value for value in found if isinstance(value, str))


ERRORS = domain_errors()
OWN_SENTENCE = with_own_sentence()


def kinds_of_error(tree: ast.Module) -> set[str]:
    """Local names that are one of two error classes: `kind = Busy if … else Refused`."""
    return {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.IfExp)
        for side in (node.value.body, node.value.orelse)
        if isinstance(side, ast.Name) and side.id in ERRORS
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def sites() -> Iterator[Site]:
    """The calls that name sentences, in all apps."""
    for path, tree in MODULES.items():
        names = (ERRORS - OWN_SENTENCE) | REASON_FUNCTIONS | kinds_of_error(tree)
        inits = {
            id(node)
            for error in ast.walk(tree)
            if isinstance(error, ast.ClassDef) and error.name in ERRORS
            for node in ast.walk(error)
            if isinstance(node, ast.Call) and called(node) == "__init__"
        }
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not (called(node) in names or id(node) in inits):
                continue
            keywords = [keyword.arg for keyword in node.keywords]
            params = None if None in keywords else frozenset(filter(None, keywords))
            where = f"{path.relative_to(ROOT)}:{node.lineno}"
            yield Site(where, keys_in(node), params)


SITES = list(sites())


def test_every_key_is_in_a_catalogue():
    """A typing error in a key would be an exception in place of the message."""
    unknown = [(site.where, key) for site in SITES for key in site.keys if key not in TEXTS]
    assert not unknown
    assert len(SITES) > 150


def test_no_error_has_a_literal_sentence():
    """A sentence at the raise site would not be translated."""
    assert not [(site.where, key) for site in SITES for key in site.keys if " " in key]
    formatted = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path, tree in MODULES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and called(node) in ERRORS - OWN_SENTENCE
        and node.args
        and isinstance(node.args[0], ast.JoinedStr | ast.BinOp)
    ]
    assert not formatted


def test_the_parameters_are_those_of_the_sentence():
    """A missing parameter would be an exception in place of the message."""
    missing = [
        (site.where, key, sorted(placeholders(key) - site.params))
        for site in SITES
        for key in site.keys
        if site.params is not None and key in TEXTS and placeholders(key) - site.params
    ]
    assert not missing


@pytest.mark.parametrize("catalogue", CATALOGUES)
def test_no_entry_is_unused(catalogue):
    """A sentence that nobody raises would be translated for nothing."""
    entries = {
        key.value
        for path, tree in MODULES.items()
        if path.name == catalogue
        for node in ast.walk(tree)
        if isinstance(node, ast.Dict)
        for key in node.keys
        if isinstance(key, ast.Constant)
    }
    literals = {
        node.value
        for path, tree in MODULES.items()
        if path.name not in CATALOGUES
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert entries
    assert not entries - literals


def test_no_key_is_in_two_catalogues():
    """One of the two sentences would replace the other."""
    keys = [
        key.value
        for path, tree in MODULES.items()
        if path.name in CATALOGUES
        for node in ast.walk(tree)
        if isinstance(node, ast.Dict)
        for key in node.keys
        if isinstance(key, ast.Constant)
    ]
    assert not {key for key in keys if keys.count(key) > 1}


def placeholders(key: str) -> set[str]:
    """The names of the parameters in a sentence."""
    return set(PLACEHOLDER.findall(str(TEXTS[key]))) - OTHER_ARGUMENTS
