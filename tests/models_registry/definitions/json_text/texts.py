"""JSON of every layout, and what is found in a text."""

import pytest
from hypothesis import strategies as st

from models_registry.definitions.json_text.document import (
    parse,
)
from models_registry.definitions.json_text.problems import DefinitionTextError

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
)


KEYS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)


VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


RECORDS = st.lists(st.dictionaries(KEYS, VALUES, max_size=6), min_size=1, max_size=4)


LAYOUTS = st.sampled_from(
    [
        {"indent": 2},
        {"indent": 4},
        {"indent": "\t"},
        {"separators": (",", ":")},
        {},
        {"separators": (" , ", " : ")},
    ]
)


def found(text):
    with pytest.raises(DefinitionTextError) as error:
        parse(text)
    return error.value.problems


def codes(text):
    return [problem.code for problem in found(text)]
