"""The search over a whole catalogue: how good its answers are, and what it costs."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser

from models_registry.model_search import find
from models_registry.models import RegisteredModel
from tests.bench import many_models
from tests.bench.search import OWN_QUERIES, SHARED, by_api, by_page, judge, questions, wanted
from tests.models_registry.search.test_query import HOSTILE
from tests.upstream_data import IS_WHOLE, UPSTREAM

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def catalogue(module_db):
    """The models of upstream's catalogue, or of its sample."""
    with module_db.unblock():
        path = UPSTREAM / "catalogue-4.1.0"
        many_models.fill(len(many_models.definitions(path)), path)
        return list(RegisteredModel.objects.select_related("search_document"))


@pytest.mark.parametrize("ask", [by_api, by_page])
def test_the_first_answers_are_right(client, catalogue, ask):
    asked = questions([OWN_QUERIES, SHARED / "search/queries.json"])
    known = [(question, wanted(question, catalogue)) for question in asked]
    answers = [(question, right, ask(client, question["q"])) for question, right in known if right]
    assert len(answers) >= (80 if IS_WHOLE else 15)
    quality = judge(answers)
    assert quality.mrr >= 0.92, quality.missed
    assert quality.first >= 0.88, quality.missed
    assert quality.empty == 0


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_texts_are_answered(client, catalogue, text):
    sent = text.encode("utf-8", "surrogatepass")[:60_000].decode("utf-8", "replace")
    for path, key in (("/models", "q"), ("/api/models", "query")):
        assert client.get(path, {key: sent}).status_code == 200
    find(RegisteredModel.objects.all(), text)


def test_the_number_of_queries_does_not_grow(django_assert_max_num_queries, client, catalogue):
    for text in ("qwen3", "qwne3", "vision 7b awq", "zzzz yyyy xxxx", "文生图"):
        with django_assert_max_num_queries(11):
            find(RegisteredModel.objects.visible_to(AnonymousUser()), text)
        with django_assert_max_num_queries(24):
            client.get("/models", {"q": text, "type": "llm", "ability": "chat"})
