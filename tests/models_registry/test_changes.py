"""The one door: how often lists are built, texts scanned and rows written, for one change."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from models_registry import publication
from models_registry.actions.delete import delete
from models_registry.actions.expiry import set_expiry
from models_registry.changes import changing
from models_registry.definitions.json_text import document
from models_registry.definitions.upstream_files.layouts import UpstreamModel, split_path
from models_registry.drafting.drafts import submit
from models_registry.models import (
    Draft,
    ListRevision,
    ReadmeOrigin,
    RegisteredModel,
    UpstreamChange,
    Visibility,
)
from models_registry.sync.catalogue_import import import_catalogue
from models_registry.sync.merge_list import merge_list
from models_registry.sync.sources.tree import SourceTree
from reviews.models import Proposal
from reviews.use_cases import approve_all_trivial
from tests.factories import a_model, a_person, a_user, changed, llm_record, served, written

pytestmark = pytest.mark.django_db

NAMES = ["alpha", "beta", "delta", "gamma", "omega"]
HERE = "Written here."


@dataclass
class Cost:
    """What a change has cost."""

    builds: int = 0
    revisions: int = 0
    rows: int = 0
    queries: int = 0
    scans: Counter[str] = field(default_factory=Counter)


@pytest.fixture
def measured(monkeypatch):
    """Measures what a block does: each build saves the list's row once."""
    cost = Cost()
    scan = document.scan

    def counted(text):
        cost.scans[text] += 1
        return scan(text)

    monkeypatch.setattr(document, "scan", counted)

    @contextmanager
    def block():
        document._kept_spans.clear()
        revisions, rows = ListRevision.objects.count(), UpstreamChange.objects.count()
        cost.scans.clear()
        with CaptureQueriesContext(connection) as queries:
            yield cost
        cost.queries = len(queries)
        cost.builds = sum(
            query["sql"].startswith('UPDATE "models_registry_cataloguelist"') for query in queries
        )
        cost.revisions = ListRevision.objects.count() - revisions
        cost.rows = UpstreamChange.objects.count() - rows

    return block


def tree(**changes) -> SourceTree:
    texts = {name: written(llm_record(name, **changes)) for name in NAMES}
    return SourceTree("dir:here", {split_path("llm", name): text for name, text in texts.items()})


@pytest.fixture
def edited():
    """Five models that came from upstream and were edited here since."""
    import_catalogue(tree(), by=None)
    for model in RegisteredModel.objects.all():
        text = changed(model.published_revision, model_description=HERE)
        content = publication.with_readme_kept(model, text, message="Edited")
        with changing([model]) as change:
            publication.publish(model, content, by=None)
            change.touch_list(model)


def test_an_import_that_joins_five_edited_models_builds_their_list_once(edited, measured):
    with measured() as cost:
        import_catalogue(tree(context_length=65_536, updated_at=1_790_000_000), by=None)
    assert {(r["model_description"], r["context_length"]) for r in served()} == {(HERE, 65_536)}
    assert (cost.builds, cost.revisions, cost.rows) == (1, 1, 0)
    assert cost.scans
    assert set(cost.scans.values()) == {1}


def test_an_update_that_merges_edited_models_builds_their_list_once(edited, measured):
    models = [
        UpstreamModel(
            "llm",
            name,
            written(llm_record(name, context_length=65_536)),
            split_path("llm", name),
            "split",
        )
        for name in NAMES
    ]
    with measured() as cost:
        merge_list("llm", models, source="hub:https://source.example.org", by=None)
    assert {(r["model_description"], r["context_length"]) for r in served()} == {(HERE, 65_536)}
    assert (cost.builds, cost.revisions, cost.rows) == (1, 1, 0)
    assert set(cost.scans.values()) == {1}


@pytest.mark.parametrize(
    ("visibility", "expected"), [("public", (1, 1, 1)), ("private", (0, 0, 0))]
)
def test_submitting_a_draft_scans_each_text_once(measured, visibility, expected):
    ada = a_person("ada", "Registrars", "Public registrars")
    draft = Draft.objects.create(
        owner=ada,
        model_type="llm",
        definition=written(llm_record()),
        readme_origin=ReadmeOrigin.GENERATED,
        visibility=visibility,
    )
    with measured() as cost:
        submit(draft, by=ada)
    assert (cost.builds, cost.revisions, cost.rows) == expected
    assert set(cost.scans.values()) == {1}
    # As it was typed, and with the time when it was published.
    assert len(cost.scans) == 2


@pytest.mark.parametrize(
    ("visibility", "expected"), [("public", (1, 1, 0)), ("private", (0, 0, 0))]
)
def test_the_expiry_of_what_is_not_public_builds_no_list(measured, visibility, expected):
    ada = a_user("ada", is_superuser=True)
    a_model("other")
    model = a_model(visibility=visibility, owner=ada)
    with measured() as cost:
        set_expiry(model, timezone.now(), by=ada)
    assert (cost.builds, cost.revisions, cost.rows) == expected


@pytest.mark.parametrize(
    ("visibility", "expected"), [("public", (1, 1, 0)), ("private", (0, 0, 0))]
)
def test_deleting_what_is_not_public_builds_no_list(measured, visibility, expected):
    ada = a_user("ada", is_superuser=True)
    model = a_model(visibility=visibility, owner=ada)
    with measured() as cost:
        delete(model, by=ada)
    assert (cost.builds, cost.revisions, cost.rows) == expected
    assert not RegisteredModel.objects.exists()


def proposals(author) -> list[Proposal]:
    for name in NAMES:
        model = a_model(name, owner=author)
        text = changed(model.published_revision, model_description="Better words.")
        content = publication.with_readme_kept(model, text, message="")
        publication.propose(model, content, by=author, visibility=Visibility.PUBLIC)
    return list(Proposal.objects.filter(state="proposed"))


def test_a_bulk_approval_builds_the_list_once_and_tells_upstream_of_each(measured):
    chosen = proposals(a_person("ada", "Registrars"))
    reviewer = a_person("rita", "view_review_list", "review_model")
    with measured() as cost:
        assert len(approve_all_trivial(chosen, by=reviewer).approved) == len(NAMES)
    assert (cost.builds, cost.revisions, cost.rows) == (1, 1, len(NAMES))
    assert set(cost.scans.values()) == {1}


def test_what_one_approval_is_refused_for_stops_no_other():
    chosen = proposals(a_person("ada", "Registrars"))
    reviewer = a_person("rita", "view_review_list", "review_model")
    publication.reject(chosen[1])
    result = approve_all_trivial(chosen, by=reviewer)
    assert (len(result.approved), [row[0] for row in result.refused]) == (4, [chosen[1]])
    assert UpstreamChange.objects.count() == 4


def test_a_block_that_fails_inside_another_one_leaves_nothing_to_do(measured):
    model, other = a_model("alpha"), a_model("beta", model_type="image")
    with measured() as cost, changing([model]) as change:
        change.touch_list(model)
        with pytest.raises(_Refused):
            delete_and_fail(other)
    assert (cost.builds, cost.rows) == (1, 0)
    assert RegisteredModel.objects.filter(pk=other.pk).exists()


class _Refused(Exception):
    """Ends a block."""


def delete_and_fail(model: RegisteredModel) -> None:
    with changing([model]) as change:
        change.delete(model, by=a_user())
        raise _Refused
