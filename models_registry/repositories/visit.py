"""One visit of a source repository: its summary, its files and its README, in few requests.

A visit never raises for what the other hub does: the outcome says how it went. "Missing" is only
what a hub says in its own words, so a proxy's 404 or a sign-in page is "unreadable".
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from models_registry.errors import (
    DomainError,
    SourceBusy,
    SourceNotFound,
    SourceRefused,
    SourceUnavailable,
)
from models_registry.http.fetch import Fetched, fetch
from models_registry.readme.chinese import chinese_readme
from models_registry.readme.limits import MAX_BYTES as MAX_README_BYTES
from models_registry.repositories import answers
from models_registry.repositories.answers import Answer, read_object
from models_registry.repositories.model_hubs import (
    ModelHub,
    checked_id,
    explained,
    hub_named,
    is_gated,
)
from models_registry.repositories.repository import MAX_SUMMARY_BYTES, readme_text
from models_registry.repositories.summaries import RepositorySummary, summary_of
from models_registry.repositories.values import etag
from models_registry.stored_reasons import reason_of

SECONDS: Final = 15.0
# Seconds to pause for a hub that asks to wait and does not say how long.
PAUSE: Final = 60.0
# The words of the hubs for a repository that is not there: X-Error-Code of Hugging Face with its
# status 404, and the code and the message of ModelScope.
_NO_REPOSITORY: Final = ("RepoNotFound", "Repository not found", "10010205001", "record not found")


class VisitOutcome(StrEnum):
    """How a visit ended."""

    FOUND = "found"
    # As it was when its ETag was sent.
    UNCHANGED = "unchanged"
    MISSING = "missing"
    HIDDEN = "hidden"
    UNREADABLE = "unreadable"
    BUSY = "busy"


@dataclass(frozen=True, slots=True)
class Known:
    """What the hub knows of a repository, so that a visit asks only for what is new."""

    etag: str = ""
    # The mark of the content whose files, and whose README, are known.
    mark: str = ""
    readme_of: str = ""
    readme_zh_of: str = ""
    wants_readme: bool = False
    # The name of its README in Chinese, for a visit that does not ask for the files again.
    chinese_readme: str = ""


@dataclass(slots=True)
class Visit:
    """What a visit brought; `files` and READMEs are None if they were not asked for again.

    `requests` counts those at the API, which has a limit of its own.
    """

    outcome: VisitOutcome
    requests: int = 0
    etag: str = ""
    summary: RepositorySummary | None = None
    files: dict[str, int] | None = None
    readme: str | None = None
    readme_zh: str | None = None
    readme_revision: str = ""
    retry_after: float | None = None
    problem: str = ""
    # Whether the hub has said all that it has to say about the README.
    knows_readme: bool = False
    knows_readme_zh: bool = False


def visit(hub_key: str, repository_id: str, known: Known, *, token: str = "") -> Visit:
    """Visit a repository. Raises InvalidParameter for an unknown hub and for an invalid id."""
    hub, repository_id = hub_named(hub_key), checked_id(repository_id)
    found = Visit(VisitOutcome.FOUND)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        _read(hub, repository_id, known, headers, found)
    except SourceBusy as error:
        found.outcome, found.problem = VisitOutcome.BUSY, reason_of(error)
        found.retry_after = error.params.get("retry_after") or PAUSE
    except (SourceNotFound, SourceRefused) as error:
        _refused(hub, repository_id, error, found)
    except DomainError as error:
        found.outcome, found.problem = VisitOutcome.UNREADABLE, reason_of(error)
    return found


def _read(
    hub: ModelHub, repository_id: str, known: Known, headers: dict[str, str], found: Visit
) -> None:
    conditional = {"If-None-Match": known.etag} if known.etag else {}
    answered = _get(hub, hub.summary_url(repository_id), {**headers, **conditional}, found)
    found.etag = etag(answered.etag)
    if answered.status == 304:
        found.outcome = VisitOutcome.UNCHANGED
        return
    summary = _object(hub, answered)
    if summary.get("private") is True:
        # SECURITY: only the token sees it, and the hub's pages are for everybody.
        found.outcome = VisitOutcome.HIDDEN
        return
    found.summary = summary_of(hub, repository_id, summary)
    is_new = not known.mark or found.summary.mark != known.mark
    if hub.key != "modelscope":
        found.files = _sizes(hub, summary)
    elif is_new:
        listing = _object(hub, _get(hub, hub.listing_url(repository_id), headers, found))
        found.files = _sizes(hub, listing)
    mark = found.summary.mark
    if not known.wants_readme:
        return
    is_known = bool(mark) and known.readme_of == mark
    if not is_known:
        _read_readme(hub, found, headers)
    if (is_known or found.knows_readme) and (not mark or known.readme_zh_of != mark):
        listed = chinese_readme(found.files) if found.files is not None else known.chinese_readme
        _read_chinese_readme(hub, found, headers, listed)


def _read_readme(hub: ModelHub, found: Visit, headers: dict[str, str]) -> None:
    """Read the README at the commit of the summary. A README that can't be read spoils nothing.

    Not at Hugging Face's `raw`, which counts as a page for people and has a much lower limit:
    https://huggingface.co/docs/hub/rate-limits
    """
    if found.summary is None:
        return
    where, revision = found.summary.repository_id, found.summary.revision
    if found.files is not None and "README.md" not in found.files:
        found.readme, found.knows_readme = "", True
        return
    try:
        found.readme = _markdown(hub, where, revision, "README.md", headers)
        found.readme_revision, found.knows_readme = revision, True
    except SourceNotFound:
        found.readme, found.knows_readme = "", True
    except SourceRefused:
        found.knows_readme = True
    except SourceBusy as error:
        found.retry_after = error.params.get("retry_after") or PAUSE
    except DomainError as error:
        found.problem = reason_of(error)


def _read_chinese_readme(hub: ModelHub, found: Visit, headers: dict[str, str], name: str) -> None:
    """Read the README in Chinese at the commit of the summary; what is not Markdown is left out."""
    if found.summary is None:
        return
    where, revision = found.summary.repository_id, found.summary.revision
    text = ""
    try:
        answered = _file(hub, where, revision, name, headers) if name else None
    except SourceBusy as error:
        found.retry_after = error.params.get("retry_after") or PAUSE
        return
    except (SourceNotFound, SourceRefused):
        answered = None
    except DomainError as error:
        found.problem = reason_of(error)
        return
    if answered is not None:
        with suppress(DomainError):
            text = readme_text(answered, name)
    found.readme_zh, found.knows_readme_zh = text, True


def _markdown(hub: ModelHub, where: str, revision: str, name: str, headers: dict[str, str]) -> str:
    answered = _file(hub, where, revision, name, headers)
    return readme_text(answered, f"{name} of {where} on {hub.label}")


def _file(hub: ModelHub, where: str, revision: str, name: str, headers: dict[str, str]) -> Fetched:
    return fetch(
        hub.file_url(where, revision or None, name),
        allowed_hosts=hub.hosts,
        max_bytes=MAX_README_BYTES,
        timeout=SECONDS,
        accept="text/plain, */*",
        headers=headers,
    )


def _get(hub: ModelHub, url: str, headers: dict[str, str], found: Visit) -> Fetched:
    found.requests += 1
    return fetch(
        url,
        allowed_hosts=hub.hosts,
        max_bytes=MAX_SUMMARY_BYTES,
        timeout=SECONDS,
        accept="application/json",
        headers=headers,
    )


def _object(hub: ModelHub, answered: Fetched) -> Answer:
    value = read_object(answered.body)
    if isinstance(value, str):
        raise SourceUnavailable("model_hub_sent_no_json", label=hub.label, found=value)
    return answers.unwrapped(hub, value)


def _sizes(hub: ModelHub, answer: Answer) -> dict[str, int]:
    return {
        entry.path: entry.size for entry in answers.files(hub, answer) if entry.size is not None
    }


def _refused(
    hub: ModelHub, repository_id: str, error: SourceNotFound | SourceRefused, found: Visit
) -> None:
    found.problem = reason_of(error)
    if is_gated(error):
        # It is there, and its hub shows nothing more.
        found.summary = RepositorySummary(repository_id, gated=True)
        found.outcome = VisitOutcome.FOUND
    elif isinstance(explained(hub, repository_id, error), SourceUnavailable):
        found.outcome = VisitOutcome.UNREADABLE
    elif isinstance(error, SourceNotFound):
        is_said = any(word in error.said for word in _NO_REPOSITORY)
        found.outcome = VisitOutcome.MISSING if is_said else VisitOutcome.UNREADABLE
    else:
        found.outcome = (
            VisitOutcome.HIDDEN if _says_hidden(hub, error.said) else VisitOutcome.UNREADABLE
        )


def _says_hidden(hub: ModelHub, said: str) -> bool:
    """Whether Hugging Face itself refuses an unknown or private repository; a sign-in page of a
    proxy does not say so."""
    words = ("RepoNotFound", "Repository not found", "Invalid username or password", "DisabledRepo")
    return hub.key == "huggingface" and any(word in said for word in words)
