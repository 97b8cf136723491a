"""The seven model types of Xinference and how a record of each is named."""

import re
from collections.abc import Mapping
from typing import Final

MODEL_TYPES: Final = ("llm", "embedding", "rerank", "image", "audio", "video", "world")

# The rule of upstream's `_model_catalog.py` (`_FILENAME`, without its `.json`); match it with
# `fullmatch`.
NAME_PATTERN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")

# File systems allow 255 bytes for a file name, and the name is stored as `NAME.json`.
MAX_NAME_LENGTH: Final = 200


def record_name(record: Mapping[str, object]) -> str | None:
    """Return the name of a record: `model_name`, or `model_family` without one.

    Only `world` records go without a `model_name`: they may hold named variants under one family
    (`_model_name` in Xinference 4.1.0's `_model_catalog.py`). None if neither is a non-empty
    string.
    """
    name = record.get("model_name") or record.get("model_family")
    return name if isinstance(name, str) and name else None


def name_field(record: Mapping[str, object]) -> str:
    """Return the field that has, or should have, the name of a record."""
    return "model_name" if record.get("model_name") else "model_family"


def name_key(name: str) -> str:
    """Return the key that is unique among a type's names: names must differ in more than case."""
    return name.casefold()


def is_valid_name(name: object) -> bool:
    """True if upstream accepts this as a model's name, which is also its file's name."""
    return (
        isinstance(name, str)
        and len(name) <= MAX_NAME_LENGTH
        and NAME_PATTERN.fullmatch(name) is not None
    )
