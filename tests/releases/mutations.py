"""Definitions with one value changed, such as people and other hubs may send."""

from __future__ import annotations

import copy
import random
from typing import Any, Final

VALUES: Final = (
    None, True, False, 0, 1, 7, 2.0, 1.5, "", "7", "1_5", "x", "true", [], ["x"], [None], [1],
    ["embed_vision"], ["rerank_vision"], ["vision"], ["chat", "vision"], {}, {"x": "y"}, {"x": {}},
    "fp4", "ggufv2", "mlx", "pytorch", {"packages": ["x"], "extra_index_url": ["a", "b"]},
    {"packages": ["x"], "find_links": ["a"]}, {"extra_index_url": "a"}, "MLX",
)  # fmt: skip
ADDED: Final = (
    "model_specs", "virtualenv", "engine", "architectures", "cache_config", "is_builtin",
    "model_lang", "quantization", "model_format", "model_metadata", "gguf_quantizations",
    "multimodal_projector", "stop_token_ids", "activated_size_in_billions", "model_ability",
)  # fmt: skip


def mutations(
    definitions: list[list[dict[str, Any]]], count: int, *, seed: int
) -> list[list[dict[str, Any]]]:
    """So many definitions, each with one value removed, replaced or added."""
    chance = random.Random(seed)
    made = []
    for _ in range(count):
        records = copy.deepcopy(chance.choice(definitions))
        holder, key = chance.choice(list(_places(records)))
        action = chance.random()
        if action < 0.2 and not isinstance(holder, list):
            del holder[key]
        elif action < 0.35 and not isinstance(holder, list):
            holder[chance.choice(ADDED)] = copy.deepcopy(chance.choice(VALUES))
        else:
            holder[key] = copy.deepcopy(chance.choice(VALUES))
        made.append(records)
    return made


def _places(value: Any) -> Any:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield value, key
            yield from _places(inner)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            # Not a whole record: the list of a type consists of them.
            if not isinstance(inner, dict) or "model_name" not in inner:
                yield value, index
            yield from _places(inner)
