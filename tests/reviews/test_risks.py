"""Risk flags: packages from elsewhere, other owners, other chat templates."""

from __future__ import annotations

import json

import pytest

from models_registry.definitions.json_text.document import parse
from reviews.findings import Level
from reviews.risks import risks
from tests.factories import llm_record, written
from tests.reviews.reports import definition, found


@pytest.mark.parametrize(
    ("package", "level"),
    [
        ("transformers>=4.51", None),
        ('#system_numpy# ; #engine# == "vllm"', None),
        ("torch ; python_version >= '3.10'", None),
        ("git+https://github.com/x/y", "risk"),
        ("y @ git+https://github.com/x/y.git@main", "risk"),
        ("GIT+HTTPS://github.com/x/y", "risk"),
        ("y @ hg+https://example.org/y", "risk"),
        ("y @ https://example.org/y.whl", "risk"),
        ("http://example.org/y.whl", "risk"),
        ("y @ file:///opt/y", "risk"),
        ("y@ftp://example.org/y", "risk"),
        ("./local", "risk"),
        ("/opt/y.whl", "risk"),
        ("--index-url https://evil.example/simple", "risk"),
        ("-e .", "risk"),
        ("y --no-deps", "risk"),
    ],
)
def test_packages_from_elsewhere_are_risks(package, level):
    new = definition(virtualenv={"packages": [package]})
    levels = [finding.level for finding in risks(definition(), new) if finding.about == "Packages"]
    assert levels == ([level] if level else [])


def test_a_package_that_was_there_before_is_no_news():
    same = definition(virtualenv={"packages": ["git+https://github.com/x/y"]})
    assert found(same, same) == []


def test_a_repository_without_a_commit_is_said_to_be_open():
    pinned = 'y @ git+https://github.com/x/y@0123456789abcdef0123 ; #engine# == "vllm"'
    open_ended = "y @ git+https://github.com/x/y@main"
    (one,) = risks(definition(), definition(virtualenv={"packages": [pinned]}))
    (other,) = risks(definition(), definition(virtualenv={"packages": [open_ended]}))
    assert "without a fixed commit" not in one.text
    assert "without a fixed commit" in other.text
    assert (
        one.line
        == definition(virtualenv={"packages": [pinned]}).locate("/0/virtualenv/packages/0").line
    )


@pytest.mark.parametrize(
    "option",
    [
        {"index_url": "https://evil.example/simple"},
        {"extra_index_url": ["https://evil.example/simple"]},
        {"find_links": "https://evil.example/"},
        {"trusted_host": "evil.example"},
        {"no_build_isolation": True},
    ],
)
def test_options_of_pip_are_risks(option):
    new = definition(virtualenv={"packages": ["torch"], **option})
    assert found(definition(), new) == [("risk", "Packages")]
    harmless = {"packages": ["torch"], **dict.fromkeys(option, None)}
    assert found(definition(), definition(virtualenv=harmless)) == []


def moved(owner: str, revision: str = "main"):
    record = llm_record()
    record["model_specs"][0]["model_src"]["huggingface"].update(
        model_id=f"{owner}/tiny-llm", model_revision=revision
    )
    return parse(written(record))


def test_a_source_that_moves_to_another_owner_is_a_risk():
    risk = next(one for one in risks(definition(), moved("evil")) if one.level == Level.RISK)
    assert risk.about == "Owner of a source"
    assert "now belongs to evil. Before: example" in risk.text


def test_a_new_model_has_no_owner_to_change():
    assert "Owner of a source" not in dict(found(None, moved("evil"))).values()


def test_sources_without_a_commit_are_named():
    assert found(None, moved("example", "main")) == [("warning", "Revision of a source")]
    assert found(None, moved("example", "c1899de289a04d12100db370d81485cdf75e47ca")) == []


def test_another_chat_template_is_a_risk_and_a_first_one_is_not():
    old, new = definition(chat_template="{{ a }}"), definition(chat_template="{{ b }}")
    assert ("risk", "Chat template") in found(old, new)
    assert ("risk", "Chat template") not in found(None, new)
    assert found(old, old) == []


def test_definitions_that_make_no_sense_raise_nothing():
    odd = [{"model_specs": 3, "virtualenv": []}, {"model_specs": [7, {"model_src": {"x": 1}}]}]
    odd += [{"virtualenv": {"packages": [1, None, "x"]}, "chat_template": 9}]
    text = parse(json.dumps(odd))
    assert risks(text, text) == []
    assert isinstance(risks(None, text), list)
