"""Weights at a path instead of a repository: `model_uri` in a source.

Upstream's schema does not know the key, but the servers' loaders take it for every type (4.1.0:
`model_uri` of the specs in `llm/llm_family.py`, `embedding/core.py` and `rerank/core.py`;
`CacheManager._cache` in `model/cache_manager.py` for the other types, whose family classes still
demand a `model_id`). `resolve_model_uri` in `model/utils.py` takes an absolute path, `file://` with
one, and since 3.4.0 `oci://`; it refuses every other scheme, so buckets must be mounted.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from models_registry.definitions.checks.server_rules import QUANTIZED_TYPES
from models_registry.definitions.json_text.messages import gettext_noop
from models_registry.definitions.json_text.problems import (
    Problem,
    UnplacedProblem,
    make_pointer,
    quoted,
)

KEY: Final = "model_uri"
_LOADED: Final = re.compile(r"(/|[A-Za-z]:[\\/]|file:///|oci://[^/\s])\S?.*", re.DOTALL)

Path = tuple[str | int, ...]


def path_pointers(records: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the pointer of each source with weights at a path."""
    return [make_pointer(path) for path, source in _sources(records) if KEY in source]


def path_problems(
    records: Sequence[Mapping[str, Any]], *, is_public: bool
) -> Iterator[UnplacedProblem]:
    """Yield the problem of each bad `model_uri`; in a public definition, every one is bad."""
    for path, source in _sources(records):
        if KEY not in source:
            continue
        uri, at = source[KEY], (*path, KEY)
        if is_public:
            message = gettext_noop(
                "%(key)s names weights that only some machines have. A public model names "
                'its repository in "model_id"; keep this model private or within the enterprise '
                "to name a path.",
                key=quoted(KEY),
            )
            yield UnplacedProblem(at, "local-weights", message)
        elif not isinstance(uri, str) or _LOADED.fullmatch(uri) is None:
            message = gettext_noop(
                "Servers can't load weights from %(uri)s. Use an absolute path, file:// "
                "with an absolute path, or oci:// (Xinference 3.4.0 and later); mount a bucket and "
                "name its path.",
                uri=quoted(uri),
            )
            yield UnplacedProblem(at, "local-weights", message)


def is_answered(model_type: str, problem: Problem) -> bool:
    """True for a problem of the schema that `path_problems` replaces.

    These are the unknown key itself and, if the loaders do without it, a missing `model_id`.
    """
    if problem.pointer.endswith(f"/{KEY}"):
        return problem.code == "unknown-key"
    is_missing_id = problem.code == "missing-key" and '"model_id"' in problem.message
    return is_missing_id and model_type in QUANTIZED_TYPES


def _sources(records: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    for index, record in enumerate(records):
        nested = isinstance(record.get("model_specs"), list)
        specs: list[Any] = record["model_specs"] if nested else [record]
        for place, spec in enumerate(specs):
            sources = spec.get("model_src") if isinstance(spec, dict) else None
            for hub, source in sources.items() if isinstance(sources, dict) else ():
                if isinstance(source, dict):
                    inside: Path = ("model_specs", place) if nested else ()
                    yield (index, *inside, "model_src", hub), source
