"""Everything that is checked before a definition is submitted, all at once.

The schema, names that are taken or look like others, specs and records that stand twice,
placeholders of templates, chat templates, addresses, numbers, and what a server would refuse.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from .chat_templates import chat_template_problems
from .duplicates import duplicate_records, duplicate_specs
from .identity import UPDATED_AT
from .kinds import MODEL_TYPES, is_valid_name, name_key, record_name
from .loading import loading_problems
from .look_alikes import skeleton, strange_characters
from .placeholders import placeholder_problems
from .problems import Found, Problem, Severity, make_pointer, quoted
from .schema import validate
from .text import Definition
from .value_checks import value_problems

MAX_PROBLEMS: Final = 300

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """What the hub has beside the model that is checked, which is itself in neither map.

    `names` has the name of each other model of the type under its `name_key`; `source_ids` the
    name of a model that uses it under each source id.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    source_ids: Mapping[str, str] = field(default_factory=dict)


def check(model_type: str, definition: Definition, *, known: Known | None = None) -> list[Problem]:
    """Return all that is wrong with a definition, in the order of its text.

    Each problem has pointer, line, column, a sentence, and a severity: with an error it cannot be
    published, a warning is worth a look. `updated_at` may be missing, since publishing sets it.
    At most a few hundred problems are returned.
    """
    problems = validate(model_type, definition)
    if model_type not in MODEL_TYPES:
        return problems
    own = [_placed(definition, one) for one in _found(model_type, definition, known or Known())]
    # A plain word about a strange character replaces what the naming rule says about it.
    strange = {one.pointer for one in own if one.code == "strange-character"}
    problems = [one for one in problems if one.pointer not in strange]
    named = strange or any(one.code == "name" for one in problems)
    told = {_subject(one) for one in problems}
    problems += [one for one in own if _subject(one) not in told]
    told |= {(pointer, "") for pointer in strange}
    places = [pointer for pointer, _ in told]
    for one in _refusals(model_type, definition):
        inside = one.code == "type" and any(at.startswith(one.pointer + "/") for at in places)
        # Servers see a bad name, where the schema and the checks here say what is bad about it.
        if _subject(one) not in told and not inside and not (one.code == "name" and named):
            problems.append(one)
    ordered = sorted(dict.fromkeys(problems), key=lambda one: (one.line, one.column, one.pointer))
    return ordered[:MAX_PROBLEMS]


def _refusals(model_type: str, definition: Definition) -> list[Problem]:
    stamped = [{UPDATED_AT: 0, **record} for record in definition.records]
    return loading_problems(model_type, stamped, definition=definition)


def _subject(problem: Problem) -> tuple[str, str]:
    """Return what a problem is about, so that one fault is not told twice in other words."""
    if problem.code != "missing-key":
        return problem.pointer, ""
    return problem.pointer, problem.message.partition('"')[2].partition('"')[0]


def _placed(definition: Definition, found: Found) -> Problem:
    pointer = make_pointer(found.path)
    line, column = definition.locate(pointer)
    return Problem(pointer, line, column, found.message, found.code, found.severity)


def _found(model_type: str, definition: Definition, known: Known) -> Iterator[Found]:
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
    model_type: str, records: Sequence[dict[str, Any]], known: Known
) -> Iterator[Found]:
    for index, record in enumerate(records):
        for message in strange_characters(record_name(record) or ""):
            yield Found((index, _name_key(record)), "strange-character", message)
    index, name = next(
        ((index, name) for index, one in enumerate(records) if (name := record_name(one))), (0, "")
    )
    path: Path = (index, _name_key(records[index]))
    taken = known.names.get(name_key(name))
    if taken is not None:
        case = "" if taken == name else ", and names may not differ in case alone"
        message = f"There is a {model_type} model {quoted(taken)} already{case}. Use another name."
        yield Found(path, "name-taken", message)
        return
    own = skeleton(name)
    twin = next((one for one in known.names.values() if skeleton(one) == own), None)
    if name and twin is not None:
        message = f"{quoted(name)} looks like {quoted(twin)}, which is another model."
        severity: Severity = "warning" if is_valid_name(name) else "error"
        yield Found(path, "look-alike", message, severity)


def _name_key(record: Mapping[str, Any]) -> str:
    return "model_name" if record.get("model_name") else "model_family"
