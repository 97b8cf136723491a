"""A definition as a form: a save changes only the edited fields."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models_registry.definitions.form.changes import apply
from models_registry.definitions.form.schema import record_shape
from models_registry.definitions.form.tree import form_of
from models_registry.definitions.json_text.document import parse
from tests.models_registry.definitions.form.filled_forms import catalogue, sent_by
from tests.upstream_data import of_all


@pytest.fixture(params=["catalogue-4.1.0", "catalogue"])
def real_models(request, upstream_dir):
    return catalogue(upstream_dir / request.param)


def test_every_real_definition_comes_out_of_its_form_byte_for_byte(real_models):
    assert len(real_models) >= of_all(300)
    spoilt = [
        model.name
        for model in real_models
        if apply(
            model.text, model.model_type, sent_by(form_of(parse(model.text), model.model_type))
        )
        != (model.text, [])
    ]
    assert spoilt == []


def test_hostile_keys_neither_break_the_form_nor_get_lost():
    text = '[{"a/b~c": 1, "\\u2028": 2, "": 3, "<script>": "</textarea>", "model_name": ["x"]}]'
    assert apply(text, "llm", sent_by(form_of(parse(text), "llm"))) == (text, [])


@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=8,
    ),
    key=st.sampled_from(sorted(record_shape("llm").members)),
)
@settings(max_examples=150, deadline=None)
def test_whatever_stands_under_a_key_survives_the_form(value, key):
    text = json.dumps([{key: value}], indent=2, ensure_ascii=False) + "\n"
    try:
        definition = parse(text)
    except ValueError:
        return
    assert apply(text, "llm", sent_by(form_of(definition, "llm"))) == (text, [])
