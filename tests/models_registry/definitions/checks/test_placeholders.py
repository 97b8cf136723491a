import pytest

from models_registry.definitions.checks.placeholders import names_in, placeholder_problems
from tests.models_registry.definitions.samples import gguf, image, llm, spec


def told(record):
    return [(one.path[-1], one.message) for one in placeholder_problems(record, (0,))]


def gguf_told(**changes):
    return told(llm(model_specs=[gguf(**changes)]))


def test_a_format_or_conversion_is_no_plain_placeholder():
    assert names_in("{quantization}-{quantization!r:>5}{a.b}{}{{x}}") == [
        "quantization",
        "quantization!r:>5",
        "a.b",
        "",
    ]


def test_a_template_that_tells_its_quantizations_apart_is_right():
    assert gguf_told() == []
    assert gguf_told(model_file_name_template="one.gguf", quantizations=["Q4"]) == []


def test_several_quantizations_need_the_placeholder():
    assert gguf_told(model_file_name_template="m-Q4.gguf") == [
        (
            "model_file_name_template",
            '"m-Q4.gguf" is the same for 2 values ("Q4", "Q8"). '
            "Write {quantization} where they differ.",
        )
    ]


def test_one_repository_for_each_quantization_may_hold_files_of_one_name():
    assert gguf_told(model_file_name_template="m.gguf", model_id="o/m-{quantization}") == []


def test_quantizations_that_are_split_into_parts_need_no_whole_file():
    parts = {"Q4": ["1", "2"], "Q8": ["1", "2"]}
    split = "m-{quantization}-{part}.gguf"
    assert (
        gguf_told(
            model_file_name_template="",
            model_file_name_split_template=split,
            quantization_parts=parts,
        )
        == []
    )


def test_a_split_template_needs_the_part_and_the_quantization():
    changes = {
        "quantization_parts": {"Q4": ["1"], "Q8": ["1"]},
        "model_file_name_split_template": "m.gguf",
    }
    assert [message for _, message in gguf_told(**changes)] == [
        "Without {part}, all parts of a file would have the same name. Add {part}.",
        '"m.gguf" is the same for 2 values ("Q4", "Q8"). Write {quantization} where they differ.',
    ]


@pytest.mark.parametrize("name", ["quant", "quantization.__class__", "", "quantization!r", "0"])
def test_placeholders_that_servers_do_not_fill_are_told(name):
    template = f"m-{{quantization}}{{{name}}}.gguf"
    assert gguf_told(model_file_name_template=template) == [
        (
            "model_file_name_template",
            f"Servers do not know the placeholder {{{name}}} here. They know {{quantization}}.",
        )
    ]


def test_braces_that_do_not_match_are_told():
    assert gguf_told(model_file_name_template="m-{quantization.gguf") == [
        ("model_file_name_template", 'The braces in "m-{quantization.gguf" do not match.')
    ]


def test_ids_are_looked_at_too():
    [(key, message)] = told(llm(model_specs=[spec("gptq", model_id="o/m-{quant}")]))
    assert (key, message[:52]) == (
        "model_id",
        "Servers do not know the placeholder {quant} here. Th",
    )


def test_the_template_of_a_record_is_told_once_for_all_its_sources():
    source = {"model_id": "o/m", "model_revision": "x"}
    record = image(
        model_src={"huggingface": source, "modelscope": source},
        gguf_model_id="o/m-gguf",
        gguf_quantizations=["Q4", "Q8"],
        gguf_model_file_name_template="m.gguf",
    )
    assert [key for key, _ in told(record)] == ["gguf_model_file_name_template"]
