"""GGUF files: templates, quantizations, parts, projectors."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from models_registry.definitions.prefill.facts import RepositoryFile
from models_registry.definitions.prefill.gguf import gguf_sources
from tests.models_registry.definitions.prefill import repositories as known
from tests.models_registry.definitions.prefill.repositories import guessed, only_source
from tests.upstream_data import of_all


def test_a_repository_with_weights_and_gguf_files_has_a_spec_of_each():
    facts = replace(known.QWEN3, files=known.files("model.safetensors", "qwen3-0.6b-q8_0.gguf"))
    record = guessed(facts)[1]
    assert [spec["model_format"] for spec in record["model_specs"]] == ["pytorch", "ggufv2"]


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (
            ["a-Q4_K_M.gguf", "a-Q4_K_M-00001-of-00002.gguf"],
            [("a-{quantization}.gguf", ["Q4_K_M"])],
        ),
        (["model.gguf"], [("model.gguf", ["none"])]),
        (["BF16/a-BF16-00001-of-00001.gguf"], [("{quantization}/a-{quantization}.gguf", ["BF16"])]),
        (["a.q4_0.gguf", "a.q8_0.gguf"], [("a.{quantization}.gguf", ["q4_0", "q8_0"])]),
        (
            ["a-Q2_K.gguf", "a-Q4_0.gguf", "b-Q4_0.gguf"],
            [("a-{quantization}.gguf", ["Q2_K", "Q4_0"]), ("b-{quantization}.gguf", ["Q4_0"])],
        ),
        (["a{0}-Q4_0.gguf", "../a-Q4_0.gguf", "/a-Q4_0.gguf", "a\\b-Q4_0.gguf"], []),
        (["imatrix.gguf", "mmproj-F16.gguf"], []),
    ],
)
def test_names_of_gguf_files_are_taken_apart(paths, expected):
    found = gguf_sources([RepositoryFile(path) for path in paths])
    assert [(one["model_file_name_template"], one["quantizations"]) for one in found] == expected


def files_of(source):
    """All files that a server would load for a GGUF source."""
    parts = source.get("quantization_parts", {})
    for quantization in source["quantizations"]:
        template = source["model_file_name_template"]
        if quantization in parts:
            template = source["model_file_name_split_template"]
            for part in parts[quantization]:
                yield template.format(quantization=quantization, part=part)
        else:
            yield template.format(quantization=quantization)


def test_released_gguf_sources_come_out_as_they_are_written(released_catalogue):
    seen = strange = 0
    for path in (released_catalogue / "xinference/model").rglob("models/*.json"):
        if path.parts[-3] not in {"llm", "embedding", "rerank"}:
            continue
        for spec in (
            spec for record in json.loads(path.read_text()) for spec in record["model_specs"]
        ):
            if spec["model_format"] != "ggufv2":
                continue
            for source in spec["model_src"].values():
                wanted = set(files_of(source))
                found = gguf_sources([RepositoryFile(one) for one in sorted(wanted)])
                seen += 1
                strange += {one for part in found for one in files_of(part)} != wanted
    assert seen >= of_all(300)
    # A template that is empty although not all quantizations are in parts, and parts named .gguf.a.
    assert strange <= 10


def test_gguf_files_become_templates_with_their_parts():
    _, record = guessed(known.LLAMA_GGUF)
    spec, source = only_source(record)
    name = "Meta-Llama-3.1-70B-Instruct-{quantization}"
    parts = ["00001-of-00002", "00002-of-00002"]
    assert record["model_name"] == "Meta-Llama-3.1-70B-Instruct"
    assert record["context_length"] == 131072
    assert record["model_lang"] == ["en", "de", "fr"]
    assert record["stop"] == ["<|eot_id|>"]
    assert record["tool_parser"] == "llama3"
    assert (spec["model_format"], spec["model_size_in_billions"]) == ("ggufv2", 70)
    assert source["quantizations"] == ["IQ2_M", "Q4_K_M", "Q6_K", "Q8_0"]
    assert source["model_file_name_template"] == f"{name}.gguf"
    assert source["model_file_name_split_template"] == f"{name}/{name}-{{part}}.gguf"
    assert source["quantization_parts"] == {"Q6_K": parts, "Q8_0": parts}


def test_a_projector_beside_gguf_files_means_that_the_model_sees():
    _, record = guessed(known.GEMMA_GGUF)
    spec, source = only_source(record)
    assert record["model_ability"] == ["chat", "vision"]
    assert source["multimodal_projectors"] == ["mmproj-BF16.gguf", "mmproj-F16.gguf"]
    assert source["quantizations"] == ["BF16", "Q4_K_M", "UD-Q4_K_XL"]
    assert spec["model_size_in_billions"] == 4
