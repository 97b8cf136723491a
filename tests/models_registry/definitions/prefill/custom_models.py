"""JSON that people start a model from, and the form that takes it."""

from __future__ import annotations

import json

from tests.models_registry.drafting.forms import START

FIRST_VERSION = {
    "version": 1,
    "context_length": 8192,
    "model_name": "acme-14b",
    "model_lang": ["zh"],
    "model_ability": ["chat"],
    "model_specs": [
        {"model_format": "pytorch", "model_size_in_billions": 1.5,
         "quantizations": ["4-bit", "none"], "model_id": "acme/acme-14b"}
    ],
    "prompt_style": {"style_name": "QWEN", "roles": ["user", "assistant"]},
}  # fmt: skip


def start(client, model_type, value):
    text = value if isinstance(value, str) else json.dumps(value)
    return client.post(
        START, {"model_type": model_type, "start": "json", "json": text}, follow=True
    )
