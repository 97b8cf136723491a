"""Makes the rules of a release out of its package: what `models_registry` keeps as data."""

from __future__ import annotations

import json
from typing import Any, Final

from models_registry.definitions.checks import release_rules
from tests.releases import wheels

_STAMP: Final = 1700000000
QUANTIZED: Final = ("llm", "embedding", "rerank")


def measured(release: str) -> dict[str, Any]:
    """The rules of one release, as a file has them. Raises NoPackage."""
    described = wheels.ask(release, describe=True)
    kinds: list[str] = described["types"]
    probes = _probes(release, kinds)
    answer = wheels.ask(
        release,
        load={kind: [each["plain"], each["without quantizations"], each["in specs"], each["odd"]]
              for kind, each in probes.items()},
        start={kind: [[each["modelscope"], []], [each["variants"], each["older"]]]
               for kind, each in probes.items()},
    )  # fmt: skip
    types: dict[str, Any] = {}
    for kind in kinds:
        plain, without, in_specs, odd = answer["load"][kind]
        alone, variants = answer["start"][kind]
        if plain is not None or alone["refusal"] is not None:
            raise ValueError(f"{release} refuses the plain {kind}: {plain or alone['refusal']}")
        rules: dict[str, Any] = {"reads": "sources" if without is None else "quantizations"}
        if kind not in QUANTIZED:
            rules = {"reads": "flat", "expands specs": in_specs is None}
        if kind == "audio":
            rules["skips unread"] = odd is None
        rules["starts without huggingface"] = alone["error"] is None
        live = sum(count for _, count in variants["live"].get("probe", ()))
        rules["keeps older variants"] = live > 1
        types[kind] = rules | described["describe"][kind]
    return {
        "releases": [release],
        "shipped without updated_at": {release: _without_updated_at(release)},
        "types": types,
    }


def _probes(release: str, kinds: list[str]) -> dict[str, dict[str, Any]]:
    """For each type the records of a model that tell the rules apart which are not in classes."""
    probes: dict[str, dict[str, Any]] = {}
    shipped = wheels.shipped(release)
    for kind in kinds:
        # Any model of the package that has one source at both hubs, or at one.
        record = json.loads(json.dumps(shipped[kind][0][0])) | {"updated_at": _STAMP}
        name = {"model_name": "probe"}
        holder = record["model_specs"][0] if "model_specs" in record else record
        hub, source = next(iter(holder["model_src"].items()))
        one = dict(holder, model_src={hub: source})
        bare = {key: value for key, value in source.items() if key != "quantizations"}
        if kind in QUANTIZED:
            record["model_specs"] = [one]
            without: Any = record | {"model_specs": [dict(one, model_src={hub: bare})]}
            elsewhere: Any = record | {"model_specs": [dict(one, model_src={"modelscope": source})]}
            in_specs: Any = record
        else:
            record = {key: value for key, value in (record | one).items() if key != "model_specs"}
            without = record
            elsewhere = record | {"model_src": {"modelscope": source}}
            flat = {key: value for key, value in record.items() if key != "model_src"}
            in_specs = flat | {"model_specs": [{"model_src": {"huggingface": source}}]}
        record = record | name
        twin = {"engine": "other", "model_format": "other"} if kind not in QUANTIZED else {}
        probes[kind] = {
            "plain": [record],
            "without quantizations": [without | name],
            "in specs": [in_specs | name],
            "odd": [record | {"model_name": [], "engine": "MLX"}],
            "modelscope": [elsewhere | name],
            "variants": [record, record | twin | {"updated_at": _STAMP + 5}],
            "older": [record | {"updated_at": _STAMP - 5}],
        }
    return probes


def _without_updated_at(release: str) -> dict[str, list[str]]:
    """The names that a package ships with a record without an integer `updated_at`, by type."""
    names = {
        kind: sorted(
            str(records[0].get("model_name") or records[0]["model_family"])
            for records in models
            if any(not isinstance(record.get("updated_at"), int) for record in records)
        )
        for kind, models in wheels.shipped(release).items()
    }
    return {kind: found for kind, found in names.items() if found}


def joined(measurements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Consecutive releases with the same rules, in one file each."""
    files: list[dict[str, Any]] = []
    for each in sorted(measurements, key=lambda each: release_rules.key(each["releases"][0])):
        if files and files[-1]["types"] == each["types"]:
            files[-1]["releases"] += each["releases"]
            files[-1]["shipped without updated_at"] |= each["shipped without updated_at"]
        else:
            files.append(each)
    for each in files:
        names = each["shipped without updated_at"]
        each["shipped without updated_at"] = {key: value for key, value in names.items() if value}
    return files
