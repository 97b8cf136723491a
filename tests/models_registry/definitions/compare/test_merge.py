import copy
import gzip
import json
import time

import pytest

from models_registry.definitions.compare.merge import merge
from models_registry.definitions.json_text.document import write
from models_registry.definitions.json_text.problems import DefinitionTextError
from tests.upstream_data import of_all

SOURCE = {"quantizations": ["Int4", "Int8"], "model_id": "o/m-{quantization}"}
PYTORCH = {
    "model_format": "pytorch",
    "model_size_in_billions": 7,
    "model_src": {"huggingface": {"quantizations": ["none"], "model_id": "o/m"}},
}
GPTQ = {"model_format": "gptq", "model_size_in_billions": 7, "model_src": {"huggingface": SOURCE}}
AWQ = {**GPTQ, "model_format": "awq", "model_src": {"modelscope": SOURCE}}
RECORD = {
    "version": 2,
    "context_length": 32768,
    "model_name": "m",
    "model_lang": ["en", "zh"],
    "model_ability": ["chat"],
    "virtualenv": {"packages": ["transformers==4.57.0", 'vllm==0.11 ; #engine# == "vllm"']},
    "default_generate_config": {"guidance_scale": 3.0, "size": [1024, 768]},
    "model_specs": [PYTORCH, GPTQ],
    "updated_at": 100,
}


def record(**members):
    return {key: one for key, one in {**RECORD, **members}.items() if one is not None}


def joined(ours, theirs, base=None, **choices):
    """The merge of one record each."""
    texts = (write([one]) for one in (base or RECORD, ours, theirs))
    return merge(*texts, **choices)


def data(text):
    return json.loads(text)


def typed(value):
    return json.dumps(value, sort_keys=True)


def one(merged):
    assert merged.conflicts == []
    return data(merged.text)[0]


def where(merged):
    return [conflict.pointer for conflict in merged.conflicts]


def test_changes_of_different_values_are_joined():
    merged = one(joined(record(context_length=131072), record(model_description="New.")))
    assert merged == record(context_length=131072, model_description="New.")


def test_our_change_leaves_their_layout_alone():
    theirs = (
        '[\r\n\t{"version":2, "model_lang": ["en","zh"],\r\n\t "context_length" : 32768 ,'
        '\r\n\t "model_name": "m"}\r\n]'
    )
    base = write(data(theirs))
    ours = write([{**data(theirs)[0], "context_length": 8, "model_lang": ["en", "zh", "de"]}])
    expected = theirs.replace("32768", "8").replace('"zh"]', '"zh","de"]')
    assert merge(base, ours, theirs).text == expected


def test_a_new_spec_of_ours_takes_the_layout_of_their_text():
    theirs = json.dumps([RECORD], indent=4)
    merged = merge(write([RECORD]), json.dumps([record(model_specs=[PYTORCH, GPTQ, AWQ])]), theirs)
    assert merged.text == json.dumps([record(model_specs=[PYTORCH, GPTQ, AWQ])], indent=4)


def test_a_new_spec_of_ours_keeps_its_own_line_breaks_where_both_indent_alike():
    inline = write([RECORD]).replace('"model_specs": [', '"model_specs": [\n      {"a": [1, 2]},')
    assert '      {"a": [1, 2]},' in merge(write([RECORD]), inline, write([RECORD])).text


def test_numbers_keep_the_spelling_of_the_side_that_wrote_them():
    ours = write([record(context_length=1)]).replace("3.0", "3.50")
    theirs = write([record(model_family="f")])
    merged = merge(write([RECORD]), ours, theirs)
    assert merged.text == theirs.replace("32768", "1").replace("3.0", "3.50")


def test_three_and_three_point_zero_are_two_values():
    merged = joined(
        record(default_generate_config={"guidance_scale": 3, "size": [1024, 768]}), RECORD
    )
    assert '"guidance_scale": 3,' in merged.text


@pytest.mark.parametrize(
    ("key", "ours", "theirs", "result"),
    [
        ("model_lang", ["en", "zh", "de"], ["en", "zh", "fr"], ["en", "zh", "fr", "de"]),
        ("model_lang", ["de", "en", "zh"], ["en"], ["de", "en"]),
        ("model_ability", ["chat", "tools"], ["chat", "tools"], ["chat", "tools"]),
        ("model_ability", ["chat", "tools"], ["generate", "chat"], ["generate", "chat", "tools"]),
        ("model_lang", ["zh", "en"], ["en", "zh", "fr"], ["zh", "fr", "en"]),
    ],
)
def test_lists_that_are_sets_are_joined_entry_by_entry(key, ours, theirs, result):
    merged = one(joined(record(**{key: ours}), record(**{key: theirs})))[key]
    assert merged == result


def test_quantizations_of_one_source_are_joined():
    more, fewer = copy.deepcopy(GPTQ), copy.deepcopy(GPTQ)
    more["model_src"]["huggingface"]["quantizations"].append("Int3")
    fewer["model_src"]["huggingface"]["quantizations"].remove("Int4")
    merged = one(joined(record(model_specs=[PYTORCH, more]), record(model_specs=[fewer, PYTORCH])))
    assert [spec["model_format"] for spec in merged["model_specs"]] == ["gptq", "pytorch"]
    assert merged["model_specs"][0]["model_src"]["huggingface"]["quantizations"] == ["Int8", "Int3"]


def packages(*names):
    return record(virtualenv={"packages": list(names)})


def test_a_pin_that_they_set_survives_a_package_that_we_add():
    vllm = 'vllm==0.11 ; #engine# == "vllm"'
    merged = joined(
        packages("transformers==4.57.0", vllm, "einops"), packages("transformers==4.57.3", vllm)
    )
    assert one(merged) == packages("transformers==4.57.3", vllm, "einops")


def test_two_versions_of_one_package_are_a_conflict_and_not_two_packages():
    vllm = 'vllm==0.11 ; #engine# == "vllm"'
    merged = joined(packages("transformers==5.0", vllm), packages("transformers>=4.58", vllm))
    assert where(merged) == ["/0/virtualenv/packages/0"]
    assert data(merged.text)[0] == packages("transformers>=4.58", vllm)


def test_other_lists_are_one_value():
    ours = record(default_generate_config={"guidance_scale": 3.0, "size": [1024, 1024]})
    theirs = record(default_generate_config={"guidance_scale": 3.0, "size": [768, 768]})
    merged = joined(ours, theirs)
    assert where(merged) == ["/0/default_generate_config/size"]
    assert merged.conflicts[0].base == "[\n        1024,\n        768\n      ]"


def test_specs_are_matched_by_what_they_are_and_not_by_place():
    changed = {**GPTQ, "activated_size_in_billions": 3}
    merged = joined(
        record(model_specs=[PYTORCH, changed]), record(model_specs=[AWQ, GPTQ, PYTORCH])
    )
    assert one(merged) == record(model_specs=[AWQ, changed, PYTORCH])


def test_a_spec_that_both_added_alike_is_there_once():
    assert one(
        joined(record(model_specs=[PYTORCH, GPTQ, AWQ]), record(model_specs=[AWQ, PYTORCH, GPTQ]))
    ) == record(model_specs=[AWQ, PYTORCH, GPTQ])


def test_a_spec_that_both_added_each_in_its_way_is_a_conflict_where_they_differ():
    other = {**AWQ, "model_src": {"modelscope": {**SOURCE, "model_id": "else/where"}}}
    merged = joined(
        record(model_specs=[PYTORCH, GPTQ, AWQ]), record(model_specs=[PYTORCH, GPTQ, other])
    )
    assert where(merged) == ["/0/model_specs/2/model_src/modelscope/model_id"]
    assert merged.conflicts[0].base is None


def test_two_specs_of_one_size_with_other_quantizations_are_two_specs():
    def mlx(quantization):
        source = {"quantizations": [quantization], "model_id": f"o/m-{quantization}"}
        return {**GPTQ, "model_format": "mlx", "model_src": {"huggingface": source}}

    merged = one(
        joined(
            record(model_specs=[PYTORCH, mlx("4bit")]), record(model_specs=[PYTORCH, mlx("8bit")])
        )
    )
    assert merged["model_specs"] == [PYTORCH, mlx("8bit"), mlx("4bit")]


def test_a_value_that_both_changed_is_a_conflict_and_has_theirs():
    merged = joined(record(context_length=1), record(context_length=2))
    assert data(merged.text)[0]["context_length"] == 2
    [conflict] = merged.conflicts
    assert (conflict.pointer, conflict.base, conflict.ours, conflict.theirs) == (
        "/0/context_length",
        "32768",
        "1",
        "2",
    )


def test_what_one_removed_and_the_other_changed_is_a_conflict():
    edited = {**GPTQ, "activated_size_in_billions": 3}
    removed_by_us = joined(record(model_specs=[PYTORCH]), record(model_specs=[PYTORCH, edited]))
    assert where(removed_by_us) == ["/0/model_specs/1"]
    assert removed_by_us.conflicts[0].ours is None
    removed_by_them = joined(record(model_specs=[PYTORCH, edited]), record(model_specs=[PYTORCH]))
    assert where(removed_by_them) == ["/0/model_specs"]
    assert removed_by_them.conflicts[0].theirs is None


def test_what_one_removed_and_the_other_left_alone_goes():
    assert one(joined(record(model_specs=[GPTQ]), record(context_length=1))) == record(
        model_specs=[GPTQ], context_length=1
    )


def test_a_list_that_the_sides_empty_together_is_a_conflict():
    merged = joined(record(model_specs=[PYTORCH]), record(model_specs=[GPTQ]))
    assert where(merged) == ["/0/model_specs"]
    assert data(merged.text)[0] == record(model_specs=[GPTQ])


def test_a_conflict_goes_by_the_choice_of_a_person():
    ours, theirs = (
        record(context_length=1, model_family="a"),
        record(context_length=2, model_family="b"),
    )
    keys = [conflict.key for conflict in joined(ours, theirs).conflicts]
    half = joined(ours, theirs, choices={keys[0]: "ours"})
    assert [conflict.key for conflict in half.conflicts] == keys[1:]
    assert one(joined(ours, theirs, choices={keys[0]: "ours", keys[1]: "theirs"})) == record(
        context_length=1, model_family="b"
    )


def test_our_side_of_a_removed_spec_can_be_chosen():
    edited = {**GPTQ, "activated_size_in_billions": 3}
    sides = record(model_specs=[PYTORCH, edited]), record(model_specs=[PYTORCH])
    [conflict] = joined(*sides).conflicts
    assert one(joined(*sides, choices={conflict.key: "ours"})) == sides[0]


@pytest.mark.parametrize(
    ("ours", "theirs", "result"),
    [(200, 150, 200), (150, 200, 200), (None, 200, 200), (200, None, 200), (50, 100, 100)],
)
def test_the_newest_time_stamp_wins_and_is_no_conflict(ours, theirs, result):
    merged = joined(
        record(updated_at=ours, context_length=1), record(updated_at=theirs, model_family="f")
    )
    assert one(merged)["updated_at"] == result


def test_a_record_that_only_got_a_newer_time_stamp_may_be_removed():
    mlx = record(engine="MLX")
    texts = [[RECORD, mlx], [RECORD, {**mlx, "updated_at": 200}], [RECORD]]
    merged = merge(*map(write, texts))
    assert data(merged.text) == [RECORD]
    assert merged.conflicts == []


def test_records_are_matched_by_engine():
    torch, mlx = record(engine="PyTorch"), record(engine="MLX")
    ours = write([torch, {**mlx, "context_length": 1}])
    theirs = write([mlx, {**torch, "model_family": "f"}])
    merged = merge(write([torch, mlx]), ours, theirs)
    assert merged.conflicts == []
    assert data(merged.text) == [{**mlx, "context_length": 1}, {**torch, "model_family": "f"}]


def test_a_text_that_is_no_definition_is_refused():
    with pytest.raises(DefinitionTextError):
        merge("[{}]", "[{]", "[{ }]")


def test_the_largest_real_definition_merges_quickly(released_catalogue):
    folder = released_catalogue / "xinference/model/llm/models"
    path = max(folder.iterdir(), key=lambda file: file.stat().st_size)
    base = path.read_text(encoding="utf-8")
    ours, theirs = data(base), data(base)
    ours[0]["context_length"] = 1
    theirs[0]["model_specs"].pop(3)
    start = time.process_time()
    merged = merge(base, write(ours), write(theirs))
    assert time.process_time() - start < 60
    theirs[0]["context_length"] = 1
    assert merged.text == write(theirs)


def test_a_long_list_of_equal_specs_merges_in_time():
    base, ours, theirs = (
        [{"model_name": "m", "model_specs": [GPTQ] * count}] for count in (2000, 1990, 2010)
    )
    start = time.process_time()
    merged = merge(*map(json.dumps, (base, ours, theirs)))
    assert time.process_time() - start < 60
    assert len(data(merged.text)[0]["model_specs"]) == 2000


def real_updates(upstream_dir):
    """The records before and after each real update of one record."""
    for case in sorted((upstream_dir / "replay").iterdir()):
        changes = json.loads((case / "case.json").read_text(encoding="utf-8"))["changes"]
        files = {one["file"] for one in changes if one["op"] == "update"}
        before = {
            file: json.loads(gzip.decompress((case / "before" / f"{file}.gz").read_bytes()))
            for file in files
        }
        for one in changes:
            if one["op"] == "update":
                yield before[one["file"]][one["index"]], one["after"]


def test_real_changes_come_through_beside_a_hand_edit(upstream_dir):
    count = 0
    for before, after in real_updates(upstream_dir):
        by_hand = {**before, "by_hand": [1.0]}
        merged = merge(write([before]), write([after]), json.dumps([by_hand], indent=4))
        assert merged.conflicts == []
        stamp = max(before.get("updated_at", 0), after.get("updated_at", 0))
        assert typed(data(merged.text)) == typed(
            [{**after, "by_hand": [1.0], **({"updated_at": stamp} if stamp else {})}]
        )
        count += 1
    assert count >= of_all(60)
