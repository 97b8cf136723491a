"""Who wrote the title and body of a pull request: the hub, or a maintainer who edited them."""

from __future__ import annotations

import hashlib

from models_registry.models import PullRequest
from models_registry.upstream.texts import with_notice, without_notice

_MAX_TEXTS = 200


def record_texts(pull_request: PullRequest, *texts: str) -> None:
    """Record texts as the hub's own before they are sent to GitHub, like commits.

    A row without recorded texts was written by an earlier version of the hub, so its title and
    body are the hub's. Later they are copied from GitHub, and may be a maintainer's.
    """
    is_first = not pull_request.texts
    earlier = (pull_request.title, without_notice(pull_request.body)) if is_first else ()
    digests = [*pull_request.texts, *(_digest(text) for text in (*earlier, *texts) if text)]
    pull_request.texts = list(dict.fromkeys(reversed(digests)))[:_MAX_TEXTS][::-1]
    pull_request.save(update_fields=["texts"])


def new_title(pull_request: PullRequest, present: str, wanted: str) -> str:
    """The title to have: the wanted one, or the present one if a maintainer wrote it."""
    return wanted if _digest(present) in pull_request.texts else present


def new_body(pull_request: PullRequest, present: str, wanted: str, notice: str) -> str:
    """The body to have; if a maintainer edited it, only the hub's notice is replaced."""
    is_own = _digest(without_notice(present)) in pull_request.texts
    return with_notice(wanted if is_own else present, notice)


def is_same(text: str, other: str) -> bool:
    """Whether two texts are equal except for line ends and trailing spaces."""
    return _plain(text) == _plain(other)


def _digest(text: str) -> str:
    return hashlib.sha256(_plain(text).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _plain(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.splitlines()).strip()
