"""Where people's own servers may be: the matrix of what must not be reached."""

from __future__ import annotations

import socket

import pytest

from models_registry.http.allowed_hosts import Origin
from models_registry.servers import allowed_addresses, client
from models_registry.servers.access import Server, Whose, checked_address
from models_registry.servers.allowed_addresses import OwnServerHosts, ServerAddressRefused
from tests.models_registry.servers.resolver import PUBLIC, names
from tests.standins.xinference import XinferenceServer

# One machine inside, in all the ways of writing it that a resolver understands.
LOOPBACK = [
    "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "017700000001", "0", "0.0.0.0",
    "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]", "localhost", "127.0.0.1.",
]  # fmt: skip
PRIVATE = [
    "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254", "[fe80::1]",
    "[fd00:ec2::254]", "[fd12::1]", "[::ffff:10.1.2.3]", "[64:ff9b::a01:203]", "100.100.100.200",
    "192.0.0.192", "168.63.129.16", "224.0.0.1", "255.255.255.255", "198.18.0.1",
    "[64:ff9b:1::a01:203]", "[::a01:203]", "[fec0::1]",
]  # fmt: skip


@pytest.mark.parametrize("host", LOOPBACK + PRIVATE)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_what_is_inside_can_not_be_saved(monkeypatch, host, scheme):
    names(monkeypatch, localhost=[["127.0.0.1"]])
    with pytest.raises(ServerAddressRefused):
        checked_address(f"{scheme}://{host}:9997")


@pytest.mark.parametrize("second", ["127.0.0.1", "10.0.0.1", "169.254.169.254"])
def test_one_inner_address_among_public_ones_spoils_a_name(monkeypatch, second):
    names(monkeypatch, gpu_example_org=[[PUBLIC, second]])
    with pytest.raises(ServerAddressRefused, match=second):
        checked_address("https://gpu.example.org")


def test_a_name_that_changes_its_address_is_caught_when_it_is_connected_to(monkeypatch):
    asked = names(monkeypatch, gpu_example_org=[[PUBLIC], ["127.0.0.1"]])
    inside = XinferenceServer()
    address = checked_address(f"http://gpu.example.org:{inside.port}")
    with pytest.raises(ServerAddressRefused, match=r"127\.0\.0\.1"):
        client.running(Server(address, "", Whose.OWN))
    inside.stop()
    assert asked == ["gpu.example.org"] * 2
    assert inside.asked == []


def test_the_address_that_was_checked_is_the_one_connected_to(monkeypatch):
    asked = names(monkeypatch, gpu_example_org=[[PUBLIC], ["127.0.0.1"]])
    connected = []

    def connect(address, **options):
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(client.ServerUnavailable, match="can't be reached"):
        client.running(Server("http://gpu.example.org:9997", "", Whose.OWN))
    assert connected == [(PUBLIC, 9997)]
    assert asked == ["gpu.example.org"]


@pytest.mark.parametrize(
    "location", ["http://127.0.0.1/", "http://169.254.169.254/latest/meta-data/", "/elsewhere"]
)
def test_redirects_are_not_followed(there, used, location):
    there.raw = (302, {"Location": location}, b"")
    with pytest.raises(client.ServerUnavailable, match="redirects"):
        client.running(used)
    assert len(there.asked) == 1


def test_proxies_and_passwords_of_the_environment_are_not_used(there, used, monkeypatch, tmp_path):
    other = XinferenceServer()
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, other.url)
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password hunter2\n")
    monkeypatch.setenv("NETRC", str(netrc))
    assert client.running(used) == []
    other.stop()
    assert other.asked == []
    assert there.asked[0][2]["authorization"] == f"Bearer {used.key}"


# --- HUB_SERVER_ADDRESSES -----------------------------------------------------------------------


def allowed(entries, address, host="gpu.example.org", port=9997):
    origin = Origin("http", host, port)
    rule = OwnServerHosts(entries)
    try:
        rule.check(origin)
        rule.check_address(origin, address)
    except ServerAddressRefused:
        return False
    return True


@pytest.mark.parametrize(
    ("entries", "address", "is_allowed"),
    [
        ([], PUBLIC, True),
        ([], "10.1.2.3", False),
        (["10.0.0.0/8"], "10.1.2.3", True),
        (["10.0.0.0/8"], "::ffff:10.1.2.3", True),
        (["10.0.0.0/8"], "192.168.0.1", False),
        (["10.1.2.3"], "10.1.2.3", True),
        (["gpu.example.org"], "10.1.2.3", True),
        (["*.example.org"], "10.1.2.3", True),
        (["*.gpu.example.org"], "10.1.2.3", False),
        (["example.org"], "10.1.2.3", False),
        # Wide networks and wildcards do not open what is dangerous.
        (["0.0.0.0/0", "::/0"], "10.1.2.3", True),
        (["0.0.0.0/0", "::/0"], "127.0.0.1", False),
        (["0.0.0.0/0", "::/0"], "169.254.169.254", False),
        (["0.0.0.0/0", "::/0"], "::1", False),
        (["0.0.0.0/0", "::/0"], "::ffff:127.0.0.1", False),
        (["fc00::/7"], "fd00:ec2::254", False),
        (["fc00::/7"], "fd00::1", True),
        (["100.64.0.0/10"], "100.100.100.200", False),
        (["*.example.org"], "127.0.0.1", False),
        (["*.example.org"], "169.254.169.254", False),
        # The very host and the very network do.
        (["gpu.example.org"], "127.0.0.1", True),
        (["127.0.0.1"], "127.0.0.1", True),
        (["127.0.0.0/8"], "127.0.0.1", True),
        (["169.254.0.0/16"], "169.254.169.254", True),
        (["169.254.169.254/32"], "169.254.1.1", False),
        (["::1"], "::1", True),
    ],
)
def test_the_setting_widens_what_is_allowed(entries, address, is_allowed):
    assert allowed(entries, address) is is_allowed


def test_the_hub_itself_is_no_server(settings, monkeypatch):
    allowed_addresses._addresses_of.cache_clear()
    settings.SITE_URL = "https://hub.example.org"
    settings.ALLOWED_HOSTS = ["hub.example.org", "hub.internal"]
    names(monkeypatch, hub_example_org=[[PUBLIC]], alias_example_org=[[PUBLIC]])
    for typed in ("https://hub.example.org", "https://hub.internal", "https://alias.example.org"):
        with pytest.raises(ServerAddressRefused):
            checked_address(typed)
    assert allowed(["alias.example.org"], PUBLIC, host="alias.example.org")
    assert allowed([PUBLIC], PUBLIC, host="alias.example.org")
    assert not allowed(["93.0.0.0/8"], PUBLIC, host="alias.example.org")
    allowed_addresses._addresses_of.cache_clear()


def test_an_address_of_this_machine_is_no_server_in_whatever_network_it_is(monkeypatch):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("this machine has no network")
        own_address = probe.getsockname()[0]
    assert not allowed(["0.0.0.0/0"], own_address)
    assert allowed([own_address], own_address)
