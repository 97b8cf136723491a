"""Explains error messages of servers, and what to do about them.

The messages are those of core/supervisor.py, core/worker.py, model/llm/llm_family.py,
model/*/core.py and api/oauth2/advanced/auth_service.py in Xinference 4.1.0; 3.x has the same,
except for the last.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from models_registry.servers.access import Server, Whose
from models_registry.stored_reasons import reason, several

# The prefix that actors put in front of their messages.
_ACTOR: Final = re.compile(r"^\[address=.*?, pid=\d+\]\s*")
_WRONG_SIGN_IN: Final = "incorrect username or password"
_KEYS_READ: Final = "api keys can only access"
_WANTS_CHANGE: Final = "password change required"
_LOCKED_OUT: Final = "too many failed attempts"


@dataclass(frozen=True, slots=True)
class Explained:
    """An explained error; `is_unknown` if registering the model on the server would help."""

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


def explained(message: str, server_message: str) -> Explained:
    """Explain an error of the server, given the hub's message for it and the server's own."""
    for pattern, meaning, is_unknown in _MEANINGS:
        if pattern.search(server_message):
            return Explained(f"{meaning} ({server_message})", is_unknown)
    return Explained(message)


def on_one_line(message: str) -> str:
    """A server's message on one line, without the address of the process that raised it."""
    return _ACTOR.sub("", " ".join(message.split()))


def access_refused(server: Server, status: int, message: str) -> str:
    """A stored reason why a server denies access, and what helps; empty for other errors.

    From 4.1.0 on, servers require a sign-in unless configured otherwise, and API keys can only
    read: `_API_KEY_ALLOWED_SCOPES`.
    """
    words = message.casefold()
    quoted = message or reason("server_gave_no_reason")
    if status == 401:
        return _unknown(server, words)
    if status == 403:
        return _not_allowed(server, words, quoted)
    if status != 429 or not words.startswith(_LOCKED_OUT):
        return ""
    return reason("server_locked_hub_out", said=quoted)


def _unknown(server: Server, words: str) -> str:
    if words.startswith(_WRONG_SIGN_IN):
        why = reason("server_refuses_password", name=server.username)
    elif server.username:
        return reason("server_refuses_sign_in", name=server.username)
    else:
        why = reason("server_refuses_key" if server.key else "server_asks_who")
    return several([why, _what_helps(server)])


def _not_allowed(server: Server, words: str, quoted: str) -> str:
    if words.startswith(_KEYS_READ):
        why = reason("server_keys_only_read", said=quoted)
        return several([why, _what_helps(server), reason("server_without_sign_in_helps")])
    if words.startswith(_WANTS_CHANGE):
        return reason("server_wants_new_password", said=quoted)
    if server.username:
        return reason("server_forbids_user", name=server.username, said=quoted)
    return reason("server_forbids", said=quoted)


def _what_helps(server: Server) -> str:
    is_own = server.whose == Whose.OWN
    return reason("server_user_from_user_center" if is_own else "server_user_from_settings")
