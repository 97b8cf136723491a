"""Turns the submitted form of a definition into changes of its text."""

from collections.abc import Mapping, Sequence

from models_registry.definitions.form.nodes import Field, FieldGroup, Form
from models_registry.definitions.form.operations import operate
from models_registry.definitions.form.tree import form_of
from models_registry.definitions.form.values import (
    LEAF_KINDS,
    digest_of,
    empty_value,
    from_input,
    same,
)
from models_registry.definitions.json_text.document import Definition, parse
from models_registry.definitions.json_text.edit import Change, Removal, Within, rewrite
from models_registry.definitions.json_text.problems import (
    DefinitionTextError,
    Problem,
    split_pointer,
)

Sent = Mapping[str, tuple[str, Sequence[str]]]


def apply(
    text: str, model_type: str, submitted: Mapping[str, Sequence[str]], operation: str = ""
) -> tuple[str, list[Problem]]:
    """Return the text with the submitted values, and then with one change of its structure.

    `text` is the one that the form was made of (or a later one with the same lists), `submitted`
    maps input names to values, `operation` is the pressed button (see `operations`). Unknown names
    and fields that were not sent are ignored. Returns no problems, or the text as far as it could
    be changed, and why not further (too large, too deep, no such entry). Raises
    DefinitionTextError if the text is not a definition.
    """
    text, problems = _with_inputs(text, model_type, submitted)
    if operation and not problems:
        return operate(text, model_type, operation)
    return text, problems


def touched(
    submitted: Mapping[str, Sequence[str]], shown: Mapping[str, str]
) -> dict[str, Sequence[str]]:
    """Return what was submitted, without fields that were sent back as the page had shown them.

    `shown` has the digest of each field's value by its pointer, as `digests` made it.
    """
    return {
        name: texts
        for name, texts in submitted.items()
        if shown.get(name.partition(":")[2]) != digest_of(name.partition(":")[0], texts)
    }


def digests(form: Form) -> dict[str, str]:
    """Return the digest of what each field shows, by its pointer."""
    return {field.pointer: digest_of(field.kind, field.shown.texts) for field in form.fields()}


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
    """Return the submitted values: pointer → kind of input, texts."""
    sent = {}
    for name, texts in submitted.items():
        kind, colon, pointer = name.partition(":")
        if colon and kind in LEAF_KINDS:
            sent[pointer] = (kind, texts)
    return sent


def _group_changes(group: FieldGroup, sent: Sent, definition: Definition) -> Within:
    droppable = group.role == "object" and not group.required
    within = Within(order=group.order, droppable=droppable)
    for item in group.items:
        change: Change | None
        if isinstance(item, Field):
            change = _field_change(item, sent, definition)
        elif isinstance(item, FieldGroup):
            change = _group_changes(item, sent, definition)
        else:
            inside = {group.key: _group_changes(group, sent, definition) for group in item.groups}
            change = Within({key: within for key, within in inside.items() if within.changes})
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
