"""Decides which models may be in a list that servers download, and why others may not."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.conf import settings

from models_registry.definitions.checks import release_rules
from models_registry.definitions.checks.release_loading import unusable_releases, verdicts
from models_registry.definitions.checks.release_summary import WorksWith, works_with
from models_registry.definitions.checks.release_translation import (
    ForRelease,
    for_release,
    keeps_one_time,
)
from models_registry.definitions.json_text import document as definition_text
from models_registry.definitions.json_text.messages import Message, gettext_noop, packed, unpacked
from models_registry.definitions.json_text.problems import DefinitionTextError
from models_registry.labels import problem_message, translated
from models_registry.models import (
    CatalogueList,
    Facet,
    ModelType,
    RegisteredModel,
    Revision,
    ShippedName,
    UpstreamFile,
)
from models_registry.rules_version import DERIVED_BY

# The facets of so many models are read by their keys.
_FEW = 500


@dataclass(slots=True)
class Selection:
    """The models of a list, and those left out with the reasons.

    `translated` has, by the key of their names, the models that the release of the list takes in
    another form only.
    """

    kept: list[RegisteredModel] = field(default_factory=list)
    left_out: list[tuple[RegisteredModel, list[Message]]] = field(default_factory=list)
    translated: dict[str, ForRelease] = field(default_factory=dict)
    # By the key of a kept model's name: how many supported releases can't use it.
    refusing: dict[str, int] = field(default_factory=dict)

    def definitions(self) -> list[str]:
        """The texts of the kept models' definitions, in the list's order."""
        return [
            self.translated[m.name_key].text()
            if m.name_key in self.translated
            else m.published_revision.definition
            for m in self.kept
            if m.published_revision
        ]

    def record_count(self) -> int:
        """How many records the list has."""
        return definition_text.count_records(self.definitions())


def select(
    model_type: str, models: Iterable[RegisteredModel], *, release: str | None = None
) -> Selection:
    """Select the models for a list of that type.

    If names clash, the first published model wins. With a release, one that `release_rules` knows
    or LATER, the list is for its servers: everything that it takes is in it, in a translated
    form where need be, sorted by name. Without one, nothing is in it that would stop servers of any
    supported release, and models that more of these releases can load come first, since a loader
    stops at the first record that it refuses. Sorting by name ignores letter case.
    """
    candidates = list(models)
    unusable = _unusable(candidates) if release is None else {}
    taken = _taken(release, candidates) if release is not None else set()
    held_back = names_held_back(model_type, release)
    selection = Selection()
    names: set[str] = set()
    variants: dict[str, str] = {}
    refusing = selection.refusing
    for model in candidates:
        reasons = _reasons(model, held_back)
        fitting = None
        if not reasons and release is None:
            reasons = _why_it_stops(model, unusable[id(model)])
        elif not reasons and release is not None:
            fitting = _fitting(release, model, taken)
            reason = fitting.verdict.refusal or fitting.verdict.stop
            reasons = [reason] if reason is not None else []
        if model.name_key in names:
            reasons.append(gettext_noop("Another model of this name is in the list already."))
        own_variants = variant_names(model) if model_type == ModelType.WORLD else set()
        for name in sorted(own_variants & variants.keys()):
            reasons.append(
                gettext_noop(
                    "Its variant %(variant)s is in the list already, as one of %(model)s.",
                    variant=name,
                    model=variants[name],
                )
            )
        if reasons:
            selection.left_out.append((model, reasons))
        else:
            names.add(model.name_key)
            variants |= dict.fromkeys(own_variants, model.name)
            refusing[model.name_key] = len(unusable[id(model)]) if release is None else 0
            if fitting is not None and fitting.changes:
                selection.translated[model.name_key] = fitting
            selection.kept.append(model)
    selection.kept.sort(key=lambda model: (refusing[model.name_key], model.name_key, model.name))
    return selection


def supported_releases() -> tuple[str, ...]:
    """The releases whose servers must be able to take a list that names no version."""
    return release_rules.since(settings.ENV.oldest_server) or release_rules.RELEASES[-1:]


def _unusable(models: list[RegisteredModel]) -> dict[int, list[str]]:
    """The supported releases that can't use each of these models, by the identity of its object.

    Those of models that are not stored (a pinned list's), or not derived yet, are calculated here.
    """
    supported = supported_releases()
    # Those of other rules, or of a definition that came after them, say nothing.
    facets = Facet.objects.filter(kind=Facet.Kind.RELEASE)
    if len(models) <= _FEW:
        facets = facets.filter(model__in=[m.pk for m in models if m.derived_by == DERIVED_BY])
    else:
        types = {model.model_type for model in models}
        facets = facets.filter(model__model_type__in=types, model__derived_by=DERIVED_BY)
    usable: dict[int, set[str]] = {}
    for pk, first in facets.values_list("model_id", "value"):
        usable.setdefault(pk, set()).add(first)
    return {
        id(model): [
            release
            for release in supported
            if release_rules.group_of(release) not in usable[model.pk]
        ]
        if model.pk in usable
        else unusable_releases(model.model_type, _records(model), supported)
        for model in models
    }


# A stored model, and its published revision.
_Published = tuple[int, int | None]


def _taken(release: str, models: list[RegisteredModel]) -> set[_Published]:
    """The stored models of which a release is known to take the published revision as it is.

    The revision is read with the facets: what is published a moment later has others.
    """
    known = release_rules.RELEASES[-1] if release == release_rules.LATER else release
    facets = Facet.objects.filter(
        kind=Facet.Kind.RELEASE,
        value=release_rules.group_of(known),
        model__model_type__in={model.model_type for model in models},
        # Those of other rules say nothing.
        model__derived_by=DERIVED_BY,
    )
    return set(facets.values_list("model_id", "model__published_revision_id"))


def _fitting(release: str, model: RegisteredModel, taken: set[_Published]) -> ForRelease:
    """What a release gets of a model. Most are taken as they are, and need not be parsed."""
    is_taken = (model.pk, model.published_revision_id) in taken
    is_read = not is_taken or keeps_one_time(release, model.model_type)
    records = _records(model) if is_read else ()
    return for_release(release, model.model_type, records, is_taken=is_taken)


def limits_of(model: RegisteredModel, revision: Revision) -> WorksWith:
    """Which supported releases can use a revision of a model, and why others can't."""
    if model.published_revision_id != revision.pk or _unusable([model])[id(model)]:
        records = definition_text.parse(revision.definition).records
        return works_with(model.model_type, records, supported_releases())
    return WorksWith(supported_releases()[0], "", ())


def joined(selection: Selection) -> bytes:
    """The bytes of a list; they depend only on the selected models' texts and their order."""
    return definition_text.join_records(selection.definitions()).encode("utf-8")


def models_of(model_type: str) -> list[RegisteredModel]:
    """The models from which a type's list is built, oldest first."""
    models = RegisteredModel.objects.public().filter(model_type=model_type).with_definitions()
    return list(models.order_by("pk"))


def names_held_back(model_type: str, release: str | None = None) -> Mapping[str, str | None]:
    """The case-folded names that a list must not have, with the releases that ship them.

    If a server's package ships a name with a record without an integer `updated_at`, the server
    can't load any list with that name. None instead of releases: upstream has such a file, so the
    next release will ship it. Without a release: for servers of all supported ones.
    """
    shipped: dict[str, str | None] = {}
    if release is None or release == release_rules.LATER:
        upstream, imported = names_without_updated_at(model_type)
        shipped |= dict.fromkeys(upstream)
        shipped |= {key: name for key, name in imported if not _is_older(name)}
    if release is not None:
        names = release_rules.ships_without_updated_at(release, model_type)
        return shipped | {name.casefold(): f"Xinference {release}" for name in names}
    known = release_rules.shipped_without_updated_at(model_type, settings.ENV.oldest_server)
    return shipped | {
        name.casefold(): f"Xinference {release_rules.spans(releases)}"
        for name, releases in known.items()
    }


def names_without_updated_at(model_type: str) -> tuple[list[str], list[tuple[str, str]]]:
    """The case-folded names that upstream has without `updated_at`, and those that an imported
    package ships so, with the package, such as xinference==3.4.0."""
    files = UpstreamFile.objects.filter(model_type=model_type, has_updated_at=False)
    imported = ShippedName.objects.filter(model_type=model_type)
    return (
        sorted(set(files.values_list("name_key", flat=True))),
        sorted(imported.values_list("name_key", "release")),
    )


def _is_older(requirement: str) -> bool:
    """Whether an imported package, such as xinference==3.4.0, is older than what is supported."""
    version = requirement.partition("==")[2]
    known = release_rules.known_release(version)
    return known in release_rules.RELEASES and known not in supported_releases()


def to_store(model: RegisteredModel, reasons: list[Message]) -> dict[str, Any]:
    """An entry of `CatalogueList.left_out`: the reasons in English, and what they are made of."""
    return {
        "model": model.pk,
        "name": model.name,
        "reasons": [str(reason) for reason in reasons],
        "made_of": [packed(reason) for reason in reasons],
    }


def stored_left_out(listing: CatalogueList) -> list[tuple[str, list[str]]]:
    """The names that are left out of a list, each with the reasons in the reader's language."""
    return [
        # A former version stored sentences only, in the language of whoever changed a model.
        (entry["name"], [translated(unpacked(r)) for r in entry.get("made_of", entry["reasons"])])
        for entry in listing.left_out
    ]


def reasons_to_leave_out(model: RegisteredModel) -> list[str]:
    """Why a model must not be in its type's list, in the reader's language; empty if it may.

    If its loader refuses one record, a server drops the whole list, or everything after that
    record.
    """
    reasons = _reasons(model, names_held_back(model.model_type))
    reasons = reasons or _why_it_stops(model, _unusable([model])[id(model)])
    return [translated(reason) for reason in reasons]


def is_unsafe_to_fetch(model: RegisteredModel) -> bool:
    """True for a model that breaks the list of a server that fetches it by name.

    Only 4.1.0 and later do that (`update_spec`), so problems of older releases do not matter here.
    """
    revision = model.published_revision
    refused = revision is not None and bool(revision.loading_problems)
    return refused or model.name_key in names_held_back(model.model_type)


def _reasons(model: RegisteredModel, held_back: Mapping[str, str | None]) -> list[Message]:
    revision = model.published_revision
    problems = revision.loading_problems if revision else []
    reasons = [problem_message(problem) for problem in problems]
    if not _has_records(_text(model)) and not reasons:
        reasons.append(gettext_noop("Its definition can't be read."))
    if model.name_key in held_back:
        reasons.append(_why_held_back(held_back[model.name_key]))
    return reasons


def _why_it_stops(model: RegisteredModel, unusable: list[str]) -> list[Message]:
    """Why servers of some supported releases would not start with a model; empty if all would."""
    # Most are usable everywhere; the texts of these few are remembered.
    stopped = unusable and _stopped(model.model_type, _text(model), tuple(unusable))
    if not stopped:
        return []
    return [
        gettext_noop(
            "It has no huggingface source: servers of Xinference %(releases)s do not start "
            "again with it in their list. Add a huggingface source to have it listed.",
            releases=release_rules.spans(stopped),
        )
    ]


def _why_held_back(shipped_in: str | None) -> Message:
    if shipped_in is None:
        return gettext_noop(
            "Upstream's own file has a record without updated_at: servers that ship it do not "
            "start again with this name in their list. Add updated_at upstream before the next "
            "release of Xinference; once released, the name can't be listed any more."
        )
    return gettext_noop(
        "A release ships a record of this name without updated_at (%(releases)s): its servers do "
        "not start again with the name in their list, whatever its definition says. They have the "
        "model already. Changes reach servers with the next release of Xinference; adding "
        "updated_at upstream does not put the name back into the list.",
        releases=shipped_in,
    )


def _has_records(text: str) -> bool:
    """Whether a list can have the text; read in the way that `joined` does, which remembers it."""
    try:
        return definition_text.count_records([text]) > 0
    except DefinitionTextError:
        return False


# Cached: a list is usually built again because one model changed.
@lru_cache(maxsize=2000)
def _stopped(model_type: str, text: str, unusable: tuple[str, ...]) -> list[str]:
    """Those of the releases that can't use a definition whose servers would not start with it."""
    judged = verdicts(model_type, _parsed(text), list(unusable))
    return [release for release in unusable if judged[release].stop is not None]


def _text(model: RegisteredModel) -> str:
    return model.published_revision.definition if model.published_revision else ""


def _records(model: RegisteredModel) -> list[dict[str, Any]]:
    return _parsed(_text(model))


def _parsed(text: str) -> list[dict[str, Any]]:
    """The records of a published definition; its text was checked when it was published.

    Empty without a definition, or if it can't be read any more.
    """
    try:
        records: list[dict[str, Any]] = json.loads(text)
    except ValueError:
        return []
    return records


def variant_names(model: RegisteredModel) -> set[str]:
    """The names under which servers register the variants of a world model.

    `world/__init__.py` of Xinference 4.1.0 turns each spec into a model of its own; of two with the
    same name the newer one wins.
    """
    names: set[str] = set()
    for record in _records(model):
        specs = record.get("model_specs")
        for spec in specs if isinstance(specs, list) else [record]:
            name = spec.get("model_name") if isinstance(spec, dict) else None
            names.add(str(name or record.get("model_name") or model.name))
    return names
