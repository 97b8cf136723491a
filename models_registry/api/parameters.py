"""Parameters that several addresses of the API take."""

from __future__ import annotations

from typing import Final

from models_registry.definitions.kinds import MODEL_TYPES
from models_registry.errors import InvalidModelType

MAX_PAGE_SIZE: Final = 100
MAX_REVISION: Final = 2_000_000_000


def known_type(model_type: str) -> str:
    """A type in lower case. Raises InvalidModelType."""
    lower = model_type.lower()
    if lower not in MODEL_TYPES:
        raise InvalidModelType(model_type)
    return lower
