"""Which models may stand in a list that servers download, and why the others may not."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from models_registry.definitions import text as definition_text
from models_registry.models import ModelType, RegisteredModel, UpstreamFile


@dataclass(slots=True)
class Selection:
    """The models of a list by name, and those left out with the reasons in words."""

    kept: list[RegisteredModel] = field(default_factory=list)
    left_out: list[tuple[RegisteredModel, list[str]]] = field(default_factory=list)

    def definitions(self) -> list[str]:
        """The texts of the kept models' definitions, in the list's order."""
        return [m.published_revision.definition for m in self.kept if m.published_revision]


def select(model_type: str, models: Iterable[RegisteredModel]) -> Selection:
    """Choose what goes into a list of that type.

    In: published models, the first come first served where names clash. Out: the selection, sorted
    by name without regard to case.
    """
    held_back = names_held_back(model_type)
    selection = Selection()
    names: set[str] = set()
    variants: dict[str, str] = {}
    for model in models:
        reasons = reasons_to_leave_out(model, held_back)
        if model.name_key in names:
            reasons.append(_("Another model of this name stands in the list."))
        own = variant_names(model) if model_type == ModelType.WORLD else set()
        for name in sorted(own & variants.keys()):
            reasons.append(
                _("Its variant %(variant)s is in the list already, as one of %(model)s.")
                % {"variant": name, "model": variants[name]}
            )
        if reasons:
            selection.left_out.append((model, reasons))
        else:
            names.add(model.name_key)
            variants |= dict.fromkeys(own, model.name)
            selection.kept.append(model)
    selection.kept.sort(key=lambda model: (model.name_key, model.name))
    return selection


def names_held_back(model_type: str) -> frozenset[str]:
    """The case-folded names whose upstream file has a record without an integer `updated_at`.

    A server's own package ships that file, and the name breaks its list by being in the hub's at
    all, whatever the hub says of it (seen with Xinference 4.1.0).
    """
    files = UpstreamFile.objects.filter(model_type=model_type, has_updated_at=False)
    return frozenset(files.values_list("name_key", flat=True))


def reasons_to_leave_out(
    model: RegisteredModel, held_back: Collection[str] | None = None
) -> list[str]:
    """Why a model must not be part of its type's list; empty where it may.

    A server drops the whole list, or what follows in it, for one record that its loader refuses.
    `held_back` is what `names_held_back` says of the type; None asks it.
    """
    revision = model.published_revision
    reasons = [problem["message"] for problem in revision.loading_problems] if revision else []
    if held_back is None:
        held_back = names_held_back(model.model_type)
    if model.name_key in held_back:
        reasons.append(
            _(
                "Upstream's own file has a record without updated_at: servers that ship it drop "
                "the whole list when this name is in it. A pull request that adds updated_at "
                "mends this."
            )
        )
    return reasons


def variant_names(model: RegisteredModel) -> set[str]:
    """The names under which servers register the variants of a world model.

    `world/__init__.py` of Xinference 4.1.0 flattens specs into models of their own, and of two with
    one name the newer takes the place of the other.
    """
    revision = model.published_revision
    records: list[dict[str, Any]] = (
        definition_text.parse(revision.definition).records if revision else []
    )
    found: set[str] = set()
    for record in records:
        specs = record.get("model_specs")
        for spec in specs if isinstance(specs, list) else [record]:
            name = spec.get("model_name") if isinstance(spec, dict) else None
            found.add(str(name or record.get("model_name") or model.name))
    return found
