"""Records for one release, where only a field keeps its loader from taking them.

Only what is certain is changed: the meaning that the release itself gives to the field is kept.
What is served so never goes upstream, and no definition changes by it.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from models_registry.definitions.checks.release_loading import ReleaseVerdict, stamp, verdict
from models_registry.definitions.checks.release_rules import TypeRules, rules_of
from models_registry.definitions.json_text.messages import Message, gettext_noop
from models_registry.definitions.json_text.problems import quoted

_ADDRESSES = ("extra_index_url", "find_links", "trusted_host")


@dataclass(frozen=True, slots=True)
class ForRelease:
    """What a release gets of a model: its records, what was changed in them, and its verdict."""

    records: Sequence[Any]
    verdict: ReleaseVerdict
    changes: list[Message] = field(default_factory=list)

    def text(self) -> str:
        """The records as the text of a definition."""
        return json.dumps(self.records, indent=2, ensure_ascii=False) + "\n"


def for_release(
    release: str, model_type: str, records: Sequence[Any], *, is_taken: bool = False
) -> ForRelease:
    """Return the records as the release takes them, if it can; else as they are, with the verdict.

    `is_taken`: it is known already that the release takes them as they are; then they are only
    looked at if `keeps_one_time`. Never raises, whatever the records contain.
    """
    plain = ReleaseVerdict() if is_taken else verdict(release, model_type, records)
    rules = rules_of(release, model_type)
    if rules is None or (plain.refusal is None and not _have_many_times(rules, records)):
        return ForRelease(records, plain)
    translated = copy.deepcopy(list(records))
    changes: dict[Message, None] = {}
    if plain.refusal is not None:
        changes |= dict.fromkeys(_translations(rules, translated))
    if _have_many_times(rules, translated):
        changes |= dict.fromkeys(_one_time(translated))
    if not changes:
        return ForRelease(records, plain)
    after = verdict(release, model_type, translated)
    if not after.is_fine:
        return ForRelease(records, plain)
    return ForRelease(translated, after, list(changes))


def _translations(rules: TypeRules, records: list[Any]) -> Iterator[Message]:
    for record in records:
        if isinstance(record, dict):
            yield from _addresses(rules, record)
            yield from _abilities(rules, record)
            yield from _formats(rules, record)


def _addresses(rules: TypeRules, record: dict[str, Any]) -> Iterator[Message]:
    """A list of one address, where the release takes only a text."""
    described = rules.classes.get("VirtualEnvSettings")
    specs = record.get("model_specs")
    holders = [record, *(specs if isinstance(specs, list) else ())]
    for holder in holders:
        settings = holder.get("virtualenv") if isinstance(holder, dict) else None
        if not isinstance(settings, dict) or described is None:
            continue
        for key in _ADDRESSES:
            value = settings.get(key)
            takes_text = described.nullable.get(key) == "str"
            if takes_text and isinstance(value, list) and len(value) == 1:
                settings[key] = value[0]
                yield gettext_noop("%(key)s is a text, not a list.", key=quoted(key))


def _abilities(rules: TypeRules, record: dict[str, Any]) -> Iterator[Message]:
    """Abilities without the prefix of the type, where the release knows them so."""
    kind = rules.classes[rules.family].with_default.get("model_ability")
    abilities = record.get("model_ability")
    if not isinstance(kind, dict) or not isinstance(abilities, list):
        return
    accepted = kind["list"]["one of"]
    for index, ability in enumerate(abilities):
        bare = ability.partition("_")[2] if isinstance(ability, str) else ""
        if ability not in accepted and bare in accepted:
            abilities[index] = bare
            yield gettext_noop("%(old)s is %(new)s.", old=quoted(ability), new=quoted(bare))


def _formats(rules: TypeRules, record: dict[str, Any]) -> Iterator[Message]:
    """Specs of formats that the release does not know; at least one must be left."""
    specs = record.get("model_specs")
    if rules.reads == "flat" or not isinstance(specs, list):
        return
    known = {
        model_format
        for described in rules.classes.values()
        for model_format in _literals(described.required.get("model_format"))
    }
    kept = [spec for spec in specs if isinstance(spec, dict) and spec.get("model_format") in known]
    if not kept or len(kept) == len(specs):
        return
    unknown = {
        str(spec.get("model_format")) if isinstance(spec, dict) else "?"
        for spec in specs
        if spec not in kept
    }
    record["model_specs"] = kept
    yield gettext_noop("It is without the formats %(formats)s.", formats=", ".join(sorted(unknown)))


def _literals(kind: Any) -> Sequence[Any]:
    return kind["one of"] if isinstance(kind, dict) and "one of" in kind else ()


def keeps_one_time(release: str, model_type: str) -> bool:
    """Whether a release keeps, of records with several times, only the newest."""
    rules = rules_of(release, model_type)
    return rules is not None and _keeps_one_time(rules)


def _keeps_one_time(rules: TypeRules) -> bool:
    return rules.reads == "flat" and not rules.keeps_older_variants


def _have_many_times(rules: TypeRules, records: Sequence[Any]) -> bool:
    """Whether the release would keep only some of the records, those with the newest time."""
    if not _keeps_one_time(rules):
        return False
    stamps = {stamp(record) if isinstance(record, dict) else -1 for record in records}
    return len(stamps) > 1 and min(stamps) >= 0


def _one_time(records: list[Any]) -> Iterator[Message]:
    newest = max(map(stamp, records))
    for record in records:
        record["updated_at"] = newest
    yield gettext_noop("All of its records have the time of the newest one.")
