"""A model's page: which model an address means, its tabs, and who sees what of it."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from models_registry.models import UpstreamFile
from tests.factories import a_model, a_user, image_record, llm_record, written

pytestmark = pytest.mark.django_db

URL = "/models/detail"


def page(client, address):
    response = client.get(f"{URL}/{address}")
    assert response.status_code == 200, address
    return response.content.decode()


# Which model


def test_a_model_is_found_by_name_by_number_and_in_other_letter_case(client):
    model = a_model("Tiny-LLM")
    for address in ("Tiny-LLM", str(model.pk), "tiny-llm", "TINY-LLM"):
        assert client.get(f"{URL}/{address}").context["model"] == model


def test_a_number_is_an_id_first_and_a_name_second(client):
    first = a_model("first")
    named = a_model(str(first.pk))
    assert client.get(f"{URL}/{first.pk}").context["model"] == first
    lone = a_model("7777777")
    assert client.get(f"{URL}/7777777").context["model"] == lone
    assert f'href="{URL}/{named.pk}"' in client.get("/models").content.decode()


def test_the_exact_name_goes_before_the_same_in_other_case(client):
    owner = a_user()
    a_model("tiny")
    mine = a_model("Tiny", visibility="private", owner=owner)
    client.force_login(owner)
    assert client.get(f"{URL}/Tiny").context["model"] == mine


def test_a_name_of_several_types_is_a_choice_which_a_type_settles(client):
    llm = a_model("twin")
    image = a_model("twin", model_type="image")
    choice = page(client, "twin")
    assert "Which “twin” do you mean?" in choice
    assert f'href="{URL}/{llm.pk}"' in choice
    assert f'href="{URL}/{image.pk}"' in choice
    assert client.get(f"{URL}/twin?type=image").context["model"] == image
    assert "Which “twin”" in page(client, "twin?type=nonsense")


def test_a_hidden_namesake_is_no_choice(client):
    owner = a_user()
    public = a_model("twin")
    a_model("twin", visibility="private", owner=owner)
    assert client.get(f"{URL}/twin").context["model"] == public
    client.force_login(owner)
    assert "Which “twin”" in page(client, "twin")


@pytest.mark.parametrize("visibility", ["private", "enterprise"])
def test_a_hidden_model_looks_exactly_like_none(client, visibility):
    model = a_model("hidden-one", id=424242, visibility=visibility, owner=a_user())

    def answer(name, number, rest=""):
        response = client.get(f"{URL}/{name or number}{rest}")
        assert response.status_code == 404
        text = re.sub(r'value="\w{64}"', "", response.content.decode())
        return text.replace(str(name or number), "NAME")

    for rest in ("", "?type=llm&tab=definition"):
        assert answer("hidden-one", None, rest) == answer("absent-one", None, rest)
        assert answer(None, model.pk, rest) == answer(None, model.pk + 1000, rest)
    file = "/definition.json"
    assert answer(None, model.pk, file) == answer(None, model.pk + 1000, file)


def test_an_expired_model_does_not_exist(client):
    a_model("gone", expires_at=timezone.now() - timedelta(seconds=1))
    assert client.get(f"{URL}/gone").status_code == 404


@pytest.mark.parametrize(
    "address",
    ["", "nothing", "%00", "a%00b", "9" * 30, "0", "-1", "٣", "..%2f..%2fetc%2fpasswd", "x" * 3000],
)
def test_odd_addresses_are_not_found(client, address):
    a_model("tiny-llm")
    assert client.get(f"{URL}/{address}").status_code == 404


def test_names_that_need_quoting_can_be_opened(client):
    for name in ("with space", "a/b", "模型", "per%cent", "q?a=b#c"):
        model = a_model(name)
        list_page = client.get("/models").content.decode()
        assert f'href="{URL}/{model.pk}"' in list_page
        assert client.get(f"{URL}/{model.pk}").status_code == 200


# Tabs


def test_hostile_text_is_shown_as_text(client):
    evil = "<script>alert(1)</script>"
    record = llm_record("evil", model_description=evil, model_ability=[evil], chat_template=evil)
    record["model_specs"][0]["model_src"]["huggingface"]["quantizations"] = [evil]
    a_model("evil", definition=written(record), readme=evil)
    for tab in ("readme", "specs", "definition"):
        assert evil not in page(client, f"evil?tab={tab}")
    assert evil not in client.get("/models").content.decode()


def test_a_page_takes_few_queries(client, django_assert_max_num_queries):
    a_model()
    for tab in ("readme", "specs", "definition"):
        with django_assert_max_num_queries(6):
            client.get(f"{URL}/tiny-llm?tab={tab}")


# Who sees what


def test_only_those_who_maintain_a_model_read_why_servers_do_not_get_it(client):
    model = a_model("left-out", model_type="image", definition=written(image_record("left-out")))
    UpstreamFile.objects.create(
        model=model,
        model_type=model.model_type,
        name_key=model.name_key,
        path="x",
        layout="split",
        text="[]",
        has_updated_at=False,
        source="dir:x",
    )
    note = "Servers do not get this model"
    assert note not in page(client, "left-out")
    client.force_login(a_user("visitor"))
    assert note not in page(client, "left-out")
    maintainer = a_user("maintainer")
    maintainer.user_permissions.add(Permission.objects.get(codename="change_public_model"))
    client.force_login(maintainer)
    assert "record without updated_at" in page(client, "left-out")
    client.force_login(a_user("staff", is_staff=True))
    assert note in page(client, "left-out")


# Errors


def test_a_missing_model_offers_similar_visible_names_and_a_search(client):
    a_model("qwen3-instruct")
    a_model("qwen3-secret", visibility="private", owner=a_user())
    response = client.get(f"{URL}/qwen3-instrukt")
    shown = response.content.decode()
    assert response.status_code == 404
    assert f'href="{URL}/qwen3-instruct"' in shown
    assert "qwen3-secret" not in shown
    assert 'name="q" value="qwen3-instrukt"' in shown


def test_an_unknown_address_is_answered_with_a_page_or_for_the_api_with_json(client):
    assert "There is no such page" in client.get("/nothing").content.decode()
    response = client.get("/api/nothing")
    assert response.status_code == 404
    assert json.loads(response.content)["error_code"] == "NOT_FOUND"
