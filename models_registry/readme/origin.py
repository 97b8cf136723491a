"""Where the README of a model comes from: written, fetched, or generated from the definition."""

from models_registry.definitions.facts.facts import derive
from models_registry.definitions.facts.kinds import record_name
from models_registry.definitions.json_text import document as definition_text
from models_registry.readme.generate import NOTE, generate


def is_generated(text: str, origin: str) -> bool:
    """Whether a stored README says only what the definition says; `origin` is a ReadmeOrigin."""
    return not text.strip() or (origin == "generated" and text.startswith(NOTE))


def readme_for(definition: str, model_type: str, text: str, origin: str) -> tuple[str, str]:
    """Return the README to store with a definition that was checked, and its origin.

    A generated README follows the definition. It is also one if somebody sends it back as it is;
    with a change of theirs it is theirs.
    """
    if not text.startswith(NOTE):
        return text, origin
    records = definition_text.parse(definition).records
    name = record_name(records[0]) or ""
    fresh = generate(model_type, name, derive(model_type, records), records)
    if origin == "generated" or text == fresh:
        return fresh, "generated"
    return text, origin
