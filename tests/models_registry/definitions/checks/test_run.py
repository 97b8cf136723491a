import json
import time

import pytest

from models_registry.definitions.checks.run import OtherModels, check
from models_registry.definitions.checks.schema import validate
from models_registry.definitions.checks.server_loading import loading_problems
from models_registry.definitions.facts.kinds import name_key
from models_registry.definitions.json_text.document import parse
from models_registry.definitions.upstream_files.layouts import read_tree
from tests.factories import llm_record, written
from tests.models_registry.definitions.checks.checked import found
from tests.models_registry.definitions.samples import audio, image, llm, spec
from tests.models_registry.definitions.trees import read_files
from tests.upstream_data import of_all


def told(*records, **options):
    return [(one.severity, one.code, one.pointer) for one in found(*records, **options)]


def test_a_sound_definition_has_no_problems():
    assert found(llm()) == []
    assert found(image(), model_type="image") == []
    assert found(audio(engine="PyTorch"), audio(engine="MLX"), model_type="audio") == []


def test_all_problems_are_told_at_once_in_the_order_of_the_text():
    record = llm(
        model_name="Оwen",
        context_length=0,
        model_ability=["chat", "fly"],
        model_specs=[spec(), spec()],
        chat_template="{% if %}",
        virtualenv={"packages": [], "index_url": "ftp://example.org"},
    )
    problems = found(record)
    assert [one.code for one in problems] == [
        "strange-character",
        "value",
        "value",
        "duplicate-spec",
        "chat-template",
        "url",
    ]
    places = [(one.line, one.column) for one in problems]
    assert places == sorted(places)
    assert all(problem.severity == "error" for problem in problems)


def test_a_missing_time_stamp_is_no_fault_because_publishing_sets_it():
    assert found(llm(updated_at=...)) == []


def test_one_fault_is_told_once_though_schema_and_servers_both_refuse_it():
    assert told(llm(version=...)) == [("error", "missing-key", "/0")]
    assert told(llm(version=3)) == [("error", "value", "/0/version")]
    assert told(llm(model_ability=["chat", "fly"])) == [("error", "value", "/0/model_ability/1")]
    assert told(llm(model_name="a b")) == [("error", "name", "/0/model_name")]


def test_what_servers_refuse_is_an_error_where_the_schema_is_silent():
    record = image(model_src={"modelscope": {"model_id": "o/m", "model_revision": "x"}})
    assert told(record, model_type="image") == [("error", "no-huggingface", "/0")]


def test_an_unknown_type_is_told_and_nothing_else():
    assert told(llm(), model_type="music") == [("error", "model-type", "")]


def test_a_taken_name_is_refused_whatever_its_case():
    known = OtherModels(names={"qwen3": "qwen3"})
    [problem] = found(llm(model_name="Qwen3"), known=known)
    assert (problem.pointer, problem.severity) == ("/0/model_name", "error")
    assert problem.message == (
        'There is a llm model "qwen3" already, and names must differ in more than case. '
        "Use another name."
    )
    assert found(llm(model_name="qwen4"), known=known) == []


def test_a_letter_of_another_alphabet_is_refused_by_its_name():
    [problem] = found(llm(model_name="qwеn3"))
    assert problem.message == (
        "The character “е” (U+0435, CYRILLIC SMALL LETTER IE) looks like “e”, but is another one. "
        "Type “e” instead."
    )
    assert problem.pointer == "/0/model_name"


def test_a_name_that_passes_for_another_model_is_refused():
    known = OtherModels(names={"qwen3": "qwen3"})
    assert told(llm(model_name="qwеn3"), known=known) == [
        ("error", "strange-character", "/0/model_name"),
        ("error", "look-alike", "/0/model_name"),
    ]


def test_a_name_in_plain_letters_that_looks_like_another_is_worth_a_warning():
    [problem] = found(llm(model_name="qwen3-O"), known=OtherModels(names={"qwen3-0": "qwen3-0"}))
    assert (problem.severity, problem.code) == ("warning", "look-alike")
    assert problem.message == (
        '"qwen3-O" looks like "qwen3-0", which is another model. '
        "Use a name that is easy to tell apart."
    )


def test_every_released_definition_is_free_of_errors(released_catalogue):
    models = read_tree(read_files(released_catalogue)).models
    names = {kind: {} for kind in {one.model_type for one in models}}
    for model in models:
        names[model.model_type][name_key(model.name)] = model.name
    start = time.process_time()
    for model in models:
        others = {k: v for k, v in names[model.model_type].items() if v != model.name}
        problems = check(model.model_type, parse(model.text), known=OtherModels(names=others))
        assert {one.code for one in problems if one.severity == "error"} == set(), model.name
        assert {one.code for one in problems} <= {"duplicate-spec"}, model.name
    assert len(models) >= of_all(386)
    assert time.process_time() - start < 60


def test_older_definitions_have_no_errors_but_those_of_the_schema(aggregate_catalogue):
    for model in read_tree(read_files(aggregate_catalogue)).models:
        definition = parse(model.text)
        errors = [one for one in check(model.model_type, definition) if one.severity == "error"]
        assert errors == validate(model.model_type, definition), model.name


@pytest.mark.parametrize(
    "record",
    [
        {"model_name": ["x"], "model_specs": {"a": 1}, "chat_template": 3},
        {"model_specs": [1, None, {"model_src": [1]}, {"model_src": {"huggingface": 1}}]},
        {"model_family": "f", "model_src": {"x": {"model_id": 1, "quantizations": [[]]}}},
        {"virtualenv": {"packages": [1, {}], "index_url": {"a": []}}, "updated_at": "1_2_3"},
        {"model_name": "\U000e0041", "controlnet": [[]], "stop_token_ids": [True, "9" * 5000]},
    ],
)
@pytest.mark.parametrize("model_type", ["llm", "image", "world"])
def test_odd_values_are_problems_and_no_failures(record, model_type):
    assert loading_problems(model_type, [record])
    assert found(record, model_type=model_type)


def test_a_hostile_definition_is_checked_in_time():
    specs = [spec(quantizations=[f"q{i}" for i in range(40)]) for _ in range(500)]
    text = json.dumps([llm(model_specs=specs, chat_template="{{(" * 60_000)])
    definition = parse(text)
    start = time.process_time()
    problems = check("llm", definition)
    assert time.process_time() - start < 60
    assert len(problems) <= 300


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"model_ability": ["Chat"]}, '"Chat" is not an ability. Did you mean "chat"?'),
        ({"model_name": "CON"}, '"CON" is the name of a device on Windows'),
        ({"model_name": "lpt1.v2"}, '"lpt1.v2" is the name of a device on Windows'),
    ],
)
def test_a_message_quotes_what_was_typed(changes, said):
    definition = parse(written(llm_record(**changes)))
    [problem] = check("llm", definition)
    assert problem.message.startswith(said)


def test_a_size_as_a_number_with_a_point_gets_the_hint_of_the_text():
    record = llm_record()
    record["model_specs"][0]["model_size_in_billions"] = 0.5
    [problem] = check("llm", parse(written(record)))
    assert problem.message == '0.5 is not a size. Write "0_5" for 0.5 billion.'
