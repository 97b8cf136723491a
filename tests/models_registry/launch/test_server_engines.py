"""Engines are narrowed to those that the server offers for the chosen files."""

from __future__ import annotations

import pytest

from models_registry.launch.plan import plan
from models_registry.launch.server_engines import Files, Offer, narrowed
from tests.factories import llm_record

USUAL = ["vLLM", "Transformers", "SGLang"]
FILES = Files("pytorch", "0_6", "none")


def variant(model_format="pytorch", size="0_6", quantizations=("none",)):
    return {
        "model_name": "tiny-llm", "model_format": model_format, "model_size_in_billions": size,
        "quantizations": list(quantizations),
    }  # fmt: skip


def test_engines_without_the_chosen_variant_or_with_a_reason_are_left_out():
    offered = {
        "SGLang": [variant(size="7")],
        "Transformers": [variant(), variant("gptq")],
        "vLLM": "Engine vLLM library is not installed",
    }
    result = narrowed(USUAL, Offer(offered, is_known=True), FILES)
    assert result.engines == ("Transformers",)
    assert result.against == (("vLLM", "Engine vLLM library is not installed"),)
    assert (result.is_known, result.fits) == (True, True)


@pytest.mark.parametrize("offered", [{}, {"vLLM": "no"}, {"vLLM": [variant("gptq")]}, {"vLLM": 1}])
def test_where_nothing_fits_the_usual_engines_stay(offered):
    result = narrowed(USUAL, Offer(offered, is_known=False), FILES)
    assert result.engines == tuple(USUAL)
    assert not result.fits
    assert result.is_known == bool(offered)


def test_a_model_without_engines_may_be_known_all_the_same():
    result = narrowed(USUAL, Offer({}, is_known=True), FILES)
    assert (result.is_known, result.reports_engines, result.fits) == (True, False, False)


def test_sizes_are_compared_as_they_are_written_and_what_is_not_reported_is_not_an_obstacle():
    assert narrowed(
        USUAL, Offer({"vLLM": [variant(size=7)]}, is_known=True), Files("pytorch", "7", "none")
    ).fits
    assert narrowed(
        ["flag"],
        Offer({"flag": [{"model_name": "x"}]}, is_known=True),
        Files("pytorch", "", "none"),
    ).fits


def test_a_plan_takes_the_servers_engine():
    offered = {"SGLang": [variant()], "vLLM": "not installed"}
    result = plan(
        "llm", "tiny-llm", [llm_record()], {"engine": "vLLM"}, Offer(offered, is_known=True)
    )
    assert result.payload["model_engine"] == "SGLang"
    assert [choice.values for choice in result.choices if choice.key == "engine"] == [("SGLang",)]
    assert result.there.against == (("vLLM", "not installed"),)
