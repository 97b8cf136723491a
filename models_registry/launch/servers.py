"""Which Xinference servers somebody may use: his own, and the hub's.

An own server needs no right of the hub's; the hub's (XINFERENCE_ENDPOINT) is for those who hold
`update_catalogue`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from django.conf import settings
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from accounts import own_servers, vault
from accounts.models import OwnServer, User
from models_registry import policy
from models_registry.errors import SourceUnavailable
from models_registry.launch.addresses import OwnServerHosts, ServerAddressRefused
from models_registry.models import RegisteredModel, Visibility
from models_registry.sources.addresses import AllowedHosts, Origin, origin_of
from models_registry.sources.transport import Deadline, Hosts, resolve

CHECK_SECONDS: Final = 5.0


class Whose(StrEnum):
    """Whose server it is, and so whose word its address is."""

    OWN = "own"
    HUB = "hub"


@dataclass(frozen=True, slots=True)
class Server:
    """A server that may be asked. `address` has no slash at its end.

    `key` may be empty, and so may user name and password, which are of the server's own users.
    `pk` is that of the row of a person's server.
    """

    address: str
    key: str = field(default="", repr=False)
    whose: Whose = Whose.HUB
    username: str = ""
    password: str = field(default="", repr=False)
    pk: int | None = field(default=None, repr=False, compare=False)

    @property
    def has_credential(self) -> bool:
        """Whether the hub has something to show to it."""
        return bool(self.key or self.username)

    def name_of(self, what: str) -> str:
        """The name under which something of this server is remembered.

        SECURITY: what the hub shows to a server decides what that tells, so it is a part. It goes
        in under the hub's own key: of a plain digest, a short password could be guessed.
        """
        text = json.dumps([self.whose, self.address, self.username, self.password, self.key, what])
        digest = salted_hmac("xinference server", text, algorithm="sha256").hexdigest()
        return f"xinference:{digest}"

    def hosts(self) -> Hosts:
        """Where requests to it may go.

        SECURITY: the hub's own server may be anywhere, as the administrator named it. A person's
        is checked anew at each connection: his name may have got another address since.
        """
        return AllowedHosts([self.address]) if self.whose == Whose.HUB else OwnServerHosts()


def hub_server() -> Server | None:
    """The hub's server, if the administrator named one."""
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
    """The person's own server; none where the administrator allows none.

    What the vault opens no longer is left out: the server then says that it wants something.
    """
    if not isinstance(user, User) or settings.ENV.server_addresses is None:
        return None
    kept = OwnServer.objects.filter(user=user).first()
    if kept is None:
        return None
    key = _opened(own_servers.key_of, kept)
    password = _opened(own_servers.password_of, kept)
    return Server(
        kept.address, key, Whose.OWN, kept.username if password else "", password, kept.pk
    )


def _opened(opening: Callable[[OwnServer], str], kept: OwnServer) -> str:
    try:
        return opening(kept)
    except vault.VaultClosed:
        return ""


def servers_of(user: policy.Person) -> list[Server]:
    """The servers that somebody may use, the one to use where nothing is chosen first."""
    found = [own_server(user)]
    if policy.holds(user, "update_catalogue"):
        found.append(hub_server())
    return [one for one in found if one is not None]


def pick(usable: list[Server], whose: str = "") -> Server | None:
    """The usable server that was chosen, else the first one; None where there is none."""
    chosen = [one for one in usable if one.whose == whose]
    return next(iter(chosen or usable), None)


def exactly(user: policy.Person, whose: str) -> Server | None:
    """The server that a form names, where the person may use it; never another one for it."""
    return next((one for one in servers_of(user) if one.whose == whose), None)


def may_register(user: policy.Person, server: Server, model: RegisteredModel) -> bool:
    """Whether the person may hand this model's definition, which he sees, to that server.

    SECURITY: everybody who uses the hub's server sees what is registered there, so only public
    models and the person's own go to it.
    """
    if server.whose == Whose.OWN:
        return True
    return model.visibility == Visibility.PUBLIC or model.owner_id == user.pk


def checked_address(text: str) -> str:
    """Return the address of a person's server as it is kept; look up where it leads.

    In: what was typed; without a scheme, https is meant. Raises ServerAddressRefused with what to
    do about it.
    """
    address = text.strip()
    if "://" not in address:
        address = f"https://{address}"
    if any(sign in address for sign in "?#\\ ") or not address.isprintable():
        raise ServerAddressRefused(
            _("Give the address alone, such as https://gpu.example.org:9997.")
        )
    # People copy the address of the web page or of the API.
    address = address.rstrip("/").removesuffix("/v1").removesuffix("/ui").rstrip("/")
    try:
        origin = origin_of(address)
    except SourceUnavailable as error:
        raise ServerAddressRefused(
            _(
                "This is no address that the hub can go to. It begins with https:// or http:// and "
                "holds neither name nor password; the key has a field of its own."
            )
        ) from error
    hosts = OwnServerHosts()
    hosts.check(origin)
    for found in _addresses(origin):
        hosts.check_address(origin, found)
    return address


def _addresses(origin: Origin) -> list[str]:
    try:
        with Deadline(CHECK_SECONDS) as deadline:
            return resolve(origin, deadline)
    except (SourceUnavailable, TimeoutError) as error:
        raise ServerAddressRefused(
            _("The name %(host)s can't be looked up. Is it spelled right?") % {"host": origin.host}
        ) from error
