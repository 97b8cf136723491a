"""What the loaders of each release of Xinference accept, as data.

The files in `rules_by_release/` are made, and compared with the loaders, by
`python -m tests.releases rules`, which runs those of each wheel; nobody writes them by hand. A file
is for consecutive releases with the same rules, and is named for the first of them:

- `releases`: which;
- `shipped without updated_at`: release → type → names of which the package has a record without
  `updated_at`: a list with such a name ends the next start of its servers, whatever it says
  (`merge_models_by_timestamp` compares None with a number);
- `types`: type → `family` and `classes`, the classes of pydantic v1 that take a record, and
  `reads`: how a record becomes families (`quantizations` and `sources` expand each spec, `flat`
  each record), `expands specs`: whether a flat record may have `model_specs`, `skips unread`:
  whether an MLX record is skipped before anything else of it is read,
  `starts without huggingface`: whether a start survives a model without a huggingface source, and
  `keeps older variants`: whether, of the records of one name, only the newest are kept.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).with_name("rules_by_release")
# Raise it whenever what `release_loading` makes of the files changes: see VERSION.
_CODE_VERSION: Final = "1"
_STATED = re.compile(r"v?([0-9]{1,4})(?:\.([0-9]{1,4}))?(?:\.([0-9]{1,4}))?(?![0-9])[\w.+-]{0,40}")


@dataclass(frozen=True, slots=True)
class ClassRules:
    """A class: its fields by whether they are required, may be null, or have a default."""

    required: Mapping[str, Any]
    nullable: Mapping[str, Any]
    with_default: Mapping[str, Any]
    is_smart: bool
    validators: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True, eq=False)
class TypeRules:
    """How a release loads the models of a type. Releases with the same rules share an object."""

    family: str
    classes: Mapping[str, ClassRules]
    reads: str
    expands_specs: bool
    skips_unread: bool
    starts_without_huggingface: bool
    keeps_older_variants: bool


def key(release: str) -> tuple[int, ...]:
    """What releases are ordered by; the release is one like 3.2.1."""
    return tuple(map(int, release.split(".")))


def _type_rules(data: Mapping[str, Any]) -> TypeRules:
    classes = {
        name: ClassRules(
            each["fields"]["required"],
            each["fields"]["nullable"],
            each["fields"]["with default"],
            bool(each.get("smart union")),
            each.get("validators", {}),
        )
        for name, each in data["classes"].items()
    }
    return TypeRules(
        family=data["family"],
        classes=classes,
        reads=data["reads"],
        expands_specs=data.get("expands specs", False),
        skips_unread=data.get("skips unread", True),
        starts_without_huggingface=data["starts without huggingface"],
        keeps_older_variants=data["keeps older variants"],
    )


def _read() -> tuple[
    dict[str, dict[str, TypeRules]], dict[str, dict[str, list[str]]], dict[str, list[str]], str
]:
    rules: dict[str, dict[str, TypeRules]] = {}
    shipped: dict[str, dict[str, list[str]]] = {}
    groups: dict[str, list[str]] = {}
    same: dict[str, TypeRules] = {}
    digest = hashlib.sha256(_CODE_VERSION.encode())
    for path in sorted(FOLDER.glob("*.json"), key=lambda path: key(path.stem)):
        text = path.read_text("utf-8")
        digest.update(text.encode())
        data = json.loads(text)
        types: dict[str, TypeRules] = {}
        for model_type, type_data in data["types"].items():
            written = model_type + json.dumps(type_data, sort_keys=True)
            if written not in same:
                same[written] = _type_rules(type_data)
            types[model_type] = same[written]
        groups[path.stem] = data["releases"]
        for release in data["releases"]:
            rules[release] = types
            shipped[release] = data["shipped without updated_at"].get(release, {})
    return rules, shipped, groups, digest.hexdigest()[:8]


# In place of a release: all that were published later than those whose rules the hub knows. They
# are taken to load what the newest one does.
LATER: Final = "later"
# The rules by release, the names that a release ships without `updated_at`, the releases with the
# same rules by the first of them, and a digest of all: with another one, what is derived from the
# rules is derived again.
_RULES, _SHIPPED, GROUPS, VERSION = _read()
RELEASES: Final = tuple(_RULES)
_RULES[LATER], _SHIPPED[LATER] = _RULES[RELEASES[-1]], _SHIPPED[RELEASES[-1]]


_GROUP_OF: Final = {release: first for first, group in GROUPS.items() for release in group}


def group_of(release: str) -> str:
    """The first of the releases with the same rules as this one."""
    return _GROUP_OF[release]


def rules_of(release: str, model_type: str) -> TypeRules | None:
    """How a release loads a type; None if it does not know the type."""
    return _RULES[release].get(model_type)


def shipped_without_updated_at(model_type: str, oldest: str) -> dict[str, tuple[str, ...]]:
    """The names that releases from the oldest on ship without `updated_at`, with those releases."""
    names: dict[str, tuple[str, ...]] = {}
    for release in since(oldest):
        for name in _SHIPPED[release].get(model_type, ()):
            names[name] = (*names.get(name, ()), release)
    return names


def ships_without_updated_at(release: str, model_type: str) -> frozenset[str]:
    """The names that a release ships without `updated_at`."""
    return frozenset(_SHIPPED[release].get(model_type, ()))


def since(oldest: str) -> tuple[str, ...]:
    """The releases from one on, which need not be known itself."""
    return tuple(release for release in RELEASES if key(release) >= key(oldest))


def known_release(stated: str) -> str | None:
    """The release whose rules are those of a stated version; None if there is none.

    A version that the hub does not know has those of the newest release before it: "3.2.5" those
    of 3.2.1. One that is newer than all is LATER. What follows the number is ignored
    ("3.5.0.post1", "v4.0.1+cu126").
    """
    match = _STATED.fullmatch(stated.strip())
    if match is None:
        return None
    wanted = tuple(int(number or 0) for number in match.groups())
    if wanted > key(RELEASES[-1]):
        return LATER
    before = [release for release in RELEASES if key(release) <= wanted]
    return before[-1] if before else None


def spans(releases: Sequence[str], *, among: Sequence[str] = RELEASES) -> str:
    """Releases as people write them: "1.13.0 to 1.17.1, 3.4.0"."""
    wanted, parts, run = set(releases), [], []
    for release in (*among, None):
        if release in wanted:
            run.append(release)
        elif run:
            parts.append(run[0] if len(run) == 1 else f"{run[0]} to {run[-1]}")
            run = []
    return ", ".join(map(str, parts))
