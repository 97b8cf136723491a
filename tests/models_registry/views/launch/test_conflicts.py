"""The pages of conflicts with the source: a list, and a form about what was shown."""

from __future__ import annotations

import re

import pytest

from models_registry.models import (
    RegisteredModel,
)
from models_registry.sync import conflicts
from tests.factories import a_person, llm_record
from tests.models_registry.sync.source_conflicts import (
    BEGIN,
    OURS,
    THEIRS,
    decide,
    edit,
    form,
    record_of,
    update,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def keeper():
    return a_person("keeper", "update_catalogue", "change_public_model", "expire_public_model")


@pytest.fixture
def model(keeper) -> RegisteredModel:
    """In conflict with the source at two values; a third value was changed only at the source."""
    update(BEGIN)
    model = RegisteredModel.objects.get(name="alpha")
    edit(model, keeper, **OURS)
    update({**BEGIN, **THEIRS})
    return RegisteredModel.objects.get(name="alpha")


@pytest.fixture
def signed_in(client, keeper):
    client.force_login(keeper)
    return client


def test_the_page_shows_both_sides_and_a_post_decides(model, signed_in):
    page = signed_in.get(f"/launch_model/conflicts/{model.pk}").content.decode()
    for text in ("Ours.", "Theirs.", "2000", "3000", "1000", "/0/context_length"):
        assert text in page
    version = conflicts.difference(model).version
    posted = form(model, context_length="ours", model_description="theirs")
    answer = signed_in.post(
        f"/launch_model/conflicts/{model.pk}", {**posted, "seen": version}, follow=True
    )
    assert "is resolved, and your choice is published" in answer.content.decode()
    assert record_of(model)["model_description"] == "Theirs."


def test_a_refused_decision_keeps_what_was_chosen(model, signed_in):
    posted = form(model, context_length="theirs")
    version = conflicts.difference(model).version
    answer = signed_in.post(f"/launch_model/conflicts/{model.pk}", {**posted, "seen": version})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "Choose a side at each of these places: /0/model_description." in page
    (field,) = posted
    assert re.search(rf'name="{field}" value="theirs" required\s+checked', page)
    assert len(re.findall(r"required\s+checked", page)) == 1


def test_a_stale_page_says_so_and_shows_what_is_there_now(model, signed_in, keeper):
    version = conflicts.difference(model).version
    posted = form(model, context_length="theirs", model_description="ours")
    edit(model, keeper, model_description="Ours, again.")
    answer = signed_in.post(f"/launch_model/conflicts/{model.pk}", {**posted, "seen": version})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "has changed since this page was loaded" in page.replace("\n", " ")
    assert "Ours, again." in page
    assert len(re.findall(r"required\s+checked", page)) == 1


def test_values_from_outside_are_text_on_the_page(keeper, signed_in):
    evil = '<script>alert(1)</script>"><img src=x onerror=alert(2)>'
    update(BEGIN)
    model = RegisteredModel.objects.get(name="alpha")
    edit(model, keeper, model_description="Ours.")
    update({**BEGIN, "model_description": evil})
    for address in (f"/launch_model/conflicts/{model.pk}", "/launch_model/conflicts"):
        page = signed_in.get(address).content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page
    assert (
        "&lt;script&gt;alert(1)"
        in signed_in.get(f"/launch_model/conflicts/{model.pk}").content.decode()
    )


def test_the_list_and_the_launch_page_lead_to_what_waits(model, signed_in, client):
    assert (
        "1 model differs from the source and waits"
        in signed_in.get("/launch_model/llm").content.decode()
    )
    address = f"/launch_model/conflicts/{model.pk}"
    for page in ("/launch_model/llm", "/launch_model/conflicts"):
        assert address in signed_in.get(page).content.decode()
    client.force_login(a_person("updater", "update_catalogue"))
    page = client.get("/launch_model/llm").content.decode()
    assert "Differs from the source" in page
    assert "/launch_model/conflicts" not in page
    assert "Nothing waits" in client.get("/launch_model/conflicts").content.decode()
    assert client.get(address).status_code == 404
    assert client.post(address, {"all": "theirs"}).status_code == 404
    assert client.post(f"{address}/keep").status_code == 404


def test_keeping_what_is_gone_is_one_click(keeper, signed_in):
    update(BEGIN, llm_record("beta"))
    update(llm_record("beta"))
    model = RegisteredModel.objects.get(name="alpha")
    page = signed_in.get("/launch_model/conflicts").content.decode()
    assert f"/models/detail/{model.pk}/settings#expiry" in page
    answer = signed_in.post(f"/launch_model/conflicts/{model.pk}/keep", follow=True)
    assert "alpha has been kept." in answer.content.decode()
    assert "Gone at the source" not in signed_in.get("/launch_model/llm").content.decode()


def test_a_model_that_is_decided_leads_on_to_the_list(model, signed_in, keeper):
    decide(model, {"all": "ours"}, keeper)
    answer = signed_in.get(f"/launch_model/conflicts/{model.pk}", follow=True)
    assert "no longer differs from the source" in answer.content.decode()
