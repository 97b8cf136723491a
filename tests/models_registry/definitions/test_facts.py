import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models_registry.definitions.facts import CONTEXT_BUCKETS, SIZE_BUCKETS, derive
from models_registry.definitions.kinds import MODEL_TYPES
from models_registry.definitions.layouts import read_tree
from models_registry.definitions.text import parse
from models_registry.definitions.vocabulary import billions, language_code, size_bucket

from .trees import read_files

KEYS = st.sampled_from(
    "model_name model_family model_specs model_src model_format engine virtualenv packages "
    "huggingface modelscope model_id quantizations model_size_in_billions updated_at language "
    "model_lang model_ability context_length gguf_model_id architectures featured".split()
)
ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=20,
)


def llm(**changes):
    record = {
        "version": 2,
        "model_name": "m",
        "context_length": 131072,
        "model_lang": ["en", "zh"],
        "model_ability": ["tools", "chat"],
        "model_description": "  A model.\n",
        "model_specs": [
            {
                "model_format": "ggufv2",
                "model_size_in_billions": "0_6",
                "activated_size_in_billions": 3,
                "model_src": {
                    "modelscope": {
                        "model_id": "O/M",
                        "quantizations": ["Q4"],
                        "model_file_name_template": "m-{quantization}.gguf",
                    },
                    "huggingface": {"model_id": "o/m-{quantization}", "quantizations": ["a", "b"]},
                },
            }
        ],
        "virtualenv": {"packages": ['vllm>=1 ; #engine# == "vLLM" or #engine# == "sglang"']},
    }
    return {**record, **changes}


@given(st.sampled_from((*MODEL_TYPES, "unknown")), st.lists(ODD, max_size=3) | ODD)
def test_no_records_make_it_fail(model_type, records):
    json.dumps(derive(model_type, records).as_dict())


def test_the_facts_of_an_llm():
    facts = derive("llm", [llm(updated_at=5), llm(updated_at=7, featured=True)])
    assert facts.name == "m"
    assert facts.description == "A model."
    assert facts.abilities == ("chat", "tools")
    assert facts.formats == ("ggufv2",)
    assert facts.engines == ("llama.cpp", "SGLang", "vLLM")
    assert facts.sizes_in_billions == (0.6,)
    assert facts.activated_sizes_in_billions == (3.0,)
    assert facts.size_buckets == ("lt-1b",)
    assert facts.context_buckets == ("8k", "32k", "128k")
    assert facts.hubs == ("huggingface", "modelscope")
    assert facts.source_ids == ("o/m-a", "o/m-b", "O/M")
    assert facts.quantizations == ("a", "b", "Q4")
    assert facts.featured is True
    assert facts.updated_at == 7


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


@pytest.mark.parametrize(
    "model_id", ["m", "/m", "o/m/x", "../m", "o/..", "o/m?x=1", "javascript:alert(1)//x", "o m/x"]
)
def test_an_id_that_is_not_owner_and_name_has_no_page(model_id):
    record = {"model_name": "m", "model_src": {"huggingface": {"model_id": model_id}}}
    assert [row.url for row in derive("image", [record]).variants] == [None]


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


def test_a_boolean_is_neither_a_number_nor_a_time():
    facts = derive("llm", [llm(context_length=True, updated_at=True)])
    assert (facts.context_length, facts.updated_at) == (None, None)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("Chinese", "zh"),
        ("ZH", "zh"),
        ("zh-CN", "zh"),
        ("ZH_Sichuan", "zh"),
        ("JP", "ja"),
        ("Cantonese", "yue"),
        ("30+ languages supported", "multilingual"),
        ("auto", None),
        ("klingon", "klingon"),
    ],
)
def test_languages_are_normalised_where_that_is_obvious(written, code):
    assert language_code(written) == code


@pytest.mark.parametrize(
    ("written", "size"),
    [
        ("0_6", 0.6),
        ("1058_59", 1058.59),
        (7, 7.0),
        ("7", 7.0),
        ("x", None),
        (True, None),
        (0, None),
    ],
)
def test_sizes_are_read_as_upstream_writes_them(written, size):
    assert billions(written) == size


@pytest.mark.parametrize(
    ("size", "label"),
    [(0.6, "<1B"), (1, "1–4B"), (4, "4–9B"), (14, "9–15B"), (110, "40–110B"), (671, ">110B")],
)
def test_each_size_falls_into_one_bucket(size, label):
    key = size_bucket(size)
    assert [one.label for one in SIZE_BUCKETS if one.key == key] == [label]


def test_buckets_have_keys_of_their_own():
    for buckets in (SIZE_BUCKETS, CONTEXT_BUCKETS):
        assert len({one.key for one in buckets}) == len(buckets)


@pytest.mark.parametrize("root", ["catalogue", "catalogue-4.1.0"])
def test_every_real_definition_has_facts_to_search_by(upstream_dir, root):
    models = read_tree(read_files(upstream_dir / root)).models
    assert models
    for model in models:
        facts = derive(model.model_type, parse(model.text).records)
        assert facts.name == model.name
        assert facts.variants
        assert facts.abilities
        assert facts.formats
        assert facts.hubs
        assert facts.engines or {"ocr", "docanalyze"} & set(facts.abilities)
        json.dumps(facts.as_dict())
