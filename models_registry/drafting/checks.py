"""All that is to be said about a draft's definition: what is wrong, what could be better."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from django.utils.translation import gettext

from models_registry.definitions import text as definition_text
from models_registry.definitions.checks import Known, check
from models_registry.definitions.form.nodes import Form
from models_registry.definitions.form.tree import form_of
from models_registry.definitions.lint import Finding, fixed, lint
from models_registry.definitions.problems import DefinitionTextError, Problem
from models_registry.definitions.text import Definition
from models_registry.models import Draft, RegisteredModel


@dataclass(frozen=True, slots=True)
class Place:
    """A problem, and the id of the form's element that it belongs to ("" for none).

    Advice that is no more than that is a `note`. What can be mended by itself has the label of the
    button in `fix`, and what names it when the button is pressed in `fix_key`.
    """

    problem: Problem
    element_id: str = ""
    note: bool = False
    fix: str = ""
    fix_key: str = ""


@dataclass(slots=True)
class Findings:
    """What was found in a draft: errors, then warnings, then advice, each in its text's order.

    `form` is the form of the definition with the problems put to its fields; None where the text
    can't be read.
    """

    places: list[Place] = field(default_factory=list)
    form: Form | None = None

    @property
    def errors(self) -> list[Problem]:
        """What keeps the definition from being submitted."""
        return [one.problem for one in self.places if one.problem.severity == "error"]

    @property
    def warnings(self) -> list[Problem]:
        """What is worth a look."""
        pressing = [one for one in self.places if not one.note]
        return [one.problem for one in pressing if one.problem.severity != "error"]

    @property
    def pressing(self) -> list[Place]:
        """Errors and warnings, without mere advice."""
        return [one for one in self.places if not one.note]


def check_draft(draft: Draft) -> Findings:
    """Check a draft's definition: all at once."""
    try:
        definition = definition_text.parse(draft.definition)
    except DefinitionTextError as error:
        return Findings([Place(one) for one in error.problems])
    known = known_beside(draft)
    found = check(draft.model_type, definition, known=known)
    problems = [_in_short(one, definition) for one in found]
    form = form_of(definition, draft.model_type)
    places = [Place(one, item.element_id if item else "") for one, item in form.attach(problems)]
    for advice in lint(draft.model_type, definition, known):
        _add_advice(places, form, advice)
    places.sort(key=_urgency)
    return Findings(places, form)


def _urgency(place: Place) -> tuple[bool, bool, int, int]:
    """Errors first, then warnings, then advice; each in the order of the text."""
    problem = place.problem
    return place.note, problem.severity != "error", problem.line, problem.column


def _add_advice(places: list[Place], form: Form, advice: Finding) -> None:
    """Add what lint says; of a place that has a problem already, its fix alone."""
    fix = advice.fix.label if advice.fix else ""
    key = f"{advice.code}{advice.pointer}" if fix else ""
    for index, place in enumerate(places):
        if place.problem.pointer == advice.pointer:
            if fix and not place.fix:
                places[index] = replace(place, fix=fix, fix_key=key)
            return
    problem = Problem(
        advice.pointer, advice.line, advice.column, advice.message, advice.code, "warning"
    )
    item = form.item_at(advice.pointer)
    element_id = item.element_id if item else ""
    places.append(Place(problem, element_id, advice.severity == "info", fix, key))


def with_fix(draft: Draft, fix_key: str) -> str:
    """The draft's text after one finding was mended. Raises LookupError if there is none left."""
    code, slash, pointer = fix_key.partition("/")
    known = known_beside(draft)
    try:
        return fixed(
            draft.model_type, draft.definition, code=code, pointer=slash + pointer, known=known
        )
    except DefinitionTextError as error:
        raise LookupError(str(error)) from error


def known_beside(draft: Draft) -> Known:
    """What the hub has beside the draft's model, as far as its writer may know of it.

    Names are taken among the models of the same visibility; a private name only among one's own.
    """
    names: dict[str, str] = {}
    source_ids: dict[str, str] = {}
    others = RegisteredModel.objects.visible_to(draft.owner).filter(model_type=draft.model_type)
    if draft.model_id is not None:
        others = others.exclude(pk=draft.model_id)
    rows = others.values_list("name", "name_key", "visibility", "owner_id", "facts__source_ids")
    for name, key, visibility, owner_id, ids in rows:
        if visibility == draft.visibility and (
            visibility != "private" or owner_id == draft.owner_id
        ):
            names[key] = name
        for one in ids or ():
            source_ids.setdefault(one, name)
    return Known(names, source_ids)


def _in_short(problem: Problem, definition: Definition) -> Problem:
    """Say no more of a value that is only still missing than that it is."""
    node, _, exists = definition.find(problem.pointer)
    if exists and node.value == "" and problem.severity == "error":
        return replace(problem, message=gettext("This is still to be filled in."))
    return problem
