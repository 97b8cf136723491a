"""Launching on an Xinference server: what is sent, what is shown, what is refused."""

from __future__ import annotations

import dataclasses
import time

import pytest
from django.utils.translation import override

from hub.models import AuditEntry
from models_registry.models import UpdateRun
from models_registry.servers import client as launch_client
from models_registry.sync import update
from tests.factories import a_model, a_person, image_record, llm_record, written
from tests.forms import form_fields
from tests.models_registry.views.launch.pages import text
from tests.standins.hub import SourceHub
from tests.standins.xinference import registered

pytestmark = pytest.mark.django_db


def test_launch_sends_the_payload_that_the_page_shows_and_then_its_progress(client, keeper, server):
    model = a_model("alpha")
    address = f"/launch_model/{model.pk}/launch"
    assert "Launch on the server" in client.get(address).content.decode()
    answer = client.post(
        address, {"server": "hub", "replicas": "2", "devices": "0,1", "engine": "vLLM"}
    )
    assert answer.url == "/launch_model/server/progress/alpha?server=hub"
    method, path, headers, body = server.asked[-1]
    assert (method, path) == ("POST", "/v1/models?wait_ready=false")
    assert headers["authorization"] == "Bearer sk-secret"
    assert body == {
        "model_name": "alpha", "model_type": "LLM", "model_engine": "vLLM",
        "model_size_in_billions": "0_6", "model_format": "pytorch", "quantization": "none",
        "replica": 2, "gpu_idx": [0, 1],
    }  # fmt: skip
    server.progress["alpha"] = 0.4
    page = client.get(answer.url).content.decode()
    assert "40 %" in page
    assert "sk-secret" not in page
    server.progress["alpha"] = 1.0
    assert client.get(answer.url).url == "/launch_model/server?server=hub"


def test_what_runs_is_shown_and_can_be_stopped(client, keeper, server):
    server.models["a/b?c"] = {"model_name": "alpha", "model_type": "LLM"}
    assert "a/b?c" in client.get("/launch_model/server").content.decode()
    client.post("/launch_model/server/stop", {"server": "hub", "uid": "a/b?c"})
    assert server.asked[-1][1] == "/v1/models/a%2Fb%3Fc"
    assert server.models == {}


def test_a_refusal_is_told_in_the_servers_words(client, keeper, server):
    model = a_model("alpha")
    server.refusal = (503, "No available slot <b>found</b> for the model")
    answer = client.post(f"/launch_model/{model.pk}/launch", {"server": "hub"})
    assert answer.status_code == 409
    assert "No available slot &lt;b&gt;found" in answer.content.decode()


def test_a_server_that_is_away_is_said(client, keeper, server):
    server.stop()
    page = client.get("/launch_model/server")
    assert page.status_code == 200
    assert "can&#x27;t be reached" in page.content.decode()


def test_launching_needs_its_right(client, server):
    model = a_model("alpha")
    client.force_login(a_person("reader", "Registrars"))
    assert (
        "Launch on the server"
        not in client.get(f"/launch_model/{model.pk}/launch").content.decode()
    )
    assert client.post(f"/launch_model/{model.pk}/launch", {"server": "hub"}).status_code == 403
    assert (
        client.post("/launch_model/server/stop", {"server": "hub", "uid": "x"}).status_code == 403
    )
    assert client.get("/launch_model/server").status_code == 403
    assert server.asked == []


def test_wrong_numbers_launch_nothing(client, keeper, server):
    model = a_model("alpha")
    answer = client.post(f"/launch_model/{model.pk}/launch", {"server": "hub", "replicas": "many"})
    assert answer.status_code == 422
    assert server.asked == []


@pytest.mark.parametrize(
    ("refusal", "english", "chinese"),
    [
        (None, "was told to fetch its list again", "重新获取其列表"),
        ((403, "API keys can only access this"), "API keys can only read", "API 密钥只能读取"),
        ((403, ""), "does not allow this: no reason given", "不允许此操作：未说明原因"),
        (
            (503, "It is full."),
            "answers with status 503: It is full.",
            "返回状态码 503：It is full.",
        ),
        ((503, ""), "status 503, and gives no reason", "状态码 503，未说明原因"),
    ],
)
def test_an_update_tells_the_server_and_each_reader_its_answer(
    client, keeper, server, settings, refusal, english, chinese
):
    hub = SourceHub()
    hub.lists["llm"] = written(llm_record("alpha"))
    settings.ENV = dataclasses.replace(settings.ENV, hub_source=f"hub:{hub.url}")
    server.refusal = refusal
    run = update.update_type("llm", by=keeper)
    with override("de"):
        update.run(run.pk)
    hub.stop()
    assert server.asked[-1][1] == "/v1/models/update_type"
    assert server.asked[-1][3] == {"model_type": "llm"}
    for language, words in (("en", english), ("zh-hans", chinese)):
        page = client.get(f"/launch_model/llm?run={run.pk}", headers={"accept-language": language})
        assert words in page.content.decode()


def test_the_answer_in_an_older_run_is_shown_as_it_was_stored(client, keeper):
    run = UpdateRun.objects.create(
        model_type="llm", state="done", server_message="The server fetched it."
    )
    page = client.get(f"/launch_model/llm?run={run.pk}").content.decode()
    assert "The server fetched it." in page


def test_adding_a_model_tells_the_server(client, keeper, server, settings):
    hub = SourceHub()
    hub.lists["llm"] = written(llm_record("alpha"))
    settings.ENV = dataclasses.replace(settings.ENV, hub_source=f"hub:{hub.url}")
    response = client.post("/launch_model/add", {"way": "source", "asked": "alpha"})
    added = client.post(response.url, {"visibility": "public"}, follow=True)
    hub.stop()
    assert server.asked[-1][1] == "/v1/models/update_spec"
    assert server.asked[-1][3] == {"model_type": "llm", "model_name": "alpha"}
    assert "was told to fetch it" in added.content.decode()


def test_another_launch_of_the_same_uid_is_not_cancelled(client, keeper, server):
    server.models["alpha"] = {"model_name": "alpha", "model_type": "LLM"}
    server.progress["alpha"] = 0.4
    page = client.get("/launch_model/server/progress/alpha?server=hub").content.decode()
    sent = form_fields(page, "/launch_model/server/cancel")
    server.begun["alpha"] = 99
    answer = client.post("/launch_model/server/cancel", sent, follow=True)
    assert "the launch of alpha" in answer.content.decode()
    assert "alpha" in server.models
    del server.begun["alpha"]
    client.post("/launch_model/server/cancel", sent)
    assert server.models == {}


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (401, "Could not validate credentials"),
        (403, "Not enough permissions"),
        (429, "Too many failed attempts. IP temporarily banned."),
    ],
)
def test_a_page_that_polls_stops_where_the_server_says_no(client, owner, there, status, message):
    there.models["alpha"] = {}
    there.refusal = (status, message)
    address = "/launch_model/server/progress/alpha?server=own"
    page = text(client.get(address)).partition("<main")[2]
    assert "does not ask again by itself" in page
    assert "Refresh" in page
    assert "hx-trigger" not in page
    assert "http-equiv" not in text(client.get(address))
    part = text(client.get(address, headers={"HX-Request": "true"}))
    assert "hx-trigger" not in part
    there.refusal = (500, "hiccup")
    from django.core.cache import cache

    cache.clear()
    assert "hx-trigger" in text(client.get(address)).partition("<main")[2], "this may pass"


@pytest.mark.parametrize("uid", ["", "..", "a/../b", "a\nb", "a" * 201])
def test_what_can_be_no_uid_is_asked_of_no_server(client, owner, there, uid):
    """`..` would lead out of the models' part of the server's paths."""
    for action in ("stop", "cancel"):
        answer = client.post(f"/launch_model/server/{action}", {"server": "own", "uid": uid})
        assert answer.status_code == 404
    assert client.get("/launch_model/server/progress/%2e%2e?server=own").status_code == 404
    assert there.asked == []


def test_a_uid_with_a_slash_is_watched(client, owner, there):
    there.models["a/b"], there.progress["a/b"] = {}, 0.4
    there.raw = (200, {}, b'{"model_uid": "a/b"}')
    answer = client.post(f"/launch_model/{a_model('alpha').pk}/launch", {"server": "own"})
    there.raw = None
    assert "40 % · downloading" in text(client.get(answer.url))
    assert any("/v1/models/a%2Fb/progress" in target for _method, target, *_ in there.asked)


def test_a_launch_that_takes_long_to_break_off_is_watched(client, owner, there, monkeypatch):
    monkeypatch.setattr(launch_client, "CANCEL_SECONDS", 0.2)
    there.models["alpha"] = {}
    there.progress["alpha"] = 0.4
    there.cancel_delay = 0.8
    answer = client.post("/launch_model/server/cancel", {"server": "own", "uid": "alpha"})
    assert answer.url == "/launch_model/server/progress/alpha?server=own"
    page = text(client.get(answer.url))
    assert "is cancelling the launch of alpha" in page
    assert 'hx-trigger="every 2s"' in page
    assert AuditEntry.objects.latest("pk").tag == "registry:server:cancel"
    time.sleep(1)
    over = text(client.get(answer.url))
    assert "was cancelled" in over
    assert 'hx-trigger="every 2s"' not in over


def test_progress_failure_and_cancelling(client, owner, there):
    model = a_model("alpha")
    progress = client.post(f"/launch_model/{model.pk}/launch", {"server": "own"}).url
    there.progress["alpha"] = 0.4
    page = text(client.get(progress))
    assert "40 % · downloading" in page
    assert 'hx-trigger="every 2s"' in page
    there.failed["alpha"] = "No available slot found for the model"
    page = text(client.get(progress))
    assert "No GPU of the server is free" in page
    assert "hx-trigger" not in page.partition("update-progress")[2]
    del there.failed["alpha"]
    client.post("/launch_model/server/cancel", {"server": "own", "uid": "alpha"})
    assert there.models == {}
    assert AuditEntry.objects.latest("pk").tag == "registry:server:cancel"
    assert "was cancelled" in text(client.get(progress))
    there.broken_off.clear()
    assert "does not know this launch" in text(client.get(progress))


@pytest.mark.parametrize(
    "address", ["https://evil.example.org/", "//evil.example.org", "javascript:x"]
)
def test_the_way_back_stays_on_this_hub(client, owner, there, address):
    answer = client.post("/launch_model/server/choose", {"server": "own", "next": address})
    assert answer.url == "/launch_model/server?server=own"


def test_the_servers_page_compares_and_offers_what_can_be_done(client, owner, there):
    alpha, beta = a_model("alpha"), a_model("beta")
    stamp = int(beta.definition_updated_at.timestamp())
    there.known["LLM"] = [
        registered(llm_record("beta", updated_at=stamp - 10)),
        registered(llm_record("<i>alone</i>"), is_builtin=False),
    ]
    page = client.get("/launch_model/server?type=llm")
    assert b"&lt;i&gt;alone" in page.content
    for shown in (
        "Xinference 4.1.0",
        "Older on the server",
        "Not on the server",
        "Only on the server",
    ):
        assert shown in text(page)
    assert f"/launch_model/server/register/{alpha.pk}" in text(page)
    assert f"/launch_model/server/register/{beta.pk}" not in text(page), "it is built in"
    client.post("/launch_model/server/update", {"server": "own", "model_type": "llm"})
    assert there.asked[-1][1] == "/v1/models/update_type"
    assert client.get("/launch_model/server?type=nonsense").status_code == 404


def test_a_server_that_the_list_would_stop_is_never_told_to_update(
    client, keeper, server, settings
):
    # A hub that need not care for servers as old as this one.
    settings.ENV = dataclasses.replace(settings.ENV, oldest_server="3.3.0")
    source = {"modelscope": {"model_id": "a/b", "model_revision": "master"}}
    record = image_record("campplus", multilingual=True, model_src=source)
    a_model("campplus", model_type="audio", definition=written(record))
    page = "/launch_model/server?type=audio"
    server.release = "3.4.0"
    assert "Tell the server to update this type" in client.get(page).content.decode()
    # It was replaced by an older one since that page was made.
    server.release = "3.1.0"
    form = {"server": "hub", "model_type": "audio"}
    told = text(client.post("/launch_model/server/update", form, follow=True))
    assert "would not start again" in told
    assert "campplus" in told
    assert "Tell the server to update this type" not in client.get(page).content.decode()
    hub = SourceHub()
    hub.lists["audio"] = written(record)
    settings.ENV = dataclasses.replace(settings.ENV, hub_source=f"hub:{hub.url}")
    run = update.update_type("audio", by=keeper)
    update.run(run.pk)
    hub.stop()
    run.refresh_from_db()
    assert run.state == UpdateRun.State.DONE
    assert "list_stops_server" in run.server_message
    assert [path for _, path, *_ in server.asked if path == "/v1/models/update_type"] == []
    server.release = "3.2.0"
    client.post("/launch_model/server/update", form)
    assert [path for _, path, *_ in server.asked if path == "/v1/models/update_type"] != []
