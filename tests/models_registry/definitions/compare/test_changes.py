import copy
import json
import time

import pytest
from hypothesis import given, settings

from models_registry.definitions.compare.changes import changes
from models_registry.definitions.json_text.document import parse, write
from tests.models_registry.definitions.compare.told import AWQ, found, told
from tests.models_registry.definitions.json_text import edits
from tests.models_registry.definitions.samples import audio, gguf, llm, source, spec


def test_equal_definitions_have_no_changes_however_they_are_laid_out():
    record = llm()
    other = json.dumps([dict(reversed(record.items()))])
    assert changes(parse(write([record])), parse(other)) == []


@pytest.mark.parametrize(
    ("changed", "label"),
    [
        ({"context_length": 131072}, "Context length 8192 → 131072"),
        ({"featured": False}, "Added featured false"),
        ({"context_length": ...}, "Removed context length (it was 8192)"),
        ({"model_description": "A model."}, 'Added description "A model."'),
        ({"model_lang": ["en", "zh"]}, "Added language zh"),
        ({"model_ability": ["generate"]}, None),
        ({"model_specs": [spec(), gguf()]}, "Added format GGUF 7B (huggingface: o/m)"),
        ({"model_specs": [spec(model_revision="a1")]}, None),
        ({"model_name": "n"}, "Name m → n"),
        ({"virtualenv": {"packages": ["a"]}}, "Added virtual environment"),
        ({"architectures": ["A", "B"]}, "Added architectures A, B"),
    ],
)
def test_a_change_is_one_sentence(changed, label):
    labels = told(llm(), llm(**changed))
    if label is None:
        assert labels in (
            ["Added ability generate", "Removed ability chat"],
            ["Added model revision of PyTorch 7B on huggingface: a1"],
        )
    else:
        assert labels == [label]


def test_a_source_is_added_and_removed_by_its_hub():
    both = {**AWQ, "model_src": {**AWQ["model_src"], "modelscope": source(model_id="x/y")}}
    assert told(llm(model_specs=[AWQ]), llm(model_specs=[both])) == [
        "Added modelscope source x/y of AWQ 7B"
    ]
    assert told(llm(model_specs=[both]), llm(model_specs=[AWQ])) == [
        "Removed modelscope source x/y of AWQ 7B"
    ]


def test_a_moved_spec_is_moved_and_nothing_else():
    specs = [spec(), AWQ, gguf()]
    [change] = found(llm(model_specs=specs), llm(model_specs=[specs[2], *specs[:2]]))
    assert (change.kind, change.label) == ("moved", "Moved format GGUF 7B from place 3 to 1")
    assert change.new_pointer == "/0/model_specs/0"


def test_many_moves_are_one_change():
    specs = [spec(size=size) for size in range(1, 10)]
    assert told(llm(model_specs=specs), llm(model_specs=specs[::-1])) == ["Reordered formats"]


def test_a_time_stamp_is_a_kind_of_its_own():
    [change] = found(llm(updated_at=1), llm(updated_at=2))
    assert (change.kind, change.label, change.before, change.after) == (
        "stamp",
        "Time stamp 1 → 2",
        1,
        2,
    )
    assert [one.kind for one in found(llm(), llm(updated_at=2))] == ["stamp"]


def test_a_long_text_is_told_by_its_lines():
    template = "{% for m in messages %}\n" * 9
    changed = template.replace("messages", "all", 1) + "{{ x }}\n{{ y }}\n"
    assert told(llm(chat_template=template), llm(chat_template=changed)) == [
        "Changed chat template (+3 −1 lines)"
    ]


def test_a_package_of_another_version_is_changed_and_not_another_package():
    old = llm(virtualenv={"packages": ["torch==2.1", 'vllm ; #engine# == "vllm"']})
    new = llm(virtualenv={"packages": ["torch==2.2", "einops", 'vllm ; #engine# == "vllm"']})
    assert told(old, new) == ["Package torch==2.1 → torch==2.2", "Added package einops"]


def test_settings_of_engines_are_told_with_the_way_to_them():
    old = audio(default_model_config={"a": {"scale": 3.0}, "size": [1, 2]})
    new = audio(default_model_config={"a": {"scale": 3}, "size": [2, 1]})
    assert told(old, new) == [
        "Default model config › a › scale 3.0 → 3",
        "Changed default model config › size",
    ]


def test_lists_in_another_order_are_reordered():
    assert told(llm(model_lang=["en", "zh"]), llm(model_lang=["zh", "en"])) == [
        "Reordered languages"
    ]


def test_records_are_told_apart_by_engine():
    old = [audio(engine="PyTorch"), audio(engine="MLX")]
    new = [audio(engine="MLX", language="en"), audio(engine="PyTorch", model_family="g")]
    assert told(old, new) == [
        "Added language in variant MLX: en",
        "Family in variant PyTorch: f → g",
        "Moved variant MLX from place 2 to 1",
    ]


def test_what_changed_alike_in_all_records_is_told_once():
    old = [audio(engine="PyTorch"), audio(engine="MLX")]
    new = [{**one, "model_family": "g", "updated_at": 5} for one in old]
    assert told(old, new) == ["Family f → g", "Added time stamp 5"]


def test_a_record_is_added_and_removed_with_its_sources():
    old, new = (
        [audio(engine="PyTorch")],
        [audio(engine="PyTorch"), audio(engine="MLX", quantization="4bit")],
    )
    assert told(old, new) == ["Added variant MLX 4bit (huggingface: o/m)"]
    assert told(new, old) == ["Removed variant MLX 4bit (huggingface: o/m)"]


def test_a_new_model_is_told_by_its_formats_or_variants():
    def new(*records):
        return [one.label for one in changes(None, parse(write(records)))]

    assert new(llm(model_specs=[spec(), gguf()])) == [
        "New model m",
        "Added format PyTorch 7B (huggingface: o/m)",
        "Added format GGUF 7B (huggingface: o/m)",
    ]
    assert new(audio()) == ["New model m", "Added sources huggingface: o/m"]
    assert new(audio(engine="MLX"), audio(engine="PyTorch"))[1:] == [
        "Added variant MLX (huggingface: o/m)",
        "Added variant PyTorch (huggingface: o/m)",
    ]


def test_pointers_lead_to_the_value_in_the_new_version():
    old = llm(model_specs=[spec(), AWQ])
    new = llm(model_specs=[copy.deepcopy(AWQ), gguf(model_id="o/g")])
    new["model_specs"][0]["model_src"]["huggingface"]["model_id"] = "a/b"
    assert [(change.kind, change.new_pointer) for change in found(old, new)] == [
        ("changed", "/0/model_specs/0/model_src/huggingface/model_id"),
        ("added", "/0/model_specs/1"),
        ("removed", "/0/model_specs"),
    ]


@given(edits.RECORDS.flatmap(lambda base: edits.edited(base).map(lambda new: (base, new))))
@settings(max_examples=150, deadline=None)
def test_definitions_that_differ_have_changes_that_say_so(versions):
    old, new = versions
    found_changes = found(old, new)
    assert bool(found_changes) == (
        json.dumps(old, sort_keys=True) != json.dumps(new, sort_keys=True)
    )
    for change in found_changes:
        assert parse(write(new)).find(change.new_pointer)[2] or change.after is None


def test_the_largest_real_definition_is_compared_quickly(released_catalogue):
    folder = released_catalogue / "xinference/model/llm/models"
    path = max(folder.iterdir(), key=lambda file: file.stat().st_size)
    old = json.loads(path.read_text(encoding="utf-8"))
    new = copy.deepcopy(old)
    new[0]["model_specs"].pop(3)
    start = time.process_time()
    assert len(found(old, new)) == 1
    assert time.process_time() - start < 60
