"""All checks of a definition before it is submitted.

The schema, names that are taken or look like others, repeated specs and records, placeholders of
templates, chat templates, addresses, numbers, and the servers' loading rules.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from models_registry.definitions.checks.chat_templates import chat_template_problems
from models_registry.definitions.checks.duplicates import duplicate_records, duplicate_specs
from models_registry.definitions.checks.local_weights import KEY as PATH_KEY
from models_registry.definitions.checks.local_weights import (
    is_answered,
    path_pointers,
    path_problems,
)
from models_registry.definitions.checks.look_alikes import skeleton, strange_characters
from models_registry.definitions.checks.placeholders import placeholder_problems
from models_registry.definitions.checks.schema import validate
from models_registry.definitions.checks.server_loading import loading_problems
from models_registry.definitions.checks.values import value_problems
from models_registry.definitions.facts.identity import UPDATED_AT
from models_registry.definitions.facts.kinds import (
    MODEL_TYPES,
    is_valid_name,
    name_field,
    name_key,
    record_name,
)
from models_registry.definitions.json_text.document import Definition, parse
from models_registry.definitions.json_text.messages import gettext_noop
from models_registry.definitions.json_text.problems import (
    Problem,
    Severity,
    UnplacedProblem,
    make_pointer,
    quoted,
)

MAX_PROBLEMS: Final = 300
# A model is stored as NAME.json upstream; git can't check such a file out on Windows.
_DEVICE_NAME: Final = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class OtherModels:
    """The other models of the hub, without the model that is checked.

    `names` maps the `name_key` of each other model of the type to its name; `source_ids` maps each
    source id to the name of a model that uses it.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    source_ids: Mapping[str, str] = field(default_factory=dict)


def check(
    model_type: str,
    definition: Definition,
    *,
    known: OtherModels | None = None,
    published: Definition | None = None,
    is_public: bool = True,
) -> list[Problem]:
    """Return all problems of a definition, in the order of its text, at most MAX_PROBLEMS.

    An error keeps the definition from being published, a warning does not. `updated_at` may be
    missing, since publishing sets it. Only a definition that is not public may name weights at a
    path.

    An error that the published definition has already becomes a warning: an edit must not be
    refused for something older, such as a key that upstream knows and the hub does not.
    """
    problems = _check(model_type, definition, known or OtherModels(), is_public=is_public)
    if published is None or not any(problem.severity == "error" for problem in problems):
        return problems
    old = {
        (problem.code, problem.message)
        for problem in _check(model_type, published, OtherModels(), is_public=is_public)
    }
    return [
        replace(problem, severity="warning") if (problem.code, problem.message) in old else problem
        for problem in problems
    ]


def _check(
    model_type: str, definition: Definition, known: OtherModels, *, is_public: bool
) -> list[Problem]:
    problems = validate(model_type, definition)
    if model_type not in MODEL_TYPES:
        return problems
    problems = _with_paths(model_type, definition, problems, is_public=is_public)
    further = [_placed(definition, problem) for problem in _further(model_type, definition, known)]
    # The message about a strange character replaces the naming rule's about the same name.
    strange = {problem.pointer for problem in further if problem.code == "strange-character"}
    problems = [problem for problem in problems if problem.pointer not in strange]
    has_bad_name = strange or any(problem.code == "name" for problem in problems)
    subjects = {_subject(problem) for problem in problems}
    problems += [problem for problem in further if _subject(problem) not in subjects]
    subjects |= {(pointer, "") for pointer in strange}
    pointers = [pointer for pointer, _ in subjects]
    for refusal in _refusals(model_type, definition):
        is_outer = refusal.code == "type" and any(
            pointer.startswith(refusal.pointer + "/") for pointer in pointers
        )
        # Of a bad name, the schema and the checks here say more than the servers' rule.
        is_name = refusal.code == "name" and has_bad_name
        if _subject(refusal) not in subjects and not is_outer and not is_name:
            problems.append(refusal)
    ordered = sorted(dict.fromkeys(problems), key=_position)
    return ordered[:MAX_PROBLEMS]


def _position(problem: Problem) -> tuple[int, int, str]:
    """Return a sort key: the order of the text."""
    return problem.line, problem.column, problem.pointer


def public_path_problems(text: str) -> list[Problem]:
    """Return the problems of weights at a path that keep a definition from being public."""
    if f'"{PATH_KEY}"' not in text:
        return []
    definition = parse(text)
    problems = path_problems(definition.records, is_public=True)
    return [_placed(definition, problem) for problem in problems]


def _with_paths(
    model_type: str, definition: Definition, problems: list[Problem], *, is_public: bool
) -> list[Problem]:
    """Return the problems with those of weights at a path, which replace the schema's."""
    for source in path_pointers(definition.records):
        pointers = {f"{source}/{PATH_KEY}", source}
        problems = [
            problem
            for problem in problems
            if problem.pointer not in pointers or not is_answered(model_type, problem)
        ]
    of_paths = path_problems(definition.records, is_public=is_public)
    return problems + [_placed(definition, problem) for problem in of_paths]


def _refusals(model_type: str, definition: Definition) -> list[Problem]:
    stamped = [{UPDATED_AT: 0, **record} for record in definition.records]
    return loading_problems(model_type, stamped, definition=definition)


def _subject(problem: Problem) -> tuple[str, str]:
    """Return what a problem is about, so that one fault is not reported twice in other words."""
    if problem.code != "missing-key":
        return problem.pointer, ""
    return problem.pointer, problem.message.partition('"')[2].partition('"')[0]


def _placed(definition: Definition, problem: UnplacedProblem) -> Problem:
    pointer = make_pointer(problem.path)
    line, column = definition.locate(pointer)
    return Problem(pointer, line, column, problem.message, problem.code, problem.severity)


def _further(
    model_type: str, definition: Definition, known: OtherModels
) -> Iterator[UnplacedProblem]:
    records = definition.records
    yield from _name_problems(model_type, records, known)
    yield from duplicate_records(records)
    for index, record in enumerate(records):
        yield from duplicate_specs(record, (index,))
        yield from placeholder_problems(record, (index,))
        template = record.get("chat_template")
        if model_type == "llm" and isinstance(template, str):
            yield from chat_template_problems(template, (index, "chat_template"))
    yield from value_problems(records, ())


def _name_problems(
    model_type: str, records: Sequence[dict[str, Any]], known: OtherModels
) -> Iterator[UnplacedProblem]:
    for index, record in enumerate(records):
        for message in strange_characters(record_name(record) or ""):
            yield UnplacedProblem((index, name_field(record)), "strange-character", message)
        if _DEVICE_NAME.fullmatch(record_name(record) or ""):
            message = gettext_noop(
                "%(name)s is the name of a device on Windows, where no file can have it. "
                "Use another name.",
                name=quoted(record_name(record)),
            )
            yield UnplacedProblem((index, name_field(record)), "device-name", message)
    names = ((index, record_name(record)) for index, record in enumerate(records))
    index, name = next(((index, name) for index, name in names if name), (0, ""))
    path: Path = (index, name_field(records[index]))
    taken = known.names.get(name_key(name))
    if taken is not None:
        shown = {"model_type": model_type, "name": quoted(taken)}
        message = (
            gettext_noop(
                "There is a %(model_type)s model %(name)s already. Use another name.", **shown
            )
            if taken == name
            else gettext_noop(
                "There is a %(model_type)s model %(name)s already, and names must differ in more "
                "than case. Use another name.",
                **shown,
            )
        )
        yield UnplacedProblem(path, "name-taken", message)
        return
    wanted = skeleton(name)
    twin = next((other for other in known.names.values() if skeleton(other) == wanted), None)
    if name and twin is not None:
        message = gettext_noop(
            "%(name)s looks like %(twin)s, which is another model. Use a name that is easy to "
            "tell apart.",
            name=quoted(name),
            twin=quoted(twin),
        )
        severity: Severity = "warning" if is_valid_name(name) else "error"
        yield UnplacedProblem(path, "look-alike", message, severity)
