"""Values that could be read, and would do something else than whoever wrote them meant.

Each function raises ImproperlyConfigured, which names the variable. SECURITY: no message repeats a
secret.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from difflib import get_close_matches
from email.utils import parseaddr
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import EmailValidator

_SHORTEST_KEY = 32
_FEWEST_CHARACTERS = 8
# Keys that stand in tutorials and templates.
_WELL_KNOWN = re.compile(
    r"django-insecure-|change.?me|your.?secret|secret.?key.?here|only-for-debugging", re.IGNORECASE
)
# Kubernetes sets these for a service that is called "hub", or begins with "hub-".
_SERVICE_LINK = re.compile(
    r"HUB_(\w+_)?(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT(_\d+_(TCP|UDP)(_\w+)?)?)"
)
# hubctl's own: whoever runs it on the hub's machine may have set them.
_OF_CLIENTS = frozenset({"HUB_URL", "HUB_TOKEN"})
_BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


def secret_key(value: str) -> None:
    """Refuse a key that somebody could guess."""
    if len(value) < _SHORTEST_KEY or len(set(value)) < _FEWEST_CHARACTERS:
        raise ImproperlyConfigured(
            f"The environment variable SECRET_KEY can't be used: the hub needs {_SHORTEST_KEY} or "
            "more random characters there. `python -m hub.new_key secret` makes one; "
            "set SECRET_KEY_FALLBACKS to the old one, so that stored secrets stay readable."
        )
    if _WELL_KNOWN.search(value):
        raise ImproperlyConfigured(
            "The environment variable SECRET_KEY can't be used: it is an example, which everybody "
            "knows. `python -m hub.new_key secret` makes one."
        )


def names(given: Iterable[str], known: Collection[str]) -> None:
    """Refuse a variable that begins as the hub's do and that the hub does not read."""
    for name in sorted(given):
        if not name.startswith("HUB_") or name in known:
            continue
        if name in _OF_CLIENTS or _SERVICE_LINK.fullmatch(name):
            continue
        near = get_close_matches(name, known, 1)
        hint = f" Did you mean {near[0]}?" if near else " .env.example lists all of them."
        raise ImproperlyConfigured(
            f"The environment variable {name} is not one of the hub's settings.{hint}"
        )


def database_url(value: str, *, debug: bool) -> None:
    """Refuse an address that loses its data, or whose password was cut off."""
    if not debug and re.fullmatch(r"sqlite:/*(:memory:)?", value):
        raise ImproperlyConfigured(
            "The environment variable DATABASE_URL names no file: the database would be lost with "
            "each process. The hub needs sqlite:////path/of/hub.sqlite3 there, or nothing."
        )
    if value.startswith("sqlite:"):
        return
    parts = urlsplit(value)
    needs_quotes = (
        parts.netloc.count("@") > 1
        or parts.fragment
        or "@" in parts.path + parts.query
        or _BAD_PERCENT.search(parts.netloc)
    )
    if needs_quotes:
        raise ImproperlyConfigured(
            "The environment variable DATABASE_URL can't be used: the password contains a "
            "character such as @ / # ? or %, which must be quoted: @ as %40, / as %2F, # as %23, "
            "? as %3F, % as %25."
        )


def from_email(value: str) -> None:
    """Refuse a sender that mail servers would not accept."""
    try:
        EmailValidator(allowlist=["localhost"])(parseaddr(value)[1])
    except ValidationError:
        raise ImproperlyConfigured(
            f"The environment variable DEFAULT_FROM_EMAIL has the value {value!r}, but the hub "
            "needs an address there, such as Models Hub <hub@example.org>."
        ) from None


def allowed_hosts(hosts: Iterable[str], *, debug: bool) -> None:
    """Refuse addresses in place of names, and the star, which trusts what any visitor claims."""
    if any("/" in host for host in hosts):
        raise ImproperlyConfigured(
            "The environment variable ALLOWED_HOSTS takes bare host names such as "
            "hub.example.org, not addresses with http:// or a path."
        )
    if not debug and "*" in hosts:
        raise ImproperlyConfigured(
            "The environment variable ALLOWED_HOSTS is *, so the hub would believe any host name "
            "that a visitor sends. Set it to the names that people use; probes need none."
        )
