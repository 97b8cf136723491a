"""One model is added, from the source or from a pasted definition."""

from __future__ import annotations

import pytest

from models_registry.models import RegisteredModel
from tests.factories import a_model, a_person, image_record, llm_record, written
from tests.models_registry.views.launch.pages import add
from tests.standins.hub import as_source

pytestmark = pytest.mark.django_db


@pytest.fixture
def source(settings):
    models = [llm_record("alpha"), llm_record("beta")]
    with as_source(settings, llm=models, image=[image_record("picture")]) as hub:
        yield hub


@pytest.fixture
def keeper(client):
    person = a_person("keeper", "update_catalogue", "Registrars")
    client.force_login(person)
    return person


def test_a_model_is_added_by_name_with_its_readme_and_marked_as_new(client, keeper, source):
    answer = add(client, asked="picture")
    model = RegisteredModel.objects.get(name="picture")
    assert answer.url == f"/launch_model/image?q=picture&added={model.pk}"
    assert (model.visibility, model.published_revision.readme) == ("public", "# picture\n")
    assert model.published_revision.definition == written(image_record("picture"))
    assert model.upstream_file.text == model.published_revision.definition
    page = client.get(answer.url).content.decode()
    assert "picture has been added." in page
    assert '<span class="badge good">New</span>' in page


def test_a_model_is_added_by_its_pages_address_to_ones_own(client, source):
    client.force_login(a_person("reader", "Registrars"))
    address = f"{source.url}/models/detail/alpha"
    refused = add(client, asked=address)
    assert refused.status_code == 403
    assert not RegisteredModel.objects.exists()
    answer = add(client, asked=address, visibility="private")
    assert answer.status_code == 302
    assert RegisteredModel.objects.get(name="alpha").visibility == "private"


def test_a_name_that_is_taken_is_said(client, keeper, source):
    a_model("alpha")
    answer = add(client, asked="alpha")
    assert answer.status_code == 409
    assert "is already used" in answer.content.decode()


def test_a_definition_is_brought_and_its_errors_are_said_with_the_text_kept(client, keeper):
    wrong = '[{"model_name": "own", "x": '
    page = client.post(
        "/launch_model/add", {"way": "definition", "model_type": "llm", "definition": wrong}
    )
    assert page.status_code == 422
    assert "The definition has" in page.content.decode()
    assert "&quot;model_name&quot;: &quot;own&quot;" in page.content.decode()
    right = {"way": "definition", "model_type": "llm", "definition": written(llm_record("own"))}
    response = client.post("/launch_model/add", right)
    assert client.post(response.url, {"visibility": "private"}).status_code == 302
    assert RegisteredModel.objects.get(name="own").owner == keeper
