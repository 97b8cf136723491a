"""What comes back of a definition's form, as changes of its text."""

from collections.abc import Mapping, Sequence

from ..edits import Change, Removal, Within, rewrite
from ..problems import DefinitionTextError, Problem, split_pointer
from ..text import Definition, parse
from .nodes import Field, Group
from .operations import operate
from .tree import form_of
from .values import LEAF_KINDS, empty_value, from_input, same

Sent = Mapping[str, tuple[str, Sequence[str]]]


def apply(
    text: str, model_type: str, submitted: Mapping[str, Sequence[str]], operation: str = ""
) -> tuple[str, list[Problem]]:
    """Return the text with what a form was changed to, and then a change of its structure.

    In: the text that the form was made of (or a later one with the same lists), what was sent, name
    → texts, and what was pressed (`operations`). Names that are no field of this definition
    are passed over, and so are fields that were not sent. Out: the text, and no problems; or the
    text as far as it could be changed, and why not further (too large, too deep, no such entry).
    Raises DefinitionTextError where the text is no definition.
    """
    text, problems = _with_inputs(text, model_type, submitted)
    if operation and not problems:
        return operate(text, model_type, operation)
    return text, problems


def _with_inputs(
    text: str, model_type: str, submitted: Mapping[str, Sequence[str]]
) -> tuple[str, list[Problem]]:
    definition = parse(text)
    sent = _by_pointer(submitted)
    changes = Within()
    for group in form_of(definition, model_type).records:
        within = _group_changes(group, sent, definition)
        if within.changes:
            changes.changes[split_pointer(group.pointer)[0]] = within
    if not changes.changes:
        return text, []
    changed = rewrite(definition, changes)
    try:
        parse(changed)
    except DefinitionTextError as error:
        return text, list(error.problems)
    return changed, []


def _by_pointer(submitted: Mapping[str, Sequence[str]]) -> Sent:
    """Return what was sent: pointer → kind of input, texts."""
    sent = {}
    for name, texts in submitted.items():
        kind, colon, pointer = name.partition(":")
        if colon and kind in LEAF_KINDS:
            sent[pointer] = (kind, texts)
    return sent


def _group_changes(group: Group, sent: Sent, definition: Definition) -> Within:
    droppable = group.role == "object" and not group.required
    within = Within(order=group.order, droppable=droppable)
    for item in group.items:
        change: Change | None
        if isinstance(item, Field):
            change = _field_change(item, sent, definition)
        elif isinstance(item, Group):
            change = _group_changes(item, sent, definition)
        else:
            inside = {one.key: _group_changes(one, sent, definition) for one in item.groups}
            change = Within({key: one for key, one in inside.items() if one.changes})
        if change is not None and not (isinstance(change, Within) and not change.changes):
            within.changes[item.key] = change
    return within


def _field_change(item: Field, sent: Sent, definition: Definition) -> Change | None:
    if item.pointer not in sent:
        return None
    kind, texts = sent[item.pointer]
    if same(item.shown, kind, texts):
        return None
    node = definition.find(item.pointer)[0] if item.present else None
    value = from_input(kind, texts, definition, node)
    if value is None and item.required and item.present:
        value = empty_value(kind)
    if value is None:
        return Removal() if item.present else None
    if node is not None and value.source == definition.text[node.start : node.end]:
        return None
    return value
