"""The checks of a draft: all errors at once, advice with a button, names that are taken."""

import re

import pytest

from models_registry.definitions.json_text.document import parse
from models_registry.drafting.checks import known_beside
from models_registry.models import (
    Draft,
    Visibility,
)
from tests.factories import a_model, llm_record, written
from tests.models_registry.drafting.forms import a_draft, address, post

pytestmark = pytest.mark.django_db


def test_all_errors_are_shown_at_once_with_their_places(client, ada):
    record = llm_record(model_name="-bad-", context_length="long", model_ability=["fly"])
    draft = a_draft(ada, written(record))
    answer = post(client, draft, "check", message="", submit="1")
    assert answer.status_code == 422
    page = answer.content.decode()
    for anchor in ("at-0-model_name", "at-0-context_length", "at-0-model_ability"):
        assert f'href="{address(draft)}#{anchor}"' in page
    assert f"{address(draft, 'json')}#line-4" in page
    assert Draft.objects.filter(pk=draft.pk).exists()


def test_a_finding_is_mended_by_its_button_and_nothing_else_changes(client, ada):
    text = written(llm_record())
    draft = a_draft(ada, text.replace('"0_6"', '"0.6"'))
    page = client.get(address(draft, "check")).content.decode()
    key = re.search(r'name="fix"\s+value="([^"]*model_size_in_billions)"', page).group(1)
    post(client, draft, "check", message="", fix=key)
    draft.refresh_from_db()
    assert draft.definition == text
    answer = client.get(post(client, draft, "check", message="", fix=key).url)
    assert "This problem is no longer in the definition" in answer.content.decode()


def test_a_name_that_is_taken_is_said_in_place_and_nothing_is_lost(client, ada):
    a_model("tiny-llm")
    draft = a_draft(ada, written(llm_record("Tiny-LLM")), visibility=Visibility.PUBLIC)
    answer = post(client, draft, "check", message="m", public="1", submit="1")
    assert answer.status_code in (409, 422)
    assert "already used" in answer.content.decode()
    assert Draft.objects.filter(pk=draft.pk).exists()


def test_the_name_of_a_hidden_model_is_not_told_by_the_check(client, ada):
    a_model("secret-llm", visibility="enterprise")
    draft = a_draft(ada, written(llm_record("secret-llm")), visibility=Visibility.ENTERPRISE)
    assert "already used" not in client.get(address(draft, "check")).content.decode()


def test_the_editor_says_which_older_releases_cant_use_what_is_typed(client, ada):
    index = {"packages": ["a"], "extra_index_url": ["https://example.org/simple"]}
    draft = a_draft(ada, written(llm_record(virtualenv=index)))
    page = client.get(address(draft, "check")).content.decode()
    assert "1.13.0 to 1.17.1 can&#x27;t load this model" in page
    draft = a_draft(ada, written(llm_record("fine")))
    assert "1.17.1" not in client.get(address(draft, "check")).content.decode()


def test_a_name_that_looks_like_another_one_and_a_shared_source_are_said(client, ada):
    a_model("tiny-1lm", definition=written(llm_record("tiny-1lm")))
    record = llm_record("tiny_ilm")
    record["model_specs"][0]["model_src"]["huggingface"]["model_id"] = "example/tiny-1lm"
    draft = a_draft(ada, written(record), visibility=Visibility.PUBLIC)
    page = client.get(address(draft, "check")).content.decode()
    assert "looks like “tiny-1lm”" in page or "looks like &quot;tiny-1lm&quot;" in page
    assert "has the source &quot;example/tiny-1lm&quot; too" in page


def test_a_check_asks_only_for_models_that_are_like_the_draft(ada):
    draft = a_draft(ada, written(llm_record("mine")), visibility=Visibility.PUBLIC)
    definition = parse(draft.definition)
    for name in ("m1ne", "other", "another"):
        a_model(name)
    assert known_beside(draft, definition).names == {"m1ne": "m1ne"}
