"""Records that a server loads, and one changed value."""

import copy

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
