"""A definition as a form: nothing changes by itself, and what is changed changes alone."""

import json
from functools import cache
from itertools import takewhile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models_registry.definitions.form.changes import apply
from models_registry.definitions.form.field_help import help_for
from models_registry.definitions.form.schema import record_shape
from models_registry.definitions.form.skeletons import empty_definition
from models_registry.definitions.form.tree import form_of
from models_registry.definitions.form.values import taken_over
from models_registry.definitions.kinds import MODEL_TYPES
from models_registry.definitions.layouts import read_tree
from models_registry.definitions.schema import validate
from models_registry.definitions.text import parse

KINDS = (
    *("text", "long", "integer", "size", "boolean", "choice", "checks", "strings", "integers"),
    "json",
)


def sent_by(form):
    """What a browser sends for a form: line ends as CR LF, a marker for groups of checkboxes."""
    sent = {}
    for field in form.fields():
        texts = [text.replace("\n", "\r\n") for text in field.shown.texts]
        sent[field.name] = ["", *texts] if field.kind == "checks" else texts
    return sent


def field_at(form, pointer):
    return next(field for field in form.fields() if field.pointer == pointer)


def changed(text, pointer, typed, model_type="llm"):
    """The text after one field of its form was changed, and all others sent back as they were."""
    form = form_of(parse(text), model_type)
    sent = sent_by(form)
    sent[field_at(form, pointer).name] = typed if isinstance(typed, list) else [typed]
    result, problems = apply(text, model_type, sent)
    assert problems == []
    return result


def operated(text, operation, model_type="llm"):
    result, problems = apply(text, model_type, {}, operation)
    assert problems == []
    return result


@cache
def catalogue(folder):
    files = {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in Path(folder).rglob("*.json")
        if "schemas" not in path.parts
    }
    return read_tree(files).models


@pytest.fixture(params=["catalogue-4.1.0", "catalogue"])
def real_models(request, upstream_dir):
    return catalogue(upstream_dir / request.param)


def test_every_real_definition_comes_out_of_its_form_byte_for_byte(real_models):
    assert len(real_models) > 300
    spoilt = [
        model.name
        for model in real_models
        if apply(
            model.text, model.model_type, sent_by(form_of(parse(model.text), model.model_type))
        )
        != (model.text, [])
    ]
    assert spoilt == []


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


TEXT = """[
  {
    "version": 2,
    "context_length": 32768,
    "model_name": "tiny",
    "model_lang": ["en",   "zh"],
    "model_ability": [
      "generate",
      "chat"
    ],
    "x_unknown": 3.0,
    "stop": [
      "\\n",
      "<|im_end|>"
    ],
    "model_specs": [
      {
        "model_format": "pytorch",
        "model_size_in_billions": 3.0,
        "model_src": {
          "huggingface": {
            "model_id": "a/b",
            "quantizations": [
              "none"
            ]
          }
        }
      },
      {
        "model_format": "mlx",
        "model_size_in_billions": "0_6",
        "model_src": {"modelscope": {"model_id": "a/c", "quantizations": ["4bit"]}}
      }
    ]
  }
]
"""


def test_a_number_typed_with_thousands_separators_is_that_number():
    assert changed(TEXT, "/0/context_length", "131,072") == TEXT.replace("32768", "131072")


def test_what_is_no_number_is_kept_as_a_text_and_the_check_names_it():
    after = changed(TEXT, "/0/context_length", "a lot")
    assert after == TEXT.replace("32768", '"a lot"')
    assert [one.pointer for one in validate("llm", parse(after))].count("/0/context_length") == 1
    assert changed(after, "/0/context_length", "8192") == TEXT.replace("32768", "8192")


def test_a_size_with_a_point_is_written_as_upstream_writes_it():
    after = changed(TEXT, "/0/model_specs/0/model_size_in_billions", "1.5")
    assert after == TEXT.replace(': 3.0,\n        "model_src', ': "1_5",\n        "model_src')


def test_an_ability_that_is_ticked_joins_at_the_end_and_the_rest_stays():
    after = changed(TEXT, "/0/model_ability", ["", '"tools"', '"generate"', '"chat"'])
    assert after == TEXT.replace('"chat"\n', '"chat",\n      "tools"\n')


def test_an_entry_added_to_a_list_on_one_line_stays_on_that_line():
    after = changed(TEXT, "/0/model_lang", "en\r\nzh\r\nde")
    assert after == TEXT.replace('["en",   "zh"]', '["en",   "zh",   "de"]')


def test_a_line_break_in_a_list_is_written_in_quotes():
    assert field_at(form_of(parse(TEXT), "llm"), "/0/stop").value == '"\\n"\n<|im_end|>'
    after = changed(TEXT, "/0/stop", '"\\n"\r\n<|im_end|>\r\n"  two spaces"')
    assert json.loads(after)[0]["stop"] == ["\n", "<|im_end|>", "  two spaces"]


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


def test_broken_json_is_kept_as_a_text_until_it_is_mended():
    after = changed(TEXT, "/0/model_specs/0/model_metadata", '{"vocab_size": 1')
    assert json.loads(after)[0]["model_specs"][0]["model_metadata"] == '{"vocab_size": 1'
    pointer = "/0/model_specs/0/model_metadata"
    assert field_at(form_of(parse(after), "llm"), pointer).value == '{"vocab_size": 1'
    mended = changed(after, pointer, '{"vocab_size": 1}')
    assert json.loads(mended)[0]["model_specs"][0]["model_metadata"] == {"vocab_size": 1}


def test_unknown_fields_can_be_changed_and_taken_out_but_are_kept_otherwise():
    field = field_at(form_of(parse(TEXT), "llm"), "/0/x_unknown")
    assert (field.known, field.value) == (False, "3.0")
    assert changed(TEXT, "/0/x_unknown", "") == TEXT.replace('    "x_unknown": 3.0,\n', "")


def test_fields_that_were_not_sent_stay_as_they_are():
    assert apply(TEXT, "llm", {"text:/0/nothing": ["x"], "model_name": ["y"]}) == (TEXT, [])


def test_a_copy_of_a_variant_stands_behind_it_and_equals_it():
    after = operated(TEXT, "copy:/0/model_specs/0")
    specs = json.loads(after)[0]["model_specs"]
    assert specs[0] == specs[1]
    assert after.count('"model_size_in_billions": 3.0') == 2
    assert operated(after, "remove:/0/model_specs/1") == TEXT


def test_moving_a_variant_down_and_up_again_gives_the_text_back():
    after = operated(TEXT, "down:/0/model_specs/0")
    assert [one["model_format"] for one in json.loads(after)[0]["model_specs"]] == [
        "mlx",
        "pytorch",
    ]
    assert operated(after, "up:/0/model_specs/1") == TEXT


def test_another_hub_is_added_with_what_is_known_from_the_first():
    after = operated(TEXT, "add:/0/model_specs/0/model_src/modelscope")
    sources = json.loads(after)[0]["model_specs"][0]["model_src"]
    assert sources["modelscope"] == {"model_id": "a/b", "quantizations": ["none"]}
    assert operated(after, "remove:/0/model_specs/0/model_src/modelscope") == TEXT


def test_a_variant_is_added_at_the_end_with_its_required_keys():
    specs = json.loads(operated(TEXT, "add:/0/model_specs"))[0]["model_specs"]
    assert specs[2]["model_format"] == "pytorch"
    assert set(specs[2]) == {"model_format", "model_src", "model_size_in_billions"}


def test_a_list_that_nobody_needs_comes_and_goes_with_its_entries():
    text = empty_definition("image")
    after = operated(text, "add:/0/controlnet", "image")
    assert len(json.loads(after)[0]["controlnet"]) == 1
    assert operated(after, "remove:/0/controlnet/0", "image") == text


def test_a_record_can_be_added_but_the_last_one_not_removed():
    after = operated(TEXT, "add:")
    assert [one["model_name"] for one in json.loads(after)] == ["tiny", "tiny"]
    assert operated(after, "remove:/1") == TEXT
    text, problems = apply(TEXT, "llm", {}, "remove:/0")
    assert text == TEXT
    assert "Load the page again" in problems[0].message


@pytest.mark.parametrize(
    "operation",
    ["", "explode:/0", "add:/0/model_name", "add:/0/model_specs/9/model_src/x", "up:/7", "copy:x"],
)
def test_an_operation_that_fits_nothing_changes_nothing(operation):
    assert apply(TEXT, "llm", {}, operation)[0] == TEXT


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


def test_hostile_keys_neither_break_the_form_nor_get_lost():
    text = '[{"a/b~c": 1, "\\u2028": 2, "": 3, "<script>": "</textarea>", "model_name": ["x"]}]'
    assert apply(text, "llm", sent_by(form_of(parse(text), "llm"))) == (text, [])


@pytest.mark.parametrize("model_type", MODEL_TYPES)
def test_an_empty_definition_lacks_nothing_but_what_only_its_author_knows(model_type):
    definition = parse(empty_definition(model_type))
    for problem in validate(model_type, definition):
        assert definition.find(problem.pointer)[0].value == "", problem


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
