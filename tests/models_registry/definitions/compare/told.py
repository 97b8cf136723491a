"""What is told of the changes between two versions."""

from models_registry.definitions.compare.changes import changes
from models_registry.definitions.json_text.document import parse, write
from tests.models_registry.definitions.samples import spec


def told(old, new):
    """The sentences about two lists of records, or two records."""
    return [one.label for one in found(old, new)]


def found(old, new):
    old, new = ([one] if isinstance(one, dict) else one for one in (old, new))
    return changes(parse(write(old)), parse(write(new)))


AWQ = spec("awq", quantizations=["Int4", "Int8"])
