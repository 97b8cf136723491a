"""One small valid record of the types that tests need most, to be changed by each test."""

import copy

from hypothesis import strategies as st


def source(**changes):
    return {"model_id": "o/m", "quantizations": ["none"], **changes}


def spec(model_format="pytorch", size=7, hub="huggingface", **changes):
    return {
        "model_format": model_format,
        "model_size_in_billions": size,
        "model_src": {hub: source(**changes)},
    }


def gguf(**changes):
    wanted = {"model_file_name_template": "m-{quantization}.gguf", "quantizations": ["Q4", "Q8"]}
    return spec("ggufv2", **{**wanted, **changes})


def llm(**changes):
    """An llm record with one spec; `...` as a value removes the key."""
    record = {
        "version": 2,
        "model_name": "m",
        "context_length": 8192,
        "model_lang": ["en"],
        "model_ability": ["chat"],
        "model_specs": [spec()],
        **changes,
    }
    return {key: copy.deepcopy(value) for key, value in record.items() if value is not ...}


def image(**changes):
    record = {
        "version": 2,
        "model_name": "m",
        "model_family": "f",
        "model_ability": ["text2image"],
        "model_src": {"huggingface": {"model_id": "o/m", "model_revision": "x"}},
        **changes,
    }
    return {key: copy.deepcopy(value) for key, value in record.items() if value is not ...}


def audio(**changes):
    record = {
        "version": 2,
        "model_name": "m",
        "model_family": "f",
        "model_ability": ["audio2text"],
        "multilingual": True,
        "model_src": {"huggingface": {"model_id": "o/m"}},
        **changes,
    }
    return {key: copy.deepcopy(value) for key, value in record.items() if value is not ...}


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
