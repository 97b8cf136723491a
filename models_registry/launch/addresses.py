"""Where people's own Xinference servers may be: SSRF is kept out here.

Public addresses are allowed to everybody. HUB_SERVER_ADDRESSES adds hosts and networks. Loopback,
link-local and metadata addresses and the hub itself need more than that: the very host, or a
network that lies wholly inside the dangerous one, must be listed; `0.0.0.0/0` opens none of them.
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
from django.utils.translation import gettext as _

from accounts.errors import DomainError
from models_registry.sources.addresses import Origin, is_public, meant_by

Network = IPv4Network | IPv6Network

# Beside loopback and link-local, where AWS, GCP and OpenStack have theirs: AWS on IPv6, Alibaba,
# Oracle, and Azure, whose one looks like a public address.
_METADATA: Final = tuple(
    ip_network(one)
    for one in ("fd00:ec2::254/128", "100.100.100.200/32", "192.0.0.192/32", "168.63.129.16/32")
)
_DANGEROUS: Final[tuple[Network, ...]] = (
    *(ip_network(one) for one in ("127.0.0.0/8", "0.0.0.0/8", "169.254.0.0/16")),
    *(ip_network(one) for one in ("::1/128", "::/128", "fe80::/10")),
    *_METADATA,
)
# What browsers and firewalls take for the web; below 1024 are mail, SSH and other services.
_LOW_PORTS: Final = frozenset({80, 443})
_SITE_SECONDS: Final = 300


class ServerAddressRefused(DomainError):
    """The hub does not go to this address."""

    error_code = "SERVER_ADDRESS_REFUSED"
    status = 422


class OwnServerHosts:
    """The rule for people's own servers; see `transport.Hosts`."""

    def __init__(self, entries: Iterable[str] | None = None) -> None:
        listed = settings.ENV.server_addresses if entries is None else list(entries)
        self._closed = listed is None
        self._hosts: set[str] = set()
        self._networks: list[Network] = []
        for entry in listed or ():
            try:
                self._networks.append(ip_network(entry))
            except ValueError:
                self._hosts.add(entry)

    def check(self, origin: Origin) -> None:
        """Raise ServerAddressRefused where the host or the port can't be a person's server."""
        if self._closed:
            raise ServerAddressRefused(
                _("The administrator of this hub does not allow servers of people's own.")
            )
        if self._lists(origin.host):
            return
        if origin.host in _site_hosts():
            raise ServerAddressRefused(
                _("%(host)s is this hub itself. Give the address of your Xinference server.")
                % {"host": origin.host}
            )
        if origin.port < 1024 and origin.port not in _LOW_PORTS:
            raise ServerAddressRefused(
                _(
                    "The hub does not go to port %(port)d. Xinference listens on 9997 unless it is "
                    "told otherwise."
                )
                % {"port": origin.port}
            )

    def check_address(self, origin: Origin, address: str) -> None:
        """Raise ServerAddressRefused where the host turned out to be at a forbidden address."""
        if self._lists(origin.host, exactly=True):
            return
        found = _meant(address)
        if not found:
            raise _refused(origin, address)
        if any(_is_dangerous(one) or _is_the_hub(str(one)) for one in found):
            allowed = all(self._names_inside(one) for one in found)
        else:
            named = all(self._names(one) for one in found)
            allowed = named or self._lists(origin.host) or is_public(address)
        if not allowed:
            raise _refused(origin, address)

    def _lists(self, host: str, *, exactly: bool = False) -> bool:
        literal = _meant(host)
        if host in self._hosts or (literal and all(self._names_inside(one) for one in literal)):
            return True
        labels = host.split(".")
        parents = (f"*.{'.'.join(labels[index:])}" for index in range(1, len(labels)))
        return not exactly and not self._hosts.isdisjoint(parents)

    def _names(self, address: IPv4Address | IPv6Address) -> bool:
        return any(address in one for one in self._networks)

    def _names_inside(self, address: IPv4Address | IPv6Address) -> bool:
        """Whether a listed network holds the address and is no wider than its dangerous one."""
        around = [one for one in _DANGEROUS if address in one]
        limits = around or [ip_network(address)]
        return any(
            address in listed and any(_lies_in(listed, limit) for limit in limits)
            for listed in self._networks
        )


def _refused(origin: Origin, address: str) -> ServerAddressRefused:
    where = _("This hub does not go to %(address)s.") % {"address": address}
    if origin.host != address:
        where = _("%(host)s is at %(address)s, and this hub does not go to that address.") % {
            "host": origin.host, "address": address,
        }  # fmt: skip
    advice = _(
        "Give a public address, or ask the hub's administrator to list yours in "
        "HUB_SERVER_ADDRESSES."
    )
    return ServerAddressRefused(f"{where} {advice}")


def _meant(address: str) -> list[IPv4Address | IPv6Address]:
    """The address itself, and those that it carries or stands for; none for what is no address."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return []
    return meant_by(found)


def _is_dangerous(address: IPv4Address | IPv6Address) -> bool:
    return address.is_multicast or any(address in one for one in _DANGEROUS)


def _lies_in(inner: Network, outer: Network) -> bool:
    if isinstance(inner, IPv4Network) and isinstance(outer, IPv4Network):
        return inner.subnet_of(outer)
    if isinstance(inner, IPv6Network) and isinstance(outer, IPv6Network):
        return inner.subnet_of(outer)
    return False


def _is_the_hub(address: str) -> bool:
    """Whether the address is the hub's public one, or one of this machine's own.

    Packets to an own address come from it. Connecting a UDP socket sends none; it only makes the
    system choose the way.
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
    """Where the hub's own public address leads, so that nobody comes in by another name for it."""
    host = urlsplit(settings.SITE_URL).hostname or ""
    return _addresses_of(host, int(time.monotonic() // _SITE_SECONDS))


@lru_cache(maxsize=4)
def _addresses_of(host: str, _period: int) -> frozenset[str]:
    try:
        return frozenset(str(entry[4][0]) for entry in socket.getaddrinfo(host, None))
    except (OSError, UnicodeError):
        return frozenset()
