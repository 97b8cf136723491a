"""The specs table: one row for each spec on each hub."""

from models_registry.definitions.facts.facts import derive
from tests.models_registry.definitions.facts.llm_definition import llm


def test_a_variant_is_one_spec_on_one_hub_with_the_real_repositories_behind_it():
    first, second = derive("llm", [llm()]).variants
    assert (first.hub, first.size, first.activated_size) == ("huggingface", "0.6B", "3B")
    assert first.url is None
    assert [one.url for one in first.repositories] == [
        "https://huggingface.co/o/m-a",
        "https://huggingface.co/o/m-b",
    ]
    assert second.url == "https://www.modelscope.cn/models/O/M"
    assert second.file_template == "m-{quantization}.gguf"


def test_gguf_files_of_an_image_model_are_a_row_of_their_own_but_no_engine():
    source = {
        "model_id": "o/m",
        "gguf_model_id": "o/m-gguf",
        "gguf_quantizations": ["Q4"],
        "gguf_model_file_name_template": "x-{quantization}.gguf",
    }
    facts = derive("image", [{"model_name": "m", "model_src": {"huggingface": source}}])
    assert [(row.model_format, row.model_id) for row in facts.variants] == [
        ("pytorch", "o/m"),
        ("ggufv2", "o/m-gguf"),
    ]
    assert facts.formats == ("ggufv2", "pytorch")
    assert facts.engines == ("Diffusers",)


def test_the_named_variants_of_a_world_model_keep_their_names():
    spec = {"model_name": "W-1", "model_src": {"huggingface": {"model_id": "o/w1"}}}
    facts = derive("world", [{"model_family": "W", "model_specs": [spec]}])
    assert facts.name == "W"
    assert [row.label for row in facts.variants] == ["W-1"]
