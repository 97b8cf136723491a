import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models_registry.definitions.facts.facts import derive
from models_registry.definitions.facts.kinds import MODEL_TYPES
from models_registry.definitions.json_text.document import parse
from models_registry.definitions.upstream_files.layouts import read_tree
from tests.models_registry.definitions.facts.llm_definition import llm
from tests.models_registry.definitions.samples import ODD
from tests.models_registry.definitions.trees import read_files


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


def test_a_boolean_is_neither_a_number_nor_a_time():
    facts = derive("llm", [llm(context_length=True, updated_at=True)])
    assert (facts.context_length, facts.updated_at) == (None, None)


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


@pytest.mark.parametrize("added", [{"model_format": "ggufv2"}, {"model_format": "mlx"}])
def test_a_variant_of_one_engine_leaves_the_others_theirs(added):
    plain = {"model_format": "pytorch", "model_size_in_billions": 1, "model_src": {}}
    record = {"version": 2, "model_name": "m", "model_specs": [plain]}
    assert derive("llm", [record]).engines == ("Transformers",)
    both = {**record, "model_specs": [plain, {**plain, **added}]}
    own = {"ggufv2": "llama.cpp", "mlx": "MLX"}[added["model_format"]]
    assert set(derive("llm", [both]).engines) == {"Transformers", own}
    alone = {**record, "model_specs": [{**plain, **added}]}
    assert derive("llm", [alone]).engines == (own,)
