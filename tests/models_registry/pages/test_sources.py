"""What lists and model pages show of source repositories."""

from __future__ import annotations

import dataclasses
from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from models_registry import publication, tasks
from models_registry.models import ReadmeOrigin, RegisteredModel, RepositoryRecord
from models_registry.publication import Content
from models_registry.readme.limits import MAX_BYTES
from tests.factories import a_model
from tests.models_registry.visits.visit_fixtures import (
    a_repository,
    definition_of,
    hubs,  # noqa: F401 - a fixture
    pass_time,
    visits_on,  # noqa: F401 - a fixture
)
from tests.standins.model_hubs import SHA

pytestmark = pytest.mark.django_db


def page(client, address, **headers):
    return client.get(f"/models/detail/{address}", headers=headers).content.decode()


def test_a_page_shows_the_facts_with_the_day_they_were_seen(client, visits_on):  # noqa: F811
    visits_on.hugging_face["example/tiny-llm"] = a_repository(gated=True)
    model = a_model()
    assert "Source seen" not in page(client, model.pk)
    tasks.visit_sources()
    shown = page(client, model.pk)
    for text in ("Apache 2.0", "Gated", "1.2K", "Source seen"):
        assert text in shown, text
    specs = page(client, f"{model.pk}?tab=specs")
    assert "1.2 GB" in specs
    row = client.get("/models").content.decode()
    assert "Apache 2.0" in row
    assert "1.2K" in row


def test_a_repository_that_is_gone_marks_the_model(client, visits_on):  # noqa: F811
    visits_on.hugging_face["example/tiny-llm"] = a_repository(gone=True)
    model = a_model()
    tasks.visit_sources()
    pass_time(hours=7)
    tasks.visit_sources()
    assert "No longer there" in page(client, model.pk)
    assert "A source repository is no longer there" in client.get("/models").content.decode()


def test_the_readme_of_the_source_stands_for_a_generated_one(client, visits_on, settings):  # noqa: F811
    text = "---\nlicense: mit\n---\n# Theirs\n\n![c](c.png)\n\n<script>alert(1)</script>\n"
    visits_on.hugging_face["example/tiny-llm"] = a_repository(files={"README.md": text})
    model = a_model(readme="")
    tasks.visit_sources()
    shown = page(client, model.pk)
    assert f"https://huggingface.co/example/tiny-llm/resolve/{SHA}/c.png" in shown
    assert SHA[:10] in shown
    assert "README of the source repository example/tiny-llm on Hugging Face" in shown
    assert "<script>alert" not in shown
    settings.ENV = dataclasses.replace(settings.ENV, source_readmes=False)
    assert "Theirs" not in page(client, model.pk)
    settings.ENV = dataclasses.replace(settings.ENV, source_readmes=True)
    # A new README of the repository replaces it, though the revision is the same.
    visits_on.hugging_face["example/tiny-llm"] = a_repository(
        files={"README.md": "# Newer\n"}, sha="0" * 40
    )
    pass_time(days=2)
    tasks.visit_sources()
    assert "Newer" in page(client, model.pk)
    published = model.published_revision
    own = Content(published.definition, "# By its author\n", ReadmeOrigin.WRITTEN)
    publication.publish(model, own, by=None)
    shown = page(client, model.pk)
    assert "By its author" in shown
    assert "Newer" not in shown


def test_the_other_hubs_readme_is_fetched_where_the_first_has_none(client, visits_on):  # noqa: F811
    definition = definition_of("both", ["a/both"])
    definition = definition.replace(
        '"huggingface": {', '"modelscope": {"model_id": "b/both"},\n"huggingface": {'
    )
    visits_on.modelscope["b/both"] = a_repository(facts={})
    model = a_model("both", definition=definition, readme="")
    for _ in range(2):
        tasks.visit_sources()
        pass_time(hours=30)
    assert "README of the source repository b/both on ModelScope" in page(client, model.pk)


def test_a_generated_readme_begins_with_the_variants_in_the_readers_language(client):
    model = a_model(readme="")
    shown = page(client, model.pk)
    article = shown.partition("<article")[2].partition("</article>")[0]
    assert "<h1" not in article
    assert article.index("Variants") < article.index("Launch")
    chinese = page(client, model.pk, **{"Accept-Language": "zh-Hans"})
    article = chinese.partition("<article")[2].partition("</article>")[0]
    assert "Variants" not in article
    assert "xinference launch" in article


def test_the_number_of_queries_does_not_depend_on_the_number_of_models(client, visits_on):  # noqa: F811
    counts = []
    for number in range(6):
        name = f"model-{number}"
        visits_on.hugging_face[f"many/{name}"] = a_repository()
        a_model(name, definition=definition_of(name, [f"many/{name}"]))
        tasks.visit_sources()
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert quote(name) in client.get("/models").content.decode()
        counts.append(len(queries))
    assert len(set(counts)) == 1
    assert RegisteredModel.objects.filter(source_summary__downloads=1200).count() == 6


def test_the_list_is_filtered_and_ordered_by_what_the_sources_say(client, visits_on):  # noqa: F811
    said = {
        "alpha": ("mit", 10, "2026-01-01", False),
        "beta": ("apache-2.0", 3000, "2026-02-01", False),
        "gamma": ("mit", 500, "2026-03-01", True),
    }
    for name, (licence, downloads, day, gated) in said.items():
        facts = {
            "cardData": {"license": licence}, "downloads": downloads,
            "lastModified": f"{day}T00:00:00.000Z",
        }  # fmt: skip
        repository = a_repository(facts=facts, gated=gated)
        visits_on.hugging_face[f"many/{name}"] = repository
        a_model(name, definition=definition_of(name, [f"many/{name}"]))
    a_model("unseen", definition=definition_of("unseen", ["many/unseen"]))
    tasks.visit_sources()

    def names(query):
        return [model.name for model in client.get(f"/models?{query}").context["listing"].models]

    assert names("sort=popular") == ["beta", "gamma", "alpha", "unseen"]
    assert names("sort=changed") == ["gamma", "beta", "alpha", "unseen"]
    assert names("licence=mit") == ["alpha", "gamma"]
    assert names("licence=mit&gated=open") == ["alpha"]
    assert names("gated=gated") == ["gamma"]
    groups = {group.key: group for group in client.get("/models").context["listing"].groups}
    licences = [(value.label, value.count) for value in groups["licence"].values]
    assert licences == [("MIT", 2), ("Apache 2.0", 1)]
    access = [(value.label, value.count) for value in groups["gated"].values]
    assert access == [("Open to everybody", 2), ("Gated", 1)]


def test_a_readme_of_the_source_that_is_too_large_spoils_no_page(client, visits_on):  # noqa: F811
    visits_on.hugging_face["example/tiny-llm"] = a_repository()
    model = a_model(readme="")
    tasks.visit_sources()
    RepositoryRecord.objects.update(readme="x" * (MAX_BYTES + 1), readme_of="other")
    answer = client.get(f"/models/detail/{model.pk}")
    assert answer.status_code == 200
    assert "README of the source repository" not in answer.content.decode()
