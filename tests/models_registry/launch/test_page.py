"""The Launch Model page over HTTP: tabs, update, adding, launching."""

from __future__ import annotations

import dataclasses

import pytest

from accounts import vault
from models_registry.launch import update as updating
from models_registry.models import RegisteredModel
from models_registry.update_tables import UpdateRun
from tests.factories import a_model, a_person, image_record, llm_record, written
from tests.standins.hub import SourceHub, send

pytestmark = pytest.mark.django_db
HX = {"HX-Request": "true"}


@pytest.fixture
def source(settings):
    hub = SourceHub()
    hub.lists["llm"] = written(llm_record("alpha"), llm_record("beta"))
    hub.lists["image"] = written(image_record("picture"))
    settings.ENV = dataclasses.replace(settings.ENV, hub_source=f"hub:{hub.url}")
    yield hub
    hub.stop()


@pytest.fixture
def keeper(client):
    person = a_person("keeper", "update_catalogue", "Registrars")
    client.force_login(person)
    return person


def test_a_tab_shows_the_models_of_its_type_with_featured_ones_first(client):
    a_model("aaa")
    a_model("zzz", definition=written(llm_record("zzz", featured=True)))
    a_model("picture", model_type="image")
    page = client.get("/launch_model/llm").content.decode()
    assert page.index(">zzz<") < page.index(">aaa<")
    assert "picture" not in page
    assert client.get("/launch_model/").status_code == 200
    assert client.get("/launch_model/toys").status_code == 404


def test_the_custom_tab_is_ones_own_private_models(client, keeper):
    a_model("mine", visibility="private", owner=keeper)
    a_model("theirs", visibility="private", owner=a_person("other"))
    a_model("open", owner=keeper)
    page = client.get("/launch_model/custom").content.decode()
    assert ">mine<" in page
    assert ">theirs<" not in page
    assert ">open<" not in page
    client.logout()
    assert ">mine<" not in client.get("/launch_model/custom").content.decode()


def test_filters_and_search_narrow_a_tab(client):
    a_model("alpha")
    a_model("beta", definition=written(llm_record("beta", model_ability=["generate"])))
    page = client.get("/launch_model/llm?ability=generate").content.decode()
    assert ">beta<" in page
    assert ">alpha<" not in page
    part = client.get(
        "/launch_model/llm?q=alp", headers={**HX, "HX-Target": "launch-results"}
    ).content.decode()
    assert ">alpha<" in part
    assert "<html" not in part


def test_update_is_for_those_who_hold_its_right(client, source):
    assert client.post("/launch_model/update", {"model_type": "llm"}).status_code == 302
    assert not UpdateRun.objects.exists()
    client.force_login(a_person("reader", "Registrars"))
    assert client.post("/launch_model/update", {"model_type": "llm"}).status_code == 403
    assert "update-form" not in client.get("/launch_model/llm").content.decode()


def test_an_update_shows_its_progress_and_then_the_tab_with_what_changed(client, keeper, source):
    started = client.post("/launch_model/update", {"model_type": "llm"})
    run = UpdateRun.objects.get()
    assert started.url == f"/launch_model/updates/{run.pk}"
    waiting = client.get(started.url).content.decode()
    assert "Updating the llm list" in waiting
    assert 'http-equiv="refresh"' in waiting
    part = client.get(started.url, headers=HX)
    assert b"<html" not in part.content
    updating.run(run.pk)
    over = client.get(started.url)
    assert over.url == f"/launch_model/llm?run={run.pk}"
    assert client.get(started.url, headers=HX).headers["HX-Redirect"] == over.url
    page = client.get(over.url).content.decode()
    assert "The llm list is up to date." in page
    assert "alpha, beta" in page
    assert page.count('<span class="badge good">New</span>') == 2


def test_a_failed_update_says_why_on_the_tab(client, keeper, source):
    source.behaviour = lambda asked: send(asked, b"<html>")
    client.post("/launch_model/update", {"model_type": "llm"})
    run = UpdateRun.objects.get()
    updating.run(run.pk)
    page = client.get(f"/launch_model/updates/{run.pk}", follow=True).content.decode()
    assert "was not updated" in page
    assert "web page where JSON is expected" in page


def test_runs_are_hidden_from_those_without_the_right(client, keeper, source):
    client.post("/launch_model/update", {"model_type": "llm"})
    run = UpdateRun.objects.get()
    updating.run(run.pk)
    client.force_login(a_person("reader"))
    assert client.get(f"/launch_model/updates/{run.pk}").status_code == 404
    assert "up to date" not in client.get(f"/launch_model/llm?run={run.pk}").content.decode()


def add(client, visibility="public", **form):
    """Find, preview, confirm; returns the answer to the last step that was reached."""
    found = client.post("/launch_model/add", {"way": "source", **form})
    if found.status_code != 302:
        return found
    assert client.get(found.url).status_code == 200
    return client.post(found.url, {"visibility": visibility})


def test_a_model_is_added_by_name_with_its_readme_and_marked_as_new(client, keeper, source):
    answer = add(client, asked="picture")
    model = RegisteredModel.objects.get(name="picture")
    assert answer.url == f"/launch_model/image?q=picture&added={model.pk}"
    assert (model.visibility, model.published_revision.readme) == ("public", "# picture\n")
    assert model.published_revision.definition == written(image_record("picture"))
    assert model.upstream_file.text == model.published_revision.definition
    page = client.get(answer.url).content.decode()
    assert "picture is added." in page
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


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("ALPHA", "case-sensitive"),
        ("https://evil.example/models/detail/alpha", "not the address of a model"),
        ("", "required"),
    ],
)
def test_what_is_not_found_is_said_and_what_was_typed_stays(client, keeper, source, asked, said):
    page = add(client, asked=asked)
    assert page.status_code == 422
    assert said in page.content.decode()
    assert f'value="{asked}"' in page.content.decode()


def test_a_token_of_the_source_is_kept_for_the_session_alone(client, keeper, source):
    source.hidden.add("alpha")
    assert add(client, asked="alpha").status_code == 422
    answer = add(client, asked="alpha", token=source.token, visibility="public")
    assert answer.status_code == 403, "what is not public there is never made public here"
    assert add(client, asked="alpha", visibility="private").status_code == 302
    assert source.token not in client.get("/launch_model/add").content.decode()
    kept = client.session["launch_source_token"]
    assert source.token not in kept
    assert vault.unseal(kept) == source.token
    client.logout()
    client.force_login(keeper)
    assert "launch_source_token" not in client.session


def test_a_name_that_is_taken_is_said(client, keeper, source):
    a_model("alpha")
    answer = add(client, asked="alpha")
    assert answer.status_code == 409
    assert "is taken" in answer.content.decode()


def test_a_definition_is_brought_and_its_errors_are_said_with_the_text_kept(client, keeper):
    wrong = '[{"model_name": "own", "x": '
    page = client.post(
        "/launch_model/add", {"way": "definition", "model_type": "llm", "definition": wrong}
    )
    assert page.status_code == 422
    assert "The definition has" in page.content.decode()
    assert "&quot;model_name&quot;: &quot;own&quot;" in page.content.decode()
    right = {"way": "definition", "model_type": "llm", "definition": written(llm_record("own"))}
    found = client.post("/launch_model/add", right)
    assert client.post(found.url, {"visibility": "private"}).status_code == 302
    assert RegisteredModel.objects.get(name="own").owner == keeper


def test_names_are_suggested_as_escaped_options(client, keeper, source):
    source.lists["llm"] = written(llm_record("alpha"), llm_record('"><script>'))
    page = client.get("/launch_model/add/names?asked=alp").content.decode()
    assert '<option value="alpha">llm</option>' in page
    source.behaviour = lambda asked: send(asked, "no", 500)
    assert client.get("/launch_model/add/names?asked=scr").status_code == 200


def test_launch_options_are_shown_to_everybody_who_sees_the_model(client):
    model = a_model("alpha")
    page = client.get(f"/launch_model/{model.pk}/launch").content.decode()
    assert "xinference launch" in page
    assert "--model-name alpha" in page
    assert "Launch on the server" not in page
    hidden = a_model("secret", visibility="private", owner=a_person("other"))
    assert client.get(f"/launch_model/{hidden.pk}/launch").status_code == 404


def test_without_a_server_there_are_no_pages_of_it(client, keeper, settings):
    model = a_model("alpha")
    page = client.get("/launch_model/server").content.decode()
    assert "You have no Xinference server here yet" in page
    settings.ENV = dataclasses.replace(settings.ENV, server_addresses=None)
    assert client.get("/launch_model/server").status_code == 404
    assert client.get("/launch_model/server/progress/alpha").status_code == 404
    assert client.post(f"/launch_model/{model.pk}/launch").status_code == 403
