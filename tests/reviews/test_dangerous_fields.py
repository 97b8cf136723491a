"""What reaches a download, pip, or code that runs: every field of upstream's schemas has a row."""

from __future__ import annotations

import json
from typing import Any

import pytest

from models_registry.definitions.json_text.document import parse
from reviews import known_packages
from reviews.dangerous_fields import FIELDS
from reviews.findings import Level
from reviews.risks import risks
from tests.environment import ROOT
from tests.factories import a_model, llm_record, written
from tests.reviews.reports import definition, found

SCHEMAS = ROOT / "models_registry/definitions/checks/schemas"


def names_in(schema: Any) -> set[str]:
    """Every property that a schema names, at any depth."""
    if isinstance(schema, list):
        return {name for each in schema for name in names_in(each)}
    if not isinstance(schema, dict):
        return set()
    properties = schema.get("properties", {})
    own = set(properties) if isinstance(properties, dict) else set()
    return own | {name for each in schema.values() for name in names_in(each)}


def test_every_field_of_the_schemas_has_a_row():
    names = set()
    for path in SCHEMAS.glob("*.schema.json"):
        names |= names_in(json.loads(path.read_text()))
    assert len(names) > 100
    assert names - set(FIELDS) == set(), "Look what servers do with these, and add them."


def world(**changes: Any):
    record = {
        "version": 1,
        "model_name": "w",
        "model_family": "w",
        "source_url": "https://github.com/example/w",
        "source_revision": "0123456789abcdef0123456789abcdef01234567",
        "auxiliary_model_id": "example/aux",
        "auxiliary_model_revision": "0123456789abcdef0123456789abcdef01234567",
        "model_src": {"huggingface": {"model_id": "example/w", "model_revision": "main"}},
    }
    return parse(written(record | changes))


def test_code_that_a_world_model_runs_is_a_risk():
    assert ("risk", "Code that runs") in found(None, world())
    assert found(world(), world()) == []
    other = world(source_url="https://github.com/evil/w", source_revision="main")
    (risk,) = [each for each in risks(world(), other) if each.about == "Code that runs"]
    assert "evil/w" in risk.text
    assert "without a fixed commit" in risk.text
    assert risk.line == other.locate("/0/source_url").line
    assert found(world(), world(source_subdir="setup")) == [("risk", "Code that runs")]
    both = world(source_subdir="setup", source_url="https://github.com/evil/w")
    assert found(world(), both) == [("risk", "Code that runs")]


@pytest.mark.parametrize("revision", ["main", "f" * 40])
def test_another_commit_of_the_code_is_a_risk(revision):
    changed = world(source_revision=revision)
    assert ("risk", "Code that runs") in found(world(), changed)


def test_a_switch_that_was_on_counts_again_for_another_owners_repository():
    on = {"default_model_config": {"trust_remote_code": True}}
    old = world(**on)
    assert ("risk", "Code that runs") not in found(old, world(**on, context_length=5))
    other = {"model_name": "x", "model_src": {"huggingface": {"model_id": "evil/x"}}}
    both = parse(written(old.records[0], {**old.records[0], **other}))
    assert ("risk", "Code that runs") in found(old, both)


@pytest.mark.parametrize(
    "change",
    [
        {"default_model_config": {"trust_remote_code": True}},
        {"default_model_config": {"nested": [{"custom_pipeline": "evil/pipe"}]}},
        {"is_built_in": True},
    ],
)
def test_switches_that_let_a_repository_run_code_are_risks(change):
    assert found(definition(), definition(**change)) == [("risk", "Code that runs")]
    off = {"default_model_config": {"trust_remote_code": False}}
    assert found(definition(), definition(**off)) == []


@pytest.mark.parametrize(
    "change",
    [
        {"auxiliary_model_id": "evil/aux"},
        {"controlnet": [{"model_name": "c", "model_id": "evil/c"}]},
        {"text_encoder_model_id": "evil/t5"},
        {"model_src": {"huggingface": {
            "model_id": "example/w", "model_revision": "main", "gguf_model_id": "evil/gguf",
            "lightning_model_id": "evil/fast",
        }}},
    ],
    ids=["auxiliary", "controlnet", "text encoder", "gguf and lightning"],
)  # fmt: skip
def test_further_repositories_of_another_owner_are_risks(change):
    owners = [each for each in risks(world(), world(**change)) if each.level == Level.RISK]
    assert [each.about for each in owners] == ["Owner of a source"]
    assert "evil/" in owners[0].text


def test_a_repository_that_is_no_longer_fixed_is_a_risk():
    loose = world(auxiliary_model_revision="main")
    (risk,) = [each for each in risks(world(), loose) if each.level == Level.RISK]
    assert "example/aux was fixed at a commit" in risk.text
    assert risk.line == loose.locate("/0/auxiliary_model_id").line


def packaged(*packages: str):
    return definition(virtualenv={"packages": list(packages)})


def test_a_package_that_was_fixed_and_is_not_any_more_is_a_risk():
    old = packaged("torch==2.1.0", 'vllm==0.9 ; #engine# == "vllm"')
    for looser in ("torch>=2.1.0", "torch", "Torch ~= 2.1", "torch==*", "torch==2.1.*"):
        (risk,) = risks(old, packaged(looser))
        assert "torch was fixed at 2.1.0" in risk.text, looser
    assert risks(old, packaged("torch==2.2.0")) == []


@pytest.mark.parametrize(
    ("package", "level"),
    [
        ("diffuserss", Level.RISK),
        ("transformer>=4", Level.RISK),
        ("Diffusers[torch]>=0.30", None),
        ("something-new", Level.WARNING),
        ('#system_numpy# ; #engine# == "vllm"', None),
    ],
)
def test_packages_that_the_catalogue_never_had_are_named(package, level):
    known = {"diffusers", "transformers", "torch"}
    assert [each.level for each in risks(None, packaged(package), known)
            if each.about == "Packages"] == ([level] if level else [])  # fmt: skip


@pytest.mark.django_db
def test_the_known_packages_are_those_of_public_models():
    assert known_packages.known_packages() == frozenset()
    for name, visibility in (("a", "public"), ("b", "private"), ("c", "enterprise")):
        text = written(llm_record(name, virtualenv={"packages": [f"pip_{name}.X==1", "torch"]}))
        a_model(name, visibility=visibility, definition=text)
    known_packages._kept.delete("known-packages")
    assert known_packages.known_packages() == {"pip-a-x", "torch"}
