"""The Launch Model page over HTTP: tabs, filters, updates."""

from __future__ import annotations

import dataclasses

import pytest

from models_registry.models import UpdateRun
from models_registry.sync import update as updating
from tests.factories import a_model, a_person, a_user, llm_record, of_size, written
from tests.standins.hub import send

pytestmark = pytest.mark.django_db
HX = {"HX-Request": "true"}


def test_a_tab_shows_the_models_of_its_type_with_featured_ones_first(client):
    a_model("aaa")
    a_model("zzz", definition=written(llm_record("zzz", featured=True)))
    a_model("picture", model_type="image")
    page = client.get("/launch_model/llm").content.decode()
    assert page.index(">zzz<") < page.index(">aaa<")
    assert "picture" not in page
    assert client.get("/launch_model/").status_code == 200
    assert client.get("/launch_model/toys").status_code == 404


def test_a_visitor_who_searches_the_custom_tab_finds_nothing(client):
    a_model("qwen-of-ours", visibility="private", owner=a_user("mia"))
    answer = client.get("/launch_model/custom?q=qwen")
    assert answer.status_code == 200
    assert "qwen-of-ours" not in answer.content.decode()


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


def test_the_visitors_gpu_narrows_the_tabs_until_the_filters_are_cleared(client):
    of_size("small", 2)
    of_size("large", 60)
    client.cookies["gpu"] = "24"
    page = client.get("/launch_model/llm").content.decode()
    assert ">small<" in page
    assert ">large<" not in page
    assert 'href="/launch_model/llm?fits=any"' in page
    for cleared in ("fits=any", "fits="):
        assert ">large<" in client.get(f"/launch_model/llm?{cleared}").content.decode()


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
    assert client.post("/launch_model/update", {"model_type": "llm"}).status_code == 401
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
    assert "web page instead of JSON" in page


def test_runs_are_hidden_from_those_without_the_right(client, keeper, source):
    client.post("/launch_model/update", {"model_type": "llm"})
    run = UpdateRun.objects.get()
    updating.run(run.pk)
    client.force_login(a_person("reader"))
    assert client.get(f"/launch_model/updates/{run.pk}").status_code == 404
    assert "up to date" not in client.get(f"/launch_model/llm?run={run.pk}").content.decode()


def test_without_a_server_there_are_no_pages_of_it(client, keeper, settings):
    model = a_model("alpha")
    page = client.get("/launch_model/server").content.decode()
    assert "Your Xinference server is not set up yet" in page
    settings.ENV = dataclasses.replace(settings.ENV, server_addresses=None)
    assert client.get("/launch_model/server").status_code == 404
    assert client.get("/launch_model/server/progress/alpha").status_code == 404
    assert client.post(f"/launch_model/{model.pk}/launch").status_code == 403
