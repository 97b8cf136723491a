"""Somebody who writes drafts, and the model hubs that drafts are filled from."""

from __future__ import annotations

import dataclasses

import pytest

from tests.models_registry.drafting.conftest import ada  # noqa: F401 - a fixture
from tests.standins.model_hubs import ModelHubs, Repository


@pytest.fixture
def hubs(settings):
    """Hugging Face and ModelScope on loopback, with a small model in the first."""
    hubs = ModelHubs()
    settings.ENV = dataclasses.replace(
        settings.ENV, hf_endpoint=hubs.url, modelscope_endpoint=hubs.url
    )
    config = {"architectures": ["Qwen3ForCausalLM"], "max_position_embeddings": 40960}
    hubs.hugging_face["Qwen/Qwen3-0.6B"] = Repository(
        {
            "README.md": "---\nlicense: apache-2.0\n---\n# Fetched\n",
            "config.json": config,
            "tokenizer_config.json": {"chat_template": "{{ messages }}"},
            "model.safetensors": 1_503_300_328,
        }
    )
    yield hubs
    hubs.stop()
