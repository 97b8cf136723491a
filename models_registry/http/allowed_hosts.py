"""Allow-list of hosts for requests. SECURITY: a name never leads into a private network."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from models_registry.definitions.json_text.problems import quoted
from models_registry.errors import SourceUnavailable

_PORTS = {"http": 80, "https": 443}
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# The range that IANA has assigned for hosts. Outside are deprecated addresses, such as site-local
# ones, and translations of IPv4 addresses that are valid only inside a network: RFC 8215.
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Origin:
    """The origin of an address: scheme, host and port."""

    scheme: str
    host: str
    port: int

    @property
    def shown(self) -> str:
        """The origin for a message; with its port if it is not the default one."""
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.host}{port}"


def origin_of(url: str) -> Origin:
    """Return the origin of an http(s) address, as the HTTP client will read it.

    Raises SourceUnavailable for any other address, and for one with a user name or password.
    """
    try:
        parts = parse_url(url)
        scheme, host, port = parts.scheme, parts.host, parts.port
    except (LocationParseError, ValueError) as error:
        raise SourceUnavailable("address_is_invalid", url=quoted(url)) from error
    if scheme not in _PORTS or not host or parts.auth is not None or "\\" in url:
        raise SourceUnavailable("address_has_wrong_form", url=quoted(url))
    return Origin(scheme, _plain(host), port or _PORTS[scheme])


def _plain(host: str) -> str:
    return host.strip("[]").rstrip(".").lower()


class AllowedHosts:
    """The list of hosts that may be reached.

    An entry with a scheme, such as `http://127.0.0.1:9000`, is an origin that the administrator
    configured: it may have any address, and its host may also be reached by https. Any other entry
    is a name, or `*.` and a name for all names below it: reached only by https on port 443 and at
    public addresses.
    """

    def __init__(self, entries: Iterable[str]) -> None:
        listed = list(entries)
        self._configured = {origin_of(entry) for entry in listed if "://" in entry}
        self._configured |= {Origin("https", origin.host, 443) for origin in self._configured}
        self._names = {entry.lower() for entry in listed if "://" not in entry}

    def check(self, origin: Origin) -> None:
        """Raise SourceUnavailable if the origin is not on the list."""
        if origin in self._configured or self._is_named(origin):
            return
        raise SourceUnavailable("source_host_not_allowed", scheme=origin.scheme, shown=origin.shown)

    def check_address(self, origin: Origin, address: str) -> None:
        """Raise SourceUnavailable if the origin's host must not be at this IP address."""
        if origin in self._configured or is_public(address):
            return
        raise SourceUnavailable("source_address_not_public", host=origin.host, address=address)

    def _is_named(self, origin: Origin) -> bool:
        if origin.scheme != "https" or origin.port != _PORTS["https"]:
            return False
        labels = origin.host.split(".")
        parents = {f"*.{'.'.join(labels[index:])}" for index in range(1, len(labels))}
        return origin.host in self._names or not self._names.isdisjoint(parents)


def is_public(address: str) -> bool:
    """True if an IP address belongs to a host on the internet, in any notation.

    For an IPv6 address with an IPv4 address in it (mapped, 6to4, Teredo, NAT64), the latter counts.
    """
    try:
        parsed: IPAddress = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return all(_is_global(inner) for inner in addresses_in(parsed))


def _is_global(address: IPAddress) -> bool:
    is_assigned = isinstance(address, ipaddress.IPv4Address) or address in _GLOBAL_UNICAST
    return is_assigned and address.is_global and not address.is_multicast


def addresses_in(address: IPAddress) -> list[IPAddress]:
    """Return the address itself, or the IPv4 addresses that an IPv6 address contains."""
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
