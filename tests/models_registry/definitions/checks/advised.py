"""Definitions with something to mend, and what the advice makes of them."""

from models_registry.definitions.checks.advice import fixed, lint
from models_registry.definitions.json_text.document import parse
from tests.models_registry.definitions.samples import llm, source, spec

PINNED = "0123456789abcdef"


TWINS = {
    "huggingface": source(model_revision=PINNED),
    "modelscope": source(),
}


GOOD = llm(
    model_description="A model.",
    model_specs=[{**spec(), "model_src": TWINS}],
)


def good(**changes):
    return {**GOOD, **changes}


def mended(text, code, model_type="llm"):
    """The text after the one fix of a code, having seen that it takes the finding away."""
    [finding] = [one for one in lint(model_type, parse(text)) if one.code == code]
    result = finding.fix.apply(text)
    assert code not in [one.code for one in lint(model_type, parse(result))]
    assert fixed(model_type, text, code=code, pointer=finding.pointer) == result
    return result


LAYOUTS = [
    {"indent": 2},
    {"indent": "\t"},
    {"separators": (",", ":")},
    {},
]
