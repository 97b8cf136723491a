"""Files of upstream that cannot be read: named until they are mended, and nothing is removed."""

from __future__ import annotations

import pytest

from models_registry.models import (
    CatalogueList,
    RegisteredModel,
    UnreadableFile,
    UpstreamRemoval,
)
from models_registry.sync.follow_upstream import follow_upstream
from tests.factories import llm_record, written
from tests.models_registry.upstream.deliveries import the_model
from tests.models_registry.upstream.removed_models import (
    AGGREGATE,
    expired,
    nothing_is_asked_of_upstream,
)
from tests.models_registry.upstream_fixtures import path

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("imported")]


def broken(text: str, kind: str) -> str | bytes:
    if kind == "a missing bracket":
        return text.rstrip().removesuffix("]")
    if kind == "a doubled key":
        return text.replace('"model_name": "beta",', '"model_name": "beta", "model_name": "beta",')
    if kind == "an empty array":
        return "[]\n"
    if kind == "an object":
        return '{"models": []}\n'
    if kind == "no text":
        return b"[\xff\xfe]"
    if kind == "an empty file":
        return ""
    return text.replace('"model_name": "beta"', '"name": "beta"')


@pytest.mark.parametrize(
    "kind",
    ["a missing bracket", "a doubled key", "an empty array", "an object", "no text",
     "an empty file", "a record without a name"],
)  # fmt: skip
def test_a_broken_aggregate_removes_nothing_and_is_named_until_it_is_mended(
    github, aggregate, kind
):
    text = broken(aggregate, kind)
    assert text != aggregate
    image = "xinference/model/image/models/pixel.json"
    github.commit({AGGREGATE: text, image: written(llm_record("pixel"))})
    follow_upstream()
    follow_upstream()
    assert expired() == set()
    assert CatalogueList.objects.get(model_type="llm").model_count == 3
    assert UnreadableFile.objects.get().path == AGGREGATE
    assert RegisteredModel.objects.filter(name="pixel").exists(), "the rest goes on"
    assert nothing_is_asked_of_upstream(github)
    mended = aggregate.replace("gamma is a small", "gamma is a very small")
    github.commit({AGGREGATE: mended})
    follow_upstream()
    assert expired() == set()
    assert not UnreadableFile.objects.exists()
    assert not UpstreamRemoval.objects.exists()
    assert "very small" in the_model("gamma").published_revision.definition
    assert nothing_is_asked_of_upstream(github)


@pytest.mark.parametrize("text", ["", "[]", "[{", b"\xff", '[{"model_name": "other"}]'])
def test_a_broken_file_of_one_model_removes_nothing_and_following_goes_on(github, text):
    github.commit({path("alpha"): text, path("delta"): written(llm_record("delta"))})
    report = follow_upstream()
    assert report.added == ["llm/delta"]
    assert UnreadableFile.objects.get().path == path("alpha")
    assert expired() == set()
    assert follow_upstream() is None
    github.commit({path("alpha"): written(llm_record("alpha", context_length=5))})
    assert follow_upstream().updated == ["llm/alpha"]
    assert not UnreadableFile.objects.exists()
    assert nothing_is_asked_of_upstream(github)


def test_a_file_that_is_not_text_in_an_archive_stops_nothing_else(github):
    many = {path(f"m-{number}"): written(llm_record(f"m-{number}")) for number in range(25)}
    github.commit({**many, path("alpha"): b"\xff\xfe"})
    assert len(follow_upstream().added) == 25
    assert UnreadableFile.objects.get().path == path("alpha")
    assert expired() == set()


def test_a_path_that_is_too_long_for_a_model_stops_nothing_else(github):
    long = "/".join(["xinference/model/llm/models", "d" * 200, "e" * 200, "x.json"])
    schema = f"xinference/model/schemas/{'s' * 200}.schema.json"
    github.commit({long: "[]", schema: "{}", path("delta"): written(llm_record("delta"))})
    assert follow_upstream().added == ["llm/delta"]


def test_a_folder_of_models_that_is_gone_is_named_and_removes_nothing(github):
    files = {name: None for name in github.files() if name.startswith("xinference/")}
    texts = {name: github.file(name) for name in files}
    github.commit(files)
    follow_upstream()
    assert UnreadableFile.objects.get().path == "xinference/model"
    github.commit(texts)
    follow_upstream()
    assert not UnreadableFile.objects.exists()
    assert expired() == set()
