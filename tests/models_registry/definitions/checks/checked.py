"""What the checks say of a definition."""

from models_registry.definitions.checks.run import check
from models_registry.definitions.json_text.document import parse, write


def found(*records, model_type="llm", known=None):
    return check(model_type, parse(write(records)), known=known)
