"""The launch as a command, in Python and with curl: all say the same, and nothing escapes."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess

import pytest

from models_registry.definitions.facts.facts import derive
from models_registry.launch.default_launch import choose_launch
from models_registry.launch.plan import Shows, plan
from tests.factories import image_record, llm_record
from tests.models_registry.launch.launched import RECORDS, spec
from tests.standins.xinference import XinferenceServer


def test_command_python_and_curl_say_the_same_launch():
    asked = {"replicas": "2", "devices": "0, 1", "context": "4096"}
    launch = plan("llm", "m", RECORDS, asked)
    words = shlex.split(launch.command("http://10.0.0.1:9997").replace("\\\n", " "))
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
    curl = shlex.split(launch.curl().replace("\\\n", " "))
    assert json.loads(curl[-1]) == launch.payload
    compile(launch.python(), "python", "exec")
    assert "gpu_idx=[0, 1]," in launch.python()


def test_a_hostile_name_stays_one_argument():
    name = "m'; rm -rf / #\n\"$(reboot)`"
    launch = plan("llm", name, [llm_record(name)], {})
    words = shlex.split(launch.command().replace("\\\n", " "))
    assert words[words.index("--model-name") + 1] == "m'; rm -rf / # \"$(reboot)`"
    compile(launch.python(), "python", "exec")
    assert json.loads(shlex.split(launch.curl().replace("\\\n", " "))[-1]) == launch.payload


def test_an_image_model_is_launched_by_its_name_and_engine_only():
    launch = plan("image", "i", [image_record("i")], {})
    assert launch.payload == {"model_name": "i", "model_type": "image"}
    assert launch.memory is None


def test_a_launch_with_a_sign_in_names_variables_and_no_secret():
    launch = plan("llm", "tiny-llm", [llm_record()], {})
    address = "https://gpu.example.org"
    command = launch.command(address, Shows.SESSION)
    login, rest = command.split("\nxinference launch")
    assert shlex.split(login.replace("\\\n", " ")) == [
        "xinference", "login", "--endpoint", address,
        "--username", "$XINFERENCE_USERNAME", "--password", "$XINFERENCE_PASSWORD",
    ]  # fmt: skip
    assert "--api-key" not in rest
    python = launch.python(address, Shows.SESSION)
    compile(python, "copied", "exec")
    assert 'client.login(os.environ["XINFERENCE_USERNAME"]' in python
    assert f"{address}/token" in launch.curl(address, Shows.SESSION)
    assert '"Authorization: Bearer $TOKEN"' in launch.curl(address, Shows.SESSION)


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


def chosen_engine(record):
    return choose_launch("llm", "m", derive("llm", [record]), [record]).model_engine


def test_the_engine_that_the_definition_marks_is_chosen():
    packages = {"packages": ['x ; #engine# == "vllm"']}
    assert chosen_engine(llm_record("m")) == "Transformers"
    assert chosen_engine(llm_record("m", virtualenv=packages)) == "vLLM"


@pytest.mark.parametrize(("model_format", "engine"), [("ggufv2", "llama.cpp"), ("mlx", "MLX")])
def test_a_format_that_only_one_engine_runs_gets_that_engine(model_format, engine):
    specs = [spec(model_format, "0_6", ["none"])]
    assert chosen_engine(llm_record("m", model_specs=specs)) == engine
