"""What a server's refusals mean, and what to do about them.

The texts are those of core/supervisor.py, core/worker.py, model/llm/llm_family.py, model/*/core.py
and api/oauth2/advanced/auth_service.py in Xinference 4.1.0; but for the last, 3.x has the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from models_registry.launch.servers import Server, Whose

# What actors put in front of their messages.
_ACTOR: Final = re.compile(r"^\[address=.*?, pid=\d+\]\s*")
_WRONG_SIGN_IN: Final = "incorrect username or password"
_KEYS_READ: Final = "api keys can only access"
_WANTS_CHANGE: Final = "password change required"
_LOCKED_OUT: Final = "too many failed attempts"


@dataclass(frozen=True, slots=True)
class Explained:
    """A refusal in words; `is_unknown` where registering the model there would help."""

    text: str
    is_unknown: bool = False


_MEANINGS: Final[tuple[tuple[re.Pattern[str], str | Promise, bool], ...]] = (
    (
        re.compile(r"model not found, name|model \S+ not found|not found, available", re.I),
        _("The server does not know this model, or not in this variant."),
        True,
    ),
    (
        re.compile(r"cannot be run on engine", re.I),
        _(
            "The server can't run this on that engine: the engine is not installed there, or does "
            "not take this format and quantization. Choose another engine."
        ),
        False,
    ),
    (
        re.compile(r"no available slot", re.I),
        _("No GPU of the server is free. Stop a model there, or use fewer replicas and devices."),
        False,
    ),
    (
        re.compile(r"no available worker|no workers available", re.I),
        _("The server has no worker at the moment. Start one, or wait until it is back."),
        False,
    ),
    (
        re.compile(r"already in the model list", re.I),
        _("This model runs there already, or is being launched."),
        False,
    ),
    (
        re.compile(r"out of memory|not enough (gpu )?memory", re.I),
        _("The server has too little memory for this. Choose a smaller quantization or context."),
        False,
    ),
    (
        re.compile(r"no module named|failed to import|is not installed", re.I),
        _("The server lacks a library that this engine needs. Choose another engine."),
        False,
    ),
    (
        re.compile(
            r"failed to download|connection ?error|max retries exceeded|couldn't connect|timed out",
            re.I,
        ),
        _("The server could not download the model's files."),
        False,
    ),
)


def explained(message: str, said: str) -> Explained:
    """Say what a refusal means; in: what the hub would say of it, and the server's own words."""
    for pattern, meaning, is_unknown in _MEANINGS:
        if pattern.search(said):
            return Explained(f"{meaning} ({said})", is_unknown)
    return Explained(message)


def plainly(said: str) -> str:
    """A server's message without the address of the process that it comes from, in one line."""
    return _ACTOR.sub("", " ".join(said.split()))


def access_refused(server: Server, status: int, said: str) -> str:
    """Say why a server does not let somebody do this, and what helps; empty for other refusals.

    From 4.1.0 on, servers ask for a sign-in unless they are told not to, and API keys can only
    read there: `_API_KEY_ALLOWED_SCOPES`.
    """
    words = said.casefold()
    if status == 401:
        return _unknown(server, words)
    if status == 403:
        return _not_allowed(server, words, said)
    if status != 429 or not words.startswith(_LOCKED_OUT):
        return ""
    text = gettext(
        "The Xinference server has locked this hub out for a while, since too many wrong keys or "
        "tokens came from it (%(said)s). By default that takes an hour; an administrator of the "
        "server can end it."
    )
    return text % {"said": said}


def _unknown(server: Server, words: str) -> str:
    if words.startswith(_WRONG_SIGN_IN):
        text = gettext(
            "The Xinference server does not accept the user name %(name)s with this password."
        )
        return f"{text % {'name': server.username}} {_what_helps(server)}"
    if server.username:
        text = gettext(
            "The Xinference server does not accept the sign-in of %(name)s any more. Does this "
            "user still exist there?"
        )
        return text % {"name": server.username}
    if server.key:
        text = gettext("The Xinference server does not accept the API key.")
    else:
        text = gettext("The Xinference server wants to know who asks.")
    return f"{text} {_what_helps(server)}"


def _not_allowed(server: Server, words: str, said: str) -> str:
    name = {"name": server.username, "said": said}
    if words.startswith(_KEYS_READ):
        text = gettext("On this Xinference server, API keys can only read (%(said)s).")
        without = gettext(
            "Or start the server with XINFERENCE_AUTH_ADVANCED=false, where nobody else reaches it."
        )
        return f"{text % name} {_what_helps(server)} {without}"
    if words.startswith(_WANTS_CHANGE):
        text = gettext(
            "The Xinference server wants this user to set a new password there first (%(said)s)."
        )
    elif server.username:
        text = gettext(
            "The Xinference server does not allow this to its user %(name)s (%(said)s). Launching "
            "and stopping need models:write there; updating and registering, models:register."
        )
    else:
        text = gettext("The Xinference server does not allow this: %(said)s")
    return text % name


def _what_helps(server: Server) -> str:
    if server.whose == Whose.OWN:
        return gettext("Save a user name and a password of the server in the User Center.")
    return gettext(
        "The hub's administrator gives a user of the server in XINFERENCE_USERNAME and "
        "XINFERENCE_PASSWORD."
    )
