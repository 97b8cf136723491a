"""Definitions as servers take them for custom models.

The stand-in's rules are those of the classes in Xinference 4.1.0 that parse them; all 364
definitions of its packaged lists were parsed with these classes, too.
"""

from __future__ import annotations

import json

import pytest

from models_registry.servers.custom_models import CannotRegister, Families, custom_model
from tests.factories import image_record, llm_record
from tests.standins.xinference import wrong
from tests.upstream_data import of_all

SEES = "Qwen3VLForConditionalGeneration"
FAMILIES = {"chat": ["qwen3"], "tools": ["qwen3", "qwen2.5"], "vision": ["qwen3-vl"]}
KNOWN = [
    {"model_name": "qwen2.5", "architectures": ["Qwen2ForCausalLM"]},
    {"model_name": "qwen3", "architectures": ["Qwen3ForCausalLM"]},
    {"model_name": "qwen3-vl", "architectures": [SEES]},
]
THERE = Families(FAMILIES, KNOWN)


def test_each_hub_and_quantization_becomes_a_spec():
    record = llm_record(
        "alpha",
        model_specs=[
            {
                "model_format": "gptq",
                "model_size_in_billions": 7,
                "model_src": {
                    "huggingface": {
                        "quantizations": ["Int4", "Int8"],
                        "model_id": "example/alpha-{quantization}",
                        "model_metadata_by_quantization": {"Int4": {"weights_bytes": 4}},
                    },
                    "modelscope": {"quantizations": ["Int4"], "model_id": "example/alpha"},
                },
            }
        ],
    )
    model = custom_model("llm", [record], THERE).model
    specs = model["model_specs"]
    assert [(spec["model_hub"], spec["quantization"], spec["model_id"]) for spec in specs] == [
        ("huggingface", "Int4", "example/alpha-Int4"),
        ("huggingface", "Int8", "example/alpha-Int8"),
        ("modelscope", "Int4", "example/alpha"),
    ]
    assert [spec.get("model_metadata") for spec in specs] == [{"weights_bytes": 4}, None, None]
    assert all(spec["model_size_in_billions"] == 7 for spec in specs)
    assert "model_src" not in json.dumps(model)
    assert model["updated_at"] == record["updated_at"]
    assert "featured" not in model
    assert wrong("LLM", model, FAMILIES, KNOWN) == ""


def test_a_template_with_other_placeholders_is_left_alone():
    source = {
        "quantizations": ["Q4"], "model_id": "example/a-GGUF",
        "model_file_name_template": "a-{quantization}.gguf",
        "model_file_name_split_template": "a-{quantization}-{part}.gguf",
    }  # fmt: skip
    spec = {
        "model_format": "ggufv2",
        "model_size_in_billions": 7,
        "model_src": {"huggingface": source},
    }
    flat = custom_model("llm", [llm_record("a", model_specs=[spec])], THERE).model["model_specs"][0]
    assert flat["model_file_name_template"] == "a-Q4.gguf"
    assert flat["model_file_name_split_template"] == "a-{quantization}-{part}.gguf"


@pytest.mark.parametrize(
    ("changes", "family"),
    [
        ({"model_ability": ["chat"]}, "alpha"),
        ({"model_family": "qwen2.5"}, "qwen2.5"),
        ({}, "qwen3"),
        ({"model_ability": ["chat", "vision"], "architectures": [SEES]}, "qwen3-vl"),
    ],
)
def test_the_family_is_one_that_the_server_takes(changes, family):
    custom = custom_model("llm", [llm_record("alpha", **changes)], THERE)
    assert custom.model["model_family"] == family
    assert custom.notes == ()
    assert wrong("LLM", custom.model, FAMILIES, KNOWN) == ""


def test_tools_are_left_out_where_the_server_has_no_family_for_them_and_that_is_said():
    record = llm_record("alpha", architectures=["OtherForCausalLM"])
    custom = custom_model("llm", [record], THERE)
    assert custom.model["model_ability"] == ["chat"]
    assert "calls tools" in custom.notes[0]
    assert wrong("LLM", custom.model, FAMILIES, KNOWN) == ""


def test_a_model_that_sees_needs_a_family_that_sees():
    record = llm_record("alpha", model_ability=["chat", "vision"], architectures=["Other"])
    with pytest.raises(CannotRegister, match="vision models only"):
        custom_model("llm", [record], THERE)


def test_a_text_model_gets_no_family_that_sees():
    record = llm_record("alpha", model_family="qwen3-vl", architectures=["Other"])
    assert custom_model("llm", [record], THERE).model["model_family"] == "alpha"


def test_an_image_model_gets_one_source():
    record = image_record("picture", controlnet=[{"model_name": "canny", "model_id": "x/canny"}])
    record["model_src"]["modelscope"] = {"model_id": "ms/picture"}
    custom = custom_model("image", [record])
    assert custom.model["model_id"] == "example/picture"
    assert custom.model["model_hub"] == "huggingface"
    assert custom.model["controlnet"] == record["controlnet"]
    assert custom.notes == ()
    assert wrong("image", custom.model, FAMILIES, KNOWN) == ""


def test_an_audio_model_gets_the_variant_that_runs_on_most_machines():
    def variant(engine, model_id):
        return {
            "version": 2, "model_name": "voice", "model_family": "whisper", "multilingual": True,
            "engine": engine, "model_src": {"huggingface": {"model_id": model_id}},
        }  # fmt: skip

    custom = custom_model("audio", [variant("mlx", "x/mlx"), variant(None, "x/plain")])
    assert custom.model["model_id"] == "x/plain"
    assert "x/plain" in custom.notes[0]
    assert wrong("audio", custom.model, FAMILIES, KNOWN) == ""


@pytest.mark.parametrize("model_type", ["video", "world"])
def test_types_without_custom_models_are_told(model_type):
    with pytest.raises(CannotRegister, match="does not accept custom models of this type"):
        custom_model(model_type, [image_record("film")])


def test_a_definition_without_a_repository_is_told():
    with pytest.raises(CannotRegister, match="no repository"):
        custom_model("image", [image_record("picture", model_src={})])
    with pytest.raises(CannotRegister, match="no repository"):
        custom_model("llm", [llm_record("alpha", model_specs=[])], THERE)


@pytest.mark.parametrize("model_type", ["llm", "embedding", "rerank", "image", "audio"])
def test_every_released_definition_can_be_registered_under_a_name_of_its_own(
    released_catalogue, model_type
):
    """What Xinference ships, as somebody's model of another name, on a server that ships it."""
    folder = released_catalogue / "xinference" / "model"
    shipped = [
        record
        for path in sorted((folder / "llm" / "models").glob("*.json"))
        for record in json.loads(path.read_text(encoding="utf-8"))
    ]
    by_ability = {
        ability: [record["model_name"] for record in shipped if ability in record["model_ability"]]
        for ability in ("tools", "vision")
    }
    count = 0
    for path in sorted((folder / model_type / "models").glob("*.json")):
        records = json.loads(path.read_text(encoding="utf-8"))
        for record in records:
            record["model_name"] = f"my-{record['model_name']}"
        custom = custom_model(model_type, records, Families(by_ability, shipped))
        kind = "LLM" if model_type == "llm" else model_type
        assert wrong(kind, custom.model, by_ability, shipped) == "", path.name
        abilities = custom.model.get("model_ability")
        assert abilities == records[0].get("model_ability") or model_type == "audio", path.name
        count += 1
    assert count >= of_all(17)


def test_parts_of_an_image_model_are_laid_flat_from_the_models_own_hub():
    sources = {
        "huggingface": {"model_id": "hf/canny", "model_revision": "1"},
        "modelscope": {"model_id": "ms/canny", "model_revision": "2"},
    }
    parts = [
        {"model_name": "canny", "model_family": "controlnet", "model_src": sources},
        {"model_name": "flat", "model_id": "x/flat"},
    ]
    of = {"modelscope": {"model_id": "example/x", "model_revision": "master"}}
    model = custom_model("image", [image_record("x", controlnet=parts, model_src=of)]).model
    assert model["controlnet"] == [
        {"model_name": "canny", "model_family": "controlnet", "model_id": "ms/canny",
         "model_revision": "2", "model_hub": "modelscope"},
        {"model_name": "flat", "model_id": "x/flat"},
    ]  # fmt: skip
    assert "model_src" not in json.dumps(model)
