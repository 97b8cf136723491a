"""The first text of a new definition."""

import pytest

from models_registry.definitions.checks.schema import validate
from models_registry.definitions.facts.kinds import MODEL_TYPES
from models_registry.definitions.form.skeletons import empty_definition
from models_registry.definitions.json_text.document import parse


@pytest.mark.parametrize("model_type", MODEL_TYPES)
def test_an_empty_definition_lacks_nothing_but_what_only_its_author_knows(model_type):
    definition = parse(empty_definition(model_type))
    for problem in validate(model_type, definition):
        assert definition.find(problem.pointer)[0].value == "", problem
