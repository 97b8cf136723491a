"""What the checks report of a proposal."""

from __future__ import annotations

from models_registry.definitions.json_text.document import parse
from reviews.risks import risks
from tests.factories import llm_record, written


def definition(**changes):
    return parse(written(llm_record(**changes)))


def found(old, new) -> list[tuple[str, str]]:
    return [(finding.level, finding.about) for finding in risks(old, new)]
