"""The verdicts in `REFUSED` and `LOADED` are those of an unmodified Xinference 4.1.0's loaders."""

import copy
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models_registry.definitions.kinds import MODEL_TYPES
from models_registry.definitions.layouts import read_tree
from models_registry.definitions.loading import loading_problems
from models_registry.definitions.text import parse, write

from .test_facts import ODD
from .trees import read_files

GONE = object()

SOURCE = {"model_id": "o/m", "model_revision": "x"}
SPEC_SOURCE = {**SOURCE, "quantizations": ["none"]}
GGUF_SOURCE = {**SPEC_SOURCE, "model_file_name_template": "m-{quantization}.gguf"}
SIZED = {"model_format": "pytorch", "model_size_in_billions": 7}
RECORDS = {
    "llm": {
        "version": 2,
        "model_name": "m",
        "model_lang": ["en"],
        "model_ability": ["chat"],
        "model_specs": [
            {**SIZED, "model_src": {"huggingface": SPEC_SOURCE}},
            {**SIZED, "model_format": "ggufv2", "model_src": {"huggingface": GGUF_SOURCE}},
        ],
        "updated_at": 1,
    },
    "embedding": {
        "version": 2,
        "model_name": "m",
        "dimensions": 8,
        "max_tokens": 8,
        "language": ["en"],
        "model_specs": [{"model_format": "pytorch", "model_src": {"huggingface": SPEC_SOURCE}}],
        "updated_at": 1,
    },
    "rerank": {
        "version": 2,
        "model_name": "m",
        "language": ["en"],
        "model_specs": [{"model_format": "ggufv2", "model_src": {"huggingface": GGUF_SOURCE}}],
        "updated_at": 1,
    },
    "image": {
        "version": 2,
        "model_name": "m",
        "model_family": "f",
        "model_ability": ["text2image"],
        "model_src": {"huggingface": SOURCE, "modelscope": {**SOURCE}},
        "updated_at": 1,
    },
    "audio": {
        "version": 2,
        "model_name": "m",
        "model_family": "f",
        "multilingual": True,
        "model_src": {"huggingface": SOURCE},
        "updated_at": 1,
    },
    "video": {
        "version": 2,
        "model_name": "m",
        "model_family": "f",
        "model_src": {"huggingface": SOURCE},
        "updated_at": 1,
    },
    "world": {
        "version": 1,
        "model_family": "f",
        "model_name": "m",
        "model_ability": ["text2world"],
        "source_url": "https://example.org/x",
        "source_revision": "x",
        "model_src": {"huggingface": SOURCE},
        "updated_at": 1,
    },
}

S, H = "model_specs", "huggingface"
REFUSED = [
    *((kind, ("model_name",), GONE) for kind in MODEL_TYPES),
    *((kind, ("updated_at",), GONE) for kind in MODEL_TYPES),
    *((kind, ("version",), 3) for kind in MODEL_TYPES),
    *((kind, ("version",), GONE) for kind in MODEL_TYPES if kind != "image"),
    *((kind, ("model_src",), GONE) for kind in ("image", "audio", "video", "world")),
    *((kind, ("model_src",), {H: {"model_revision": "x"}}) for kind in ("image", "audio", "world")),
    *((kind, (S,), GONE) for kind in ("llm", "embedding", "rerank")),
    *((kind, (S,), []) for kind in ("llm", "embedding", "rerank")),
    *((kind, (S, 0, "model_src"), GONE) for kind in ("llm", "embedding", "rerank")),
    *((kind, (S, 0, "model_src", H, "quantizations"), GONE) for kind in ("llm", "rerank")),
    *((kind, (S, 0, "model_format"), "zip") for kind in ("llm", "embedding", "rerank")),
    *((kind, (S, 0, "model_format"), GONE) for kind in ("llm", "embedding", "rerank")),
    *((kind, ("to_version_info",), "x") for kind in MODEL_TYPES),
    *((kind, ("virtualenv",), {"packages": "torch"}) for kind in ("image", "audio")),
    *((kind, ("virtualenv",), {}) for kind in MODEL_TYPES),
    ("llm", ("model_lang",), GONE),
    ("llm", ("model_lang",), "en"),
    ("llm", ("model_ability",), ["sing"]),
    ("llm", ("model_ability",), GONE),
    ("llm", ("context_length",), "8K"),
    ("llm", ("stop_token_ids",), ["x"]),
    ("llm", ("json",), "x"),
    ("llm", ("cache_name",), 5),
    ("llm", (S, 0, "model_size_in_billions"), GONE),
    ("llm", (S, 0, "model_size_in_billions"), "1.5"),
    ("llm", (S, 0, "model_size_in_billions"), 1.5),
    ("llm", (S, 0, "activated_size_in_billions"), "three"),
    ("llm", (S, 0, "model_src", H), "o/m"),
    ("llm", (S, 0, "model_src", H, "model_format"), "zip"),
    ("llm", (S, 0, "model_src", H, "model_metadata"), {"vocab_size": 1}),
    ("llm", (S, 1, "model_src", H, "model_file_name_template"), GONE),
    ("embedding", ("dimensions",), GONE),
    ("embedding", ("max_tokens",), None),
    ("embedding", ("language",), "en"),
    ("embedding", ("model_ability",), ["chat"]),
    ("embedding", ("model_ability",), None),
    ("embedding", (S, 0, "model_format"), "ggufv2"),
    ("rerank", ("language",), GONE),
    ("rerank", (S, 0, "model_src", H, "model_file_name_template"), GONE),
    ("image", ("model_family",), GONE),
    ("image", ("model_src", H), GONE),
    ("image", ("model_src", H, "model_revision"), GONE),
    ("image", ("model_ability",), "ocr"),
    ("image", ("default_model_config",), ["x"]),
    ("image", ("controlnet",), [{"model_name": "x"}]),
    ("image", ("model_format",), 5),
    ("image", (S,), [{"model_format": "mlx", "model_src": {H: SPEC_SOURCE, "modelscope": SOURCE}}]),
    ("audio", ("multilingual",), GONE),
    ("audio", ("multilingual",), "perhaps"),
    ("audio", ("engine",), None),
    ("audio", ("engine",), 5),
    ("video", ("model_src", H, "model_revision"), GONE),
    ("video", ("lightning_version_configs",), {"a": 1}),
    ("world", ("source_url",), GONE),
    ("world", ("model_family",), GONE),
    ("world", ("model_ability",), GONE),
]
LOADED = [
    ("llm", ("unknown_key",), {"a": 1}),
    ("llm", ("context_length",), "8192"),
    ("llm", ("model_lang",), []),
    ("llm", ("chat_template",), None),
    ("llm", ("tool_parser",), "unheard-of"),
    ("llm", (S, 0, "model_size_in_billions"), "0_6"),
    ("llm", (S, 0, "model_src", H, "model_id"), GONE),
    ("llm", (S, 0, "model_src", H, "unknown_key"), 5),
    ("embedding", ("model_ability",), ["vision"]),
    ("image", ("version",), GONE),
    ("image", ("model_ability",), ["unheard-of"]),
    ("audio", ("engine",), GONE),
    ("audio", ("language",), 5),
    ("video", ("engine",), GONE),
    ("world", ("default_generate_config",), None),
]


def changed(kind, path, value):
    record = copy.deepcopy(RECORDS[kind])
    *outer, key = path
    node = record
    for step in outer:
        node = node[step]
    if value is GONE:
        node.pop(key, None)
    else:
        node[key] = value
    return record


def shown(value):
    return "gone" if value is GONE else repr(value)[:30] if not isinstance(value, str) else value


@pytest.mark.parametrize("kind", MODEL_TYPES)
def test_a_plain_record_loads(kind):
    assert loading_problems(kind, [RECORDS[kind]]) == []


@pytest.mark.parametrize(("kind", "path", "value"), REFUSED, ids=shown)
def test_what_a_server_refuses_is_a_problem(kind, path, value):
    assert loading_problems(kind, [changed(kind, path, value)])


@pytest.mark.parametrize(("kind", "path", "value"), LOADED, ids=shown)
def test_what_a_server_loads_is_none(kind, path, value):
    assert loading_problems(kind, [changed(kind, path, value)]) == []


@pytest.mark.parametrize("kind", MODEL_TYPES)
@pytest.mark.parametrize("stamp", [True, 1.5, "1", None, [1]])
def test_only_an_integer_is_a_time_to_compare_by(kind, stamp):
    (problem,) = loading_problems(kind, [{**RECORDS[kind], "updated_at": stamp}])
    assert problem.pointer == "/0/updated_at"


@pytest.mark.parametrize("kind", MODEL_TYPES)
@pytest.mark.parametrize("name", ["", "a b", "-a", "a/b", "x" * 300, 5, None, ["a"]])
def test_a_name_that_upstream_does_not_know_is_refused(kind, name):
    record = {**RECORDS[kind], "model_name": name}
    assert loading_problems(kind, [record])


def test_a_downloaded_record_cannot_call_itself_built_in():
    for kind in MODEL_TYPES:
        record = {**RECORDS[kind], "is_builtin": True}
        assert [one.code for one in loading_problems(kind, [record])] == ["reserved-key"]
    hidden = changed("image", ("model_src", "huggingface", "is_builtin"), True)
    assert [one.code for one in loading_problems("image", [hidden])] == ["reserved-key"]


@pytest.mark.parametrize("key", ["model_name", "version", "updated_at"])
def test_a_source_cannot_take_the_place_of_another_record(key):
    for kind in ("image", "audio", "video", "world"):
        record = changed(kind, ("model_src", "huggingface", key), "other")
        assert loading_problems(kind, [record])


def test_a_source_cannot_pretend_to_stand_on_another_hub():
    record = changed("llm", (S, 0, "model_src", H, "model_hub"), "modelscope")
    assert loading_problems("llm", [record])


def test_an_image_model_needs_a_hugging_face_source_among_its_newest_records():
    elsewhere = {**RECORDS["image"], "model_src": {"modelscope": SOURCE}}
    assert loading_problems("image", [RECORDS["image"], elsewhere]) == []
    (problem,) = loading_problems("image", [RECORDS["image"], {**elsewhere, "updated_at": 2}])
    assert (problem.pointer, problem.code) == ("/1", "no-huggingface")


def test_a_world_model_of_named_specs_needs_no_name_of_its_own():
    record = changed("world", ("model_name",), GONE)
    del record["model_src"]
    record["model_specs"] = [{"model_name": "m-1", "model_src": {"huggingface": SOURCE}}]
    assert loading_problems("world", [record]) == []
    del record["model_specs"][0]["model_name"]
    assert loading_problems("world", [record])


def test_each_problem_has_its_place_in_the_text():
    text = write([RECORDS["llm"], changed("llm", ("model_lang",), "en")])
    definition = parse(text)
    (problem,) = loading_problems("llm", definition.records, definition=definition)
    assert problem.pointer == "/1/model_lang"
    assert text.split("\n")[problem.line - 1][problem.column - 1 :] == '"en",'


@given(st.sampled_from((*MODEL_TYPES, "unknown")), st.lists(ODD, max_size=3) | ODD)
def test_no_records_make_it_fail(model_type, records):
    loading_problems(model_type, records)


@given(st.sampled_from(MODEL_TYPES), st.data())
def test_no_odd_value_in_a_good_record_makes_it_fail(model_type, data):
    record = copy.deepcopy(RECORDS[model_type])
    node = record
    while isinstance(node, (dict, list)) and node and data.draw(st.booleans()):
        keys = list(node) if isinstance(node, dict) else range(len(node))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(node[key], (dict, list)) or data.draw(st.booleans()):
            node[key] = data.draw(ODD)
        node = node[key]
    loading_problems(model_type, [record])


def test_a_hostile_definition_is_judged_quickly():
    hubs = {f"h{number}": SPEC_SOURCE for number in range(8_000)}
    record = {
        **RECORDS["llm"],
        **{f"k{number}": 1 for number in range(40_000)},
        "model_specs": [{**SIZED, "model_src": hubs}],
    }
    start = time.process_time()
    loading_problems("llm", [record])
    assert time.process_time() - start < 60


def test_every_released_record_loads_but_the_eight_without_a_time(released_catalogue):
    refused = {}
    for model in read_tree(read_files(released_catalogue)).models:
        if found := loading_problems(model.model_type, parse(model.text).records):
            refused[model.name] = [(one.pointer, one.code) for one in found]
    assert len(refused) == 8
    assert set(map(tuple, refused.values())) == {(("/0", "missing-key"),)}


def test_every_record_of_the_aggregate_catalogue_loads(aggregate_catalogue):
    models = read_tree(read_files(aggregate_catalogue)).models
    assert models
    for model in models:
        assert loading_problems(model.model_type, parse(model.text).records) == []
