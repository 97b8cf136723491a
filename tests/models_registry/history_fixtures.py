"""A model with several revisions."""

from __future__ import annotations

import pytest

from tests.factories import a_model
from tests.models_registry.pages.histories import publish, reloaded


@pytest.fixture
def grown():
    """A model of three public revisions."""
    model = a_model()
    publish(model, context_length=131072, message="Longer context")
    publish(
        model,
        context_length=131072,
        model_lang=["en", "zh", "de"],
        readme="# A model\n\nIt speaks German.\n",
    )
    return reloaded(model)
