"""Where people's own Xinference servers may be: the protection against SSRF.

Public addresses are allowed for everybody. HUB_SERVER_ADDRESSES adds hosts and networks. Loopback,
link-local and metadata addresses and the hub itself are dangerous: they need that exact host in the
list, or a network that lies wholly inside the dangerous one; `0.0.0.0/0` allows none of them.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings

from accounts.errors import DomainError
from models_registry.http.allowed_hosts import Origin, addresses_in, is_public

Network = IPv4Network | IPv6Network

# Metadata addresses of AWS on IPv6, Alibaba and Oracle, and Azure's, which looks like a public
# address. Those of AWS, GCP and OpenStack on IPv4 are link-local.
_METADATA: Final = tuple(
    ip_network(network)
    for network in ("fd00:ec2::254/128", "100.100.100.200/32", "192.0.0.192/32", "168.63.129.16/32")
)
_DANGEROUS: Final[tuple[Network, ...]] = (
    *(ip_network(network) for network in ("127.0.0.0/8", "0.0.0.0/8", "169.254.0.0/16")),
    *(ip_network(network) for network in ("::1/128", "::/128", "fe80::/10")),
    *_METADATA,
)
# Ports of the web. Other ports below 1024 belong to mail, SSH and other services.
_LOW_PORTS: Final = frozenset({80, 443})
_SITE_SECONDS: Final = 300


class ServerAddressRefused(DomainError):
    """The hub does not connect to this address."""

    error_code = "SERVER_ADDRESS_REFUSED"
    status = 422


class OwnServerHosts:
    """The rule for people's own servers; see `transport.Hosts`."""

    def __init__(self, entries: Iterable[str] | None = None) -> None:
        configured = settings.ENV.server_addresses if entries is None else list(entries)
        self._closed = configured is None
        self._hosts: set[str] = set()
        self._networks: list[Network] = []
        for entry in configured or ():
            try:
                self._networks.append(ip_network(entry))
            except ValueError:
                self._hosts.add(entry)

    def check(self, origin: Origin) -> None:
        """Raise ServerAddressRefused if the host or the port can't be a person's server."""
        if self._closed:
            raise ServerAddressRefused("own_servers_disabled")
        if self._is_listed(origin.host):
            return
        if origin.host in _site_hosts():
            raise ServerAddressRefused("server_is_this_hub", host=origin.host)
        if origin.port < 1024 and origin.port not in _LOW_PORTS:
            raise ServerAddressRefused("server_port_refused", port=origin.port)

    def check_address(self, origin: Origin, address: str) -> None:
        """Raise ServerAddressRefused if the host resolved to a forbidden address."""
        if self._is_listed(origin.host, exactly=True):
            return
        addresses = _ip_addresses(address)
        if not addresses:
            raise _refused(origin, address)
        if any(_is_dangerous(ip) or _is_the_hub(str(ip)) for ip in addresses):
            allowed = all(self._is_in_narrow_network(ip) for ip in addresses)
        else:
            named = all(self._is_in_network(ip) for ip in addresses)
            allowed = named or self._is_listed(origin.host) or is_public(address)
        if not allowed:
            raise _refused(origin, address)

    def _is_listed(self, host: str, *, exactly: bool = False) -> bool:
        literal = _ip_addresses(host)
        if host in self._hosts or (
            literal and all(self._is_in_narrow_network(ip) for ip in literal)
        ):
            return True
        labels = host.split(".")
        parents = (f"*.{'.'.join(labels[index:])}" for index in range(1, len(labels)))
        return not exactly and not self._hosts.isdisjoint(parents)

    def _is_in_network(self, address: IPv4Address | IPv6Address) -> bool:
        return any(address in network for network in self._networks)

    def _is_in_narrow_network(self, address: IPv4Address | IPv6Address) -> bool:
        """Whether a listed network contains the address and is no wider than its dangerous
        network."""
        dangerous = [network for network in _DANGEROUS if address in network]
        limits = dangerous or [ip_network(address)]
        return any(
            address in network and any(_is_subnet(network, limit) for limit in limits)
            for network in self._networks
        )


def _refused(origin: Origin, address: str) -> ServerAddressRefused:
    if origin.host == address:
        return ServerAddressRefused("server_address_refused", address=address)
    return ServerAddressRefused("server_host_address_refused", host=origin.host, address=address)


def _ip_addresses(address: str) -> list[IPv4Address | IPv6Address]:
    """The address itself and the IPv4 addresses embedded in it; empty if it is not an IP
    address."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return []
    return addresses_in(ip)


def _is_dangerous(address: IPv4Address | IPv6Address) -> bool:
    return address.is_multicast or any(address in network for network in _DANGEROUS)


def _is_subnet(inner: Network, outer: Network) -> bool:
    if isinstance(inner, IPv4Network) and isinstance(outer, IPv4Network):
        return inner.subnet_of(outer)
    if isinstance(inner, IPv6Network) and isinstance(outer, IPv6Network):
        return inner.subnet_of(outer)
    return False


def _is_the_hub(address: str) -> bool:
    """Whether the address is the hub's public one, or one of this machine.

    Packets to an address of this machine have it as their source. Connecting a UDP socket sends no
    packet; it only makes the system choose the source address.
    """
    if address in _site_addresses():
        return True
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((address, 9))
            return bool(probe.getsockname()[0] == address)
    except OSError:
        return False


def _site_hosts() -> set[str]:
    hosts = {urlsplit(settings.SITE_URL).hostname or "", *settings.ALLOWED_HOSTS}
    return {host.strip("[]").rstrip(".").lower() for host in hosts} - {"", "*"}


def _site_addresses() -> frozenset[str]:
    """The addresses of the hub's own host name, so that no other name leads to the hub."""
    host = urlsplit(settings.SITE_URL).hostname or ""
    return _addresses_of(host, int(time.monotonic() // _SITE_SECONDS))


@lru_cache(maxsize=4)
def _addresses_of(host: str, _period: int) -> frozenset[str]:
    try:
        return frozenset(str(entry[4][0]) for entry in socket.getaddrinfo(host, None))
    except (OSError, UnicodeError):
        return frozenset()
