"""Models side by side: which are shown, to whom, and what differs."""

from __future__ import annotations

import pytest

from tests.factories import a_model, a_user, llm_record, written

pytestmark = pytest.mark.django_db


def compared(client, *numbers):
    response = client.get("/models/compare", {"model": numbers})
    assert response.status_code == 200
    return response.context["comparison"], response.content.decode()


def names(comparison):
    return [column.model.name for column in comparison.models]


def test_two_models_stand_in_the_order_of_the_address(client):
    one, two = a_model("one"), a_model("two", model_type="image")
    comparison, page = compared(client, two.pk, one.pk, two.pk)
    assert names(comparison) == ["two", "one"]
    facts = {str(fact.title): fact for fact in comparison.facts}
    assert facts["Type"].cells == (("Image",), ("Language",))
    assert facts["Context length"].cells == (("–",), ("32K",))
    assert facts["Formats"].differs is False
    assert "Licence" not in facts, "nothing is known of any"
    assert comparison.models[0].query_without == f"?model={one.pk}"
    assert f'href="/launch_model/{one.pk}/launch"' in page


def test_at_most_four_are_shown_and_the_rest_is_named(client):
    models = [a_model(f"m{number}") for number in range(6)]
    comparison, page = compared(client, *(model.pk for model in models))
    assert names(comparison) == ["m0", "m1", "m2", "m3"]
    assert "At most 4 models fit side by side" in page


def test_hidden_and_missing_models_look_the_same(client):
    owner = a_user("owner")
    secret = a_model("secret", visibility="private", owner=owner)
    public = a_model("open")
    hidden, page = compared(client, public.pk, secret.pk)
    missing, other = compared(client, public.pk, 999_999)
    assert names(hidden) == names(missing) == ["open"]
    assert "secret" not in page
    assert "One model of this address is not here." in page
    assert "One model of this address is not here." in other
    client.force_login(owner)
    assert names(compared(client, public.pk, secret.pk)[0]) == ["open", "secret"]


@pytest.mark.parametrize("query", ["", "model=x", "model=-1&model=" + "9" * 400, "model=%00"])
def test_rubbish_in_the_address_asks_to_choose(client, query):
    response = client.get(f"/models/compare?{query}")
    assert response.status_code == 200
    assert "Choose two to four models" in response.content.decode()


def test_a_name_is_escaped_and_long_lists_are_cut(client):
    record = llm_record("<b>", model_lang=[f"l{number}" for number in range(60)])
    one = a_model("<b>", definition=written(record))
    _comparison, page = compared(client, one.pk, a_model("two").pk)
    assert "<b>" not in page.replace("<b class", "")
    assert "+36" in page
