import time

import pytest

from models_registry.definitions.checks.advice import lint
from models_registry.definitions.checks.run import OtherModels
from models_registry.definitions.json_text.document import parse, write
from tests.models_registry.definitions.checks.advised import GOOD, PINNED, good, mended
from tests.models_registry.definitions.samples import audio, gguf, spec


def found(record, model_type="llm", known=None):
    return lint(model_type, parse(write([record])), known)


def told(record, **options):
    return [(one.severity, one.code, one.pointer) for one in found(record, **options)]


def test_a_good_definition_needs_no_advice():
    assert found(GOOD) == []


def test_a_source_that_is_on_modelscope_alone_needs_no_twin():
    assert told(good(model_specs=[spec(hub="modelscope")])) == []


def test_a_file_name_that_is_the_same_for_all_quantizations_gets_the_placeholder(laid_out):
    template = "ünï-Q4_K_M.gguf"
    record = good(
        model_specs=[
            gguf(
                hub="modelscope", model_file_name_template=template, quantizations=["Q4_K_M", "Q8"]
            )
        ]
    )
    expected = laid_out(record).replace(template, "ünï-{quantization}.gguf")
    assert mended(laid_out(record), "quantization") == expected


def test_a_repository_that_is_the_same_for_all_quantizations_gets_the_placeholder(laid_out):
    record = good(
        model_specs=[
            spec("gptq", hub="modelscope", model_id="o/m-Int4", quantizations=["Int4", "Int8"])
        ]
    )
    expected = laid_out(record).replace("o/m-Int4", "o/m-{quantization}")
    assert mended(laid_out(record), "quantization") == expected


@pytest.mark.parametrize("template", ["m.gguf", "m-Q4-Q4.gguf", "m-Q4_K_M.gguf"])
def test_a_name_that_does_not_show_its_quantization_is_not_mended_by_guessing(template):
    specs = [gguf(hub="modelscope", model_file_name_template=template)]
    [finding] = found(good(model_specs=specs))
    assert finding.fix is None
    assert finding.message == (
        f'"{template}" is the same for 2 quantizations. Write {{quantization}} where they differ.'
    )


def test_files_of_one_repository_may_have_many_quantizations():
    assert told(good(model_specs=[gguf(hub="modelscope"), spec(hub="modelscope")])) == []


def test_a_stop_token_that_the_template_lacks_can_be_removed(laid_out):
    record = good(chat_template="{{ m }}<|im_end|>", stop=["<|im_end|>", "<|eot|>", "<|x|>"])
    record["stop"].pop()
    expected = laid_out({**record, "stop": ["<|im_end|>"]})
    assert mended(laid_out(record), "stop-token") == expected


def test_a_token_that_ends_a_text_is_only_mentioned():
    [finding] = found(good(chat_template="{{ m }}", stop=["<|endoftext|>"]))
    assert (finding.severity, finding.pointer, finding.fix) == ("info", "/0/stop/0", None)


def test_stop_tokens_without_a_template_are_not_looked_at():
    assert told(good(stop=["x"])) == []


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ('"0.5"', '"0_5"'),
        ("0.5", '"0_5"'),
        ("7.0", "7"),
        ('"7B"', "7"),
        ('" 1.50b"', '"1_5"'),
        ('"0_6B"', '"0_6"'),
    ],
)
@pytest.mark.parametrize("key", ["model_size_in_billions", "activated_size_in_billions"])
def test_a_size_gets_the_spelling_of_upstream(laid_out, written, wanted, key):
    record = good(model_specs=[{**spec(hub="modelscope"), key: "SIZE"}])
    text = laid_out(record)
    assert mended(text.replace('"SIZE"', written), "size") == text.replace('"SIZE"', wanted)


@pytest.mark.parametrize("size", [7, "7", "0_5", "large", True, None, -1.5])
def test_other_sizes_are_left_alone(size):
    assert (
        told(good(model_specs=[{**spec(hub="modelscope"), "model_size_in_billions": size}])) == []
    )


def test_an_id_that_another_model_has_is_told_once_and_not_mended():
    known = OtherModels(source_ids={"o/m": "other"})
    [finding] = found(GOOD, known=known)
    assert finding.message == 'The model "other" has the source "o/m" too.'
    assert (finding.code, finding.fix) == ("shared-source", None)
    assert finding.pointer == "/0/model_specs/0/model_src/huggingface/model_id"


def test_white_space_matters_in_templates_stop_tokens_and_settings_of_engines():
    record = good(
        chat_template=" x \n",
        stop=[" x "],
        default_model_config={"a_id": " x"},
        reasoning_start_tag="x\n",
    )
    assert told(record) == []


def test_white_space_around_a_description_is_a_small_matter():
    assert told(good(model_description=" A model.")) == [
        ("info", "white-space", "/0/model_description")
    ]


def test_sources_without_a_commit_are_mentioned_once_for_each_record():
    specs = [
        spec(size=size, model_revision=revision) for size, revision in ((7, "main"), (8, PINNED))
    ]
    findings = [one for one in found(good(model_specs=specs)) if one.code == "no-revision"]
    [finding] = findings
    assert (finding.severity, finding.fix) == ("info", None)
    assert finding.message.startswith("1 of 2 Hugging Face sources name no commit")


def test_a_missing_description_is_mentioned_once():
    records = [audio(engine="MLX"), audio(engine="PyTorch", model_description=" ")]
    findings = lint("audio", parse(write(records)))
    assert [one.pointer for one in findings if one.code == "no-description"] == ["/0"]


def test_a_finding_is_shown_with_its_place_and_the_words_of_its_button():
    [finding] = found(good(model_lang=["en", "en"]))
    assert finding.as_dict() == {
        "pointer": "/0/model_lang/1",
        "line": 8,
        "column": 7,
        "message": 'The language "en" appears twice.',
        "code": "repeated",
        "severity": "warning",
        "fix": "Remove the second",
    }


@pytest.mark.parametrize(
    "record",
    [
        {"model_name": [" "], "model_specs": {"a": 1}, "stop": "x", "chat_template": "y"},
        {"model_specs": [1, {"model_src": {"huggingface": 1}}], "model_lang": [[], [], {}]},
        {"model_specs": [{"model_src": {"huggingface": {}}, "model_format": []}]},
        {"model_src": {"huggingface": {"model_id": "{", "quantizations": ["a", 1]}}},
    ],
)
def test_odd_values_do_no_harm(record):
    for one in found(record):
        if one.fix is not None:
            one.fix.apply(write([record]))


def test_a_hostile_definition_is_looked_at_in_time():
    record = good(stop_token_ids=[0] * 40_000, model_lang=["x "] * 30_000)
    start = time.process_time()
    findings = found(record)
    assert time.process_time() - start < 60
    assert len(findings) == 300
