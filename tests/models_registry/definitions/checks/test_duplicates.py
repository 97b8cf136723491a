"""Specs and records that offer the same as an earlier one."""

from tests.models_registry.definitions.checks.checked import found
from tests.models_registry.definitions.samples import audio, gguf, llm, spec


def test_a_copy_of_a_spec_is_refused():
    [problem] = found(llm(model_specs=[spec(), gguf(), spec()]))
    assert (problem.severity, problem.pointer) == ("error", "/0/model_specs/2")
    assert problem.message == "Spec 3 (PyTorch 7B) offers the same as spec 1. Remove one."


def test_a_spec_that_servers_never_reach_is_worth_a_warning():
    other = spec("ggufv2", model_file_name_template="x.gguf", quantizations=["q8"], model_id="o/x")
    [problem] = found(llm(model_specs=[gguf(), other]))
    assert (problem.severity, problem.code) == ("warning", "duplicate-spec")
    assert '"q8" from "huggingface" is in spec 1 already' in problem.message


def test_specs_that_differ_in_quantizations_or_hub_are_no_duplicates():
    specs = [spec(), spec(hub="modelscope"), spec(size="0_5"), spec("awq"), gguf()]
    assert found(llm(model_specs=specs)) == []


def test_records_that_servers_cannot_tell_apart_are_refused():
    records = [audio(engine="MLX"), audio(engine="MLX", language="en")]
    [problem] = found(*records, model_type="audio")
    assert (problem.code, problem.pointer) == ("duplicate-record", "/1")
    assert problem.message.startswith("Record 2 is the same variant as record 1")
