"""What comes of two versions of a model, on whichever road they meet."""

from __future__ import annotations

import json

import pytest

from models_registry.definitions.compare.reconcile import (
    MAX_PLACES,
    WHOLE,
    MergeOutcome,
    Reason,
    decided,
    new_problems,
    places,
    reconcile,
)
from tests.factories import llm_record, written

NOW = 1_900_000_000
BASE = written(llm_record("a"))
OURS = written(llm_record("a", context_length=1, updated_at=1_780_000_001))
THEIRS = written(llm_record("a", model_description="Theirs.", updated_at=1_780_000_002))
ELSE = written(llm_record("a", context_length=2))
LATER = written(llm_record("a", updated_at=1_800_000_000))

CASES = {
    "nothing changed": (BASE, BASE, BASE, MergeOutcome.UNCHANGED, None),
    "both made the same change": (BASE, OURS, OURS, MergeOutcome.UNCHANGED, None),
    "both say the same at other times": ("", BASE, LATER, MergeOutcome.UNCHANGED, None),
    "only theirs changed": (BASE, BASE, THEIRS, MergeOutcome.THEIRS, None),
    "only their time changed": (BASE, BASE, LATER, MergeOutcome.THEIRS, None),
    "only ours changed": (BASE, OURS, BASE, MergeOutcome.OURS, None),
    "ours changed, their time did": (BASE, OURS, LATER, MergeOutcome.OURS, None),
    "ours is new": ("", OURS, "", MergeOutcome.OURS, None),
    "theirs is new": ("", "", THEIRS, MergeOutcome.CONFLICT, Reason.NO_BASE),
    "both changed other values": (BASE, OURS, THEIRS, MergeOutcome.JOINED, None),
    "both changed one value": (BASE, OURS, ELSE, MergeOutcome.CONFLICT, Reason.BOTH_CHANGED),
    "both are new": ("", OURS, THEIRS, MergeOutcome.CONFLICT, Reason.NO_BASE),
    "theirs went": (BASE, BASE, "", MergeOutcome.THEIRS, None),
    "theirs went, ours changed": (BASE, OURS, "", MergeOutcome.CONFLICT, Reason.REMOVED_THERE),
    "ours went": (BASE, "", BASE, MergeOutcome.OURS, None),
    "ours went, theirs changed": (BASE, "", THEIRS, MergeOutcome.CONFLICT, Reason.REMOVED_HERE),
    "both went": (BASE, "", "", MergeOutcome.UNCHANGED, None),
    "theirs is broken": (BASE, OURS, "[{", MergeOutcome.CONFLICT, Reason.UNREADABLE),
    "theirs is broken, ours is as it was": (
        BASE,
        BASE,
        "[{",
        MergeOutcome.CONFLICT,
        Reason.UNREADABLE,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_each_meeting_of_two_versions_has_its_outcome(case):
    base, ours, theirs, kind, reason = CASES[case]
    joint = reconcile("llm", base, ours, theirs, now=NOW)
    assert (joint.kind, joint.reason) == (kind, reason)
    if kind is MergeOutcome.CONFLICT:
        assert (joint.here, joint.there) == (ours, theirs)
        assert joint.why("the source").endswith((".", ")"))
    else:
        assert joint.why("the source") == ""
    if kind is MergeOutcome.THEIRS:
        assert (joint.here, joint.there) == (theirs, theirs)
    if kind is MergeOutcome.OURS:
        assert joint.here == ours


def test_a_second_meeting_of_what_was_joined_changes_nothing():
    here = reconcile("llm", BASE, OURS, THEIRS, now=NOW).here
    (record,) = json.loads(here)
    assert (record["context_length"], record["model_description"]) == (1, "Theirs.")
    assert record["updated_at"] == NOW
    again = reconcile("llm", THEIRS, here, THEIRS, now=NOW + 9)
    assert (again.kind, again.here) == (MergeOutcome.OURS, here)


def test_a_record_that_one_side_alone_changed_keeps_the_time_stamp_that_it_has_there():
    base = written(llm_record("a", engine="x"), llm_record("a", engine="y"))
    mine = llm_record("a", engine="x", context_length=1, updated_at=1_780_000_005)
    ours = written(mine, llm_record("a", engine="y"))
    changed = llm_record("a", engine="y", context_length=2, updated_at=1_890_000_000)
    theirs = written(llm_record("a", engine="x"), changed)
    here = json.loads(reconcile("llm", base, ours, theirs, now=NOW).here)
    assert [record["updated_at"] for record in here] == [1_780_000_005, 1_890_000_000]


def test_a_conflict_says_what_and_why():
    why = reconcile("llm", BASE, OURS, ELSE, now=NOW).why("the source")
    assert why == (
        "The source and the hub changed the same values in different ways: /0/context_length."
    )


PYTORCH = llm_record("a")["model_specs"][0]


def spec(model_format: str, source: str) -> dict:
    found = dict(llm_record("a")["model_specs"][0])
    found["model_src"] = {"huggingface": {"quantizations": ["none"], "model_id": source}}
    return {**found, "model_format": model_format}


def test_what_fits_together_but_is_no_valid_definition_is_a_conflict():
    template = {"model_file_name_template": "a-{quantization}.gguf"}
    with_template = {**PYTORCH["model_src"]["huggingface"], **template}
    both = {**PYTORCH, "model_src": {"huggingface": with_template}}
    base = written(llm_record("a", model_specs=[both]))
    ours = written(llm_record("a", model_specs=[{**both, "model_format": "ggufv2"}]))
    theirs = written(llm_record("a", model_specs=[PYTORCH]))
    joint = reconcile("llm", base, ours, theirs, now=NOW)
    assert (joint.kind, joint.reason) == (MergeOutcome.CONFLICT, Reason.INVALID)
    assert "together are not a valid definition" in joint.why("the source")
    assert "model_file_name_template" in joint.detail


def test_what_was_invalid_on_a_side_already_can_be_joined():
    ours = written(llm_record("a", context_length=1))
    theirs = written(llm_record("a", version=3))
    joined = written(llm_record("a", context_length=1, version=3))
    assert new_problems("llm", joined, ours), "version 3 loads on no server"
    assert new_problems("llm", joined, ours, theirs) == []
    assert (
        reconcile("llm", written(llm_record("a")), ours, theirs, now=NOW).kind
        is MergeOutcome.JOINED
    )


def test_the_places_to_choose_at_are_values_or_the_whole():
    (place,) = places(BASE, OURS, ELSE)
    assert (place.pointer, place.ours, place.theirs) == ("/0/context_length", "1", "2")
    for texts in (("", OURS, ELSE), (BASE, OURS, ""), (BASE, OURS, THEIRS), (BASE, OURS, "[{")):
        assert [one.key for one in places(*texts)] == [WHOLE], texts


def test_too_many_places_are_one_choice():
    def record(value: str) -> str:
        more = {f"field_{n}": value for n in range(MAX_PLACES + 1)}
        return written(llm_record("a", **more))

    assert [one.key for one in places(record("x"), record("y"), record("z"))] == [WHOLE]


def test_a_decision_gives_the_chosen_values_and_the_bytes_of_a_side_where_it_can():
    base = written(llm_record("a"))
    ours = written(llm_record("a", context_length=1, model_description="Ours."))
    theirs = written(llm_record("a", context_length=2, model_description="Theirs."))
    first, second = places(base, ours, theirs)
    assert decided(base, ours, theirs, {first.key: "ours"}, now=NOW).undecided == [second]
    assert decided(base, ours, theirs, {first.key: "ours", second.key: "ours"}, now=NOW).text == (
        ours
    )
    both = {first.key: "theirs", second.key: "theirs"}
    assert decided(base, ours, theirs, both, now=NOW).text == theirs
    mixed = decided(base, ours, theirs, {first.key: "ours", second.key: "theirs"}, now=NOW)
    (record,) = json.loads(mixed.text)
    chosen = {first.pointer[3:]: "ours", second.pointer[3:]: "theirs"}
    assert record["context_length"] == (1 if chosen["context_length"] == "ours" else 2)
    assert record["updated_at"] == NOW


def test_a_whole_is_decided_as_a_whole():
    assert decided("", OURS, ELSE, {}, now=NOW).undecided
    assert decided("", OURS, ELSE, {WHOLE: "theirs"}, now=NOW).text == ELSE
    assert decided("", OURS, ELSE, {WHOLE: "ours"}, now=NOW).text == OURS


def test_a_list_that_would_end_up_empty_becomes_a_place_of_its_own():
    one, other, third = (spec("pytorch", f"x/{n}") for n in "abc")
    changed = {**one, "model_size_in_billions": 2}
    ours = written(llm_record("a", model_specs=[changed]))
    theirs = written(llm_record("a", model_specs=[other, third]))
    found = places(written(llm_record("a", model_specs=[one])), ours, theirs)
    assert found
    choices = {place.key: "ours" for place in found}
    result = decided(written(llm_record("a", model_specs=[one])), ours, theirs, choices, now=NOW)
    assert result.undecided or json.loads(result.text)[0]["model_specs"]
