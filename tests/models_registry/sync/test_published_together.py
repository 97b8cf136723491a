"""What an import or an update writes of many models at once is what it would write one by one."""

from __future__ import annotations

import time

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from hub.models import AuditEntry
from models_registry import publication
from models_registry.actions.edit import edit
from models_registry.actions.rename import rename
from models_registry.actions.submission import Submission
from models_registry.catalogue_changes import TABLE
from models_registry.definitions.upstream_files.layouts import UpstreamModel, split_path
from models_registry.models import (
    CatalogueList,
    Facet,
    FormerName,
    ModelSource,
    RegisteredModel,
    Revision,
    SearchDocument,
    SmallestNeed,
    SourceMark,
    SourceSummary,
    SourceText,
    UpstreamChange,
    UpstreamFile,
)
from models_registry.sync import source_publication
from models_registry.sync.catalogue_import import import_catalogue
from models_registry.sync.merge_list import merge_list
from models_registry.sync.sources.tree import SourceTree
from tests.factories import a_model, a_person, image_record, llm_record, written

pytestmark = pytest.mark.django_db

BEFORE, AFTER, NOW = 1_780_000_000, 1_790_000_000, 1_791_000_000.0
PLAIN = [f"plain-{number}" for number in range(7)]
NAMES = [*PLAIN, "edited", "clashing", "renamed", "expiring", "read-here", "cased"]
# What differs between two runs of the same.
OTHERS = {
    "key",
    "created_at",
    "changed_at",
    "published_at",
    "seen_at",
    "renamed_at",
    "answers_until",
    "at",
}


@pytest.fixture(params=["import", "update"])
def source(request):
    """Takes over a source's records, all at once or one by one."""

    def take(records, number):
        models = [
            UpstreamModel(kind, record["model_name"], written(record), path, "split")
            for kind, record in records
            for path in [split_path(kind, record["model_name"])]
        ]
        if request.param == "import":
            tree = SourceTree(
                f"github:xorbitsai/inference@{number}", {m.path: m.text for m in models}
            )
            report = import_catalogue(tree, by=None)
            return report.summary(), report.updated, report.added, report.newer_here
        by_type = [[m for m in models if m.model_type == kind] for kind in ("image", "llm")]
        results = []
        for of_type in by_type:
            kind = of_type[0].model_type
            results.append(merge_list(kind, of_type, source="hub:https://other", by=None).as_dict())
        for conflict in (each for result in results for each in result["conflicts"]):
            # PostgreSQL gives no number twice, also after a rollback.
            del conflict["model"]
        return results

    return take


def records(updated_at, **changes):
    return [
        ("image", image_record("picture", updated_at=updated_at)),
        *(("llm", llm_record(name, updated_at=updated_at, **changes)) for name in NAMES),
    ]


def work_here():
    """What people do between two updates."""
    mia = a_person("mia", "change_public_model")
    models = {model.name: model for model in RegisteredModel.objects.all()}

    def change(name, **changes):
        text = written(llm_record(name, updated_at=BEFORE, **changes))
        edit(models[name], Submission(text), by=mia, base_revision=1)

    change("edited", model_description="Ours.")
    change("clashing", context_length=7)
    edit(models["read-here"], Submission(readme="# Ours\n"), by=mia, base_revision=1)
    rename(models["renamed"], "renamed-here", by=mia)
    expiring = RegisteredModel.objects.filter(name="expiring")
    expiring.update(expires_at="2100-01-01T00:00Z", expiry_by="mia")
    a_model("mine", visibility="private")


def rows(queryset):
    """All rows, without keys, which differ, and times."""
    out = []
    for row in queryset:
        values = {
            field.name: getattr(row, field.attname)
            for field in row._meta.fields
            if not field.is_relation and not field.primary_key and field.name not in OTHERS
        }
        model = getattr(row, "model", None) or row
        out.append((getattr(model, "model_type", ""), getattr(model, "name", ""), repr(values)))
    return sorted(out)


def everything():
    kinds = [
        RegisteredModel, Revision, Facet, SearchDocument, UpstreamFile, SourceText, SourceMark,
        SmallestNeed, SourceSummary, UpstreamChange, FormerName,
    ]  # fmt: skip
    state = {kind.__name__: rows(kind.objects.all()) for kind in kinds}
    state["lists"] = [
        (row.model_type, bytes(row.body), row.revision, [one["name"] for one in row.left_out])
        for row in CatalogueList.objects.order_by("model_type")
    ]
    links = ModelSource.objects.values_list("model__name", "repository__repository_id")
    state["repositories"] = sorted(links)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT DISTINCT model_id FROM {TABLE}")
        noted = RegisteredModel.objects.filter(pk__in=[key for (key,) in cursor.fetchall()])
        state["noted"] = sorted(noted.values_list("name", flat=True))
    state["log"] = [(entry.tag, entry.data) for entry in AuditEntry.objects.order_by("pk")]
    state["published"] = [
        (model.name, model.published_revision.number, model.published_revision.base.number)
        for model in RegisteredModel.objects.order_by("name")
        if model.published_revision.base is not None
    ]
    return state


def run(source, *, together, monkeypatch):
    """What is there after two rounds of a source, with work of people in between."""
    with monkeypatch.context() as patch, transaction.atomic():
        patch.setattr(time, "time", lambda: NOW)
        if not together:
            patch.setattr(publication, "publish_next", one_by_one)
            patch.setattr(source_publication, "BATCH", 1)
        source([*records(BEFORE), ("llm", llm_record("behind", updated_at=AFTER + 1))], 1)
        work_here()
        result = source(
            [
                *records(AFTER, context_length=4096),
                ("llm", llm_record("behind", updated_at=AFTER)),
                ("llm", llm_record("Cased")),
            ],
            2,
        )
        there = everything()
        transaction.set_rollback(True)
    return result, there


def one_by_one(following, *, by_name):
    for each in following:
        publication.publish(each.model, each.content, by=None, by_name=by_name)


def test_the_rows_are_those_of_one_by_one(source, monkeypatch):
    result, there = run(source, together=True, monkeypatch=monkeypatch)
    expected_result, expected = run(source, together=False, monkeypatch=monkeypatch)
    assert result == expected_result
    for kind, values in expected.items():
        assert there[kind] == values, kind
    numbers = {name: number for name, number, _base in there["published"]}
    assert {numbers[name] for name in PLAIN} == {2}, "they were published again"
    assert numbers["edited"] == 3, "what was edited here was merged"
    assert there["repositories"], "what is shared by models is compared, too"


def test_what_is_published_again_has_the_time_of_it(source):
    def times():
        rows = RegisteredModel.objects.filter(name__in=PLAIN).order_by("name")
        return list(rows.values_list("changed_at", "published_revision__published_at"))

    source(records(BEFORE), 1)
    before = times()
    source(records(AFTER, context_length=4096), 2)
    after = times()
    assert len(after) == len(PLAIN)
    for (changed, published), (changed_then, published_then) in zip(before, after, strict=True):
        assert changed_then > changed
        assert published_then is not None
        assert published_then > published


def test_a_changed_model_more_costs_no_query_more(source):
    counts = []
    for size in (4, 40):
        names = [f"size-{size}-{number}" for number in range(size)]
        source([("llm", llm_record(name, updated_at=BEFORE)) for name in names] + [IMAGE], 1)
        changed = [("llm", llm_record(name, updated_at=AFTER, context_length=9)) for name in names]
        with CaptureQueriesContext(connection) as queries:
            source([*changed, IMAGE], 2)
        counts.append(len(queries))
        RegisteredModel.objects.filter(name__startswith="size").update(visibility="private")
    assert counts[1] <= counts[0] + 2, counts


IMAGE = ("image", image_record("picture", updated_at=BEFORE))
