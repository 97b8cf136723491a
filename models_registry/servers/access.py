"""Which Xinference servers a user may use: their own, and the hub's.

Everybody may use their own server; the hub's (XINFERENCE_ENDPOINT) requires `update_catalogue`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from django.conf import settings
from django.utils.crypto import salted_hmac

from accounts import own_servers, vault
from accounts.form_version import version
from accounts.models import OwnServer, User
from models_registry import policy
from models_registry.errors import SourceUnavailable
from models_registry.http.allowed_hosts import AllowedHosts, Origin, origin_of
from models_registry.http.transport import Deadline, Hosts, resolve
from models_registry.models import RegisteredModel, Visibility
from models_registry.permissions import Right
from models_registry.servers.allowed_addresses import OwnServerHosts, ServerAddressRefused

CHECK_SECONDS: Final = 5.0


class Whose(StrEnum):
    """Who named the server, which decides how far its address is trusted."""

    OWN = "own"
    HUB = "hub"


@dataclass(frozen=True, slots=True)
class Server:
    """An Xinference server that may be requested. `address` has no trailing slash.

    `key`, `username` and `password` may be empty; the latter two belong to an account of that
    server. `pk` is the primary key of the row of a person's own server.
    """

    address: str
    key: str = field(default="", repr=False)
    whose: Whose = Whose.HUB
    username: str = ""
    password: str = field(default="", repr=False)
    pk: int | None = field(default=None, repr=False, compare=False)

    @property
    def has_credential(self) -> bool:
        """Whether the hub has a key or a password for it."""
        return bool(self.key or self.username)

    def cache_key(self, subject: str) -> str:
        """The cache key for something about this server.

        SECURITY: the server's answers depend on the credentials, so they are part of the key. It is
        an HMAC with the hub's own key: a short password could be guessed from a plain digest.
        """
        text = json.dumps(
            [self.whose, self.address, self.username, self.password, self.key, subject]
        )
        digest = salted_hmac("xinference server", text, algorithm="sha256").hexdigest()
        return f"xinference:{digest}"

    @property
    def version(self) -> str:
        """The version in a form about this server: the address and user name that it showed."""
        return version(address=self.address, username=self.username)

    def hosts(self) -> Hosts:
        """The hosts that requests to it may connect to.

        SECURITY: the administrator named the hub's own server, so it may be anywhere. A person's
        server is checked at each connection, since its name may resolve to another address by then.
        """
        return AllowedHosts([self.address]) if self.whose == Whose.HUB else OwnServerHosts()


def hub_server() -> Server | None:
    """The hub's server, if the administrator configured one."""
    env = settings.ENV
    if not env.xinference_endpoint:
        return None
    return Server(
        env.xinference_endpoint,
        env.xinference_api_key,
        Whose.HUB,
        env.xinference_username,
        env.xinference_password,
    )


def own_server(user: policy.Person) -> Server | None:
    """The person's own server; None if the administrator does not allow own servers.

    Credentials that the vault can no longer decrypt are left out; the server then asks for a
    sign-in.
    """
    if not isinstance(user, User) or settings.ENV.server_addresses is None:
        return None
    row = OwnServer.objects.filter(user=user).first()
    if row is None:
        return None
    key = _opened(own_servers.key_of, row)
    password = _opened(own_servers.password_of, row)
    return Server(row.address, key, Whose.OWN, row.username if password else "", password, row.pk)


def _opened(opening: Callable[[OwnServer], str], row: OwnServer) -> str:
    try:
        return opening(row)
    except vault.VaultClosed:
        return ""


def servers_of(user: policy.Person) -> list[Server]:
    """The servers that a user may use, the default one first."""
    servers = [own_server(user)]
    if policy.holds(user, Right.UPDATE_CATALOGUE):
        servers.append(hub_server())
    return [server for server in servers if server is not None]


def pick(usable: list[Server], whose: str = "") -> Server | None:
    """The usable server that was chosen, else the first one; None if there is none."""
    chosen = [server for server in usable if server.whose == whose]
    return next(iter(chosen or usable), None)


def usable_server(user: policy.Person, whose: str) -> Server | None:
    """The server that a form names if the user may use it; never another one instead."""
    return next((server for server in servers_of(user) if server.whose == whose), None)


def may_register(user: policy.Person, server: Server, model: RegisteredModel) -> bool:
    """Whether the user may register a model that they see on that server.

    SECURITY: everybody who uses the hub's server sees what is registered there, so only public
    models and the user's own may be registered on it.
    """
    if server.whose == Whose.OWN:
        return True
    return model.visibility == Visibility.PUBLIC or model.owner_id == user.pk


def checked_address(text: str) -> str:
    """Return the address of a person's server in its stored form, after resolving its host.

    Without a scheme, https is assumed. Raises ServerAddressRefused with the reason and a remedy.
    """
    address = text.strip()
    if "://" not in address:
        address = f"https://{address}"
    if any(sign in address for sign in "?#\\ ") or not address.isprintable():
        raise ServerAddressRefused("server_address_has_extra_parts")
    # People copy the address of the web page or of the API.
    address = address.rstrip("/").removesuffix("/v1").removesuffix("/ui").rstrip("/")
    try:
        origin = origin_of(address)
    except SourceUnavailable as error:
        raise ServerAddressRefused("server_address_is_invalid") from error
    hosts = OwnServerHosts()
    hosts.check(origin)
    for resolved in _addresses(origin):
        hosts.check_address(origin, resolved)
    return address


def _addresses(origin: Origin) -> list[str]:
    try:
        with Deadline(CHECK_SECONDS) as deadline:
            return resolve(origin, deadline)
    except (SourceUnavailable, TimeoutError) as error:
        raise ServerAddressRefused("server_host_not_found", host=origin.host) from error
