"""Fixtures of the tests that fetch: both model hubs on loopback."""

from __future__ import annotations

import dataclasses

import pytest

from tests.standins.model_hubs import ModelHubs


@pytest.fixture
def hubs(settings):
    """Hugging Face and ModelScope, as the hub sees them in this test."""
    hubs = ModelHubs()
    settings.ENV = dataclasses.replace(
        settings.ENV, hf_endpoint=hubs.url, modelscope_endpoint=hubs.url
    )
    yield hubs
    hubs.stop()
