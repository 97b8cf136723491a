"""Matches the parts of two versions of a definition, wherever they are.

Records, specs and controlnets are identified by their purpose, not by their index; packages of a
virtual environment by their name and marker; most other lists of texts are ordered sets.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, Final, Literal

# The kind of value at a place of a definition. "open" is the inside of an engine's own settings,
# whose structure is unknown.
Role = Literal["records", "record", "specs", "spec", "controlnets", "controlnet", "value", "open"]

# The fields by which a server tells the variants of a name apart (`_audio_model_variant_identity`
# in Xinference 4.1.0), and the older engine field.
RECORD_FIELDS: Final = ("engine", "model_engine", "model_format", "quantization", "cache_name")
SPEC_FIELDS: Final = ("model_format", "model_size_in_billions", "model_name")
_CONTROLNET_FIELDS: Final = ("model_name",)

UPDATED_AT: Final = "updated_at"

# The lists that are ordered sets. Other lists of texts, such as the parts of a file, have a meaning
# only as a whole.
SET_KEYS: Final = frozenset(
    {
        "allow_patterns",
        "architectures",
        "auxiliary_model_allow_patterns",
        "draft_quantizations",
        "extra_index_url",
        "find_links",
        "gguf_quantizations",
        "ignore_file_pattern",
        "ignore_patterns",
        "language",
        "lightning_versions",
        "model_ability",
        "model_lang",
        "multimodal_projectors",
        "packages",
        "quantizations",
        "stop",
        "stop_token_ids",
        "trusted_host",
    }
)

_OPEN_KEY = re.compile(r"default_.*_config|lightning_version_configs")
_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9#][\w.#-]*)\s*(?:\[[^\]]*\])?\s*(?:$|[<>=!~@(,])")
_URL_REFERENCE = re.compile(r"(://[^@]*)@.*")

Key = Callable[[Any], Hashable]


def role_of(outer: Role, key: str | None) -> Role:
    """Return the role of a value in an object (at `key`) or array (`key` is None)."""
    if outer == "open":
        return "open"
    if key is None:
        items: dict[Role, Role] = {
            "records": "record",
            "specs": "spec",
            "controlnets": "controlnet",
        }
        return items.get(outer, "value")
    if outer == "record" and key == "model_specs":
        return "specs"
    if outer == "record" and key == "controlnet":
        return "controlnets"
    return "open" if _OPEN_KEY.fullmatch(key) else "value"


def canonical(value: Any) -> str:
    """Return a text that is equal for equal values in any key order; 3 and 3.0 differ."""
    return json.dumps(value, sort_keys=True)


def record_content(record: Any) -> str:
    """Return the canonical text of a record without its time stamp."""
    if isinstance(record, Mapping) and UPDATED_AT in record:
        return canonical({key: value for key, value in record.items() if key != UPDATED_AT})
    return canonical(record)


def source_ids(holder: Any) -> frozenset[tuple[str, str]]:
    """Return all (hub, id) of a spec, or of a record with its specs."""
    if not isinstance(holder, Mapping):
        return frozenset()
    specs = holder.get("model_specs")
    holders = [holder, *(specs if isinstance(specs, list) else ())]
    return frozenset(
        (hub, source["model_id"])
        for each in holders
        if isinstance(each, Mapping) and isinstance(each.get("model_src"), Mapping)
        for hub, source in each["model_src"].items()
        if isinstance(source, Mapping) and isinstance(source.get("model_id"), str)
    )


def offers(spec: Any) -> frozenset[tuple[str, str]]:
    """Return all (hub, quantization) of a spec; a source without quantizations offers "none"."""
    sources = spec.get("model_src") if isinstance(spec, Mapping) else None
    if not isinstance(sources, Mapping):
        return frozenset()
    return frozenset(
        (hub, quantization)
        for hub, source in sources.items()
        if isinstance(source, Mapping)
        for quantization in _texts(source.get("quantizations")) or ["none"]
    )


def _texts(value: Any) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _fields(names: Sequence[str]) -> Key:
    return lambda value: (
        tuple(canonical(value.get(name)) for name in names) if isinstance(value, Mapping) else None
    )


record_identity: Final[Key] = _fields(RECORD_FIELDS)
spec_identity: Final[Key] = _fields(SPEC_FIELDS)


def _with(first: Key, second: Key) -> Key:
    """Return a key of two; None, which matches nothing, if either is None or empty."""

    def key(value: Any) -> Hashable:
        parts = first(value), second(value)
        return parts if all(parts) else None

    return key


# From the strictest to the loosest: each key pairs entries that the ones before left over. The flag
# says that a key counts only if it is unique on both sides.
_LEVELS: Final[dict[Role, tuple[tuple[Key, bool], ...]]] = {
    "record": (
        (record_content, False),
        (_with(record_identity, source_ids), False),
        (record_identity, False),
        (lambda record: source_ids(record) or None, True),
    ),
    "spec": (
        (canonical, False),
        (_with(spec_identity, source_ids), False),
        (_with(spec_identity, lambda spec: min(source_ids(spec), default=None)), False),
        (_with(spec_identity, offers), False),
        (spec_identity, True),
        (lambda spec: source_ids(spec) or None, True),
    ),
    "controlnet": ((canonical, False), (_fields(_CONTROLNET_FIELDS), False)),
}


def pairs(role: Role, old: Sequence[Any], new: Sequence[Any]) -> dict[int, int]:
    """Return the matching entries of two lists of one role: index in `old` → index in `new`.

    Entries without a partner are missing. Takes linear time.
    """
    content = _LEVELS[role][0][0]
    # Of several equal entries, the one at its old index is the untouched one.
    matches = {
        place: place
        for place, (before, after) in enumerate(zip(old, new, strict=False))
        if content(before) == content(after)
    }
    left = [place for place in range(len(old)) if place not in matches]
    right = [place for place in range(len(new)) if place not in matches]
    for key, unique in _LEVELS[role]:
        places: dict[Hashable, list[int]] = {}
        for place in right:
            if (value := key(new[place])) is not None:
                places.setdefault(value, []).append(place)
        keys = {place: key(old[place]) for place in left}
        counts = Counter(keys.values())
        for free in places.values():
            free.reverse()
        for place in left:
            free = places.get(keys[place]) or []
            if free and not (unique and (len(free) > 1 or counts[keys[place]] > 1)):
                matches[place] = free.pop()
        taken = set(matches.values())
        left = [place for place in left if place not in matches]
        right = [place for place in right if place not in taken]
    return matches


def pairs_by(key: Key, old: Sequence[Any], new: Sequence[Any]) -> dict[int, int]:
    """Return the entries with equal keys, in their order: index in `old` → index in `new`."""
    places: dict[Hashable, list[int]] = {}
    for place in reversed(range(len(new))):
        places.setdefault(key(new[place]), []).append(place)
    matches: dict[int, int] = {}
    for place, entry in enumerate(old):
        if free := places.get(key(entry)):
            matches[place] = free.pop()
    return matches


def additions(role: Role, ours: Sequence[Any], theirs: Sequence[Any]) -> dict[int, int]:
    """Return the matching new entries of both sides: index in `ours` → index in `theirs`.

    Two specs of one format and size that have no quantization in common are two specs.
    """
    matches = pairs(role, ours, theirs)
    if role != "spec":
        return matches
    return {
        mine: other
        for mine, other in matches.items()
        if spec_identity(ours[mine]) == spec_identity(theirs[other])
        and not offers(ours[mine]).isdisjoint(offers(theirs[other]))
    }


def set_key(key: str | None, lists: Sequence[Any]) -> Key | None:
    """Return the key of the entries of these versions of one list, if the list is a set.

    None for any other list, and if an entry is not a text or number, or appears twice. The key of a
    package is its name and marker, so another version of it is the same package.
    """
    if key not in SET_KEYS or not all(isinstance(entries, list) for entries in lists):
        return None
    if not all(isinstance(entry, (str, int)) for entries in lists for entry in entries):
        return None
    if key == "packages" and _is_unique(package_key, lists):
        return package_key
    return canonical if _is_unique(canonical, lists) else None


def _is_unique(key: Key, lists: Sequence[Any]) -> bool:
    return all(len({key(entry) for entry in entries}) == len(entries) for entries in lists)


def package_key(requirement: Any) -> Hashable:
    """Return the name of a package with its marker, without version, extras and references."""
    if not isinstance(requirement, str):
        return canonical(requirement)
    wanted, _, marker = requirement.partition(";")
    marker = " ".join(marker.replace("'", '"').split())
    if match := _REQUIREMENT.match(wanted):
        return re.sub(r"[-_.]+", "-", match.group(1)).casefold(), marker
    return _URL_REFERENCE.sub(r"\1", wanted.strip()), marker
