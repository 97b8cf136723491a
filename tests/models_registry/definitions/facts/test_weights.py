"""How many bytes a server downloads and loads, from the files of repositories."""

from __future__ import annotations

import pytest

from models_registry.definitions.facts.weights import weight_files, weights_of

GB = 1_000_000_000
SHARDED = {
    "config.json": 700,
    "tokenizer.json": 11_000_000,
    "model-00001-of-00002.safetensors": 4 * GB,
    "model-00002-of-00002.safetensors": 3 * GB,
}


def llm(model_format, source, **spec):
    return [
        {
            "model_name": "tiny",
            "model_specs": [
                {
                    "model_format": model_format,
                    "model_size_in_billions": 7,
                    "model_src": {"huggingface": {"model_id": "a/b", **source}},
                    **spec,
                }
            ],
        }
    ]


def sizes(records, files, model_type="llm"):
    found = weights_of(model_type, "tiny", records, lambda hub, name: files.get(name))
    return {(one.repository_id, one.quantization): (one.download, one.load) for one in found}


def test_shards_are_added_up_and_what_is_no_weights_is_only_downloaded():
    records = llm("pytorch", {"quantizations": ["none"]})
    assert sizes(records, {"a/b": SHARDED}) == {
        ("a/b", "none"): (7 * GB + 11_000_700, 7 * GB),
    }


def test_a_quantization_in_the_id_has_a_repository_of_its_own():
    records = llm("mlx", {"model_id": "a/b-{quantization}", "quantizations": ["4bit", "8bit"]})
    files = {"a/b-4bit": {"model.safetensors": 4 * GB}}
    assert sizes(records, files) == {
        ("a/b-4bit", "4bit"): (4 * GB, 4 * GB),
        ("a/b-8bit", "8bit"): (None, None),
    }


def test_of_gguf_only_the_files_that_the_templates_name_are_downloaded():
    source = {
        "quantizations": ["q4", "q8", "q2"],
        "model_file_name_template": "tiny-{quantization}.gguf",
        "model_file_name_split_template": "{quantization}/tiny-{quantization}-{part}.gguf",
        "quantization_parts": {"q8": ["1-of-2", "2-of-2"]},
        "multimodal_projectors": ["mmproj-F16.gguf", "mmproj-BF16.gguf"],
    }
    files = {
        "README.md": 5000,
        "tiny-q4.gguf": 4 * GB,
        "q8/tiny-q8-1-of-2.gguf": 5 * GB,
        "q8/tiny-q8-2-of-2.gguf": 3 * GB,
        "mmproj-F16.gguf": GB,
        "mmproj-BF16.gguf": GB,
    }
    assert sizes(llm("ggufv2", source), {"a/b": files}) == {
        ("a/b", "q4"): (5 * GB, 5 * GB),
        ("a/b", "q8"): (9 * GB, 9 * GB),
        ("a/b", "q2"): (None, None),  # no such file
    }


def test_patterns_of_the_cache_choose_what_is_downloaded():
    record = {
        "model_name": "tiny",
        "model_src": {"huggingface": {"model_id": "a/b"}},
        "cache_config": {"allow_patterns": ["vae/*", "README.md"], "ignore_patterns": ["*.bin"]},
    }
    files = {"vae/model.safetensors": GB, "vae/model.bin": GB, "unet/model.safetensors": 9 * GB}
    assert sizes([record], {"a/b": files}, "image") == {("a/b", ""): (GB, GB)}


@pytest.mark.parametrize(
    ("paths", "loaded"),
    [
        (["model.safetensors", "pytorch_model.bin", "tf_model.h5"], ["model.safetensors"]),
        (["pytorch_model.bin", "training_args.bin"], ["pytorch_model.bin"]),
        (["model.safetensors", "onnx/model.onnx", "openvino/m.bin"], ["model.safetensors"]),
        (["consolidated.safetensors", "model.safetensors"], ["model.safetensors"]),
        (["model.safetensors", "original/consolidated.00.pth"], ["model.safetensors"]),
        (["model.onnx"], ["model.onnx"]),
        (["README.md"], []),
        (
            ["model_index.json", "all-in-one.safetensors", "unet/x.safetensors", "vae/x.bin"],
            ["unet/x.safetensors", "vae/x.bin"],
        ),
        (
            ["unet/model.safetensors", "unet/model.fp16.safetensors", "vae/m.fp16.safetensors"],
            ["unet/model.safetensors", "vae/m.fp16.safetensors"],
        ),
    ],
)
def test_each_folder_is_loaded_in_one_kind_once(paths, loaded):
    assert weight_files(paths) == loaded


@pytest.mark.parametrize(
    "records", [[], [3], [{"model_specs": 3}], llm("ggufv2", {"quantization_parts": 3})]
)
def test_odd_records_do_not_make_it_fail(records):
    assert all(size == (None, None) for size in sizes(records, {}).values())
