"""Messages of servers are explained, with what helps."""

from __future__ import annotations

import pytest

from models_registry.servers import client
from models_registry.servers.access import Server, Whose
from models_registry.servers.refusals import explained
from models_registry.servers.requests import ServerRefused
from tests.models_registry.servers.guarded_servers import KEY, LAUNCH, PASSWORD, asked, at


def test_a_key_alone_is_told_that_it_can_only_read_and_what_helps(guarded, server):
    own_server = Server(guarded.url, KEY, Whose.OWN)
    assert client.running(own_server) == []
    with pytest.raises(ServerRefused, match="API keys can only read") as refusal:
        client.launch(own_server, LAUNCH)
    assert "API keys can only access model query" in refusal.value.message
    assert "in the User Center" in refusal.value.message
    assert "XINFERENCE_AUTH_ADVANCED=false" in refusal.value.message
    with pytest.raises(ServerRefused, match="XINFERENCE_USERNAME"):
        client.launch(Server(guarded.url, KEY, Whose.HUB), LAUNCH)


def test_a_lock_is_told_in_words_and_not_run_against(guarded):
    guarded.access.wrong = 10
    used = at(guarded)
    for _ in range(3):
        with pytest.raises(ServerRefused, match="has locked this hub out") as refusal:
            client.running(used)
        assert refusal.value.must_stop
    assert asked(guarded, "/v1/models") == 1


def test_other_answers_of_too_many_requests_are_no_lock(there, used):
    there.refusal = (429, "Slow down")
    with pytest.raises(ServerRefused, match="answers with status 429: Slow down"):
        client.running(used)


def test_a_missing_right_names_the_user_and_the_rights(guarded):
    guarded.access.users["ada"] = (PASSWORD, ["models:list"])
    with pytest.raises(ServerRefused, match=r"its user ada .*models:write"):
        client.launch(at(guarded), LAUNCH)


def test_actors_are_left_out_of_what_is_said(there, used):
    with pytest.raises(ServerRefused) as refusal:
        client.stop(used, "alpha")
    assert refusal.value.said == "Model not found in the model list, uid: alpha"
    there.models["alpha"] = {}
    there.failed["alpha"] = "[address=[::1]:24883, pid=7]  CUDA out of\n memory"
    assert client.instance(used, "alpha").error == "CUDA out of memory"


def test_a_download_that_failed_is_told_in_words():
    message = "Failed to download model 'qwen3' (size: 0_6, format: pytorch) after multiple retries"
    assert explained("", message).text.startswith(
        "The server could not download the model's files."
    )
