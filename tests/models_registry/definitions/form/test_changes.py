"""A submitted form changes the edited fields of the text, and nothing else."""

import json
from itertools import takewhile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models_registry.definitions.form.changes import apply
from models_registry.definitions.form.tree import form_of
from models_registry.definitions.form.values import taken_over
from models_registry.definitions.json_text.document import parse
from tests.models_registry.definitions.form.filled_forms import (
    TEXT,
    catalogue,
    changed,
    field_at,
    sent_by,
)

KINDS = (
    *("text", "long", "integer", "size", "boolean", "choice", "checks", "strings", "integers"),
    "json",
)


def typed_for(kind, field, draw):
    if kind == "integer":
        return str(draw(st.integers(1, 10**6)))
    if kind == "size":
        return draw(st.sampled_from(["3", "1.7", "0_5", "70B"]))
    if kind in ("boolean", "choice"):
        return draw(st.sampled_from([one.value for one in field.options]))
    if kind == "checks":
        values = [one.value for one in field.options]
        return ["", *draw(st.lists(st.sampled_from(values), unique=True))]
    if kind == "integers":
        return " ".join(map(str, draw(st.lists(st.integers(0, 2**40)))))
    if kind == "json":
        return draw(st.sampled_from(["", '{"a": 3.0}', '{\n  "b": [1, 2]\n}', "{broken", "[]"]))
    return draw(st.text(max_size=30))


def common_start(left, right):
    pairs = zip(left, right, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def without(data, pointer):
    """A copy of the data in which the value at a pointer does not count."""
    copy = json.loads(json.dumps(data))
    *outer, key = pointer.split("/")[1:]
    spot, holders = copy, []
    for step in outer:
        if isinstance(spot, dict) and step not in spot:
            break
        holders.append((spot, step))
        spot = spot[int(step)] if isinstance(spot, list) else spot[step]
    else:
        spot.pop(key, None)
    while holders and spot == {}:
        spot, step = holders.pop()
        if isinstance(spot, list):
            break
        del spot[step]
    return copy


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_one_changed_field_changes_that_value_and_not_one_other_character(kind, data, upstream_dir):
    models = [one for one in catalogue(upstream_dir / "catalogue-4.1.0") if len(one.text) < 40_000]
    model = data.draw(st.sampled_from(models))
    form = form_of(parse(model.text), model.model_type)
    fields = [field for field in form.fields() if field.kind == kind]
    if not fields:
        return
    field = data.draw(st.sampled_from(fields))
    typed = typed_for(kind, field, data.draw)
    after = changed(model.text, field.pointer, typed, model.model_type)

    assert without(parse(after).records, field.pointer) == without(
        parse(model.text).records, field.pointer
    )
    same = common_start(model.text, after)
    same += common_start(model.text[same:][::-1], after[same:][::-1])
    if field.present and parse(after).find(field.pointer)[2]:
        node = parse(model.text).find(field.pointer)[0]
        assert same >= len(model.text) - (node.end - node.start)
    else:
        assert same == min(len(model.text), len(after))
    again = form_of(parse(after), model.model_type)
    assert apply(after, model.model_type, sent_by(again)) == (after, [])


def test_an_entry_added_to_a_list_on_one_line_stays_on_that_line():
    after = changed(TEXT, "/0/model_lang", "en\r\nzh\r\nde")
    assert after == TEXT.replace('["en",   "zh"]', '["en",   "zh",   "de"]')


def test_a_new_key_goes_to_its_place_in_the_order_of_the_schema():
    after = changed(TEXT, "/0/model_description", "Small.\r\nAnd quick.")
    line = '\n    "model_description": "Small.\\nAnd quick.",'
    assert after == TEXT.replace('"model_name": "tiny",', '"model_name": "tiny",' + line)


def test_a_field_inside_an_object_that_is_missing_makes_the_object():
    after = changed(TEXT, "/0/virtualenv/packages", "vllm>=0.11")
    assert json.loads(after)[0]["virtualenv"] == {"packages": ["vllm>=0.11"]}
    assert changed(after, "/0/virtualenv/packages", "") != TEXT, "a required list stays, empty"


def test_an_optional_field_made_empty_goes_and_a_required_text_stays_empty():
    assert '"stop"' not in changed(TEXT, "/0/stop", "")
    assert changed(TEXT, "/0/model_name", "") == TEXT.replace('"tiny"', '""')


def test_unknown_fields_can_be_changed_and_taken_out_but_are_kept_otherwise():
    field = field_at(form_of(parse(TEXT), "llm"), "/0/x_unknown")
    assert (field.known, field.value) == (False, "3.0")
    assert changed(TEXT, "/0/x_unknown", "") == TEXT.replace('    "x_unknown": 3.0,\n', "")


def test_fields_that_were_not_sent_stay_as_they_are():
    assert apply(TEXT, "llm", {"text:/0/nothing": ["x"], "model_name": ["y"]}) == (TEXT, [])


def test_an_edit_that_would_make_the_text_too_large_is_refused_with_the_reason():
    form = form_of(parse(TEXT), "llm")
    sent = {field_at(form, "/0/model_description").name: ["x" * 1_100_000]}
    text, problems = apply(TEXT, "llm", sent)
    assert text == TEXT
    assert "at most 1,048,576" in problems[0].message


def test_text_in_four_spaces_or_on_one_line_keeps_its_layout():
    wide = json.dumps(json.loads(TEXT), indent=4)
    after = changed(wide, "/0/virtualenv/packages", "torch")
    assert after == json.dumps(json.loads(after), indent=4)
    tight = json.dumps(json.loads(TEXT), separators=(",", ":"))
    after = changed(tight, "/0/virtualenv/packages", "torch\ntorchvision")
    assert after == json.dumps(json.loads(after), separators=(",", ":"))


def test_only_line_ends_differing_is_no_change_of_a_whole_text():
    assert taken_over("a\nb\n", "a\r\nb\r\n") == "a\nb\n"
    assert taken_over("a\r\nb\r\n", "a\nc\n") == "a\r\nc\r\n"
