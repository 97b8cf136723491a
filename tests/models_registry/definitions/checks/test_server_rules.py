"""Each field as the family classes of a server take it: the verdicts are an unmodified
Xinference 4.1.0's."""

import pytest

from models_registry.definitions.checks.server_loading import loading_problems
from models_registry.definitions.facts.kinds import MODEL_TYPES
from tests.models_registry.definitions.checks.server_records import (
    GONE,
    SOURCE,
    SPEC_SOURCE,
    H,
    S,
    changed,
)

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


def shown(value):
    return "gone" if value is GONE else repr(value)[:30] if not isinstance(value, str) else value


@pytest.mark.parametrize(("kind", "path", "value"), REFUSED, ids=shown)
def test_what_a_server_refuses_is_a_problem(kind, path, value):
    assert loading_problems(kind, [changed(kind, path, value)])


@pytest.mark.parametrize(("kind", "path", "value"), LOADED, ids=shown)
def test_what_a_server_loads_is_none(kind, path, value):
    assert loading_problems(kind, [changed(kind, path, value)]) == []
