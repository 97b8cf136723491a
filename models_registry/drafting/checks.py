"""The checks of a draft's definition: errors, warnings and advice."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace

from accounts.errors import DomainError
from models_registry.catalogue.selection import supported_releases
from models_registry.definitions.checks.advice import Advice, fixed, lint
from models_registry.definitions.checks.release_loading import unusable_releases
from models_registry.definitions.checks.release_summary import works_with
from models_registry.definitions.checks.run import OtherModels, check
from models_registry.definitions.facts import facts
from models_registry.definitions.facts.kinds import record_name
from models_registry.definitions.facts.variants import strings
from models_registry.definitions.form.nodes import Form, FormTooLarge
from models_registry.definitions.form.tree import form_of
from models_registry.definitions.json_text import document as definition_text
from models_registry.definitions.json_text.document import Definition
from models_registry.definitions.json_text.messages import gettext_noop
from models_registry.definitions.json_text.problems import DefinitionTextError, Problem
from models_registry.definitions.json_text.scanner import scan
from models_registry.definitions.prefill.conversion import Converted, converted
from models_registry.definitions.prefill.shapes import recognised
from models_registry.models import Draft, ModelSource, RegisteredModel, Visibility


class NothingToFix(DomainError):
    """The problem that a button would fix is not in the draft any more."""

    error_code = "NOTHING_TO_FIX"
    status = 409


@dataclass(frozen=True, slots=True)
class PlacedProblem:
    """A problem, and the id of the form's element that it belongs to ("" for none).

    Advice is a `note`. If the hub can fix the problem, `fix` is the label of the button, and
    `fix_key` identifies the fix in the request.
    """

    problem: Problem
    element_id: str = ""
    note: bool = False
    fix: str = ""
    fix_key: str = ""


@dataclass(slots=True)
class Findings:
    """The problems of a draft: errors, then warnings, then advice, each in the order of the text.

    `form` is the form of the definition with the problems at its fields; None if the text can't be
    parsed, or the form would be too large.
    """

    places: list[PlacedProblem] = field(default_factory=list)
    form: Form | None = None
    is_too_large: bool = False

    @property
    def errors(self) -> list[Problem]:
        """Problems that prevent submitting."""
        return [place.problem for place in self.places if place.problem.severity == "error"]

    @property
    def warnings(self) -> list[Problem]:
        """Problems that do not prevent submitting."""
        pressing = [place for place in self.places if not place.note]
        return [place.problem for place in pressing if place.problem.severity != "error"]

    @property
    def pressing(self) -> list[PlacedProblem]:
        """Errors and warnings, without advice."""
        return [place for place in self.places if not place.note]


def check_draft(draft: Draft) -> Findings:
    """All findings about a draft's definition."""
    try:
        definition = definition_text.parse(draft.definition)
    except DefinitionTextError as error:
        return _other_file(draft) or Findings(
            [PlacedProblem(problem) for problem in error.problems]
        )
    known = known_beside(draft, definition)
    is_public = draft.visibility == Visibility.PUBLIC
    reported = check(
        draft.model_type,
        definition,
        known=known,
        published=_published(draft),
        is_public=is_public,
    )
    if any(problem.severity == "error" for problem in reported) and (other := _other_file(draft)):
        return other
    problems = [
        _where_json_is_broken(_in_short(problem, definition), definition) for problem in reported
    ]
    form: Form | None = None
    places = [PlacedProblem(problem) for problem in problems]
    with suppress(FormTooLarge):
        form = form_of(definition, draft.model_type)
        attached = form.attach(problems)
        places = [
            PlacedProblem(problem, item.element_id if item else "") for problem, item in attached
        ]
    for advice in lint(draft.model_type, definition, known):
        _add_advice(places, form, advice)
    places += _chats_without_template(draft, definition, form)
    places += _older_releases(draft, definition)
    places.sort(key=_urgency)
    return Findings(places, form, is_too_large=form is None)


def _chats_without_template(
    draft: Draft, definition: Definition, form: Form | None
) -> list[PlacedProblem]:
    """Notes about records that can chat and bring no template for it."""
    notes = []
    for index, record in enumerate(definition.records if draft.model_type == "llm" else ()):
        if "chat" not in strings(record.get("model_ability")) or record.get("chat_template"):
            continue
        pointer = f"/{index}/model_ability"
        message = gettext_noop(
            "The model has the ability chat, but no chat template. Servers then use the one of its "
            "tokenizer; without that, it can't chat."
        )
        line, column = definition.locate(pointer)
        problem = Problem(pointer, line, column, message, "no-chat-template", "warning")
        item = form.item_at(pointer) if form is not None else None
        notes.append(PlacedProblem(problem, item.element_id if item else "", note=True))
    return notes


def _older_releases(draft: Draft, definition: Definition) -> list[PlacedProblem]:
    """Notes about releases that can't use a definition that the newest one can."""
    works = works_with(draft.model_type, definition.records, supported_releases())
    if supported_releases()[-1] in unusable_releases(draft.model_type, definition.records):
        return []
    line, column = definition.locate("/0")
    notes = []
    for reason in works.reasons:
        message = gettext_noop(
            "Servers of Xinference %(releases)s can't load this model: %(reason)s",
            releases=reason.releases,
            reason=reason.message,
        )
        if reason.stops:
            message = gettext_noop(
                "Servers of Xinference %(releases)s do not start with this model in their list: "
                "%(reason)s",
                releases=reason.releases,
                reason=reason.message,
            )
        problem = Problem("/0", line, column, message, "older-releases", "warning")
        notes.append(PlacedProblem(problem, note=not reason.stops))
    return notes


def _other_file(draft: Draft) -> Findings | None:
    """Findings with one sentence for a text that is another kind of file; None for all others."""
    shape = recognised(draft.definition)
    if shape is None:
        return None
    fix = gettext_noop("Convert it") if shape.can_convert else ""
    place = PlacedProblem(Problem("", 1, 1, shape.message, shape.code), fix=fix, fix_key=shape.code)
    return Findings([place])


def _published(draft: Draft) -> Definition | None:
    """The published definition that the draft changes: its own errors do not prevent a change."""
    model = draft.model
    revision = model.published_revision if model is not None else None
    return definition_text.parse(revision.definition) if revision is not None else None


def _urgency(place: PlacedProblem) -> tuple[bool, bool, int, int]:
    """Errors first, then warnings, then advice; each in the order of the text."""
    problem = place.problem
    return place.note, problem.severity != "error", problem.line, problem.column


def _add_advice(places: list[PlacedProblem], form: Form | None, advice: Advice) -> None:
    """Add advice from lint; at a place that already has a problem, add only the fix."""
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
    item = form.item_at(advice.pointer) if form is not None else None
    element_id = item.element_id if item else ""
    places.append(PlacedProblem(problem, element_id, advice.severity == "info", fix, key))


def conversion(draft: Draft) -> Converted:
    """The first custom model in the draft's text as a definition. Raises NothingToFix."""
    definitions = converted(draft.model_type, draft.definition)
    if not definitions:
        raise NothingToFix("not_a_custom_model_any_more")
    return definitions[0]


def with_fix(draft: Draft, fix_key: str) -> str:
    """The draft's text after one finding was fixed. Raises NothingToFix if it does not exist."""
    code, slash, pointer = fix_key.partition("/")
    try:
        known = known_beside(draft, definition_text.parse(draft.definition))
        return fixed(
            draft.model_type, draft.definition, code=code, pointer=slash + pointer, known=known
        )
    except (DefinitionTextError, LookupError) as error:
        raise NothingToFix("nothing_to_fix") from error


def known_beside(draft: Draft, definition: Definition) -> OtherModels:
    """The hub's other models that the draft's owner may see, as far as the definition is like them.

    Names must be unique among the models of the same visibility; private names per owner.
    """
    others = RegisteredModel.objects.named_for(draft.owner).filter(model_type=draft.model_type)
    if draft.model_id is not None:
        others = others.exclude(pk=draft.model_id)
    names = filter(None, map(record_name, definition.records))
    alike = others.filter(visibility=draft.visibility).looking_like(names)
    ids = facts.derive(draft.model_type, definition.records).source_ids
    sources = ModelSource.objects.filter(
        repository__repository_id__in=ids, model__in=others.order_by().values("pk")
    )
    return OtherModels(
        dict(alike.order_by().values_list("name_key", "name")),
        dict(sources.order_by("-pk").values_list("repository__repository_id", "model__name")),
    )


def _where_json_is_broken(problem: Problem, definition: Definition) -> Problem:
    """Say where a text that was to be an object or a list, as typed in a field, is no JSON."""
    node, _, exists = definition.find(problem.pointer)
    value = node.value if exists and isinstance(node.value, str) else ""
    is_json = value.lstrip().startswith(("{", "["))
    if problem.severity != "error" or not is_json or not (faults := scan(value).problems):
        return problem
    first = faults[0]
    message = gettext_noop(
        "This is not valid JSON. Line %(line)s of the field, column %(column)s: %(message)s",
        line=first.line,
        column=first.column,
        message=first.message,
    )
    return replace(problem, message=message)


def _in_short(problem: Problem, definition: Definition) -> Problem:
    """Replace the message about a value that is only missing by a short one."""
    node, _, exists = definition.find(problem.pointer)
    if exists and node.value == "" and problem.severity == "error":
        return replace(problem, message=gettext_noop("This is still to be filled in."))
    return problem
