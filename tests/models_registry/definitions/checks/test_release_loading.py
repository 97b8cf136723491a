"""The verdicts on records are those of the loaders in the wheels of the releases."""

from __future__ import annotations

import zlib

import pytest

from models_registry.definitions.checks import release_rules
from models_registry.definitions.checks.release_loading import (
    refusal_of,
    unusable_releases,
    verdict,
)
from models_registry.definitions.checks.release_translation import for_release
from tests.factories import image_record, llm_record
from tests.releases import rules, wheels
from tests.releases.mutations import mutations

MUTATIONS = 60


@pytest.fixture(scope="module")
def newest():
    """The models of the newest release, by type, all with `updated_at`, as lists have them."""
    shipped = wheels.shipped(_kept(release_rules.RELEASES[-1]))
    return {
        kind: [[{"updated_at": 9} | record for record in each] for each in models]
        for kind, models in shipped.items()
    }


@pytest.mark.parametrize("release", wheels.TRIED)
def test_the_hub_says_of_each_record_what_the_loaders_of_the_release_do(release, newest):
    own = wheels.shipped(_kept(release))
    models = {kind: newest[kind] + own.get(kind, []) for kind in newest}
    tried = {
        kind: models[kind] + mutations(models[kind], MUTATIONS, seed=zlib.crc32(kind.encode()))
        for kind in models
    }
    # Without a huggingface source, too: some releases do not start with that.
    elsewhere = {kind: [_without_huggingface(each) for each in newest[kind]] for kind in newest}
    started = {
        kind: [
            [each, packaged]
            for each in newest[kind] + (elsewhere[kind] if kind not in rules.QUANTIZED else [])
            for packaged in ([], _older(each))
        ]
        for kind in newest
        # The engines of an llm take most of the time, and no step after loading reads its sources.
        if kind != "llm"
    }
    answer = wheels.ask(release, load=tried, start=started)
    refused = 0
    for kind, said in answer["load"].items():
        type_rules = release_rules.rules_of(release, kind)
        for records, refusal in zip(tried[kind], said, strict=True):
            ours = refusal_of(type_rules, kind, records)
            refused += ours is not None
            assert (ours is None) == (refusal is None), (kind, records, str(ours), refusal)
    assert refused > 100
    for kind, said in answer["start"].items():
        for (records, _packaged), end in zip(started.get(kind, []), said, strict=True):
            ours = verdict(release, kind, records)
            stops = end["error"] is not None
            if ours.refusal is None and stops:
                assert ours.stop is not None, (kind, records, end["error"])
            if ours.stop is not None and len(records) == 1:
                assert stops, (kind, records, str(ours.stop))


def _kept(release):
    """The release, if its package is kept here; `python -m tests.releases fetch` brings it."""
    if not wheels.is_kept(release):
        pytest.skip(f"the package of {release} is not here: `python -m tests.releases fetch`")
    return release


def _older(records):
    return [record | {"updated_at": 1} for record in records]


def _without_huggingface(records):
    made = []
    for record in records:
        holders = record.get("model_specs", [record])
        sources = [{"modelscope": next(iter(holder["model_src"].values()))} for holder in holders]
        changed = [
            holder | {"model_src": source} for holder, source in zip(holders, sources, strict=True)
        ]
        made.append(record | {"model_specs": changed} if "model_specs" in record else changed[0])
    return made


def _with_virtualenv(**settings):
    return llm_record(virtualenv={"packages": ["a"], **settings})


def test_a_list_of_one_address_is_a_text_for_releases_that_take_only_a_text():
    record = _with_virtualenv(extra_index_url=["https://example.org/simple"])
    assert unusable_releases("llm", [record])[-1] == "1.17.1"
    fitting = for_release("1.17.1", "llm", [record])
    assert fitting.verdict.is_fine
    assert fitting.records[0]["virtualenv"]["extra_index_url"] == "https://example.org/simple"
    assert fitting.changes
    assert for_release("2.0.0", "llm", [record]).changes == []
    # The original stays as it was.
    assert isinstance(record["virtualenv"]["extra_index_url"], list)


def test_what_a_release_means_is_not_guessed():
    """Of two addresses none is the one; and of a format that it does not know, nothing is left."""
    two = _with_virtualenv(extra_index_url=["https://a.example", "https://b.example"])
    assert not for_release("1.17.1", "llm", [two]).verdict.is_fine
    record = llm_record()
    record["model_specs"][0]["model_format"] = "fp4"
    fitting = for_release("1.13.0", "llm", [record])
    assert (fitting.verdict.is_fine, fitting.changes) == (False, [])


def test_formats_that_a_release_does_not_know_are_left_out_where_others_remain():
    record = llm_record()
    record["model_specs"].append({**record["model_specs"][0], "model_format": "fp4"})
    fitting = for_release("1.13.0", "llm", [record])
    assert fitting.verdict.is_fine
    assert [spec["model_format"] for spec in fitting.records[0]["model_specs"]] == ["pytorch"]


def test_all_records_have_one_time_where_a_release_keeps_only_the_newest():
    """Else Linux servers up to 3.2.1 lose what an MLX variant is newer than."""
    older = image_record("a", updated_at=5)
    newer = image_record("a", updated_at=9, engine="MLX")
    fitting = for_release("3.2.1", "video", [older, newer])
    assert [record["updated_at"] for record in fitting.records] == [9, 9]
    assert for_release("3.3.0", "video", [older, newer]).changes == []


@pytest.mark.parametrize(
    "records", [[None], [[]], [{}], [{"model_specs": 3}], [{"model_name": [], "model_src": 1}], []]
)
@pytest.mark.parametrize("kind", ["llm", "rerank", "image", "audio", "world", "nothing"])
def test_nothing_in_a_definition_makes_a_verdict_fail(kind, records):
    for release in release_rules.RELEASES:
        for_release(release, kind, records)
