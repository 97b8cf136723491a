"""Which hosts are on the list, and which addresses are on the internet."""

from __future__ import annotations

import pytest

from models_registry.errors import SourceUnavailable
from models_registry.http.allowed_hosts import AllowedHosts, is_public, origin_of


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("64:ff9b::5db8:d822", True),
        ("64:ff9b:1::a01:203", False),
        ("::a01:203", False),
        ("::ffff:0:a01:203", False),
        ("fec0::1", False),
        ("127.0.0.1", False),
        ("0.0.0.0", False),
        ("192.168.1.1", False),
        ("198.18.0.1", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:169.254.169.254", False),
        ("64:ff9b::a00:1", False),
        ("2002:a00:1::", False),
        ("2001:0:4136:e378:8000:63bf:f5ff:fffe", False),
        ("localhost", False),
    ],
)
def test_public_addresses_are_distinguished_from_all_others(address, public):
    assert is_public(address) is public


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://hf.co/x", True),
        ("https://HF.CO./x", True),
        ("https://us.aws.cdn.hf.co/x", True),
        ("https://evil-hf.co/x", False),
        ("https://hf.co.evil.org/x", False),
        ("http://hf.co/x", False),
        ("http://mirror.corp:8080/x", True),
        ("https://mirror.corp/x", True),
        ("http://mirror.corp/x", False),
        ("https://sub.mirror.corp/x", False),
    ],
)
def test_hosts_are_allowed_by_name_and_origins_exactly(url, allowed):
    hosts = AllowedHosts(["hf.co", "*.hf.co", "http://mirror.corp:8080"])
    if allowed:
        hosts.check(origin_of(url))
    else:
        with pytest.raises(SourceUnavailable):
            hosts.check(origin_of(url))
