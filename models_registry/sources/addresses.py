"""Where a request may go: the hosts of a list, and never by a name into a private network."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from models_registry.definitions.problems import quoted
from models_registry.errors import SourceUnavailable

_PORTS = {"http": 80, "https": 443}
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# All that IANA has given out for hosts. Outside lie what is out of use, such as site-local
# addresses, and ways to carry an IPv4 address that only a network itself understands: RFC 8215.
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port of an address: what one server is to a browser, and to us."""

    scheme: str
    host: str
    port: int

    @property
    def shown(self) -> str:
        """The origin for a message; the port where it is not the usual one."""
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.host}{port}"


def origin_of(url: str) -> Origin:
    """Read the origin of an http(s) address, as the HTTP client will.

    Raises SourceUnavailable where it is none, or carries a name or password.
    """
    try:
        parts = parse_url(url)
        scheme, host, port = parts.scheme, parts.host, parts.port
    except (LocationParseError, ValueError) as error:
        raise SourceUnavailable(f"{quoted(url)} is no address that can be fetched.") from error
    if scheme not in _PORTS or not host or parts.auth is not None or "\\" in url:
        raise SourceUnavailable(
            f"{quoted(url)} is no address that can be fetched. "
            "It must begin with http:// or https:// and hold neither name nor password."
        )
    return Origin(scheme, _plain(host), port or _PORTS[scheme])


def _plain(host: str) -> str:
    return host.strip("[]").rstrip(".").lower()


class AllowedHosts:
    """The list of what may be reached.

    An entry with a scheme, such as `http://127.0.0.1:9000`, is an origin that the administrator
    configured: it may be anywhere, and its host on https as well. Any other entry is a name, or
    `*.` and a name for everything below it: reached over https on port 443 and at public
    addresses alone.
    """

    def __init__(self, entries: Iterable[str]) -> None:
        listed = list(entries)
        self._configured = {origin_of(entry) for entry in listed if "://" in entry}
        self._configured |= {Origin("https", one.host, 443) for one in self._configured}
        self._names = {entry.lower() for entry in listed if "://" not in entry}

    def check(self, origin: Origin) -> None:
        """Raise SourceUnavailable where the origin is not on the list."""
        if origin in self._configured or self._is_named(origin):
            return
        raise SourceUnavailable(
            f"{origin.scheme}://{origin.shown} is not among the addresses that the hub fetches "
            "from. If a mirror is meant, the administrator has to configure it."
        )

    def check_address(self, origin: Origin, address: str) -> None:
        """Raise SourceUnavailable where the origin's host must not be at this IP address."""
        if origin in self._configured or is_public(address):
            return
        raise SourceUnavailable(
            f"{origin.host} is at {address}, which is not a public address, so the hub does not "
            "go there. If that is your mirror, configure its own address for the hub."
        )

    def _is_named(self, origin: Origin) -> bool:
        if origin.scheme != "https" or origin.port != _PORTS["https"]:
            return False
        labels = origin.host.split(".")
        parents = {f"*.{'.'.join(labels[index:])}" for index in range(1, len(labels))}
        return origin.host in self._names or not self._names.isdisjoint(parents)


def is_public(address: str) -> bool:
    """Whether an IP address belongs to a host on the internet, by whatever way it is written.

    IPv6 addresses that carry an IPv4 address (mapped, 6to4, Teredo, NAT64) are judged by that.
    """
    try:
        found: IPAddress = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return all(_is_global(one) for one in meant_by(found))


def _is_global(address: IPAddress) -> bool:
    is_given_out = isinstance(address, ipaddress.IPv4Address) or address in _GLOBAL_UNICAST
    return is_given_out and address.is_global and not address.is_multicast


def meant_by(address: IPAddress) -> list[IPAddress]:
    """Return the addresses that one stands for: the IPv4 addresses that an IPv6 one carries."""
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    if address.sixtofour is not None:
        return [address.sixtofour]
    if address.teredo is not None:
        return list(address.teredo)
    if address in _NAT64:
        return [ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)]
    return [address]
