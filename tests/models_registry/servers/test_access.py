"""Which servers a person may use, and which addresses may be saved."""

from __future__ import annotations

import pytest

from models_registry.servers import access, client
from models_registry.servers.access import Server, Whose, checked_address
from models_registry.servers.allowed_addresses import ServerAddressRefused
from tests.models_registry.servers.resolver import PUBLIC, names


@pytest.mark.parametrize(
    "typed",
    [
        "", "https://", "ftp://gpu.example.org", "file:///etc/passwd", "gopher://gpu.example.org",
        "http://user@gpu.example.org", "http://user:secret@gpu.example.org",
        "http://gpu.example.org@127.0.0.1/", "http://gpu.example.org\\@127.0.0.1/",
        "http://gpu.example.org#@127.0.0.1", "http://gpu.example.org?x=1", "http://gpu example.org",
        "http://gpu.example.org\r\nX: y", "http://gpu.example.org:99999", "http://gpu.example.org:x",
        "http://gpu.example.org:22", "http://gpu.example.org:25", "http://nowhere.example.org",
        "http://[::1", "http://127.0.0.1\x00.example.org",
    ],
)  # fmt: skip
def test_what_is_no_address_of_a_server_is_refused_in_words(monkeypatch, typed):
    names(monkeypatch, gpu_example_org=[[PUBLIC]])
    with pytest.raises(ServerAddressRefused) as refusal:
        checked_address(typed)
    assert "secret" not in refusal.value.message


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://gpu.example.org:9997", "https://gpu.example.org:9997"),
        (" http://gpu.example.org:9997/ ", "http://gpu.example.org:9997"),
        ("gpu.example.org:9997", "https://gpu.example.org:9997"),
        ("https://gpu.example.org/xinference/v1", "https://gpu.example.org/xinference"),
        ("https://gpu.example.org:9997/ui/", "https://gpu.example.org:9997"),
        ("https://gpu.example.org", "https://gpu.example.org"),
    ],
)
def test_public_addresses_are_kept_as_a_client_needs_them(monkeypatch, typed, kept):
    names(monkeypatch, gpu_example_org=[[PUBLIC]])
    assert checked_address(typed) == kept


@pytest.mark.django_db
def test_the_word_none_closes_everything(change_env, there, owner):
    assert access.own_server(owner).address == there.url
    change_env(server_addresses=None)
    assert access.own_server(owner) is None
    with pytest.raises(ServerAddressRefused, match="disabled"):
        checked_address("https://gpu.example.org")
    with pytest.raises(ServerAddressRefused):
        client.running(Server(there.url, "", Whose.OWN))


def test_the_hubs_own_server_may_be_where_the_administrator_says(server):
    assert client.running(access.hub_server()) == []
