"""An import of files that the hub has imported before: cheap, and with the same result."""

from __future__ import annotations

import copy

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from models_registry.catalogue import build as list_building
from models_registry.definitions.checks import schema
from models_registry.models import RegisteredModel, UpstreamFile
from tests.factories import llm_record, served, written
from tests.models_registry.sync.imports import LLM_DIR, last_line, run

pytestmark = pytest.mark.django_db


def add(folder, *names):
    for name in names:
        (folder / LLM_DIR / f"{name}.json").write_text(written(llm_record(name)), encoding="utf-8")


def queries_of_an_import(folder, *, added: int = 0) -> int:
    with CaptureQueriesContext(connection) as queries:
        out, _ = run(f"dir:{folder}")
    assert ", 0 with warnings, 0 failed" in last_line(out)
    assert f" {added} added, 0 updated, " in last_line(out)
    return len(queries)


def test_a_model_more_costs_no_query_more(folder):
    run(f"dir:{folder}")
    few = queries_of_an_import(folder)
    add(folder, "one-more")
    one = queries_of_an_import(folder, added=1)
    add(folder, *(f"more-{number}" for number in range(8)))
    assert queries_of_an_import(folder, added=8) == one
    assert queries_of_an_import(folder) == few


def test_warnings_are_repeated(folder):
    odd = llm_record("odd", prompt_style_name="legacy")
    (folder / LLM_DIR / "odd.json").write_text(written(odd), encoding="utf-8")
    first, second = run(f"dir:{folder}"), run(f"dir:{folder}")
    assert first[1] == second[1]
    assert "prompt_style_name" in second[1]
    assert "1 with warnings" in last_line(second[0])


def test_newer_schemas_check_unchanged_files_again(folder):
    run(f"dir:{folder}")
    files = copy.deepcopy(dict(schema.vendored().files))
    files["llm.schema.json"]["$defs"]["record"]["required"].append("owner_of_the_weights")
    before = list(schema._providers)
    schema.use(lambda: schema.SchemaSet("newer", files))
    try:
        out, err = run(f"dir:{folder}")
    finally:
        schema._providers[:] = before
    assert "owner_of_the_weights" in err
    assert "2 unchanged, 2 with warnings" in last_line(out)


def test_what_was_seen_is_recorded(folder):
    run(f"dir:{folder}")
    UpstreamFile.objects.update(source="pypi:xinference==1.0.0", is_seen=False)
    before = UpstreamFile.objects.get(model__name="alpha").seen_at
    run(f"dir:{folder}")
    row = UpstreamFile.objects.get(model__name="alpha")
    assert (row.source, row.is_seen) == (f"dir:{folder}", True)
    assert row.seen_at > before


def test_a_deleted_model_of_the_name_is_forgotten(folder):
    run(f"dir:{folder}")
    row = UpstreamFile.objects.get(model__name="alpha")
    UpstreamFile.objects.create(
        model=None, model_type="llm", name_key="alpha", path=row.path, layout="split", text="[]",
        source="dir:elsewhere",
    )  # fmt: skip
    run(f"dir:{folder}")
    assert UpstreamFile.objects.filter(name_key="alpha").count() == 1


def test_only_lists_that_are_out_of_date_are_built(folder, monkeypatch):
    run(f"dir:{folder}")
    built = []

    def build(listing):
        built.append(listing.model_type)
        return build_list(listing)

    build_list = list_building.build
    monkeypatch.setattr(list_building, "build", build)
    run(f"dir:{folder}")
    assert built == []
    RegisteredModel.objects.filter(name="alpha").update(expires_at="2001-01-01T00:00Z")
    run(f"dir:{folder}")
    assert built == ["llm"]
    assert [record["model_name"] for record in served()] == ["beta"]


def test_a_name_that_a_deleted_model_held_back_is_listed_again(folder):
    run(f"dir:{folder}")
    UpstreamFile.objects.create(
        model_type="llm", name_key="alpha", path="alpha.json", layout="split", has_updated_at=False
    )
    list_building.rebuild(["llm"])
    assert [record["model_name"] for record in served()] == ["beta"]
    run(f"dir:{folder}")
    assert [record["model_name"] for record in served()] == ["alpha", "beta"]
