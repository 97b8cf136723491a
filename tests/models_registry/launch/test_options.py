"""What can be chosen for a launch, how much memory it takes, and what is there to copy."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess

import pytest

from models_registry.launch.memory import bits_per_weight, estimate, shape_of
from models_registry.launch.options import Shows, plan
from tests.factories import image_record, llm_record
from tests.standins.xinference import XinferenceServer

QWEN = {
    "num_attention_heads": 16, "num_key_value_heads": 8, "head_dim": 128, "hidden_size": 1024,
    "num_hidden_layers": 28,
}  # fmt: skip


def spec(model_format, size, quantizations, **source):
    source = {"quantizations": quantizations, "model_id": "example/m", **source}
    return {
        "model_format": model_format,
        "model_size_in_billions": size,
        "model_src": {"huggingface": source},
    }


RECORDS = [
    llm_record(
        "m",
        model_specs=[
            spec("pytorch", "0_6", ["none"], model_metadata=QWEN),
            spec("pytorch", 8, ["none"]),
            spec("ggufv2", "0_6", ["Q4_K_M", "Q8_0"]),
        ],
    )
]


def values(found, key):
    return next(one for one in found.choices if one.key == key)


def test_the_form_offers_what_the_definition_has_and_starts_with_the_plainest():
    found = plan("llm", "m", RECORDS, {})
    assert values(found, "format").values == ("pytorch", "ggufv2")
    assert values(found, "size").values == ("0_6", "8")
    assert found.payload == {
        "model_name": "m",
        "model_type": "LLM",
        "model_engine": "Transformers",
        "model_size_in_billions": "0_6",
        "model_format": "pytorch",
        "quantization": "none",
    }


def test_a_format_narrows_sizes_quantizations_and_engines():
    found = plan("llm", "m", RECORDS, {"format": "ggufv2", "size": "8", "quantization": "Q8_0"})
    assert values(found, "size").values == ("0_6",)
    assert values(found, "quantization").chosen == "Q8_0"
    assert values(found, "engine").values == ("llama.cpp",)


def test_what_the_definition_does_not_have_is_not_launched():
    found = plan("llm", "m", RECORDS, {"format": "evil; rm -rf /", "engine": "x", "size": "99"})
    assert found.payload["model_format"] == "pytorch"
    assert found.payload["model_engine"] == "Transformers"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"replicas": "0"}, "Replicas"),
        ({"replicas": "١"}, "Replicas"),
        ({"devices": "0;1"}, "commas"),
        ({"devices": "0,1,2", "replicas": "2"}, "multiple"),
        ({"context": "999999999"}, "between 1 and 32,768"),
        ({"context": "many"}, "whole number"),
    ],
)
def test_a_wrong_number_is_said_and_left_out(asked, said):
    found = plan("llm", "m", RECORDS, asked)
    assert len(found.problems) == 1
    assert said in found.problems[0]
    assert "gpu_idx" not in found.payload


def test_command_python_and_curl_say_the_same_launch():
    asked = {"replicas": "2", "devices": "0, 1", "context": "4096"}
    found = plan("llm", "m", RECORDS, asked)
    words = shlex.split(found.command("http://10.0.0.1:9997").replace("\\\n", " "))
    assert words[:4] == ["xinference", "launch", "--endpoint", "http://10.0.0.1:9997"]
    assert dict(zip(words[4::2], words[5::2], strict=True)) == {
        "--model-name": "m",
        "--model-type": "LLM",
        "--model-engine": "Transformers",
        "--size-in-billions": "0_6",
        "--model-format": "pytorch",
        "--quantization": "none",
        "--replica": "2",
        "--gpu-idx": "0,1",
        "--context-length": "4096",
    }
    curl = shlex.split(found.curl().replace("\\\n", " "))
    assert json.loads(curl[-1]) == found.payload
    compile(found.python(), "python", "exec")
    assert "gpu_idx=[0, 1]," in found.python()


def test_a_hostile_name_stays_one_argument():
    name = "m'; rm -rf / #\n\"$(reboot)`"
    found = plan("llm", name, [llm_record(name)], {})
    words = shlex.split(found.command().replace("\\\n", " "))
    assert words[words.index("--model-name") + 1] == "m'; rm -rf / # \"$(reboot)`"
    compile(found.python(), "python", "exec")
    assert json.loads(shlex.split(found.curl().replace("\\\n", " "))[-1]) == found.payload


def test_an_image_model_is_launched_by_its_name_and_engine_alone():
    found = plan("image", "i", [image_record("i")], {})
    assert found.payload == {"model_name": "i", "model_type": "image"}
    assert found.memory is None


def test_the_kv_cache_is_two_times_layers_heads_dimension_tokens_and_bytes():
    found = estimate(
        billions=0.6, model_format="pytorch", quantization="none", context=32768, metadata=QWEN
    )
    assert found.weights == 0.6e9 * 2
    assert found.cache == 2 * 28 * 8 * 128 * 32768 * 2
    assert found.total > found.weights + found.cache


def test_without_metadata_the_weights_alone_are_known():
    found = plan("llm", "m", RECORDS, {"size": "8"}).memory
    assert found.weights == 8e9 * 2
    assert found.cache is None


def test_layers_without_attention_keep_no_cache():
    hybrid = {**QWEN, "layer_types": ["linear_attention"] * 21 + ["full_attention"] * 7}
    assert shape_of(hybrid).layers == 7
    assert shape_of({**QWEN, "full_attention_interval": 4}).layers == 7


@pytest.mark.parametrize(
    ("model_format", "quantization", "bits"),
    [
        ("pytorch", "none", 16), ("ggufv2", "Q4_K_M", 4.89), ("ggufv2", "q8_0", 8.5),
        ("ggufv2", "UD-Q4_K_XL", None), ("awq", "Int4", 4.96), ("gptq", "Int8", 8.96),
        ("mlx", "4bit", 4.96), ("fp8", "FP8", 8.96), ("ggufv2", "BF16", 16), ("gptq", "odd", None),
    ],
)  # fmt: skip
def test_bits_per_weight(model_format, quantization, bits):
    found = bits_per_weight(model_format, quantization)
    assert found == (bits if bits is None else pytest.approx(bits))


def test_every_released_definition_can_be_planned(released_catalogue):
    count = 0
    for path in sorted((released_catalogue / "xinference/model").glob("*/models/*.json")):
        records = json.loads(path.read_text())
        found = plan(path.parts[-3], path.stem, records, {})
        assert found.payload["model_name"] == path.stem
        count += found.memory is not None
    assert count > 150


def test_a_launch_with_a_sign_in_names_variables_and_no_secret():
    found = plan("llm", "tiny-llm", [llm_record()], {})
    address = "https://gpu.example.org"
    command = found.command(address, Shows.SESSION)
    login, launch = command.split("\nxinference launch")
    assert shlex.split(login.replace("\\\n", " ")) == [
        "xinference", "login", "--endpoint", address,
        "--username", "$XINFERENCE_USERNAME", "--password", "$XINFERENCE_PASSWORD",
    ]  # fmt: skip
    assert "--api-key" not in launch
    python = found.python(address, Shows.SESSION)
    compile(python, "copied", "exec")
    assert 'client.login(os.environ["XINFERENCE_USERNAME"]' in python
    assert f"{address}/token" in found.curl(address, Shows.SESSION)
    assert '"Authorization: Bearer $TOKEN"' in found.curl(address, Shows.SESSION)


@pytest.mark.skipif(not shutil.which("jq") or not shutil.which("curl"), reason="needs jq and curl")
def test_the_copied_curl_signs_in_and_launches():
    """The very text is run, in a shell, against a server that asks for a sign-in."""
    server = XinferenceServer()
    server.access.users["ada"] = ('pass "word" $1', ["models:write"])
    text = plan("llm", "tiny-llm", [llm_record()], {}).curl(server.url, Shows.SESSION)
    env = {"PATH": os.environ["PATH"], "XINFERENCE_USERNAME": "ada",
           "XINFERENCE_PASSWORD": 'pass "word" $1'}  # fmt: skip
    subprocess.run(["bash", "-c", text], env=env, check=True, capture_output=True, timeout=30)
    server.stop()
    assert list(server.models) == ["tiny-llm"]
