"""Every field has a label and is explained."""

import pytest

from models_registry.definitions.facts.kinds import MODEL_TYPES
from models_registry.definitions.form.field_help import help_for
from models_registry.definitions.form.schema import record_shape


@pytest.mark.parametrize("model_type", MODEL_TYPES)
def test_every_field_of_the_schemas_has_a_label_and_is_explained(model_type):
    def undescribed(shape, place):
        for key, member in shape.members.items():
            found = help_for(model_type, place, key)
            if not found.help and not found.example:
                yield f"{place}/{key}"
            if member.kind == "object":
                yield from undescribed(member, key)
            elif member.item is not None:
                yield from undescribed(member.item, key)

    missing = set(undescribed(record_shape(model_type), "record"))
    assert missing == {"record/updated_at", "record/featured"}
