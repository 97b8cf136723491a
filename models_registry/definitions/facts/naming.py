"""The name in a definition, which all of its records have."""

from models_registry.definitions.facts.kinds import name_field, record_name
from models_registry.definitions.json_text.document import parse
from models_registry.definitions.json_text.edit import set_members
from models_registry.definitions.json_text.problems import DefinitionTextError


def name_in(text: str) -> str:
    """Return the name of the model that a definition describes; "" if none can be read."""
    try:
        records = parse(text).records if text else []
    except DefinitionTextError:
        return ""
    return record_name(records[0]) or "" if records else ""


def with_name(text: str, name: str) -> str:
    """Return the definition with another name in each record, every other character kept.

    Raises DefinitionTextError.
    """
    for index, record in enumerate(parse(text).records):
        if record_name(record) != name:
            text = set_members(text, index, {name_field(record): name})
    return text
