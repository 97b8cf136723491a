"""Parts of a definition are named for people."""

from tests.models_registry.definitions.compare.told import AWQ, told
from tests.models_registry.definitions.samples import llm, spec


def test_a_sentence_says_which_spec_and_hub_it_is_about():
    fewer = spec("awq", quantizations=["Int8"], model_id="o/n")
    assert told(llm(model_specs=[AWQ]), llm(model_specs=[fewer])) == [
        "Model id of AWQ 7B on huggingface: o/m → o/n",
        "Removed quantization Int4 of AWQ 7B from huggingface",
    ]


def test_specs_of_one_title_are_told_apart_by_their_quantizations():
    four, eight = (
        spec("mlx", quantizations=[one], model_id=f"o/{one}") for one in ("4bit", "8bit")
    )
    changed = {**eight, "activated_size_in_billions": 3}
    assert told(llm(model_specs=[four, eight]), llm(model_specs=[four, changed])) == [
        "Added activated size in billions of MLX 7B (8bit): 3"
    ]


def test_what_a_stranger_wrote_is_one_short_line():
    [label] = told(llm(), llm(tool_parser="x\n" * 500))
    assert "\n" not in label
    assert len(label) < 120
